"""The supervisor process itself: execute orders until the optimizer is gone."""

from __future__ import annotations

import contextlib
import signal
import socket

from bbopt.target.supervisor.keeper import become_keeper_of_fork
from bbopt.target.supervisor.process_tree import adopt_orphans, continue_at_parents_death
from bbopt.target.supervisor.stages import execute
from bbopt.target.supervisor.station import Station

__all__ = ["main"]

_IGNORED_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT)


def main(control_fd: int, optimizer_pid: int) -> None:
    """Serve the optimizer behind the socket `control_fd`.

    Signals to the terminal or the user's process group are the optimizer's to answer: it closes the socket
    or cancels the run.  A supervisor that could not kill everything ends, so that what survived is not
    taken for a part of the next run.
    """
    for signum in _IGNORED_SIGNALS:
        signal.signal(signum, signal.SIG_IGN)
    become_keeper_of_fork(control_fd)
    adopt_orphans()
    continue_at_parents_death()  # a stopped one must see that others are gone
    with socket.socket(fileno=control_fd) as control:
        control.set_inheritable(False)
        control.setblocking(False)
        station = Station(control, optimizer_pid)
        with contextlib.closing(station):
            while (order := station.next_order()) is not None:
                run = execute(order, station)
                if station.is_abandoned:
                    return  # a run that was ended for that is not taken for one that was cancelled
                station.send(run)
                if run.n_survivors:
                    return
