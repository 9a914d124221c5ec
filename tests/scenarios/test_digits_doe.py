"""The design of experiments of the article: both scenarios are planned, and their scripts are Python."""

from __future__ import annotations

import ast
import importlib.util
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from bbopt.planning.engine import build_engine
from bbopt.runs import RunRequest
from bbopt.scenario import load_scenario, read_command_line
from bbopt.session import Plan, plan_session
from tests.targets.target_calls import ROOT, environment

FOLDER = ROOT / "scenarios" / "digits_doe"
HAS_TENSORFLOW = importlib.util.find_spec("tensorflow") is not None


def planned(name: str) -> Plan:
    return plan_session(
        load_scenario(read_command_line(["--scenario", str(FOLDER / name), "--seed=1"]), cwd=ROOT)
    )


def scripts(plan: Plan) -> list[str]:
    """The script of each run of the design."""
    engine, found, folders = build_engine(plan.scenario, plan.problem), [], plan.setup.folders
    assert folders is not None
    while isinstance(request := engine.ask(), RunRequest):
        order = folders.order(request, "1-1", Path("/runs/1-1"), {})
        assert Path(order.links["digits_split.py"]).resolve() == ROOT / "targets" / "digits_split.py"
        found.append(order.files["mnist_cnn.py"])
        ast.parse(found[-1])
    return found


def test_sixty_random_networks_two_at_a_time() -> None:
    plan = planned("scenario.txt")
    made = scripts(plan)
    assert len(made) == 60
    assert plan.scenario.execution.n_slots == 2
    assert not any("${" in text for text in made)


def test_the_rows_of_the_table() -> None:
    made = scripts(planned("table.txt"))
    assert len(made) == len((FOLDER / "design.csv").read_text().splitlines()) - 1
    assert "model.add(Conv2D(45, (8, 8), activation=" in made[1]


@pytest.mark.slow
@pytest.mark.skipif(not HAS_TENSORFLOW, reason="tensorflow (the extra `keras`) is not installed")
def test_networks_are_trained_and_saved(tmp_path: Path) -> None:
    """The first two rows: a kernel of side 10 does not fit, and the search goes on."""
    shutil.copytree(FOLDER, tmp_path / "scenarios" / "digits_doe")
    (tmp_path / "targets").symlink_to(ROOT / "targets")
    (tmp_path / "scenarios/digits_doe/design.csv").write_text("nb_filters, nb_conv_size\n16, 10\n16, 3\n")
    done = subprocess.run(
        [sys.executable, "-m", "bbopt", "--scenario", "scenarios/digits_doe/table.txt", "--seed", "1"],
        cwd=tmp_path, env=environment(), capture_output=True, text=True, timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    runs = tmp_path / "bbopt-output" / "table" / "runs"
    assert {"mnist_model.json", "mnist_model.weights.h5"} <= {path.name for path in (runs / "1-2").iterdir()}
    assert (runs / "1-2" / "process_output.log").read_text().splitlines()[-1].startswith("accuracy\t0.")
