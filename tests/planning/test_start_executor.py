"""The quality that stands for one that was never reported."""

from __future__ import annotations

from pathlib import Path

import pytest

from bbopt.planning.executor import start_executor
from bbopt.planning.setup import build_setup
from bbopt.runs import Instance, Origin, RunRequest, RunStatus
from bbopt.scenario import load_scenario, read_command_line


@pytest.mark.parametrize(
    ("objective", "quality"),
    [
        (("--run-obj", "QUALITY"), 1e9),
        (("--run-obj", "QUALITY", "--transform-crashed-quality-value", "7"), 7.0),
        (("--run-obj", "RUNTIME"), 0.0),
    ],
)
def test_a_run_that_is_killed_has_the_quality_of_its_objective(
    tmp_path: Path, objective: tuple[str, ...], quality: float
) -> None:
    (tmp_path / "p.pcs").write_text("x real [0, 1] [0.5]\n")
    given = ("--tae", "BLACKHOLE", "--pcs-file", "p.pcs", "--use-instances", "0", "--cutoff-time", "5")
    scenario = load_scenario(read_command_line((*given, *objective)), cwd=tmp_path, home=tmp_path)
    setup = build_setup(scenario)
    configuration = setup.space.default
    request = RunRequest(configuration, Instance("no_instance"), -1, 5.0, 1, Origin("test", 0))
    with start_executor(setup) as executor:
        executor.submit(request)
        executor.cancel()
        (finished,) = executor.wait(None)
    assert (finished.result.status, finished.result.quality) == (RunStatus.KILLED, quality)
