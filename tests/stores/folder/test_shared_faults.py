"""Seeds that share a folder and die, run out of disk, or may not write: nothing is lost, nothing doubled."""

from __future__ import annotations

import os
import signal
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

import pytest

from bbopt.errors import StateError
from bbopt.output_folder import OutputFolder
from bbopt.process_lock import lock_path
from bbopt.space import Space
from bbopt.stores import RecordedRun, RecordIdentity
from bbopt.stores.folder.folder_status import folder_status
from bbopt.stores.folder.follower import FolderFollower
from bbopt.stores.folder.writer import JournalWriter
from tests.children import run_child
from tests.journals import journal_path, read_journal
from tests.stores.folder.mounts import enlarge, read_only, small_disk
from tests.stores.folder.test_journal_writer import RESULT, request

SETUP = """
    import os, random, signal, sys, time
    from pathlib import Path
    from bbopt.errors import StateError
    from bbopt.java_numbers import LARGEST_INT
    from bbopt.runs.values import NO_INSTANCE, Origin, RunRequest, RunResult, RunStatus
    from bbopt.space import parse_pcs
    from bbopt.output_folder import OutputFolder
    from bbopt.stores.folder.claims import FolderClaims
    from bbopt.stores import RecordIdentity, RecordedRun
    from bbopt.stores.folder.writer import JournalWriter
    from bbopt.stores.folder.follower import FolderFollower
    from tests.journals import journal_path

    folder = Path(sys.argv[1])
    output = OutputFolder(folder)
    space = parse_pcs("x integer [0, 1000000] [0]", "p.pcs")
    identity = RecordIdentity("./a", "/tmp/.", "/tmp/p.pcs", space.text, 5.0, False, (NO_INSTANCE,))

    def run(number):
        configuration = space.configuration({"x": str(number)})
        asked = RunRequest(configuration, NO_INSTANCE, number, 5.0, LARGEST_INT, Origin("model", number))
        return asked, RunResult(RunStatus.SAT, 0.5, -1.0, number / 7)
"""

KILLED_AGAIN_AND_AGAIN = (
    SETUP
    + """
    def search(seed, pipe):
        # One life: takes up its journal, follows the others, records runs, and says so in one write each.
        signal.alarm(300)  # nobody is left that could kill it
        writer = JournalWriter(journal_path(folder, seed), identity, space)
        shared, claims = FolderFollower(output, seed, identity, space), FolderClaims(output, seed, space)
        number = len(writer.take_recovered())
        while True:
            asked, result = run(number)
            claims.claim(asked)
            writer.record(RecordedRun(asked, result))
            os.write(pipe, b"%d %d\\n" % (seed, number))
            claims.release(asked)
            shared.poll()
            number += 1

    signal.alarm(300)  # it ends, also when all searches fail before they report
    rng = random.Random(5)
    told, tell = os.pipe()
    for round_number in range(50):
        pids = []
        for seed in (1, 2, 3):
            pid = os.fork()
            if pid == 0:
                try:
                    search(seed, tell)
                except BaseException as error:
                    print(error, file=sys.stderr, flush=True)
                finally:
                    os._exit(1)
            pids.append(pid)
        for _ in range(rng.randrange(4)):  # some reports at least, however slow the machine
            os.write(1, os.read(told, 4096))
        time.sleep(rng.uniform(0.0, 0.03))
        for pid in pids:
            os.kill(pid, signal.SIGKILL)
            if round_number % 2:  # or all at once
                time.sleep(rng.uniform(0.0, 0.02))
        for pid in pids:
            assert os.waitpid(pid, 0)[1] == signal.SIGKILL
        os.write(tell, b"\\n")
        while not (text := os.read(told, 4096)).endswith(b"\\n\\n") and text != b"\\n":
            os.write(1, text)
        os.write(1, text)
"""
)


@pytest.fixture
def small() -> tuple[Space, RecordIdentity]:
    scope: dict[str, object] = {}
    lines = SETUP.replace("sys.argv[1]", "'.'").splitlines()
    exec("\n".join(line.removeprefix("    ") for line in lines), scope)
    return scope["space"], scope["identity"]  # type: ignore[return-value]


def acknowledged(lines: Iterable[str]) -> dict[int, set[int]]:
    found: dict[int, set[int]] = defaultdict(set)
    for line in filter(str.strip, lines):
        seed, number = map(int, line.split())
        found[seed].add(number)
    return found


def recorded(folder: Path, seed: int, space: Space) -> list[int]:
    return [run.request.seed for run in read_journal(journal_path(folder, seed), space).runs]


class TestKills:
    def test_three_seeds_killed_fifty_times(
        self, tmp_path: Path, small: tuple[Space, RecordIdentity]
    ) -> None:
        space, identity = small
        child = run_child(KILLED_AGAIN_AND_AGAIN, tmp_path)
        shared = FolderFollower(OutputFolder(tmp_path), 9, identity, space)
        delivered: dict[int, list[int]] = defaultdict(list)
        assert child.stdout is not None
        lines = []
        for line in child.stdout:  # reads along while the seeds live and die
            lines.append(line)
            for run in shared.poll() if len(lines) % 4 == 0 else ():
                delivered[run.seed].append(run.run.request.seed)
        for run in shared.poll():
            delivered[run.seed].append(run.run.request.seed)
        _, errors = child.communicate(timeout=60)
        assert (child.returncode, errors) == (0, "")
        told = acknowledged(lines)
        assert set(told) == {1, 2, 3}
        assert sum(map(len, told.values())) > 100
        for seed, numbers in told.items():
            in_file = recorded(tmp_path, seed, space)
            assert in_file == list(range(len(in_file)))
            assert numbers <= set(in_file)
            assert delivered[seed] == in_file
            with JournalWriter(journal_path(tmp_path, seed), identity, space) as writer:
                assert len(writer.take_recovered()) == len(in_file)
        assert not any("can't be read" in news.text for news in shared.take_news())

    def test_the_second_process_of_a_seed(self, tmp_path: Path, small: tuple[Space, RecordIdentity]) -> None:
        space, identity = small
        script = SETUP + (
            "\n    writer = JournalWriter(journal_path(folder, 4), identity, space)"
            "\n    writer.record(RecordedRun(*run(0))); print('held', flush=True); time.sleep(600)\n"
        )
        child = run_child(script, tmp_path)
        try:
            assert child.stdout is not None
            assert child.stdout.readline() == "held\n"
            with pytest.raises(
                StateError, match=f"-4.json is in use by process {child.pid} on host {os.uname().nodename}"
            ):
                JournalWriter(journal_path(tmp_path, 4), identity, space)
            (seed,) = folder_status(OutputFolder(tmp_path)).seeds
            assert (seed.is_alive, seed.pid, seed.n_runs) == (True, child.pid, 1)
        finally:
            child.send_signal(signal.SIGKILL)
            child.communicate(timeout=60)
        (seed,) = folder_status(OutputFolder(tmp_path)).seeds
        assert (seed.is_alive, seed.pid, seed.n_runs) == (False, child.pid, 1)
        with JournalWriter(journal_path(tmp_path, 4), identity, space) as writer:
            assert len(writer.take_recovered()) == 1


class TestFullDisk:
    def test_a_disk_that_fills_up_and_is_cleared(
        self, tmp_path: Path, identity: RecordIdentity, space: Space
    ) -> None:
        with small_disk(tmp_path / "disk", 128) as disk:
            shared = FolderFollower(OutputFolder(disk), 1, identity, space)
            found, number = [], 0
            with JournalWriter(journal_path(disk, 2), identity, space) as writer:
                with pytest.raises(StateError, match="No space left"):  # noqa: PT012
                    for number in range(1000):
                        writer.record(RecordedRun(request(space, identity, number), RESULT))
                        found += shared.poll()
                assert 20 < number < 1000
                found += shared.poll()
                with pytest.raises(StateError, match="No space left"):
                    JournalWriter(journal_path(disk, 3), identity, space)
                assert folder_status(OutputFolder(disk)).seeds[0].n_runs == number
                enlarge(disk, 512)
                for later in range(number, number + 50):
                    writer.record(RecordedRun(request(space, identity, later), RESULT))
                found += shared.poll()
            numbers = [run.run.request.seed for run in found]
            assert numbers == list(range(number + 50))
            assert recorded(disk, 2, space) == numbers

    def test_a_limit_on_the_size_of_files(self, tmp_path: Path, small: tuple[Space, RecordIdentity]) -> None:
        script = SETUP + (
            "\n    import resource"
            "\n    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)"
            "\n    resource.setrlimit(resource.RLIMIT_FSIZE, (9000, 9000))"
            "\n    with JournalWriter(journal_path(folder, 2), identity, space) as writer:"
            "\n        for number in range(100):"
            "\n            try: writer.record(RecordedRun(*run(number)))"
            "\n            except StateError: break"
            "\n            print(2, number)\n"
        )
        space, identity = small
        output, errors = run_child(script, tmp_path).communicate(timeout=60)
        assert errors == ""
        numbers = acknowledged(output.splitlines())[2]
        shared = FolderFollower(OutputFolder(tmp_path), 1, identity, space)
        assert [run.run.request.seed for run in shared.poll()] == sorted(numbers)
        assert 5 < len(numbers) < 50


class TestReadOnly:
    def test_a_folder_turned_read_only(self, tmp_path: Path, identity: RecordIdentity, space: Space) -> None:
        folder = tmp_path / "folder"
        folder.mkdir()
        path = journal_path(folder, 2)
        with JournalWriter(path, identity, space) as writer:
            writer.record(RecordedRun(request(space, identity, 1), RESULT))
        with read_only(folder) as view:
            shared = FolderFollower(OutputFolder(view), 1, identity, space)
            assert [run.run.request.seed for run in shared.poll()] == [1]
            with pytest.raises(StateError, match=r"cannot lock .*(Read-only|Permission)"):
                JournalWriter(journal_path(view, 2), identity, space)
            assert folder_status(OutputFolder(view)).seeds[0].n_runs == 1
        assert not lock_path(path).exists()
