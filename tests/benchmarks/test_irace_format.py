"""A space in irace's files: what is written, and that irace reads it as it is meant."""

from __future__ import annotations

import subprocess
from pathlib import Path

import numpy as np
import pytest

from bbopt.space import Space, parse_pcs, read_pcs
from benchmarks.configuration import irace_search
from benchmarks.configuration.irace_format import IraceSpace, irace_names, quoted

ROOT = Path(__file__).resolve().parents[2]
PCS = """
mode categorical {fast, slow, off} [fast]
level ordinal {low, mid, high} [mid]
rate-of-change real [0.00001, 1] [0.5] log
size integer [1, 4000] [100] log
share real [0, 0.1] [0.05]
count integer [-4, 40] [0]
rate-of-change | mode in {fast, slow} && level > low
size | mode != off || share > 0.05
count | size < 200 && level < high
{mode=fast, level=high}
{mode=slow, size=100}
"""


def space(text: str = PCS) -> Space:
    return parse_pcs(text, "test")


def needs_irace() -> None:
    if not irace_search.is_installed():
        pytest.skip("irace is not installed (apt-get install r-cran-irace)")


def test_parameters_have_smacs_switches_and_irace_types() -> None:
    lines = IraceSpace.of(space()).parameter_file().splitlines()
    assert lines == [
        'count "-count " i (-4, 40) | ((size < 200) & (level %in% c("low", "mid")))',
        'level "-level " o ("low", "mid", "high")',
        'mode "-mode " c ("fast", "slow", "off")',
        'rate.of.change "-rate-of-change " r,log (0.00001, 1) | '
        '((mode %in% c("fast", "slow")) & (level %in% c("mid", "high")))',
        'share "-share " r (0, 0.1)',
        'size "-size " i,log (1, 4000) | ((mode %in% c("fast", "slow")) | (share > 0.05))',
    ]


def test_several_lines_for_a_child_must_all_hold() -> None:
    text = (
        "a categorical {x, y} [x]\nb categorical {x, y} [x]\nc real [0, 1] [0]\nc | a in {x}\nc | b in {y}\n"
    )
    assert (
        IraceSpace.of(space(text))
        .parameter_file()
        .splitlines()[2]
        .endswith('| ((a %in% c("x"))) & ((b %in% c("y")))')
    )


def test_clauses_see_inactive_parameters_at_their_defaults() -> None:
    assert IraceSpace.of(space()).forbidden_file().splitlines() == [
        '(mode == "fast") & (level == "high")',
        '(mode == "slow") & (is.na(size) | (size == 100))',
    ]


def test_a_table_of_configurations_has_no_inactive_values() -> None:
    of = space()
    off = of.configuration({**of.default.values, "mode": "off", "share": "0.01"})
    assert IraceSpace.of(of).configurations_file([of.default, off]).splitlines() == [
        "count level mode rate.of.change share size",
        '"0" "mid" "fast" "0.5" "0.05" "100"',
        'NA "mid" "off" NA "0.01" NA',
    ]


@pytest.mark.parametrize(
    ("declaration", "digits"),
    [
        ("a real [0, 1] [0.5]", 4),
        ("a real [0.00001, 1] [0.5] log", 8),
        ("a real [0, 1] [0.1234567]", 7),
        ("a real [1e-300, 1] [0.5] log", 15),
        ("a integer [1, 9] [5]", 4),
    ],
)
def test_digits_keep_bounds_and_defaults(declaration: str, digits: int) -> None:
    assert IraceSpace.of(space(declaration + "\n")).digits == digits


def test_names_are_rs_and_differ() -> None:
    names = irace_names(["a-b", "a.b", "a_b", "@1:x", "if", "_x", "p.if"])
    assert list(names.values()) == ["a.b", "a.b.2", "a_b", "p..1.x", "p.if", "p._x", "p.if.2"]


@pytest.mark.parametrize("text", ["two words", 'a"b', "a|b", "a#b", "$HOME", ""])
def test_values_that_would_be_taken_apart_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="irace's files can't hold"):
        quoted(text)


def test_forbidden_expressions_are_refused() -> None:
    of = space("a real [0, 1] [0]\nb real [0, 1] [0]\n{a + b > 1.5}\n")
    with pytest.raises(ValueError, match=r"not translated for irace: .*a \+ b > 1.5"):
        IraceSpace.of(of).forbidden_file()


CHECK = """
suppressPackageStartupMessages(library(irace))
parameters <- readParameters("parameters.txt", digits = {digits})
table <- irace:::readConfigurationsFile("configurations.txt", parameters)
forbidden <- irace:::readForbiddenFile("forbidden.txt")
table$row <- seq_len(nrow(table))
kept <- irace:::checkForbidden(table, forbidden)
cat("kept", kept$row, "\\n")
"""


@pytest.mark.slow
@pytest.mark.parametrize("name", ["mixed", "minisat", "clasp"])
def test_irace_agrees_on_activity_and_clauses(name: str, tmp_path: Path) -> None:
    """Reading a configuration, irace refuses inactive values that are given and active ones that are not."""
    needs_irace()
    of = space() if name == "mixed" else read_pcs(ROOT / "scenarios" / name / "params.pcs")
    translated = IraceSpace.of(of)
    rng = np.random.default_rng(1)
    rows = of.canonical(of.decode(rng.random((150, of.n_params))))
    configurations = list(dict.fromkeys(of.configurations(rows)))
    (tmp_path / "parameters.txt").write_text(translated.parameter_file())
    (tmp_path / "forbidden.txt").write_text(translated.forbidden_file())
    (tmp_path / "configurations.txt").write_text(translated.configurations_file(configurations))
    (tmp_path / "check.R").write_text(CHECK.format(digits=translated.digits))
    done = subprocess.run(["Rscript", "check.R"], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    kept = [line.split()[1:] for line in done.stdout.splitlines() if line.startswith("kept")]
    expected = [str(i) for i, one in enumerate(configurations, 1) if not one.is_forbidden]
    assert kept == [expected]
    assert name == "minisat" or len(expected) < len(configurations)
