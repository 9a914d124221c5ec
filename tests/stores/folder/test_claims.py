from __future__ import annotations

import json
import os
import signal
import socket
import time
from pathlib import Path

import pytest
from filelock import SoftFileLease

from bbopt.output_folder import OutputFolder
from bbopt.process_identity import ProcessIdentity
from bbopt.process_lock import lock_path
from bbopt.runs import NO_INSTANCE, Origin, Pair, RunRequest
from bbopt.space import Configuration, Space, parse_pcs, read_pcs
from bbopt.stores.folder import claims
from bbopt.stores.folder.claims import FolderClaims
from tests.children import run_child
from tests.journals import journal_path
from tests.stores.folder.conftest import GOLDEN
from tests.stores.folder.mounts import read_only, small_disk

CLAIMS_NAME = "claims.json"
SPACE = read_pcs(GOLDEN / "smac2-run" / "params.pcs")
ELSEWHERE = ProcessIdentity("elsewhere", 7, 5)


def claims_of(folder: Path, seed: int, **options: object) -> FolderClaims:
    return FolderClaims(OutputFolder(folder), seed, SPACE, **options)  # type: ignore[arg-type]


def run(configuration: Configuration, seed: int = -1) -> RunRequest:
    return RunRequest(configuration, NO_INSTANCE, seed, 5.0, 100, Origin("x", 0))


@pytest.fixture
def points() -> list[Configuration]:
    return [
        SPACE.configuration({"alpha": str(number / 100), "beta": "7", "heur": "fast"}) for number in range(60)
    ]


def entries(folder: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in (folder / CLAIMS_NAME).read_text().splitlines()]


class TestClaims:
    def test_one_seed_gets_it(self, tmp_path: Path, points: list[Configuration]) -> None:
        first, second = claims_of(tmp_path, 1), claims_of(tmp_path, 2)
        assert first.claim(run(points[0]))
        assert first.claim(run(points[0]))
        assert not second.claim(run(points[0]))
        assert points[0] in second.others
        assert points[0] not in first.others
        assert second.claim(run(points[1]))
        assert points[1] not in first.others
        first.refresh()
        assert points[1] in first.others
        first.release(run(points[0]))
        second.refresh()
        assert points[0] not in second.others
        assert second.claim(run(points[0]))
        second.release_all()
        first.release(run(points[5]))
        assert entries(tmp_path) == []
        assert os.listdir(tmp_path) == [CLAIMS_NAME]

    def test_what_stands_in_the_file(self, tmp_path: Path, points: list[Configuration]) -> None:
        claims = claims_of(tmp_path, 3, wall_clock=lambda: 1.7e9)
        claims.claim(run(points[0]))
        (entry,) = entries(tmp_path)
        assert len(str(entry["key"])) == 32
        assert (entry["seed"], entry["pid"], entry["since"]) == (3, os.getpid(), 1.7e9)
        assert str(entry["host"]).startswith(socket.gethostname())

    def test_other_pairs_of_a_configuration_are_free(
        self, tmp_path: Path, points: list[Configuration]
    ) -> None:
        first, second = claims_of(tmp_path, 1), claims_of(tmp_path, 2)
        assert first.claim(run(points[0], 7))
        assert first.claim(run(points[0], 8))
        assert second.claim(run(points[0], 9))
        assert not second.claim(run(points[0], 8))
        first.release(run(points[0], 7))
        second.refresh()
        assert points[0] in second.others
        claimed = [second.others.is_running(points[0], Pair("no_instance", seed, 100)) for seed in (7, 8, 9)]
        assert claimed == [False, True, False]
        assert second.others
        first.release_all()
        second.refresh()
        assert points[0] not in second.others
        assert not second.others

    def test_inactive_parameters_make_no_difference(self, tmp_path: Path, space: Space) -> None:
        values = {"alpha": "0.3", "heur": "slow"}
        one, same = (space.configuration(values | {"beta": beta}) for beta in ("5", "6"))
        claims_of(tmp_path, 1).claim(run(one))
        assert not claims_of(tmp_path, 2).claim(run(same))

    def test_nothing_is_lost_between_many_seeds(self, tmp_path: Path, points: list[Configuration]) -> None:
        """Four processes want the same sixty configurations; each is given to one."""
        children = [run_child(CLAIM_ALL, tmp_path, seed) for seed in range(1, 5)]
        won = [number for child in children for number in iter(child.stdout.readline, "end\n")]
        (tmp_path / "done").touch()
        assert [child.communicate(timeout=60)[1] for child in children] == [""] * 4
        assert sorted(map(int, won)) == list(range(60))


CLAIM_ALL = """
    import sys, time
    from pathlib import Path
    from bbopt.space import parse_pcs
    from bbopt.output_folder import OutputFolder
    from bbopt.stores.folder.claims import FolderClaims
    from bbopt.runs import NO_INSTANCE, Origin, RunRequest
    space = parse_pcs("alpha real [0, 1] [0.5]", "p")
    claims = FolderClaims(OutputFolder(Path(sys.argv[1])), int(sys.argv[2]), space, timeout_s=20.0)
    for number in range(60):
        configuration = space.configuration({"alpha": str(number / 100)})
        if claims.claim(RunRequest(configuration, NO_INSTANCE, -1, 5.0, 100, Origin("x", 0))):
            print(number)
    print(*(news.text for news in claims.take_news()), file=sys.stderr, end="")
    print("end", flush=True)
    while not (Path(sys.argv[1]) / "done").exists():  # who is gone has no claims
        time.sleep(0.05)
"""


class TestDeadOwners:
    def test_one_that_is_stopped(self, tmp_path: Path, points: list[Configuration]) -> None:
        child = run_child(CLAIM_ALL, tmp_path, 2)
        assert child.stdout is not None
        list(iter(child.stdout.readline, "end\n"))
        own = claims_of(tmp_path, 1)
        own.refresh()
        assert own.others
        os.kill(child.pid, signal.SIGSTOP)
        os.waitid(os.P_PID, child.pid, os.WSTOPPED)
        own.refresh()
        assert not own.others
        os.kill(child.pid, signal.SIGCONT)
        os.waitid(os.P_PID, child.pid, os.WCONTINUED)
        own.refresh()
        assert own.others
        (tmp_path / "done").touch()
        child.communicate(timeout=60)

    def test_one_that_was_killed(self, tmp_path: Path, space: Space) -> None:
        script = CLAIM_ALL.replace("time.sleep(0.05)", "import os; os.kill(os.getpid(), 9)")
        child = run_child(script, tmp_path, 2)
        child.communicate(timeout=60)
        assert len(entries(tmp_path)) == 60
        other = parse_pcs("alpha real [0, 1] [0.5]", "p").configuration({"alpha": "0.3"})
        survivor = claims_of(tmp_path, 1)
        survivor.refresh()
        assert other not in survivor.others
        assert survivor.claim(run(other))
        assert [entry["seed"] for entry in entries(tmp_path)] == [1]

    def test_a_process_number_that_was_given_to_another(
        self, tmp_path: Path, points: list[Configuration]
    ) -> None:
        me = ProcessIdentity.current()
        assert me.start is not None
        recycled = ProcessIdentity(me.host, me.pid, me.start - 1)
        assert claims_of(tmp_path, 2, owner=recycled).claim(run(points[0]))
        assert claims_of(tmp_path, 1).claim(run(points[0]))

    def test_an_earlier_life_of_the_own_seed(self, tmp_path: Path, points: list[Configuration]) -> None:
        claims_of(tmp_path, 1, owner=ELSEWHERE).claim(run(points[0]))
        again = claims_of(tmp_path, 1)
        again.refresh()
        assert points[0] not in again.others
        assert again.claim(run(points[1]))
        assert len(entries(tmp_path)) == 1

    def test_another_host_by_age(self, tmp_path: Path, points: list[Configuration]) -> None:
        now = 100.0
        claims_of(tmp_path, 2, owner=ELSEWHERE, wall_clock=lambda: 9e12).claim(run(points[0]))
        own = claims_of(tmp_path, 1, max_age_s=50.0, clock=lambda: now)
        for age_s, expected in ((0.0, True), (49.0, True), (2.0, False)):
            now += age_s
            own.refresh()
            assert (points[0] in own.others) is expected
        assert own.claim(run(points[0]))
        assert [entry["seed"] for entry in entries(tmp_path)] == [1]

    @pytest.mark.parametrize(("pid", "is_claimed"), [(7, True), (8, False)])
    def test_another_host_by_the_lock_of_its_journal(
        self, tmp_path: Path, points: list[Configuration], pid: int, is_claimed: bool
    ) -> None:
        now = 100.0
        lock = lock_path(journal_path(tmp_path, 2))
        lock.write_text(f"filelock/2\npid={pid}\nhost=elsewhere\nmode=lease\ntoken=a\nduration=30.0\n")
        claims_of(tmp_path, 2, owner=ELSEWHERE).claim(run(points[0]))
        own = claims_of(tmp_path, 1, max_age_s=1.0, clock=lambda: now)
        own.refresh()
        os.utime(lock, (0, 0))  # a sign of life
        now += 20.0
        own.refresh()
        assert (points[0] in own.others) is is_claimed
        now += 31.0
        own.refresh()
        assert points[0] not in own.others


class TestDegrading:
    def test_a_lock_that_is_not_to_be_had(
        self, tmp_path: Path, points: list[Configuration], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        own = claims_of(tmp_path, 1, timeout_s=0.05)
        holder = SoftFileLease(lock_path(tmp_path / CLAIMS_NAME), lease_duration=10.0)
        with holder:
            assert own.claim(run(points[0]))
            began = time.monotonic()
            assert all(own.claim(run(point)) for point in points[1:40])
            own.release(run(points[39]))
            waited_s = time.monotonic() - began
        assert waited_s < 40 * 0.05  # it waits once, not each time
        (news,) = own.take_news()
        assert news.text.startswith("Seeds may run the same configurations for now, claims do not work: ")
        assert f"is locked by process {os.getpid()} on host" in news.text
        assert own.claim(run(points[50]))  # and those before go with it
        assert len(entries(tmp_path)) == 40
        assert own.take_news() == []

    def test_a_lock_that_a_dead_host_left(
        self, tmp_path: Path, points: list[Configuration], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(claims, "_LOCK_LEASE_S", 0.3)
        lock = lock_path(tmp_path / CLAIMS_NAME)
        lock.write_text("filelock/2\npid=7\nhost=elsewhere\nmode=lease\ntoken=a\nduration=0.3\n")
        own = claims_of(tmp_path, 1, timeout_s=0.05)
        assert own.claim(run(points[0]))
        assert not (tmp_path / CLAIMS_NAME).exists()
        time.sleep(0.4)
        assert own.claim(run(points[1]))
        assert len(entries(tmp_path)) == 2
        assert not lock.exists()

    @pytest.mark.parametrize(
        "garbage",
        [b"", b"\0" * 100, b"nonsense\n[]\n{}\n", b'{"key": 1, "seed": 2}\n', b"[" * 100_000, b"\xff\n" * 9],
    )
    def test_garbage_in_the_file(self, tmp_path: Path, points: list[Configuration], garbage: bytes) -> None:
        peer = claims_of(tmp_path, 2)
        peer.claim(run(points[0]))
        whole = (tmp_path / CLAIMS_NAME).read_bytes()
        wrong_types = whole.replace(b'"seed": 2', b'"seed": "2"')
        (tmp_path / CLAIMS_NAME).write_bytes(garbage + b"\n" + wrong_types + whole + whole[:40])
        own = claims_of(tmp_path, 1)
        own.refresh()
        assert points[0] in own.others
        assert own.claim(run(points[1]))
        assert [entry["seed"] for entry in entries(tmp_path)] == [2, 1]

    def test_a_read_only_folder(self, tmp_path: Path, points: list[Configuration]) -> None:
        folder = tmp_path / "folder"
        folder.mkdir()
        peer = claims_of(folder, 2)
        peer.claim(run(points[0]))
        with read_only(folder) as view:
            own = claims_of(view, 1)
            own.refresh()
            assert points[0] in own.others
            assert own.claim(run(points[1]))
            own.release(run(points[1]))
            (news,) = own.take_news()
        assert "cannot lock" in news.text

    def test_a_full_disk(self, tmp_path: Path, points: list[Configuration]) -> None:
        with small_disk(tmp_path / "disk", 64) as disk:
            own = claims_of(disk, 1)
            own.claim(run(points[0]))
            filler = disk / "filler"
            with pytest.raises(OSError, match="No space left"):
                filler.write_bytes(b"x" * 100_000)
            assert own.claim(run(points[1]))
            assert len(own.take_news()) == 1
            assert len(entries(disk)) == 1
            filler.unlink()
            assert own.claim(run(points[2]))
            assert len(entries(disk)) == 3


def test_a_limit_on_the_size_of_files(tmp_path: Path) -> None:
    """As a full disk, where no disk can be mounted."""
    limited = "import resource, signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n    "
    limited += "resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))\n    import sys, time"
    (tmp_path / "done").touch()
    child = run_child(CLAIM_ALL.replace("import sys, time", limited), tmp_path, 1)
    output, errors = child.communicate(timeout=60)
    assert child.returncode == 0
    assert output.split() == [*map(str, range(60)), "end"]
    assert "claims do not work: cannot write" in errors
    assert 0 < len(entries(tmp_path)) < 10


def test_others_see_what_is_under_way_until_it_is_released(
    tmp_path: Path, points: list[Configuration]
) -> None:
    one, two = claims_of(tmp_path, 1), claims_of(tmp_path, 2)
    assert one.claim(run(points[0]))
    two.refresh()
    assert two.others.configurations == [points[0]]
    assert one.others.configurations == []
    one.release(run(points[0]))
    two.refresh()
    assert two.others.configurations == []
