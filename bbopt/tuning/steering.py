"""What people see of the runs under way, and ask of them, while the loop goes round."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence

from bbopt.stores import Control, Request, RunUnderWay

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
        return requests

    def end(self) -> None:
        """Show that nothing is under way any more."""
        self._show(())

    def _show(self, runs: tuple[RunUnderWay, ...]) -> None:
        if runs != self._shown:
            self._control.show(runs)
            self._shown = runs
