"""The schedule as a table and as CSV, and what has none."""

from __future__ import annotations

import pytest

from bbopt.cli.main import run

TABLE = """\
 s | i | n_i | r_i
---+---+-----+-----
 2 | 0 |   9 |   1
 2 | 1 |   3 |   3
 2 | 2 |   1 |   9
 1 | 0 |   3 |   3
 1 | 1 |   1 |   9
 0 | 0 |   3 |   9
(6 rows)
"""


def test_a_table(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(("hyperband-schedule", "--R", "9", "--eta", "3")) == 0
    assert capsys.readouterr().out == TABLE


def test_comma_separated_values(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(("hyperband-schedule", "--R=9", "--csv", "--skip-last=1")) == 0
    assert capsys.readouterr().out == "s,i,n_i,r_i\n2,0,9,1\n2,1,3,3\n1,0,3,3\n"


@pytest.mark.parametrize(
    ("argv", "what"),
    [
        (("--eta", "3"), "--R is missing"),
        (("--R", "0"), "R can't have this value"),
        (("--R", "4.5"), "R can't have this value"),
        (("--R", "2"), "R leaves no configuration to promote"),
        (("--R", "9", "--budget-min", "10"), "R is below budget-min"),
        (("--R", "9", "--skip-last", "3"), "skip-last leaves no run to make"),
    ],
)
def test_what_has_no_schedule(argv: tuple[str, ...], what: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(("hyperband-schedule", *argv)) == 1
    found = capsys.readouterr()
    assert found.out == ""
    assert what in found.err
    assert "expected" in found.err
