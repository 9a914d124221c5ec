"""Where workers run: in a batch system, or on this machine."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Protocol

from bbopt.batch_job import BatchJob
from bbopt.dispatch.commands import batch_name
from bbopt.dispatch.local_commands import LocalCommands
from bbopt.executors.batch_scripts import BatchScripts
from bbopt.executors.batch_states import BatchState, Stage, ask
from bbopt.executors.waiting import WakePipe

__all__ = ["BatchPlace", "LocalPlace", "Place"]


class Place(Protocol):
    """Starts one command as often as it is told to.  `wake` may be called from a signal handler."""

    def start(self) -> BatchJob:
        """Start it once more.  BboptError where that is not possible (now)."""

    def states(self, jobs: Collection[BatchJob]) -> dict[BatchJob, BatchState]:
        """How these stand.  UnansweredError where that can't be known now."""

    def pause(self, timeout_s: float) -> None:
        """Wait so long, or until `wake`."""

    def wake(self) -> None:
        """End a pause."""

    def end(self, waiting: Sequence[BatchJob]) -> None:
        """There is nothing to do any more, also for these, which have not begun."""

    @property
    def outlives(self) -> bool:
        """Whether what was started goes on when this process ends."""


class BatchPlace:
    """Jobs of a batch system."""

    outlives = True

    def __init__(self, scripts: BatchScripts, command: Sequence[str]) -> None:
        self._scripts = scripts
        self._command = command
        self._n = 0
        self._wake = WakePipe()

    def start(self) -> BatchJob:
        """See Place."""
        job = self._scripts.submit(batch_name(self._command, self._n), [self._command])
        self._n += 1
        return job

    def states(self, jobs: Collection[BatchJob]) -> dict[BatchJob, BatchState]:
        """See Place."""
        states = ask(self._scripts.kind, [job.number for job in jobs])
        return {job: states[job.number] for job in jobs}

    def pause(self, timeout_s: float) -> None:
        """See Place."""
        if self._wake.wait(timeout_s):
            self._wake.read()

    def wake(self) -> None:
        """See Place."""
        self._wake.write()

    def end(self, waiting: Sequence[BatchJob]) -> None:
        """See Place."""
        self._scripts.cancel(waiting)


class LocalPlace:
    """Processes of this machine."""

    outlives = False

    def __init__(self, commands: LocalCommands, command: Sequence[str]) -> None:
        self._commands = commands
        self._command = command

    def start(self) -> BatchJob:
        """See Place."""
        return self._commands.start(self._command)

    def states(self, jobs: Collection[BatchJob]) -> dict[BatchJob, BatchState]:
        """See Place."""
        self._commands.wait(0)
        under_way = set(self._commands.under_way)
        return {job: BatchState(Stage.RUNNING if job in under_way else Stage.OVER) for job in jobs}

    def pause(self, timeout_s: float) -> None:
        """See Place."""
        self._commands.wait(timeout_s)

    def wake(self) -> None:
        """See Place."""
        self._commands.stop()

    def end(self, waiting: Sequence[BatchJob]) -> None:
        """See Place."""
        self._commands.end()
