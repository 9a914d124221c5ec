"""Searches of configurators, their validation and the tables, on a target that only says how long it took."""

from __future__ import annotations

import dataclasses
import json
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bbopt.space import parse_pcs
from benchmarks import configurators
from benchmarks.configuration import irace_search, smac2_search
from benchmarks.configuration.irace_format import IraceSpace
from benchmarks.configuration.report import Entry, effort_table, quality_table
from benchmarks.configuration.searches import (
    Loaded,
    SearchCell,
    SearchError,
    SearchResult,
    load,
    parse_configurator,
    spend,
)
from benchmarks.configuration.store import ConfigurationStore, results_name
from benchmarks.configuration.validation import (
    Candidate,
    ValidatedRun,
    ValidationCell,
    ValidationResult,
    references,
    requests,
    validate,
)
from benchmarks.configurators import main

_SCENARIOS = Path(configurators.__file__).parents[1] / "scenarios"

TARGET = """#!/bin/sh
# Takes 0.2 s at best, at -x 0.3; five times as long in the wrong mode; a little more with some seeds.
instance=$1 cutoff=$3 seed=$5
shift 5
awk -v cutoff="$cutoff" -v seed="$seed" -v words="$*" 'BEGIN {
  n = split(words, word, " ")
  for (i = 1; i < n; i += 2) value[word[i]] = word[i + 1]
  if (value["-x"] > 0.99) exit 1
  time = (0.2 + 3 * (value["-x"] - 0.3) ^ 2) * (value["-mode"] == "slow" ? 5 : 1) + (seed % 7) / 100
  status = time < cutoff ? "SAT" : "TIMEOUT"
  printf "Result of this algorithm run: %s, %.6f, 0, 0, %s\\n", status, time < cutoff ? time : cutoff, seed
}'
"""
PCS = "x real [0, 1] [0.95]\nmode categorical {slow, fast} [slow]\n"
SCENARIO = """algo = ./target.sh
pcs-file = params.pcs
instance-file = training.txt
test-instance-file = test.txt
run-obj = RUNTIME
overall-obj = MEAN10
cutoff-time = 4
deterministic = false
"""


@pytest.fixture
def scenario(tmp_path: Path) -> Path:
    folder = tmp_path / "fake"
    folder.mkdir()
    texts = {"target.sh": TARGET, "params.pcs": PCS, "scenario.txt": SCENARIO}
    for split in ("training", "test"):
        names = [f"{split}{i}" for i in range(3)]
        texts |= {name: name for name in names}
        texts[f"{split}.txt"] = "".join(f"{name} SATISFIABLE\n" for name in names)
    for name, text in texts.items():
        (folder / name).write_text(text)
    (folder / "target.sh").chmod(0o755)
    return folder / "scenario.txt"


@pytest.fixture
def loaded(scenario: Path) -> Loaded:
    return load(scenario)


def words(scenario: Path, results: Path, *more: str) -> list[str]:
    given = ["--scenarios", str(scenario), "--results", str(results), "--seeds", "1-2", "--budget", "30"]
    return [*given, "--validation-seeds", "2", *more]


def rows(text: str) -> list[list[str]]:
    return [[word.strip() for word in line.strip("|").split("|")] for line in text.splitlines() if line]


def search_result(loaded: Loaded, seed: int = 1, name: str = "bbopt") -> SearchResult:
    cell = SearchCell(results_name(loaded), name, seed, 30)
    return SearchResult(cell, {"x": "0.3", "mode": "fast"}, 40 * seed, 10, 29.5, 2.25, 35.0)


def test_names_are_taken_apart() -> None:
    name = parse_configurator("bbopt#forest:surrogate=forest,num-pca=3")
    assert (name.base, name.options) == ("bbopt", (("surrogate", "forest"), ("num-pca", "3")))
    assert parse_configurator("irace#before").options == ()
    for wrong in ("smac", "bbopt:surrogate", "bbopt:=x", "irace:digits="):
        with pytest.raises(ValueError, match=r"no configurator|option=value"):
            parse_configurator(wrong)


def test_references_are_the_default_and_the_presets_of_clasp(loaded: Loaded) -> None:
    assert references(loaded) == {"default": Candidate({"mode": "slow", "x": "0.95"})}
    found = references(dataclasses.replace(loaded, path=Path("clasp/scenario.txt")))
    assert list(found)[1:] == [
        f"preset {n}" for n in ("frumpy", "jumpy", "tweety", "handy", "crafty", "trendy")
    ]
    assert len({candidate.digest for candidate in found.values()}) == 7


def test_all_candidates_are_validated_alike_on_seeds_of_their_own(loaded: Loaded) -> None:
    def pairs(settings: dict[str, str], n_seeds: int) -> list[tuple[str, str, int]]:
        cell = ValidationCell("fake", Candidate(settings), n_seeds)
        return [(split, r.instance.name, r.seed) for split, r in requests(loaded, cell)]

    one, other = pairs({"x": "0.1", "mode": "fast"}, 3), pairs({"x": "0.2", "mode": "slow"}, 3)
    assert one == other
    assert one[:6] == pairs({"x": "0.1", "mode": "fast"}, 1)
    assert len(one) == 18
    assert len({seed for _, _, seed in one}) == 18
    assert all(2**24 <= seed < 2**31 for _, _, seed in one)
    assert [split for split, _, _ in one[:6]] == ["training"] * 3 + ["test"] * 3


def test_a_candidate_is_run_as_smac_would(loaded: Loaded) -> None:
    cell = ValidationCell("fake", Candidate({"x": "0.3", "mode": "fast"}), 1)
    found = validate(loaded, cell)
    assert [run.status for run in found.runs] == ["SAT"] * 6
    assert all(run.runtime_s == pytest.approx(0.2 + run.seed % 7 / 100) for run in found.runs)


def test_another_target_can_stand_for_a_candidate(loaded: Loaded) -> None:
    (loaded.path.parent / "other.sh").write_text(TARGET.replace("0.2 +", "0.1 +"))
    (loaded.path.parent / "other.sh").chmod(0o755)
    found = validate(loaded, ValidationCell("fake", Candidate({"x": "0.3", "mode": "fast"}, "./other.sh"), 1))
    assert all(run.runtime_s == pytest.approx(0.1 + run.seed % 7 / 100) for run in found.runs)


def test_runs_without_an_answer_are_penalised() -> None:
    runs = (
        ValidatedRun("training", "a", 1, "SAT", 1.0),
        ValidatedRun("training", "b", 1, "UNSAT", 2.0),
        ValidatedRun("test", "c", 1, "TIMEOUT", 4.003),
        ValidatedRun("test", "c", 2, "CRASHED", 0.0),
        ValidatedRun("test", "c", 3, "SAT", 4.0),
        ValidatedRun("test", "d", 1, "SAT", 2.0),
    )
    found = ValidationResult(ValidationCell("fake", Candidate({}), 1), 4.0, runs)
    assert found.par("training", 1) == found.par("training", 10) == 1.5
    assert found.par("test", 1) == pytest.approx(14 / 4)
    assert found.par("test", 10) == pytest.approx(122 / 4)
    assert (found.n_unsolved("training"), found.n_unsolved("test")) == (0, 3)


def test_results_are_kept_apart_and_read_back(loaded: Loaded, tmp_path: Path) -> None:
    store = ConfigurationStore(tmp_path / "results")
    search = search_result(loaded)
    cells = [
        search.cell,
        dataclasses.replace(search.cell, seed=2),
        dataclasses.replace(search.cell, budget_s=31),
        dataclasses.replace(search.cell, configurator="bbopt#a/b:x=1"),
        dataclasses.replace(search.cell, scenario="other"),
    ]
    assert len({store.path(cell) for cell in cells}) == len(cells)
    store.save(search)
    assert [store.load_search(cell) for cell in cells] == [search, None, None, None, None]

    cell = ValidationCell("fake", Candidate(search.settings), 2)
    validation = ValidationResult(cell, 4.0, (ValidatedRun("test", "a", 1, "SAT", 0.5),))
    store.save(validation)
    assert store.load_validation(cell) == validation
    assert store.load_validation(dataclasses.replace(cell, n_seeds=3)) is None
    assert store.load_validation(dataclasses.replace(cell, candidate=Candidate(search.settings, "x"))) is None


def test_other_instances_are_another_scenario(loaded: Loaded) -> None:
    before = results_name(loaded)
    assert results_name(load(loaded.path)) == before
    (loaded.path.parent / "test1").write_text("changed")
    after = results_name(loaded)
    assert after != before
    assert after.startswith("fake-")


def test_tables_have_a_mean_of_several_seeds(loaded: Loaded) -> None:
    def entry(name: str, seed: int, runtime_s: float) -> Entry:
        search = search_result(loaded, seed, name)
        runs = tuple(ValidatedRun(split, "a", 1, "SAT", runtime_s) for split in ("training", "test"))
        cell = ValidationCell("fake", Candidate(search.settings), 1)
        return Entry(name, search, ValidationResult(cell, 4.0, runs))

    default = dataclasses.replace(entry("default", 1, 2.0), search=None)
    entries = [default, entry("bbopt", 1, 1.0), entry("irace", 1, 1.5), entry("bbopt", 2, 0.5)]
    quality = rows(quality_table("fake", entries))
    assert quality[0] == [
        *("fake", "seed", "PAR1 training", "PAR10 training", "PAR1 test", "PAR10 test", "not solved")
    ]
    assert quality[2:] == [
        ["default", "", *["2.000"] * 4, "0 + 0 of 2"],
        ["bbopt", "1", *["1.000"] * 4, "0 + 0 of 2"],
        ["bbopt", "2", *["0.500"] * 4, "0 + 0 of 2"],
        ["bbopt", "mean", *["0.750"] * 4, ""],
        ["irace", "1", *["1.500"] * 4, "0 + 0 of 2"],
    ]
    effort = rows(effort_table("fake", entries))
    assert effort[0] == ["fake", "seed", "runs", "configurations", "CPU s of runs", "other CPU s", "wall s"]
    assert effort[2:] == [
        ["bbopt", "1", "40", "10", "29.5", "2.2", "35.0"],
        ["bbopt", "2", "80", "10", "29.5", "2.2", "35.0"],
        ["bbopt", "mean", "60.0", "10.0", "29.5", "2.2", "35.0"],
        ["irace", "1", "40", "10", "29.5", "2.2", "35.0"],
    ]


def test_a_command_that_fails_says_why(tmp_path: Path) -> None:
    with pytest.raises(SearchError, match=r"exit code 3:\nno budget"):
        spend(["sh", "-c", "echo no budget >&2; exit 3"], tmp_path)
    spent = spend(["sh", "-c", "i=0; while [ $i -lt 200000 ]; do i=$((i + 1)); done"], tmp_path)
    assert spent.cpu_s > 0
    assert spent.wall_s > 0


@pytest.mark.slow
def test_bbopt_searches_once_and_beats_the_default(
    scenario: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given = words(scenario, tmp_path / "results", "--configurators", "bbopt", "bbopt#random:engine=random")
    assert main(given) == 0
    first = capsys.readouterr()
    assert first.err.count("searches for 30 s") == 4
    quality = {(row[0], row[1]): row for row in rows(first.out) if len(row) == 7 and row[1] != "seed"}
    assert float(quality["default", ""][5]) > 10
    assert float(quality["bbopt", "mean"][5]) < 1
    written = {path: path.stat().st_mtime_ns for path in (tmp_path / "results").rglob("*.json")}
    budgets = [json.loads(path.read_text())["runs_cpu_s"] for path in written if "searches" in path.parts]
    assert len(budgets) == 4
    assert all(26 <= seconds <= 34 for seconds in budgets)

    assert main([*given, "--report-only"]) == 0
    again = capsys.readouterr()
    assert (again.out, again.err) == (first.out, "")
    next(path for path in written if "validations" in path.parts).unlink()
    assert main(given) == 0
    assert capsys.readouterr().out == first.out


@pytest.mark.parametrize("name", ["minisat", "clasp"])
def test_smac2_gets_the_same_parameters_in_the_old_syntax(name: str) -> None:
    text = (_SCENARIOS / name / "params.pcs").read_text()
    old = smac2_search.old_syntax(text)
    assert "categorical" not in old
    ours, theirs = parse_pcs(text), parse_pcs(old)
    assert theirs.default.values == ours.default.values
    rows = ours.sample(50, np.random.default_rng(1))
    for configuration in ours.configurations(rows):
        same = theirs.configuration(dict(configuration.values))
        assert same.active_values == configuration.active_values
        assert same.is_forbidden == configuration.is_forbidden


@pytest.mark.parametrize("line", ["x | a == 3 && b != 2", "x | a > 3", "{x + y > 3}", "{a == 1}", "x 3"])
def test_what_the_old_syntax_can_not_say(line: str) -> None:
    with pytest.raises(ValueError, match="nothing for"):
        smac2_search.old_syntax(f"a categorical {{1, 2}} [1]\n{line}\n")


def test_what_is_missing_is_said(
    scenario: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, (_, reason) in configurators._MISSING.items():
        monkeypatch.setitem(configurators._MISSING, name, (lambda: False, reason))
    assert main(words(scenario, tmp_path, "--configurators", "irace", "smac2")) == 0
    captured = capsys.readouterr()
    assert "irace is left out: irace is not installed; apt-get install r-cran-irace" in captured.err
    assert "smac2 is left out: the programs smac (SMAC v2) and java are not on the PATH" in captured.err
    assert "default" in captured.out
    monkeypatch.setattr(configurators, "_SCENARIOS", scenario.parents[1])
    (scenario.parent / "generate.py").touch()
    assert main(["--scenarios", "fake", "--results", str(tmp_path)]) == 0
    assert "it has no instances yet; run scenarios/fake/generate.py" in capsys.readouterr().err
    (scenario.parent / "instances").mkdir()
    (scenario.parent / "target.py").touch()
    assert main(["--scenarios", "fake", "--results", str(tmp_path)]) == 0
    assert "fake is not installed; apt-get install fake" in capsys.readouterr().err
    assert main(["--scenarios", "fake", "--results", str(tmp_path), "--report-only"]) == 0
    assert capsys.readouterr().out.count("| fake ") == 2
    (scenario.parent / "test1").unlink()
    assert main(["--scenarios", "fake", "--results", str(tmp_path), "--report-only"]) == 2
    assert "test1" in capsys.readouterr().err


def test_bad_words_are_refused(scenario: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(words(scenario, tmp_path, "--configurators", "gga")) == 2
    assert "no configurator 'gga'" in capsys.readouterr().err
    assert main(["--scenarios", "nowhere", "--results", str(tmp_path)]) == 2
    scenario.write_text(SCENARIO.replace("test-instance-file = test.txt\n", ""))
    assert main(words(scenario, tmp_path)) == 2
    assert "has test instances" in capsys.readouterr().err


def test_a_search_that_fails_is_said_and_not_kept(
    scenario: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given = words(scenario, tmp_path / "results", "--configurators", "bbopt:surogate=forest")
    assert main(given) == 1
    captured = capsys.readouterr()
    assert "surogate" in captured.err
    assert not list((tmp_path / "results").rglob("searches"))


def answer(loaded: Loaded, tmp_path: Path, bound: str, *settings: str) -> tuple[str, str]:
    """What the target runner prints, and what it writes down."""
    runner, log = tmp_path / "target-runner", tmp_path / "runs.tsv"
    runner.write_text(irace_search.runner(loaded, log))
    runner.chmod(0o755)
    call = [str(runner), "12", "1", "7", "training0", "SATISFIABLE", bound, *settings]
    done = subprocess.run(call, capture_output=True, text=True, check=True, cwd=tmp_path)
    return done.stdout.strip(), log.read_text()


def test_iraces_runner_calls_as_smac_and_answers_with_cost_and_time(loaded: Loaded, tmp_path: Path) -> None:
    found, log = answer(loaded, tmp_path, "4", "-mode", "fast", "-x", "0.3")
    assert found == "0.200000 0.200000"
    [run] = irace_search.logged_runs(log)
    assert run == irace_search.LoggedRun(12, "SAT", 0.2, {"mode": "fast", "x": "0.3"})


def test_a_capped_run_costs_its_bound_and_a_crash_the_cutoff(loaded: Loaded, tmp_path: Path) -> None:
    assert answer(loaded, tmp_path, "0.15", "-mode", "fast", "-x", "0.3")[0] == "0.150000 0.150000"
    crash, log = answer(loaded, tmp_path, "0.5", "-mode", "fast", "-x", "1")
    assert crash == "4.000000 0.000000"
    assert [run.status for run in irace_search.logged_runs(log)] == ["TIMEOUT", "CRASHED"]


def test_iraces_settings_for_runtimes(loaded: Loaded) -> None:
    cell = SearchCell("fake", "irace#x:budgetEstimation=0.05,testType=t-test", 3, 150)
    text = irace_search.scenario_file(loaded, cell, IraceSpace.of(loaded.space))
    settings = dict(line.split(" = ") for line in text.splitlines())
    expected = {"maxTime": "150", "capping": "1", "boundMax": "4", "boundPar": "10", "boundDigits": "2"}
    expected |= {"deterministic": "0", "seed": "4", "budgetEstimation": "0.05", "testType": '"t-test"'}
    assert {name: settings[name] for name in expected} == expected
    assert "forbiddenFile" not in settings


def found_by(
    name: str, budget_s: int, scenario: Path, results: Path, capsys: pytest.CaptureFixture[str]
) -> tuple[float, dict[str, Any]]:
    """A search's PAR10 on the test instances, relative to the default's, and what is kept of it."""
    given = ("--configurators", name, "--seeds", "1", "--budget", str(budget_s))
    assert main(words(scenario, results, *given)) == 0
    quality = {row[0]: row for row in rows(capsys.readouterr().out) if len(row) == 7}
    [path] = results.rglob(f"searches/{name}/{budget_s}/1.json")
    return float(quality[name][5]) / float(quality["default"][5]), json.loads(path.read_text())


@pytest.mark.slow
def test_irace_searches_and_beats_the_default(
    scenario: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    if not irace_search.is_installed():
        pytest.skip("irace is not installed (apt-get install r-cran-irace)")
    ratio, kept = found_by("irace", 150, scenario, tmp_path / "results", capsys)
    assert ratio < 0.5
    assert kept["settings"]["mode"] == "fast"
    assert kept["n_runs"] > 2 * kept["n_configurations"] > 20
    assert 120 <= kept["runs_cpu_s"] <= 155


def test_smac2_searches_and_beats_the_default(
    scenario: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    if not smac2_search.is_installed():
        pytest.skip("SMAC v2 is not installed (its start script smac and java on the PATH)")
    ratio, kept = found_by("smac2", 30, scenario, tmp_path / "results", capsys)
    assert ratio < 0.8
    assert kept["n_runs"] > kept["n_configurations"] > 5
    assert 26 <= kept["runs_cpu_s"] <= 35
