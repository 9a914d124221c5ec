"""What people see of the runs under way, and ask of them, while the loop goes round."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence

from bbopt.stores import Control, Request, RequestKind, RunUnderWay
from bbopt.tuning.named_runs import NamedRuns

__all__ = ["LOOK_S", "Steering"]

_LOG = logging.getLogger(__name__)

LOOK_S = 0.25
"""How often the loop looks for requests while it waits for runs."""


class Steering:
    """Shows the runs under way and takes requests, both not more often than every `LOOK_S`."""

    def __init__(self, control: Control, clock: Callable[[], float] = time.monotonic) -> None:
        self._control = control
        self._clock = clock
        self._next_look = -float("inf")
        self._shown: tuple[RunUnderWay, ...] = ()
        self._put_back: list[Request] = []

    def steer(self, named: NamedRuns) -> list[Request]:
        """End those of the runs that somebody wants to be ended; what else has been asked."""
        named.kill_overdue()
        left = []
        for request in self.look(lambda: named.under_way):
            if request.kind is RequestKind.STOP and request.runs:
                named.end(request.runs, request.by, request.grace_s)
            else:
                left.append(request)
        return left

    def look(self, under_way: Callable[[], Sequence[RunUnderWay]]) -> list[Request]:
        """What has been asked since the last look; it is shown what is `under_way`."""
        now = self._clock()
        if now < self._next_look:
            return []
        self._next_look = now + LOOK_S
        self._show(tuple(under_way()))
        requests = self._control.take()
        for request in requests:
            what = f"{request.kind.value} {' '.join(request.runs)}".strip()
            _LOG.info("%s asks: %s", request.by or "somebody", what)
        earlier, self._put_back = self._put_back, []
        return earlier + requests

    def put_back(self, request: Request) -> None:
        """Have the next look find what can't be done now."""
        self._put_back.append(request)

    def end(self) -> None:
        """Show that nothing is under way any more."""
        self._show(())

    def _show(self, runs: tuple[RunUnderWay, ...]) -> None:
        if runs != self._shown:
            self._control.show(runs)
            self._shown = runs
