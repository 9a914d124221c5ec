from __future__ import annotations

import os
import random
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from bbopt.errors import StateError
from bbopt.output_folder import OutputFolder
from bbopt.process_lock import ProcessLock, lock_path
from bbopt.runs.values import Instance
from bbopt.space import Space, parse_pcs
from bbopt.stores import ForeignRun, RecordedRun, RecordIdentity
from bbopt.stores.folder.follower import FolderFollower
from bbopt.stores.folder.writer import JournalWriter
from tests.journals import journal_path, read_journal
from tests.stores.folder.conftest import GOLDEN
from tests.stores.folder.test_journal_writer import RESULT, request

SMAC2_FOLDER = GOLDEN / "smac2-shared-run"


class Clock:
    def __init__(self) -> None:
        self.now_s = 1000.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def shared(tmp_path: Path, identity: RecordIdentity, space: Space, clock: Clock) -> FolderFollower:
    return FolderFollower(OutputFolder(tmp_path), 1, identity, space, clock=clock)


@pytest.fixture
def content(identity: RecordIdentity, space: Space, tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A journal of the runs with the seeds 0 to 9."""
    path = journal_path(tmp_path_factory.mktemp("source"), 2)
    write(path, range(10), identity, space)
    return path.read_bytes()


def write(path: Path, numbers: range, identity: RecordIdentity, space: Space) -> None:
    with JournalWriter(path, identity, space) as writer:
        for number in numbers:
            writer.record(RecordedRun(request(space, identity, number), RESULT))


def texts(follower: FolderFollower) -> list[str]:
    return [news.text for news in follower.take_news()]


def numbers(runs: list[ForeignRun]) -> list[int]:
    return [run.run.request.seed for run in runs]


class TestFollowing:
    def test_new_files_and_new_runs(
        self, shared: FolderFollower, tmp_path: Path, identity: RecordIdentity, space: Space
    ) -> None:
        assert shared.poll() == []
        write(journal_path(tmp_path, 2), range(3), identity, space)
        write(journal_path(tmp_path, 1), range(50, 60), identity, space)  # its own
        assert [(run.seed, run.run.request.seed) for run in shared.poll()] == [(2, 0), (2, 1), (2, 2)]
        assert shared.poll() == []
        write(journal_path(tmp_path, 10), range(7, 8), identity, space)
        write(journal_path(tmp_path, 2), range(3, 5), identity, space)
        assert [(run.seed, run.run.request.seed) for run in shared.poll()] == [(2, 3), (2, 4), (10, 7)]
        assert [(peer.seed, peer.n_runs, peer.refused) for peer in shared.peers] == [
            (2, 5, None),
            (10, 1, None),
        ]

    def test_other_names_are_left_alone(self, shared: FolderFollower, tmp_path: Path, content: bytes) -> None:
        names = "live-rundata-2.json.torn-1 live-rundata-x.json live-rundata-02.json run-data-2.json"
        for name in names.split():
            (tmp_path / name).write_bytes(content)
        assert shared.poll() == []
        assert shared.peers == ()

    def test_a_run_that_a_peer_took_over_is_left_to_who_executed_it(
        self, shared: FolderFollower, tmp_path: Path, identity: RecordIdentity, space: Space
    ) -> None:
        with JournalWriter(journal_path(tmp_path, 3), identity, space) as writer:
            writer.record(RecordedRun(request(space, identity, 1), RESULT, reused_from=2))
            writer.record(RecordedRun(request(space, identity, 2), RESULT))
            writer.record(RecordedRun(request(space, identity, 3), RESULT, None, 1))
        write(journal_path(tmp_path, 2), range(1, 2), identity, space)
        assert [(run.seed, run.run.request.seed) for run in shared.poll()] == [(2, 1), (3, 2)]
        recorded = read_journal(journal_path(tmp_path, 3), space).runs
        assert [run.reused_from for run in recorded] == [2, None, 1]

    def test_byte_by_byte(self, shared: FolderFollower, tmp_path: Path, content: bytes) -> None:
        found = []
        with journal_path(tmp_path, 2).open("wb", buffering=0) as file:
            for position in range(len(content)):
                file.write(content[position : position + 1])
                found += numbers(shared.poll())
        assert found == list(range(10))
        assert texts(shared) == ["Seed 2 shares this folder: live-rundata-2.json holds 0 runs so far"]

    def test_nothing_new_means_nothing_read(
        self, shared: FolderFollower, tmp_path: Path, identity: RecordIdentity, space: Space, clock: Clock
    ) -> None:
        """Sixteen peers; their files are a megabyte.  What a poll reads is measured by the kernel."""
        for seed in range(2, 18):
            write(journal_path(tmp_path, seed), range(100), identity, space)
        first_bytes, runs = bytes_read_by(shared.poll)
        assert len(runs) == 1600
        assert first_bytes > 800_000
        idle_bytes, runs = bytes_read_by(lambda: [run for _ in range(100) for run in shared.poll()])
        assert runs == []
        assert idle_bytes < 100 * 100
        clock.now_s += 11.0  # files are opened and their last bytes compared
        look_bytes, runs = bytes_read_by(shared.poll)
        assert runs == []
        assert look_bytes < 16 * 400
        write(journal_path(tmp_path, 5), range(100, 101), identity, space)
        one_bytes, runs = bytes_read_by(shared.poll)
        assert numbers(runs) == [100]
        assert one_bytes < 3000

    def test_a_size_that_a_network_file_system_does_not_show(
        self, tmp_path: Path, identity: RecordIdentity, space: Space, clock: Clock, shared: FolderFollower
    ) -> None:
        """The folder shows an old size and date; who opens the file sees more."""
        path = journal_path(tmp_path, 2)
        write(path, range(2), identity, space)
        assert numbers(shared.poll()) == [0, 1]
        file = shared._files[2]
        write(path, range(2, 3), identity, space)
        now = path.stat()
        file._seen = (now.st_dev, now.st_ino, now.st_size, now.st_mtime_ns)
        assert shared.poll() == []
        clock.now_s += 11.0
        assert numbers(shared.poll()) == [2]

    @pytest.mark.parametrize("step_s", [-500.0, 500.0, float("nan")])
    def test_clock_steps(
        self,
        shared: FolderFollower,
        tmp_path: Path,
        identity: RecordIdentity,
        space: Space,
        clock: Clock,
        step_s: float,
    ) -> None:
        for number in range(4):
            write(journal_path(tmp_path, 2), range(number, number + 1), identity, space)
            os.utime(journal_path(tmp_path, 2), (0, 10**9 * (number % 2)))
            assert numbers(shared.poll()) == [number]
            clock.now_s += step_s

    def test_a_folder_that_is_gone_for_a_while(
        self, tmp_path: Path, identity: RecordIdentity, space: Space, content: bytes
    ) -> None:
        folder = tmp_path / "folder"
        shared = FolderFollower(OutputFolder(folder), 1, identity, space)
        assert (shared.poll(), shared.poll()) == ([], [])
        assert texts(shared) == [f"cannot look into {folder}: No such file or directory (tried again)"]
        folder.mkdir()
        journal_path(folder, 2).write_bytes(content)
        assert numbers(shared.poll()) == list(range(10))


def bytes_read_by(call: Callable[[], list[ForeignRun]]) -> tuple[int, list[ForeignRun]]:
    own_start, before = read_characters(), read_characters()
    result = call()
    return read_characters() - before - (before - own_start), result


def read_characters() -> int:
    return int(Path("/proc/self/io").read_text().split()[1])


class TestDamage:
    """Readable runs count; each is handed out once."""

    def test_garbage_in_the_middle(self, shared: FolderFollower, tmp_path: Path, content: bytes) -> None:
        lines = content.splitlines(keepends=True)
        lines[4] = b'\xff{{"r-rc": nonsense\n'
        lines[8] = lines[8][:70] + b"\n"
        journal_path(tmp_path, 2).write_bytes(b"".join(lines))
        assert numbers(shared.poll()) == [0, 1, 2, 4, 5, 6, 8, 9]
        assert shared.poll() == []

    def test_zero_bytes_that_stay(
        self, shared: FolderFollower, tmp_path: Path, content: bytes, clock: Clock
    ) -> None:
        path, lines = journal_path(tmp_path, 2), content.splitlines(keepends=True)
        holed = [*lines[:4], b"\0" * 4096 + b"\n", *lines[5:]]
        path.write_bytes(b"".join(holed))
        found = numbers(shared.poll())
        assert found == [0, 1, 2]
        clock.now_s += 70.0
        found += numbers(shared.poll())
        assert found == [0, 1, 2, 4, 5, 6, 7, 8, 9]
        news = texts(shared)
        assert len(news) == 2
        assert "1 stretches of live-rundata-2.json can't be read" in news[1]

    def test_zero_bytes_where_data_was_not_there_yet(
        self, shared: FolderFollower, tmp_path: Path, content: bytes
    ) -> None:
        path, middle = journal_path(tmp_path, 2), len(content) // 2
        path.write_bytes(content[:middle] + b"\0" * 700 + content[middle + 700 :])
        found = numbers(shared.poll())
        assert 0 < len(found) < 10
        with path.open("r+b") as file:
            file.seek(middle)
            file.write(content[middle : middle + 700])
        found += numbers(shared.poll())
        assert found == list(range(10))
        assert len(texts(shared)) == 1

    def test_unreadable_runs_are_skipped_and_told_once(
        self, shared: FolderFollower, tmp_path: Path, content: bytes
    ) -> None:
        lines = content.splitlines(keepends=True)
        lines[4] = b'{"r-rc": nonsense\n'
        lines[6] = lines[6].replace(b'"alpha":', b'"omega":')
        journal_path(tmp_path, 2).write_bytes(b"".join(lines))
        assert numbers(shared.poll()) == [0, 1, 2, 4, 6, 7, 8, 9]
        found, skipped = texts(shared)
        assert found == "Seed 2 shares this folder: live-rundata-2.json holds 8 runs so far"
        assert skipped.startswith(
            "2 stretches of live-rundata-2.json can't be read and are skipped; the first"
        )
        with journal_path(tmp_path, 2).open("ab") as file:
            file.write(b"more garbage\n" + lines[5])
        assert numbers(shared.poll()) == [4]  # a second record is a second run
        assert texts(shared) == []
        assert shared.peers[0].n_runs == 9

    def test_truncated_and_grown_again(self, shared: FolderFollower, tmp_path: Path, content: bytes) -> None:
        path, rng = journal_path(tmp_path, 2), random.Random(1)
        found: list[int] = []
        for _ in range(200):
            path.write_bytes(content[: rng.randrange(len(content))])
            found += numbers(shared.poll())
        path.write_bytes(content)
        found += numbers(shared.poll())
        assert sorted(found) == list(range(10))

    def test_replaced_by_the_same_runs_in_another_order(
        self, shared: FolderFollower, tmp_path: Path, identity: RecordIdentity, space: Space
    ) -> None:
        path, other = journal_path(tmp_path, 2), tmp_path / "new"
        write(path, range(5), identity, space)
        assert numbers(shared.poll()) == [0, 1, 2, 3, 4]
        with JournalWriter(other, identity, space) as writer:
            for number in (9, 4, 3, 3, 2, 1, 0):
                writer.record(RecordedRun(request(space, identity, number), RESULT))
        os.replace(other, path)
        assert numbers(shared.poll()) == [9, 3]
        assert shared.peers[0].n_runs == 7

    def test_deleted_and_back(self, shared: FolderFollower, tmp_path: Path, content: bytes) -> None:
        path, lines = journal_path(tmp_path, 2), content.splitlines(keepends=True)
        path.write_bytes(b"".join(lines[:6]))
        assert numbers(shared.poll()) == [0, 1, 2, 3, 4]
        path.unlink()
        assert shared.poll() == []
        assert shared.peers[0].n_runs == 5
        path.write_bytes(content)
        assert numbers(shared.poll()) == [5, 6, 7, 8, 9]

    def test_a_folder_where_a_file_should_be(self, shared: FolderFollower, tmp_path: Path) -> None:
        journal_path(tmp_path, 2).mkdir()
        assert (shared.poll(), shared.poll()) == ([], [])
        assert texts(shared) == [
            f"cannot read {journal_path(tmp_path, 2)}: it is a folder, no file (tried again at each look)"
        ]

    @pytest.mark.parametrize(
        "text", ["", " \n", "[", "{}", "\x80\x81", "[1, 2]", '[{"@pi-id": "x"}] {"r-rc": 5}']
    )
    def test_files_that_are_nothing(self, shared: FolderFollower, tmp_path: Path, text: str) -> None:
        journal_path(tmp_path, 2).write_text(text)
        assert shared.poll() == []
        assert shared.peers[0].n_runs == 0


class TestRefusals:
    @pytest.mark.parametrize(
        ("change", "reason"),
        [
            ({"algo_exec": "./other"}, "other algo-exec: ./other, here ./solver.py"),
            ({"deterministic": True}, "other algo-deterministic: true, here false"),
            (
                {"context": (("call-format", "irace"), ("mode", "a"))},
                "other settings of the target: call-format = irace and 1 more, here nothing",
            ),
            (
                {"pcs_text": "heur categorical {fast, slow, mixed} [slow]\nalpha real [0, 1] [0.9]\n"},
                "other parameters (pcs-text): nothing, here beta integer [1, 100] [50] log and 2 more",
            ),
        ],
    )
    def test_another_scenario(
        self,
        shared: FolderFollower,
        tmp_path: Path,
        identity: RecordIdentity,
        space: Space,
        change: dict[str, object],
        reason: str,
    ) -> None:
        path = journal_path(tmp_path, 2)
        write(path, range(2), replace(identity, **change), space)  # type: ignore[arg-type]
        assert (shared.poll(), shared.poll()) == ([], [])
        assert texts(shared) == [f"live-rundata-2.json of seed 2 is not used: {reason}"]
        assert shared.peers[0].refused == reason
        write(path, range(2, 4), replace(identity, **change), space)  # type: ignore[arg-type]
        assert (shared.poll(), texts(shared)) == ([], [])
        path.unlink()
        write(path, range(3), identity, space)
        assert numbers(shared.poll()) == [0, 1, 2]
        assert shared.peers[0].refused is None
        assert texts(shared) == ["Seed 2 shares this folder: live-rundata-2.json holds 3 runs so far"]

    def test_another_list_of_instances_is_refused_before_its_first_run(
        self, shared: FolderFollower, tmp_path: Path, identity: RecordIdentity, space: Space
    ) -> None:
        fewer = replace(identity, instances=identity.instances[:3])
        changed = replace(identity, instances=(*identity.instances[:3], Instance("inst/e.cnf")))
        write(journal_path(tmp_path, 2), range(0), fewer, space)
        write(journal_path(tmp_path, 3), range(0), changed, space)
        assert shared.poll() == []
        refusals = [peer.refused for peer in shared.peers]
        assert refusals[0] == "other instances: 3 of them, here 4"
        assert refusals[1] is not None
        assert refusals[1].startswith("other instances: {'name': 'inst/e.cnf'")

    def test_other_paths_and_comments_are_no_other_scenario(
        self, shared: FolderFollower, tmp_path: Path, identity: RecordIdentity, space: Space
    ) -> None:
        """SMAC v2 refuses such a file; bbopt takes the PCS text for what it says."""
        reordered = "\r\n".join(reversed(space.text.splitlines())) + "  # a comment\n\n"
        elsewhere = replace(
            identity, exec_dir="/mnt/ex", pcs_path="/mnt/ex/params.pcs", pcs_text=reordered, cutoff_s=9.0
        )
        write(journal_path(tmp_path, 2), range(2), elsewhere, space)
        assert numbers(shared.poll()) == [0, 1]

    def test_configurations_of_another_space_under_the_same_text(
        self, shared: FolderFollower, tmp_path: Path, identity: RecordIdentity
    ) -> None:
        other = parse_pcs("x real [0, 1] [0.5]\n", "other.pcs")
        with JournalWriter(journal_path(tmp_path, 2), identity, other) as writer:
            made = request(parse_pcs(identity.pcs_text, "p"), identity)
            writer.record(RecordedRun(replace(made, configuration=other.default), RESULT))
        assert shared.poll() == []
        assert any("can't be read" in text for text in texts(shared))


class TestBesideSmac2:
    def test_its_files_are_read_as_peers(self, identity: RecordIdentity, space: Space) -> None:
        shared = FolderFollower(OutputFolder(SMAC2_FOLDER), 9, identity, space)
        runs = shared.poll()
        assert Counter(run.seed for run in runs) == {1: 60, 2: 60}
        assert [run.run for run in runs] == [
            run for seed in (1, 2) for run in read_journal(journal_path(SMAC2_FOLDER, seed), space).runs
        ]
        assert FolderFollower(OutputFolder(SMAC2_FOLDER), 1, identity, space).poll() == runs[60:]

    def test_a_file_of_bbopt_has_the_identity_of_its_smac2_peer(
        self, tmp_path: Path, identity: RecordIdentity, space: Space
    ) -> None:
        """Everything that SMAC v2 compares before it counts the runs as its own, as it wrote it itself."""
        write(journal_path(tmp_path, 7), range(3), identity, space)
        ours = read_journal(journal_path(tmp_path, 7), space).identity
        theirs = read_journal(journal_path(SMAC2_FOLDER, 1), space).identity
        assert ours is not None
        assert theirs is not None
        assert ours.differences(theirs) == ()
        assert theirs.refusal_of(ours) is None


def test_the_lock_of_a_file_does_not_hide_it(shared: FolderFollower, tmp_path: Path, content: bytes) -> None:
    path = journal_path(tmp_path, 2)
    path.write_bytes(content)
    lock = ProcessLock(lock_path(path))
    with pytest.raises(StateError, match="in use by process"):
        ProcessLock(lock_path(path))
    assert numbers(shared.poll()) == list(range(10))
    lock.release()
