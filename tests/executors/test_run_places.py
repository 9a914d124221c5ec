from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from bbopt.executors import Checkpoints, RunNumbers, RunPlaces
from bbopt.options import resolve
from bbopt.output_folder import OutputFolder
from bbopt.runs import NO_BUDGET, RunResult, RunStatus
from bbopt.scenario import read_command_line
from bbopt.scenario.input_paths import Folders
from bbopt.scenario.run_folders import read_run_folders
from bbopt.scenario.slot_values import SlotValues
from bbopt.target.run_folder import FolderPlan
from bbopt.target.supervisor.wire import EndedBy, SupervisedRun
from tests.target.processes import request


def folders(path: Path, *options: str) -> FolderPlan:
    settings = read_run_folders(
        resolve(read_command_line(["--run-folders=true", *options])), Folders(path, None)
    )
    assert settings is not None
    return FolderPlan(path / "runs", settings)


def test_names_go_on_behind_those_that_there_are() -> None:
    numbers = RunNumbers("7", lambda: 41)
    assert [numbers.next_name(), numbers.next_name()] == ["7-42", "7-43"]


def test_how_many_there_are_is_asked_late() -> None:
    """Only when the files of an earlier search have been set aside."""
    taken = [5]
    numbers = RunNumbers("7", lambda: taken[0])
    taken[0] = 0
    assert numbers.next_name() == "7-1"


def test_a_name_in_use_is_passed_over(tmp_path: Path) -> None:
    (tmp_path / "runs" / "run-1").mkdir(parents=True)
    places = RunPlaces(folders=folders(tmp_path))
    assert places.place(request(), 0, "u").run_id == "run-2"


def test_a_run_knows_its_place(tmp_path: Path) -> None:
    plan = folders(tmp_path, "--parameters-file=in/p.json")
    places = RunPlaces(RunNumbers("3"), "/scenario", SlotValues({"GPU": ("4", "5:6")}), plan)
    place = places.place(request(seed=12), 1, "u")
    assert place.folder == tmp_path / "runs" / "3-1"
    assert place.environment == {
        "BBOPT_RUN_ID": "3-1",
        "BBOPT_CONFIGURATION_ID": "0",
        "BBOPT_SLOT": "1",
        "BBOPT_SCENARIO_FOLDER": "/scenario",
        "BBOPT_RUN_FOLDER": str(place.folder),
        "BBOPT_PARAMETERS_FILE": f"{place.folder}/in/p.json",
        "BBOPT_SEED": "12",
        "GPU": "5,6",
    }


def test_a_run_knows_its_budget_where_there_is_one() -> None:
    with_budget, without = replace(request(), runlength=27), request()
    assert RunPlaces().place(with_budget, 0, "u").environment["BBOPT_BUDGET"] == "27"
    assert "BBOPT_BUDGET" not in RunPlaces().place(without, 0, "u").environment


def test_elsewhere_folders_of_several_searches_do_not_meet(tmp_path: Path) -> None:
    plan = folders(tmp_path, "--run-folder-root=/scratch")
    place = RunPlaces(RunNumbers("3"), folders=plan).place(request(), 0, "0123456789")
    assert place.folder == Path("/scratch/3-1-01234567")
    assert plan.path_of(place.run_id) == tmp_path / "runs" / "3-1"


def test_a_run_knows_its_checkpoints(tmp_path: Path) -> None:
    checkpoints = Checkpoints(OutputFolder(tmp_path), 3)
    places = RunPlaces(RunNumbers("3"), checkpoints=checkpoints)
    asked = replace(request(), runlength=9)
    assert checkpoints.take(asked)
    first = places.place(asked, 0, "abcd")
    assert Path(first.checkpoint_out).name == "9-3-1-abcd"
    assert first.environment["BBOPT_CHECKPOINT_OUT"] == first.checkpoint_out
    assert "BBOPT_CHECKPOINT_IN" not in first.environment
    assert (first.environment["BBOPT_BUDGET"], first.environment["BBOPT_BUDGET_DONE"]) == ("9", "0")
    expected = {"checkpoint-in": "", "checkpoint-out": first.checkpoint_out, "budget-done": "0"}
    assert expected.items() <= first.facts.items()

    Path(first.checkpoint_out).mkdir()
    run = SupervisedRun(EndedBy.EXIT, 1.0, has_checkpoint=True)
    checkpoints.ended(first.checkpoint_out, run, RunResult(RunStatus.SAT, 1.0, 0, 1.0))
    second = places.place(asked, 0, "abcd")
    assert second.environment["BBOPT_CHECKPOINT_IN"] == first.checkpoint_out == second.facts["checkpoint-in"]
    assert second.environment["BBOPT_BUDGET_DONE"] == "9"
    assert Path(second.checkpoint_out).name == "9-3-2-abcd"


def test_without_checkpoints_placeholders_are_empty() -> None:
    place = RunPlaces().place(replace(request(), runlength=NO_BUDGET), 0, "u")
    expected = {"checkpoint-in": "", "checkpoint-out": "", "budget-done": "0"}
    assert expected.items() <= place.facts.items()
    assert place.checkpoint_out == ""
    assert not {name for name in place.environment if "CHECKPOINT" in name or "BUDGET" in name}
