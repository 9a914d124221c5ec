"""Distributions of parameters where SMAC v2 has to understand them, and the prior that they are taken for."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from bbopt.errors import InputError
from bbopt.planning.engine import build_engine
from bbopt.runs import RunResult, RunStatus
from bbopt.scenario import Scenario, load_scenario, read_command_line
from bbopt.session import plan_session

GOLDEN = Path(__file__).parents[1] / "golden" / "smac2-shared-run"
PLAIN = "x real [0.001, 10] [1] log\ny real [0, 1] [0.5]\n"
NORMAL = "x real [0.001, 10] [1] log\n\ny real [0, 1] [0.5] normal(0.2, 0.05)\n"


def scenario(folder: Path, pcs: str, **options: str) -> Scenario:
    (folder / "p.pcs").write_text(pcs)
    words = ["--pcs-file", "p.pcs", "--tae", "CONSTANT", "--run-obj", "QUALITY", "--use-instances", "false"]
    words += ["--deterministic", "true", "--output-dir", "out", "--rungroup", "g"]
    options = {"runcount_limit": "40", "seed": "1"} | options
    for name, text in options.items():
        words += ["--" + name.replace("_", "-"), text]
    return load_scenario(read_command_line(words), cwd=folder)


@pytest.mark.parametrize("words", ["normal(0.2, 0.05)", "log_near_one", "step(0.1)", "log step(0.1)"])
def test_the_preset_of_smac2_takes_log_only(words: str, tmp_path: Path) -> None:
    plan_session(scenario(tmp_path, PLAIN, engine_preset="smac2"))
    pcs = PLAIN + f"\nz real [0.1, 0.9] [0.5] {words}\n"
    plan_session(scenario(tmp_path, pcs))
    with pytest.raises(InputError, match="SMAC v2 does not know the distribution of z") as caught:
        plan_session(scenario(tmp_path, pcs, engine_preset="smac2"))
    assert str(caught.value).startswith(f"{tmp_path / 'p.pcs'}:4: ")
    assert caught.value.got == f"{words}, with engine-preset = smac2 at command line"


def test_no_folder_is_shared_with_smac2(tmp_path: Path) -> None:
    shared = {"shared_model_mode": "true", "seed": "7"}
    plan_session(scenario(tmp_path, NORMAL, **shared))
    folder = tmp_path / "out" / "g"
    folder.mkdir(parents=True)
    shutil.copy(GOLDEN / "live-rundata-2.json", folder)
    plan_session(scenario(tmp_path, PLAIN, **shared))
    plan_session(scenario(tmp_path, NORMAL, seed="7"))
    plan_session(scenario(tmp_path, NORMAL, shared_model_mode="true", seed="2"))  # which is set aside
    with pytest.raises(InputError, match="SMAC v2 does not know the distribution of y") as caught:
        plan_session(scenario(tmp_path, NORMAL, **shared))
    assert "live-rundata-2.json" in str(caught.value)
    assert "share another folder" in str(caught.value)


@pytest.mark.parametrize(
    ("pcs", "options", "words"),
    [
        (PLAIN, {}, "prior is about normal and lognormal parameters"),
        (NORMAL, {"engine": "random"}, "prior is for the proposer smbo"),
        (NORMAL, {"acq_func": "LCB"}, "this acquisition function is none"),
        (NORMAL, {"acq_func": "SIMPLE"}, "this acquisition function is none"),
    ],
)
def test_a_prior_that_nothing_comes_of_is_refused(
    pcs: str, options: dict[str, str], words: str, tmp_path: Path
) -> None:
    with pytest.raises(InputError, match=words):
        plan_session(scenario(tmp_path, pcs, prior="true", **options))


def test_a_centre_out_of_range_is_warned_of(tmp_path: Path) -> None:
    pcs = NORMAL + "a real [1e-5, 1] [0.01] lognormal(0.01, 1)\nb real [1e-5, 1] [0.01] lognormal(-4, 1)\n"
    (warning,) = plan_session(scenario(tmp_path, pcs)).warnings
    assert warning == (
        f"{tmp_path / 'p.pcs'}: lognormal(0.01, 1) of a (line 4) is centred outside its range; "
        "mu and sigma are those of log x"
    )


def proposals(given: Scenario, n: int) -> list[float]:
    """The y of proposals for a target that likes a large one."""
    engine = build_engine(given, plan_session(given).problem)
    found = []
    for _ in range(n):
        request = engine.ask()
        assert request is not None
        y = float(request.configuration.values["y"])
        found.append(y)
        quality = 10 * (1 - y) ** 2 + float(request.configuration.values["x"])
        engine.tell(request, RunResult(RunStatus.SAT, 0.1, 0.0, quality, request.seed))
    return found


def test_a_prior_pulls_and_wears_off(tmp_path: Path) -> None:
    """The target's optimum lies sixteen standard deviations off."""
    believed = proposals(scenario(tmp_path, NORMAL, prior="true", runcount_limit="60"), 50)
    plain = proposals(scenario(tmp_path, NORMAL, runcount_limit="60"), 15)
    assert max(plain[5:15]) > 0.8
    assert max(believed[5:15]) < max(plain[5:15])
    assert max(believed) > 0.8
    again = proposals(scenario(tmp_path, NORMAL, prior="true", runcount_limit="60"), 9)
    assert again == believed[:9]
