"""Names of other programs' options lead to ours."""

from __future__ import annotations

import pytest

from bbopt.options import canonical_name, foreign_name, option_table, read_command_line
from bbopt.options.foreign_names import foreign_names

AS_VALUES = {"maximize", "maximise"}
"""Names of options here, which are in the table for run-obj = MAXIMIZE."""


def test_the_table_leads_to_options_that_there_are() -> None:
    for key, row in foreign_names().items():
        assert key == canonical_name(row.name)
        assert row.option or row.hint, row.name
        assert not row.option or option_table().find(row.option), row.name
        is_own = option_table().find(row.name) is not None
        assert is_own == (row.name in AS_VALUES), row.name


@pytest.mark.parametrize(
    ("name", "remedy"),
    [
        ("cost_for_crash", "SMAC3 calls it so; write transform-crashed-quality-value"),
        ("minR", "SMAC3 calls it so; write initial-challenger-runs"),
        ("MAX-R", "SMAC3 calls it so; write max-incumbent-runs"),
        (
            "always_race_default",
            "leave out this name of SMAC3's: the default is the first incumbent in any case",
        ),
        ("targetRunner", "irace calls it so; write algo, with call-format = irace"),
        ("random_state", "MADlib calls it so; write seed"),
        ("algorithm", "MADlib calls it so; write engine, tpe, or random for rand"),
        ("direction", "leave it out: values are minimised unless maximize = true"),
    ],
)
def test_what_to_write(name: str, remedy: str) -> None:
    (problem,) = read_command_line((f"--{name}", "1")).problems
    assert problem.remedy == remedy


def test_other_names_are_nobodys() -> None:
    assert foreign_name("runcount-limit") is None
