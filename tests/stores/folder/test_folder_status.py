from __future__ import annotations

import math
import os
from dataclasses import replace
from pathlib import Path

import pytest

from bbopt.errors import StateError
from bbopt.output_folder import OutputFolder
from bbopt.process_lock import lock_path
from bbopt.runs.values import RunStatus
from bbopt.space import Space
from bbopt.stores import RecordedRun, RecordIdentity
from bbopt.stores.folder.folder_status import folder_status
from bbopt.stores.folder.writer import JournalWriter
from tests.journals import journal_path, read_journal
from tests.stores.folder.conftest import GOLDEN
from tests.stores.folder.test_journal_writer import RESULT, request


class TestFolderStatus:
    def test_a_running_and_a_finished_seed(
        self, tmp_path: Path, identity: RecordIdentity, space: Space
    ) -> None:
        with JournalWriter(journal_path(tmp_path, 2), identity, space) as writer:
            writer.record(RecordedRun(request(space, identity, 5), replace(RESULT, quality=0.5)))
        os.utime(journal_path(tmp_path, 2), (7e8, 7e8))
        with JournalWriter(journal_path(tmp_path, 1), identity, space) as writer:
            for number, quality, status in (
                (1, 0.4, RunStatus.SAT),
                (2, 0.3, RunStatus.TIMEOUT),
                (3, 0.1, RunStatus.CRASHED),
                (4, 0.2, RunStatus.KILLED),
            ):
                writer.record(
                    RecordedRun(
                        request(space, identity, number), replace(RESULT, status=status, quality=quality)
                    )
                )
            writer.record(
                RecordedRun(request(space, identity, 5), replace(RESULT, quality=0.5), reused_from=2)
            )
            status = folder_status(OutputFolder(tmp_path))
        running, finished = status.seeds
        assert status.best == running
        assert (running.seed, running.n_runs, running.n_failures, running.best_cost) == (1, 5, 1, 0.3)
        assert running.best_configuration is not None
        assert running.best_configuration.call_text() == "-alpha '0.002' -beta '7' -heur 'fast'"
        assert (running.is_alive, running.pid) == (True, os.getpid())
        assert running.host == os.uname().nodename
        assert running.taken_from == ((2, 1),)
        assert running.problem is None
        assert (finished.seed, finished.n_runs, finished.best_cost) == (2, 1, 0.5)
        assert (finished.is_alive, finished.pid, finished.host) == (False, None, None)
        assert finished.last_activity == 7e8

    def test_failures_and_the_best(self, tmp_path: Path, identity: RecordIdentity, space: Space) -> None:
        crashed = replace(RESULT, status=RunStatus.CRASHED, quality=1e9)
        cheap = replace(crashed, quality=7.0)
        worked, unsat = replace(RESULT, quality=3e9), replace(RESULT, status=RunStatus.UNSAT, quality=1.0)
        for seed, results in enumerate(([crashed], [worked, crashed], [worked, worked], [cheap, worked])):
            with JournalWriter(journal_path(tmp_path, seed), identity, space) as writer:
                for number, result in enumerate(results):
                    writer.record(RecordedRun(request(space, identity, 5, seed=number), result))
        marked = replace(identity, context=(("unsat-is-failure", "true"),))
        with JournalWriter(journal_path(tmp_path, 4), marked, space) as writer:
            writer.record(RecordedRun(request(space, identity, 5), unsat))
            writer.record(RecordedRun(request(space, identity, 6), worked))
        status = folder_status(OutputFolder(tmp_path))
        shares = [list(seed.failed_shares.values()) for seed in status.seeds]
        assert shares == [[math.inf], [0.5], [], [0.0], [math.inf]]
        assert [seed.best_cost for seed in status.seeds] == [None, 3e9, 3e9, 3e9, 3e9]
        assert [seed.n_failures for seed in status.seeds] == [1, 1, 0, 1, 1]
        assert status.best is not None
        assert status.best.seed == 2  # not seed 1, whose best one has also crashed

    def test_the_best_is_one_at_the_highest_budget(
        self, tmp_path: Path, identity: RecordIdentity, space: Space
    ) -> None:
        for seed, runs in {1: ((1, 3, 0.1), (2, 3, 0.2), (2, 9, 0.9)), 2: ((1, 3, 0.01),)}.items():
            with JournalWriter(journal_path(tmp_path, seed), identity, space) as writer:
                for number, budget, quality in runs:
                    asked = replace(request(space, identity, number), runlength=budget)
                    writer.record(RecordedRun(asked, replace(RESULT, quality=quality)))
        status = folder_status(OutputFolder(tmp_path))
        assert [(seed.best_budget, seed.best_cost) for seed in status.seeds] == [(9, 0.9), (3, 0.01)]
        assert status.best == status.seeds[0]

    def test_a_seed_that_died(self, tmp_path: Path, identity: RecordIdentity, space: Space) -> None:
        path = journal_path(tmp_path, 3)
        JournalWriter(path, identity, space).close()
        lock_path(path).write_text(
            f"filelock/2\npid={os.getpid()}\nhost=elsewhere?pidns-f0\nmode=lease\ntoken=a\nduration=30.0\n"
        )
        (seed,) = folder_status(OutputFolder(tmp_path)).seeds
        assert (seed.is_alive, seed.pid, seed.host) == (None, os.getpid(), "elsewhere")
        assert (seed.n_runs, seed.best_cost, seed.best_configuration, seed.problem) == (0, None, None, None)

    def test_smac2s_folder(self, space: Space) -> None:
        folder = GOLDEN / "smac2-shared-run"
        status = folder_status(OutputFolder(folder))
        assert [(seed.seed, seed.n_runs, seed.is_alive) for seed in status.seeds] == [
            (1, 60, None),
            (2, 60, None),
        ]
        runs = read_journal(journal_path(folder, 1), space).runs
        assert status.seeds[0].best_cost == min(run.result.quality for run in runs)

    def test_an_empty_and_a_missing_folder(self, tmp_path: Path) -> None:
        status = folder_status(OutputFolder(tmp_path))
        assert (status.seeds, status.best) == ((), None)
        with pytest.raises(StateError, match="cannot look into"):
            folder_status(OutputFolder(tmp_path / "missing"))

    def test_damaged_files_say_so(self, tmp_path: Path, identity: RecordIdentity, space: Space) -> None:
        with JournalWriter(journal_path(tmp_path, 1), identity, space) as writer:
            for number in range(4):
                writer.record(RecordedRun(request(space, identity, number), RESULT))
        content = journal_path(tmp_path, 1).read_bytes()
        lines = content.splitlines(keepends=True)
        journal_path(tmp_path, 2).write_bytes(b"".join([*lines[:3], b"garbage\n", *lines[3:]])[:-30])
        journal_path(tmp_path, 3).write_bytes(lines[0] + lines[2])
        journal_path(tmp_path, 4).write_bytes(content.replace(b"alpha real", b"alpha surreal"))
        journal_path(tmp_path, 5).write_bytes(b"\xff\0[[[")
        journal_path(tmp_path, 6).mkdir()
        lock_path(journal_path(tmp_path, 1)).write_bytes(b"\xff\0")
        by_seed = {seed.seed: seed for seed in folder_status(OutputFolder(tmp_path)).seeds}
        assert [seed.n_runs for seed in by_seed.values()] == [4, 3, 0, 0, 0, 0]
        assert "1 stretches can't be read; the first is bytes" in str(by_seed[2].problem)
        assert "does not say which parameters its runs have" in str(by_seed[3].problem)
        assert "parameter space of" in str(by_seed[4].problem)
        assert "it is a folder, no file" in str(by_seed[6].problem)

    def test_the_copy_of_the_parameters_stands_in(
        self, tmp_path: Path, identity: RecordIdentity, space: Space
    ) -> None:
        path = journal_path(tmp_path, 8)
        with JournalWriter(path, identity, space) as writer:
            for number in range(3):
                writer.record(RecordedRun(request(space, identity, number), RESULT))
        lines = path.read_bytes().splitlines(keepends=True)
        path.write_bytes(b"".join([lines[0], *lines[2:]]))  # the first run held the PCS text
        (tmp_path / "state-run8").mkdir()
        (tmp_path / "state-run8" / "param.pcs").write_text(space.text)
        (seed,) = folder_status(OutputFolder(tmp_path)).seeds
        assert (seed.n_runs, seed.best_cost) == (2, 0.25)
