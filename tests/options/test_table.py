"""The table of options against the golden copy of SMAC v2's own."""

from __future__ import annotations

import ast
import csv
import random
import re
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bbopt.options import Kind, Level, Option, OptionTable, Support, canonical_name, option_table

GOLDEN = Path(__file__).parents[1] / "golden" / "smac2-options.tsv"
TABLE = option_table()
OWN_SECTION = "bbopt Options"
OWN_OPTIONS = {
    "checkpoints",
    "keep-checkpoints",
    "maximize",
    "metric",
    "metric-limit",
    "metric-pattern",
    "metric-take",
    "engine",
    "engine-preset",
    "racer",
    "budget-max",
    "budget-min",
    "eta",
    "skip-last",
    "brackets",
    "budget-continues",
    "budget-counts",
    "design",
    "grid-levels",
    "surrogate",
    "prior",
    "kill-grace",
    "memory-limit",
    "output-limit",
    "run-wallclock-limit",
    "wallclock-limit-ends-runs",
    "stop-after-no-improvement",
    "stop-hopeless",
    "on-new-incumbent",
    "runtime-from",
    "pin-cores",
    "seeds",
    # Cross-validation
    "folds",
    "outer-folds",
    "outer-fold",
    "retrain-command",
    # Databases
    "storage",
    "study",
    # Call formats
    "call-format",
    "algo-template",
    "param-format",
    "param-template",
    "flag-style",
    "result-pattern",
    "result-exit-codes",
    "unsat-is-failure",
    # Run folders
    "run-folders",
    "run-folder-root",
    "keep-run-folders",
    "run-folders-file-limit",
    "run-folders-size-limit",
    "copy-files",
    "link-files",
    "template",
    "template-unknown",
    "template-delimiters",
    "template-inactive",
    "parameters-file",
    "parameters-format",
    "results-file",
    "pre-process",
    "post-process",
    "slot-env",
    # Earlier runs
    "resume",
    "earlier-settings",
    # Clusters
    "executor",
    "dask-scheduler",
    "dask-tls-ca",
    "dask-tls-cert",
    "dask-tls-key",
    "cluster",
    "workers",
    "workers-minimum",
    "challenger-pairs",
    "dominance-bound",
    "final-race",
    "worker-cores",
    "worker-memory",
    "worker-walltime",
    "cluster-option",
}

PACKAGE = Path(__file__).resolve().parents[2] / "bbopt"
TABLE_MODULES = {f"options/{name}.py" for name in ("table", "values", "resolving")}
HONOURED_WITHOUT_BEING_READ = {
    "exit-on-failure": "an evaluator that fails always ends the program",
    "bound-runs": "no executor ever starts more runs than it has slots",
}
HIDDEN_IN_SMAC2 = {
    # What its program takes, and its help does not show.
    "leak-memory",
    "leak-memory-amount",
    "model-hashcode-file",
    "random-report-persistent",
    "rungroup-char",
    "synchronize-observers",
    "useBrokenVarianceCalculation",
}
MORE_THAN_OWED = {
    # Without these, PRELOADED has nothing to answer, and RANDOM can't be directed.
    "preload-additional-run-data",
    "preload-quality",
    "preload-response-data",
    "preload-run-length",
    "random-additional-run-data",
    "random-max-response",
    "random-min-response",
    "random-sample-seed",
    "random-trend-coefficient",
    # What the race is made of that init-mode asks for.
    "doubling-capping-challengers",
    "doubling-capping-runs-per-challenger",
    "unbiased-capping-challengers",
    "unbiased-capping-cpulimit",
    "unbiased-capping-runs-per-challenger",
}

NAMED_BY_ALIASES_ONLY = {
    "run-obj": "runObj run_obj",
    "pcs-file": "param-file paramfile paramFile -p",
    "instances": "instance-file instance_file instanceFile instance-dir instances-file instance_seed_file "
    "instanceSeedFile",
    "algo-exec": "algo algoExec algoExecutable",
}


def golden_rows() -> list[dict[str, str]]:
    with GOLDEN.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


ROWS = golden_rows()
BY_ROW = pytest.mark.parametrize("row", ROWS, ids=[row["option"].lstrip("-") for row in ROWS])


def option_of(row: dict[str, str]) -> Option:
    found = TABLE.find(row["option"])
    assert found is not None
    return found


def test_the_golden_table_is_whole() -> None:
    assert len(ROWS) == 233


@BY_ROW
def test_every_name_and_alias_leads_to_the_same_option(row: dict[str, str]) -> None:
    option = option_of(row)
    primary = "version" if row["option"] == "-v" else row["option"].lstrip("-")
    assert option.name == primary
    for name in (row["option"], *row["aliases"].split()):
        assert TABLE.find(name) is option
        assert TABLE.find(name.lstrip("-")) is option


@BY_ROW
def test_level_and_section_are_those_of_smac2(row: dict[str, str]) -> None:
    option = option_of(row)
    assert (option.level.name, option.section) == (row["level"], row["section"])


@BY_ROW
def test_domains_are_those_of_smac2(row: dict[str, str]) -> None:
    if row["option"] == "--feature-file":
        assert row["domain"] == "{RUNTIME, QUALITY}"  # a slip of the reference: it is a file
        assert option_of(row).kind is Kind.FILE
    elif row["option"] == "--intensification-percentage":  # what it takes is wider than what it says
        assert (row["domain"], option_of(row).domain) == ("(0, 1)", "[0, 1)")
    elif row["domain"]:
        assert option_of(row).domain == WIDER_DOMAINS.get(row["option"], row["domain"])


WIDER_DOMAINS = {"--kill-run-exceeding-captime-factor": "[1, Infinity)"}  # killed at its cutoff
UNSET = {"null", "{}", "[]"}
"""What the reference writes where there is no value."""


@BY_ROW
def test_defaults_are_those_of_smac2(row: dict[str, str]) -> None:
    expected = row["default"].replace("____-output", "bbopt-output").removesuffix(".")
    option = option_of(row)
    if option.name == "random-sample-seed":  # a deviation: the same command gives the same answers
        assert (expected, option.default) == ("Current Time in Milliseconds", "0")
    elif expected in UNSET:
        assert option.default is None
    elif " " not in expected:  # else it is told in words, for which there are words of our own
        assert (option.smac2 or option.default_text) == expected


@BY_ROW
def test_support_is_what_bbopt_owes(row: dict[str, str]) -> None:
    option = option_of(row)
    if option.name in MORE_THAN_OWED:
        assert (row["support"], option.support) == ("accept-and-ignore", Support.IMPLEMENT)
    elif row["support"] == "accept-and-ignore":
        assert option.support is Support.ACCEPT_AND_IGNORE
    else:
        assert option.support is Support.IMPLEMENT


@pytest.mark.parametrize(("name", "aliases"), NAMED_BY_ALIASES_ONLY.items())
def test_options_that_smac2_lists_only_by_their_aliases(name: str, aliases: str) -> None:
    option = TABLE[name]
    assert {TABLE.find(alias) for alias in aliases.split()} == {option}


def test_nothing_but_smac2s_options_and_our_own() -> None:
    golden = {option_of(row).name for row in ROWS}
    added = {option.name for option in TABLE.options} - golden - set(NAMED_BY_ALIASES_ONLY)
    assert added == {*OWN_OPTIONS, *HIDDEN_IN_SMAC2, "cutoff-length"}
    assert {option.name for option in TABLE.options if option.section == OWN_SECTION} == OWN_OPTIONS


def test_own_options() -> None:
    engine, grace = TABLE["engine"], TABLE["kill-grace"]
    assert (engine.domain, engine.default) == (
        "{smbo, random, tpe, smac3, monte-carlo, lhs, sobol, halton, grid, csv}",
        "smbo",
    )
    assert (grace.domain, grace.default, grace.unit) == ("[0, Infinity)", "5", "seconds")


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("-e", "experiment-dir"),
        ("-h", "help"),
        ("-?", "help"),
        ("/?", "help"),
        ("-v", "version"),
        ("--version", "version"),
        ("--ac", "adaptive-capping"),
        ("-T", "T"),
        ("--cli-log-all-call-strings-and-result", "cli-log-all-calls"),
        ("--runGroupReplacement", "rungroup-char"),
        ("-S", "S"),
        ("-i", "instances"),
        ("--seed", "num-run"),
        ("numberOfRunsLimit", "runcount-limit"),
        ("Number_Of_Runs_Limit", "runcount-limit"),
        ("number-of-runs-limit", "runcount-limit"),
        ("preprocessMarginal", "rf-preprocess-marginal"),
    ],
)
def test_short_and_familiar_names(written: str, name: str) -> None:
    option = TABLE.find(written)
    assert option is not None
    assert option.name == name


def respelled(name: str, style: str, seed: int) -> str:
    """`name` in another spelling that must mean the same."""
    words = re.findall(r"[A-Z]?[a-z0-9]+|[A-Z]+(?![a-z])", name)
    if style == "camel":
        return words[0].lower() + "".join(word.capitalize() for word in words[1:])
    if style == "random case":
        draw = random.Random(seed)
        return "".join(draw.choice((char.lower(), char.upper())) for char in name)
    return {"dashes": "-", "underscores": "_", "nothing": ""}[style].join(words)


@given(
    name=st.sampled_from([name for option in TABLE.options for name in option.names if len(name) > 2]),
    style=st.sampled_from(["camel", "random case", "dashes", "underscores", "nothing"]),
    dashes=st.sampled_from(["", "-", "--"]),
    seed=st.integers(0, 1000),
)
def test_spelling_makes_no_difference(name: str, style: str, dashes: str, seed: int) -> None:
    assert TABLE.find(dashes + respelled(name, style, seed)) is TABLE.find(name)


@given(st.text(alphabet="abcdefgh-_", min_size=1))
def test_canonical_names_are_fixed_points(name: str) -> None:
    assert canonical_name(canonical_name(name)) == canonical_name(name)


def test_two_options_with_one_name_are_refused() -> None:
    options = (TABLE["engine"], TABLE["kill-grace"])
    clash = Option(**{**fields(options[1]), "aliases": ("Eng-ine",)})
    with pytest.raises(ValueError, match="'Eng-ine' names both 'engine' and 'kill-grace'"):
        OptionTable((options[0], clash))


def fields(option: Option) -> dict[str, object]:
    return {name: getattr(option, name) for name in Option.__slots__}


@pytest.mark.parametrize(
    ("wrong", "near"),
    [("wallclok-limit", "wallclock-limit"), ("paramfil", "param-file"), ("--exec-mod", "exec-mode")],
)
def test_nearest_names(wrong: str, near: str) -> None:
    assert TABLE.nearest(wrong)[0] == near


def test_a_name_like_no_other_has_no_neighbours() -> None:
    assert TABLE.find("xyzzy") is None
    assert TABLE.nearest("xyzzy") == ()


def test_every_option_has_a_help_sentence_of_its_own() -> None:
    for option in TABLE.options:
        assert option.help.endswith("."), option.name
        assert len(option.help) < 160, option.name


def test_what_is_implemented_is_read_somewhere() -> None:
    sources = [
        path for path in PACKAGE.rglob("*.py") if path.relative_to(PACKAGE).as_posix() not in TABLE_MODULES
    ]
    read = {
        node.value
        for path in sources
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    implemented = {option.name for option in TABLE.options if option.support is Support.IMPLEMENT}
    assert implemented - read == set(HONOURED_WITHOUT_BEING_READ)


def test_sections_grow_with_the_level() -> None:
    counts = [sum(map(len, TABLE.sections(level).values())) for level in Level]
    assert counts == sorted(counts)
    assert counts[-1] == len(TABLE.options)
    assert list(TABLE.sections(Level.DEVELOPER))[-1] == OWN_SECTION


def test_aliases_that_differ_only_in_spelling_are_shown_once() -> None:
    assert TABLE["runcount-limit"].distinct_aliases == (
        "--runs",
        "--totalNumRunsLimit",
        "--numRunsLimit",
        "--numberOfRunsLimit",
    )
    assert TABLE["help"].distinct_aliases == ("-?", "-h")


def test_importing_the_table_imports_nothing_heavy() -> None:
    code = "import sys, bbopt.options; bbopt.options.option_table(); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = {name.partition(".")[0] for name in done.stdout.split()}
    assert not loaded & {"rich", "numpy", "csv", "importlib_resources", "ConfigSpace"}
