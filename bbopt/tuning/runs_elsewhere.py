"""Runs that can't be made now: others are making them, or their checkpoints are in use."""

from __future__ import annotations

from collections.abc import Sequence

from bbopt.engines import ALONE, Engine
from bbopt.executors import Checkpoints
from bbopt.runs import Pair, RunRequest
from bbopt.space import Configuration
from bbopt.tuning.peers import Peers

__all__ = ["RunsElsewhere"]


class RunsElsewhere:
    """What an engine is told of runs that are not to be made now; an Others."""

    def __init__(self, peers: Peers | None, checkpoints: Checkpoints | None) -> None:
        self._peers = peers
        self._checkpoints = checkpoints

    @property
    def under_way(self) -> Sequence[Configuration]:
        """See Others."""
        return () if self._peers is None else self._peers.under_way

    def __contains__(self, configuration: object) -> bool:
        return self._peers is not None and configuration in self._peers

    def is_running(self, configuration: Configuration, pair: Pair) -> bool:
        """See Others."""
        if self._checkpoints is not None and self._checkpoints.is_in_use(configuration, pair):
            return True
        return self._peers is not None and self._peers.is_running(configuration, pair)

    @property
    def are_awaited(self) -> bool:
        """Whether there may be more to run when they are over."""
        waits = self._checkpoints is not None and self._checkpoints.has_refused
        return waits or (self._peers is not None and self._peers.are_busy)

    def ask(self, engine: Engine) -> RunRequest | None:
        """What the engine asks for beside them."""
        is_alone = self._peers is None and self._checkpoints is None
        return engine.ask(ALONE if is_alone else self)

    def look_again(self) -> None:
        """Try again what was put off."""
        if self._checkpoints is not None:
            self._checkpoints.look_again()

    def begin(self, request: RunRequest) -> bool:
        """Have the run for this search alone; False where others were faster."""
        if self._checkpoints is not None and not self._checkpoints.take(request):
            return False
        if self._peers is None or self._peers.claim(request):
            return True
        self.put_off(request)
        return False

    def put_off(self, request: RunRequest) -> None:
        """Give back what `begin` has taken of checkpoints."""
        if self._checkpoints is not None:
            self._checkpoints.release(request)

    def end(self, request: RunRequest) -> None:
        """Let others have the run's checkpoints, and know that it is not made any more."""
        self.put_off(request)
        if self._peers is not None:
            self._peers.release(request)
