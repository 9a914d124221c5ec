"""By which rules a scenario's configurations race."""

from __future__ import annotations

from pathlib import Path

import pytest

from bbopt.planning.engine import build_engine
from bbopt.runs import RunRequest, RunResult, RunStatus
from bbopt.scenario import load_scenario, read_command_line
from bbopt.session import plan_session


def others_in_vain(folder: Path, *options: str, run_obj: str = "RUNTIME") -> tuple[int, bool]:
    """Runs of others than the incumbent on an instance that nobody solves, and whether one has taken over.

    The qualities are all above the cutoff.
    """
    (folder / "p.pcs").write_text("x real [0, 1] [0.9]\n")
    (folder / "instances.txt").write_text("easy\nmedium\nimpossible\n")
    (folder / "scenario.txt").write_text(
        "algo = true\npcs-file = p.pcs\ninstance-file = instances.txt\ncutoff-time = 5\n"
        f"deterministic = true\nrun-obj = {run_obj}\nengine = random\n"
    )
    words = ["--scenario", str(folder / "scenario.txt"), "--seed", "1", *options]
    scenario = load_scenario(read_command_line(words), cwd=folder)
    engine = build_engine(scenario, plan_session(scenario).problem)
    n = 0
    for _ in range(60):
        request = engine.ask()
        assert request is not None
        incumbent = engine.incumbent
        if incumbent is not None and request.configuration != incumbent.configuration:
            n += request.instance.name == "impossible" and incumbent.n_runs > 1
        engine.tell(request, answer(request))
    assert engine.incumbent is not None
    return n, not engine.incumbent.configuration.is_default


def answer(request: RunRequest) -> RunResult:
    loss = float(request.configuration.values["x"])
    if request.instance.name == "impossible" or 3 * loss >= request.cutoff_s:
        return RunResult(RunStatus.TIMEOUT, request.cutoff_s, 0.0, 100.0 + loss)
    return RunResult(RunStatus.SAT, 3 * loss, 0.0, 100.0 + loss)


def test_challengers_leave_unsolved_pairs_to_the_incumbent(tmp_path: Path) -> None:
    assert others_in_vain(tmp_path) == (0, True)


@pytest.mark.parametrize("option", ["--engine-preset=smac2", "--deterministic-instance-ordering=true"])
def test_as_in_smac2_they_race_on_all_pairs(option: str, tmp_path: Path) -> None:
    n, has_other = others_in_vain(tmp_path, option)
    assert n > 3
    assert has_other


def test_qualities_are_not_compared_with_the_cutoff(tmp_path: Path) -> None:
    n, has_other = others_in_vain(tmp_path, run_obj="QUALITY")
    assert n > 3
    assert has_other
