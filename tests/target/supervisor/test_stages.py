"""Runs in folders of their own, with commands before and behind the program: real processes."""

from __future__ import annotations

import os
import sys
import uuid
from pathlib import Path

import pytest

from bbopt.target.supervisor.run_folder import OUTPUT_NAME, FolderOrder
from bbopt.target.supervisor.wire import EndedBy, SupervisedRun
from tests.stores.folder.mounts import small_disk
from tests.target.processes import alive_with, await_run, order, shell, supervisor_process

PRINTS = "echo out; echo err >&2"


def execute(
    tmp_path: Path, script: str, limits: dict[str, object] | None = None, **settings: object
) -> SupervisedRun:
    folder = FolderOrder(str(tmp_path / "runs" / "1-1"), **settings)  # type: ignore[arg-type]
    given = order(shell(script), Path(folder.path), folder=folder, run_id="1-1", **(limits or {}))
    with supervisor_process() as supervisor:
        supervisor.start(given)
        return await_run(supervisor)


def commands(*scripts: str) -> list[list[str]]:
    return [list(shell(script)) for script in scripts]


def lines(tmp_path: Path, name: str = "steps") -> list[str]:
    return (tmp_path / "runs" / "1-1" / name).read_text().split("\n")[:-1]


def test_stages_follow_each_other_in_the_folder(tmp_path: Path) -> None:
    run = execute(
        tmp_path,
        "cat params >> steps; echo main",
        files={"params": "x = 1\n"},
        before=commands("echo one >> steps", "echo two >> steps"),
        after=commands("echo last >> steps", 'printf "acc\\t0.5\\n"; echo why >&2'),
    )
    assert (run.ended_by, run.exit_status, run.stage_problem) == (EndedBy.EXIT, 0, "")
    assert lines(tmp_path) == ["one", "two", "x = 1", "last"]
    assert run.post_output == "acc\t0.5\n"
    assert run.tail == "main\n"


def test_all_output_is_in_the_folder_and_what_is_behind_can_read_it(tmp_path: Path) -> None:
    run = execute(
        tmp_path,
        "echo first; printf 'acc\\t0.9'",
        before=commands("echo before"),
        after=commands(f"tail -n 1 {OUTPUT_NAME}"),
    )
    assert run.post_output == "acc\t0.9"
    assert (tmp_path / "runs/1-1" / OUTPUT_NAME).read_text() == "before\nfirst\nacc\t0.9acc\t0.9"


def test_a_failure_before_the_program_keeps_it_from_starting(tmp_path: Path) -> None:
    run = execute(
        tmp_path, "touch started", before=commands("echo broken; exit 3"), after=commands("touch after")
    )
    assert "pre-process ended with exit status 3: /bin/sh -c" in run.stage_problem
    assert run.tail == "broken\n"
    assert not {"started", "after"} & set(os.listdir(tmp_path / "runs/1-1"))


def test_a_missing_command_is_told(tmp_path: Path) -> None:
    run = execute(tmp_path, "true", before=[["./missing"]])
    assert run.stage_problem == "pre-process can't be started: ./missing: No such file or directory"


def test_a_failure_behind_the_program_is_told_where_that_has_worked(tmp_path: Path) -> None:
    run = execute(tmp_path, "echo fine", after=commands("echo no result; exit 1", "touch never"))
    assert "post-process ended with exit status 1" in run.stage_problem
    assert (run.ended_by, run.exit_status) == (EndedBy.EXIT, 0)
    assert "never" not in os.listdir(tmp_path / "runs/1-1")


def test_a_program_that_failed_is_the_reason_not_what_had_nothing_to_work_on(tmp_path: Path) -> None:
    run = execute(tmp_path, "echo oops; exit 9", after=commands("cat result.txt"))
    assert (run.exit_status, run.stage_problem, run.tail) == (9, "", "oops\n")
    assert "post-process ended with exit status 1" in run.notes[-1]


@pytest.mark.parametrize("stage", ["before", "after"])
def test_limits_are_those_of_all_stages_together(tmp_path: Path, stage: str) -> None:
    marker = f"marker-{uuid.uuid4()}"
    hanging = [[sys.executable, "-c", "import time; time.sleep(600)", marker]]
    run = execute(tmp_path, "sleep 0.2", {"wall_limit_s": 0.6}, **{stage: hanging})  # type: ignore[arg-type]
    assert run.ended_by is EndedBy.WALL
    assert "was ended (wall)" in run.stage_problem
    assert alive_with(marker) == []


def test_a_stage_leaves_no_process_to_the_next_one(tmp_path: Path) -> None:
    marker = f"marker-{uuid.uuid4()}"
    daemon = f"setsid {sys.executable} -c 'import time; time.sleep(600)' {marker} > /dev/null 2>&1 &"
    run = execute(tmp_path, "true", before=commands(daemon))
    assert (run.ended_by, run.stage_problem) == (EndedBy.EXIT, "")
    assert alive_with(marker) == []


def test_the_results_file_is_what_this_run_has_written(tmp_path: Path) -> None:
    old = tmp_path / "out.json"
    old.write_text('{"loss": 9}')
    settings = {"copies": {"out.json": str(old)}, "results_file": "out.json"}
    assert execute(tmp_path / "a", "true", **settings).results == ""
    assert execute(tmp_path / "b", "echo '{}' > out.json", **settings).results == "{}\n"


def test_a_folder_that_can_not_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "runs").write_text("a file is in the way")
    run = execute(tmp_path, "true")
    assert (run.ended_by, run.spawn_step) == (EndedBy.SPAWN, "folder")
    assert "runs/1-1" in run.tail


def test_the_environment_is_added_to(tmp_path: Path) -> None:
    run = execute(tmp_path, "echo $GPU $PATH", {"environment": {"GPU": "3"}})
    assert run.tail == f"3 {os.environ['PATH']}\n"


def test_a_folder_works_on_another_disk_and_is_brought_back(tmp_path: Path) -> None:
    kept = tmp_path / "shared" / "1-1"
    run = execute(tmp_path, "echo done > result", kept_at=str(kept))
    assert (run.exit_status, run.notes) == (0, [])
    assert (kept / "result").read_text() == "done\n"
    assert not (tmp_path / "runs/1-1").exists()


def leaving(tmp_path: Path, script: str, **settings: object) -> SupervisedRun:
    """A run that may leave a checkpoint, of a search that is itself a run with others."""
    folder = tmp_path / "1-0123456789abcdef"
    folder.mkdir(exist_ok=True)
    out = str(folder / "3-1-1-abcd")
    given = order(shell(script), tmp_path, checkpoint_out=out, environment={"OUT": out}, **settings)
    with supervisor_process() as supervisor:
        supervisor.start(given)
        return await_run(supervisor)


@pytest.mark.parametrize(
    ("script", "has_checkpoint", "left"),
    [
        ("echo x > $OUT/state", True, ["3-1-1-abcd"]),
        ("echo x > $OUT/state; exit 3", True, ["3-1-1-abcd"]),  # what it says of itself decides
        ("test -d $OUT", False, ["3-1-1-abcd"]),
        ("rm -r $OUT; ln -s /tmp $OUT", False, ["3-1-1-abcd"]),
        ("echo x > $OUT/state; sleep 600", False, ["3-1-1-abcd"]),
    ],
)
def test_what_a_run_leaves(tmp_path: Path, script: str, has_checkpoint: bool, left: list[str]) -> None:
    run = leaving(tmp_path, script, limit_s=0.5 if "sleep" in script else None)
    assert run.has_checkpoint is has_checkpoint
    assert os.listdir(tmp_path / "1-0123456789abcdef") == left
    assert not run.lacks_room


def test_another_try_begins_with_an_empty_folder(tmp_path: Path) -> None:
    leaving(tmp_path, "echo x > $OUT/state")
    assert leaving(tmp_path, "ls $OUT").tail == ""


def test_a_worker_that_does_not_see_the_folder_says_so(tmp_path: Path) -> None:
    out = str(tmp_path / "not" / "shared" / "3-1-1-abcd")
    with supervisor_process() as supervisor:
        supervisor.start(order(shell("exit 0"), tmp_path, checkpoint_out=out))
        run = await_run(supervisor)
    assert (run.ended_by, run.spawn_step) == (EndedBy.SPAWN, "checkpoints")
    assert "No such file or directory" in run.tail


def test_variables_of_an_outer_run_are_not_handed_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("BBOPT_CHECKPOINT_IN", "BBOPT_CHECKPOINT_OUT", "BBOPT_BUDGET_DONE"):
        monkeypatch.setenv(name, "outer")
    assert execute(tmp_path, "env | grep -e BBOPT_CH -e DONE").tail == ""


def test_a_program_that_finds_no_room(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", 256) as disk:
        run = leaving(disk, "dd if=/dev/zero of=$OUT/state bs=4k count=999 || exit 1")
    assert run.lacks_room
    assert "No space left on device" in run.tail
