"""Who has a folder of checkpoints, and what becomes of it."""

from __future__ import annotations

import logging
import os
import signal
import time
from dataclasses import replace
from pathlib import Path

import pytest

from bbopt import process_lock
from bbopt.errors import StateError
from bbopt.executors import Checkpoints
from bbopt.output_folder import OutputFolder
from bbopt.runs import NO_INSTANCE, Origin, RunRequest, RunResult, RunStatus
from bbopt.space import parse_pcs
from bbopt.target.supervisor import checkpoint_folder
from bbopt.target.supervisor.wire import EndedBy, SupervisedRun
from tests.children import run_child
from tests.stores.folder.mounts import enlarge, fill, small_disk

UUID = "0123abcd-0000"
SPACE = parse_pcs("x integer [0, 99] [0]\n")


def asked(x: int = 1, budget: int = 3, seed: int = -1) -> RunRequest:
    configuration = SPACE.configuration({"x": str(x)})
    return RunRequest(configuration, NO_INSTANCE, seed, 9.0, budget, Origin("x", 0))


def begun(output: Path, seed: int = 1, *, is_shared: bool = False, goes_on: bool = True) -> Checkpoints:
    checkpoints = Checkpoints(OutputFolder(output), seed, is_shared=is_shared)
    checkpoints.open(goes_on=goes_on)
    return checkpoints


def write(
    checkpoints: Checkpoints,
    request: RunRequest,
    run_id: str = "1-1",
    status: RunStatus = RunStatus.SAT,
    text: str | None = "state",
    uuid: str = UUID,
) -> None:
    """A try of a run that leaves the text."""
    place = checkpoints.place(request, run_id, uuid)
    assert place is not None
    checkpoint_folder.make_out(str(place.out))
    if text is not None:
        (place.out / "state").write_text(text)
    run = SupervisedRun(EndedBy.EXIT, time.time(), has_checkpoint=checkpoint_folder.take_out(str(place.out)))
    checkpoints.ended(str(place.out), run, RunResult(status, 1.0, 0, 1.0, run_id=run_id))


def make(checkpoints: Checkpoints, request: RunRequest, run_id: str = "1-1") -> None:
    """A run from its beginning to its end."""
    assert checkpoints.take(request)
    write(checkpoints, request, run_id)
    checkpoints.release(request)


def name_of(checkpoints: Checkpoints, request: RunRequest) -> str:
    return checkpoints.name_of(request.configuration, request.pair)


def test_a_longer_run_goes_on_and_a_shorter_one_does_not(tmp_path: Path) -> None:
    checkpoints = begun(tmp_path)
    assert checkpoints.take(asked())
    assert (place := checkpoints.place(asked(), "1-1", UUID)) is not None
    assert place.last is None
    assert place.out.name == "3-1-1-0123abcd"
    checkpoints.release(asked())
    make(checkpoints, asked(budget=3))
    for budget, goes_on in [(2, False), (3, True), (9, True)]:
        request = asked(budget=budget)
        assert checkpoints.take(request)
        assert (place := checkpoints.place(request, "1-2", UUID)) is not None
        assert (place.last is not None) is goes_on
        checkpoints.release(request)
    assert checkpoints.last(name_of(checkpoints, asked())).budget == 3  # type: ignore[union-attr]


def test_configurations_instances_and_seeds_have_their_own(tmp_path: Path) -> None:
    checkpoints = begun(tmp_path)
    requests = [asked(), asked(x=2), asked(seed=4)]
    requests.append(replace(asked(), instance=replace(NO_INSTANCE, name="other")))
    assert len({name_of(checkpoints, request) for request in requests}) == 4
    assert name_of(checkpoints, asked(budget=9)) == name_of(checkpoints, asked())
    assert name_of(begun(tmp_path), asked()) == name_of(checkpoints, asked())
    assert name_of(begun(tmp_path, 2), asked()) != name_of(checkpoints, asked())
    shared = [begun(tmp_path, seed, is_shared=True) for seed in (1, 2)]
    assert name_of(shared[0], asked()) == name_of(shared[1], asked())
    other = Checkpoints(OutputFolder(tmp_path), 1, target="another program")
    assert name_of(other, asked()) != name_of(checkpoints, asked())


@pytest.mark.parametrize("status", [RunStatus.CRASHED, RunStatus.TIMEOUT, RunStatus.KILLED])
def test_a_run_that_has_not_succeeded_changes_nothing(tmp_path: Path, status: RunStatus) -> None:
    checkpoints = begun(tmp_path)
    make(checkpoints, asked(budget=3))
    longer = asked(budget=9)
    assert checkpoints.take(longer)
    write(checkpoints, longer, "1-2", status, "torn")
    assert (place := checkpoints.place(longer, "1-3", UUID)) is not None
    assert place.last is not None  # another try goes on from what there was
    assert Path(place.last.path, "state").read_text() == "state"
    checkpoints.release(longer)
    assert len(os.listdir(checkpoints.path_of(name_of(checkpoints, longer)))) == 3


def test_a_run_of_a_name_that_was_given_before_leaves_what_there_is(tmp_path: Path) -> None:
    """All was killed when its checkpoint stood, and its record did not: another run has its name then."""
    make(begun(tmp_path), asked())
    again = begun(tmp_path)
    assert again.take(asked())
    write(again, asked(), "1-1", RunStatus.CRASHED, "torn", uuid="4567abcd")
    last = again.last(name_of(again, asked()))
    assert last is not None
    assert Path(last.path, "state").read_text() == "state"


def test_a_program_that_leaves_nothing_leaves_no_folder(tmp_path: Path) -> None:
    checkpoints = begun(tmp_path)
    assert checkpoints.take(asked())
    write(checkpoints, asked(), text=None)
    checkpoints.release(asked())
    assert checkpoints.names == []
    assert checkpoints.take(asked(x=2))  # in the same folder, which has another name
    write(checkpoints, asked(x=2), "1-2")
    checkpoints.release(asked(x=2))
    assert checkpoints.names == os.listdir(tmp_path / "checkpoints") == [name_of(checkpoints, asked(x=2))]
    for x in (3, 4):
        assert checkpoints.take(asked(x))
    for x in (3, 4):
        checkpoints.release(asked(x))
    begun(tmp_path).drop_spares()  # a search that is killed leaves them to the next one
    assert checkpoints.names == os.listdir(tmp_path / "checkpoints")


def test_one_that_has_left_something_before_keeps_it(tmp_path: Path) -> None:
    checkpoints = begun(tmp_path)
    make(checkpoints, asked(budget=3))
    assert checkpoints.take(asked(budget=9))
    write(checkpoints, asked(budget=9), "1-2", text=None)
    checkpoints.release(asked(budget=9))
    assert checkpoints.last(name_of(checkpoints, asked())).run_id == "1-1"  # type: ignore[union-attr]


def test_one_run_at_a_time_of_a_search(tmp_path: Path) -> None:
    checkpoints = begun(tmp_path)
    short, long, other = asked(budget=3), asked(budget=9), asked(x=2)
    assert checkpoints.take(short)
    assert not checkpoints.take(long)
    assert checkpoints.is_in_use(long.configuration, long.pair)
    assert checkpoints.take(other)
    assert not checkpoints.is_in_use(other.configuration, other.pair)
    checkpoints.release(short)
    checkpoints.look_again()
    assert not checkpoints.has_refused
    assert checkpoints.take(long)


def test_runs_without_a_folder_have_no_checkpoints(tmp_path: Path) -> None:
    """Those of a validation, which no search asks for."""
    assert begun(tmp_path).place(asked(), "1-1", UUID) is None


def test_one_run_at_a_time_of_all_that_share(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    one, two = (begun(tmp_path, seed, is_shared=True) for seed in (1, 2))
    assert one.take(asked())
    assert not two.take(asked(budget=9))
    assert two.is_in_use(asked().configuration, asked(budget=9).pair)
    assert f"is in use by process {os.getpid()} on host" in caplog.text
    write(one, asked())
    one.release(asked())
    assert two.take(asked(budget=9))
    assert (place := two.place(asked(budget=9), "2-1", UUID)) is not None
    assert place.last is not None
    assert place.last.run_id == "1-1"


HOLDER = """
    import sys, time
    from pathlib import Path
    from tests.executors.test_checkpoints import UUID, asked, begun
    checkpoints = begun(Path(sys.argv[1]), 2, is_shared=True)
    assert checkpoints.take(asked())
    place = checkpoints.place(asked(), "2-1", UUID)
    place.out.mkdir()
    (place.out / "state").write_text("half")
    print("taken", flush=True)
    time.sleep(600)
"""


def test_who_was_killed_holds_nothing(tmp_path: Path) -> None:
    holder = run_child(HOLDER, tmp_path)
    try:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "taken\n"
        checkpoints = begun(tmp_path, is_shared=True)
        assert not checkpoints.take(asked())
        os.kill(holder.pid, signal.SIGKILL)
        holder.wait()
        assert checkpoints.take(asked())
    finally:
        holder.kill()
        holder.communicate()
    assert len(os.listdir(checkpoints.path_of(name_of(checkpoints, asked())))) == 1  # what was half is gone


def test_who_has_lost_its_lock_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """It was stopped for so long that another one took it for dead."""
    monkeypatch.setattr(process_lock, "_CHECK_EVERY_S", 0.0)
    one, two = (begun(tmp_path, seed, is_shared=True) for seed in (1, 2))
    assert one.take(asked())
    process_lock.lock_path(one.path_of(name_of(one, asked()))).unlink()
    assert two.take(asked())
    write(two, asked(), "2-1", text="two")
    write(one, asked(budget=9), "1-1", text="one")
    assert "the checkpoint of run 1-1 does not count" in caplog.text
    assert two.last(name_of(two, asked())).run_id == "2-1"  # type: ignore[union-attr]


def test_a_new_search_begins_without_checkpoints(tmp_path: Path) -> None:
    make(begun(tmp_path), asked())
    make(begun(tmp_path, 2), asked(), "2-1")
    again = begun(tmp_path, goes_on=False)
    assert again.names == []
    assert len(os.listdir(tmp_path / "previous" / "checkpoints-1-1" / "checkpoints")) == 1
    assert len(begun(tmp_path, 2).names) == 1


def test_a_new_search_sets_aside_what_its_own_seed_has_left_for_all(tmp_path: Path) -> None:
    one, two = (begun(tmp_path, seed, is_shared=True) for seed in (1, 2))
    make(one, asked(), "1-1")
    make(two, asked(x=2), "2-1")
    make(one, asked(x=3), "1-2")
    assert one.take(asked(x=3))
    begun(tmp_path, goes_on=False, is_shared=True)
    assert set(two.names) == {name_of(two, asked(x=2)), name_of(two, asked(x=3))}


def test_who_may_still_need_what_is_shared(tmp_path: Path) -> None:
    one, two, three = (begun(tmp_path, seed, is_shared=True) for seed in (1, 2, 3))
    assert one.leave() == [2, 3]
    assert three.leave() == [2]
    assert two.leave() == []
    assert begun(tmp_path).leave() == []


def test_a_folder_elsewhere_is_refused(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "checkpoints").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(StateError, match="checkpoints is a link"):
        begun(tmp_path)


def test_a_file_in_its_place_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "checkpoints").write_text("")
    with pytest.raises(StateError, match=r"cannot use .*: "):
        begun(tmp_path).take(asked())


@pytest.mark.parametrize("is_shared", [False, True])
def test_a_full_disk_is_waited_for(tmp_path: Path, is_shared: bool, caplog: pytest.LogCaptureFixture) -> None:
    now = [0.0]
    with small_disk(tmp_path / "disk", 64) as disk:
        checkpoints = Checkpoints(OutputFolder(disk), 1, is_shared=is_shared, clock=lambda: now[0])
        checkpoints.open(goes_on=True)
        fill(disk / "fill")
        assert not checkpoints.take(asked())
        assert "make room on the disk" in caplog.text
        now[0] = 20.0
        with pytest.raises(StateError, match="No space left"):
            checkpoints.take(asked())
        enlarge(disk, 256)
        assert checkpoints.take(asked())
        now[0] = 90.0
        checkpoints.release(asked())
