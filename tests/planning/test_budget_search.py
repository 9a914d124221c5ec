"""Whether the search with budgets takes runs to go on from each other."""

from __future__ import annotations

from pathlib import Path

import pytest

from bbopt.planning.engine import build_engine
from bbopt.runs import RunResult, RunStatus
from bbopt.scenario import load_scenario, read_command_line
from bbopt.session import plan_session

REST = "pcs-file = params.pcs\nuse-instances = false\nrun-obj = QUALITY\nbudget-max = 52\n"
PLAIN = "algo-template = true {params} {runlength}\n"
FIRST_TWO = {True: [2, 3], False: [2, 52]}
"""Of the only configuration: level by level, or in full as soon as nothing else can begin."""


@pytest.mark.parametrize(
    ("text", "goes_on"),
    [
        (PLAIN, False),
        (PLAIN + "budget-continues = true\n", True),
        (PLAIN + "budget-continues = false\n", False),
        (PLAIN + "checkpoints = true\n", True),
        ("algo-template = true {params} {runlength} {checkpoint-out}\n", True),
        ("algo-template = true {params} {runlength} {budget-done}\nbudget-continues = false\n", False),
    ],
)
def test_runs_go_on_where_that_is_said(tmp_path: Path, text: str, goes_on: bool) -> None:
    (tmp_path / "params.pcs").write_text("x categorical {one} [one]\n", encoding="utf-8")
    (tmp_path / "scenario.txt").write_text(text + REST, encoding="utf-8")
    command_line = read_command_line(("--scenario", "scenario.txt"))
    scenario = load_scenario(command_line, cwd=tmp_path, home=tmp_path)
    engine = build_engine(scenario, plan_session(scenario).problem)
    budgets = []
    for _ in range(2):
        request = engine.ask()
        assert request is not None
        budgets.append(request.runlength)
        engine.tell(request, RunResult(RunStatus.SAT, 0.1, 0, 1.0))
    assert budgets == FIRST_TWO[goes_on]
