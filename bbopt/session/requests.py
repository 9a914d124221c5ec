"""Asking searches that may be under way in other processes, through their store."""

from __future__ import annotations

import getpass
import socket
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial

from bbopt.errors import BboptError, InputError
from bbopt.stores import Control, Request, RequestKind, RunStore, SeedStatus

__all__ = ["Ended", "end_runs", "end_searches", "forget_runs", "own_name"]

_POLL_S = 0.05
_ANSWER_S = 10.0
"""A search that does not take a request for so long is not waited for: it is stopped, or busy."""

_END_S = 30.0
"""How much longer than the time of grace the end of a run, or of a search, is waited for."""


@dataclass(frozen=True, slots=True)
class Ended:
    """What became of runs that should end: those that have, those that had before, those still on."""

    ended: tuple[str, ...] = ()
    had_ended: tuple[str, ...] = ()
    still_on: tuple[str, ...] = field(default=())


def own_name() -> str:
    """Who asks, for the records."""
    try:
        user = getpass.getuser()
    except (KeyError, OSError):  # an account without a name
        user = "somebody"
    return f"{user}@{socket.gethostname()}"


def end_runs(store: RunStore, seed: SeedStatus, names: Sequence[str], grace_s: float) -> Ended:
    """Have runs under way ended, and wait for that.

    InputError for one that there has never been, BboptError when the search does not answer.
    """
    control = store.control(seed.seed)
    under_way = {run.name for run in control.under_way} if seed.is_alive is not False else set()
    over = tuple(name for name in names if name not in under_way)
    _refuse_unknown(store, seed, over, sorted(under_way))
    asked = tuple(name for name in names if name in under_way)
    if asked:
        _raise_if_any(_ask_all(store, [seed], Request(RequestKind.STOP, asked, own_name(), grace_s)))
        _wait(lambda: not _among(control, asked), grace_s + _END_S)
    left = tuple(_among(control, asked))
    return Ended(tuple(name for name in asked if name not in left), over, left)


def end_searches(
    store: RunStore, seeds: Sequence[SeedStatus], patience_s: float
) -> Iterator[tuple[SeedStatus, bool]]:
    """Have whole searches ended, all at once: each with whether it has, after at most `patience_s`.

    BboptError, behind those that do, when some do not answer.
    """
    silent = _ask_all(store, seeds, Request(RequestKind.STOP, (), own_name()))
    for seed in seeds:
        if seed not in silent:
            yield seed, _wait(partial(_is_over, store, seed.seed), patience_s)
    _raise_if_any(silent)


def _is_over(store: RunStore, seed: int) -> bool:
    return store.is_open(seed) is False


def forget_runs(store: RunStore, seeds: Iterable[SeedStatus], seed: int, names: Sequence[str]) -> None:
    """Leave finished runs of a seed out from now on; searches under way begin anew without them.

    InputError for one that is not on record, StateError when that can't be kept.
    """
    holders = [one for one in seeds if one.is_alive and _on_record(store, one.seed).intersection(names)]
    known = _on_record(store, seed)
    missing = [name for name in names if name not in known]
    if missing:
        raise InputError(
            f"no run {', '.join(missing)} is on record",
            got=f"{len(known)} runs of seed {seed}",
            expected="finished runs that are not forgotten yet; bbopt stop ends those under way",
        )
    store.forget(seed, names, own_name())
    _raise_if_any(_ask_all(store, holders, Request(RequestKind.FORGET, tuple(names), own_name())))


def _refuse_unknown(
    store: RunStore, seed: SeedStatus, names: Sequence[str], under_way: Sequence[str]
) -> None:
    known = _on_record(store, seed.seed) if names else set()
    if unknown := [name for name in names if name not in known]:
        raise InputError(
            f"there is no run {', '.join(unknown)} under way",
            expected=", ".join(under_way) or "none is under way",
        )


def _on_record(store: RunStore, seed: int) -> set[str]:
    record = dict(store.records()).get(seed)
    return set() if record is None else {run.name(seed) for run in record.runs}


def _ask_all(store: RunStore, seeds: Iterable[SeedStatus], request: Request) -> list[SeedStatus]:
    """Ask searches, all at once; those that do not answer, from whom the request is withdrawn."""
    asked = [(seed, control := store.control(seed.seed), control.ask(request)) for seed in seeds]
    deadline_s = time.monotonic() + _ANSWER_S
    try:
        return [
            seed
            for seed, control, identifier in asked
            if not _wait(
                partial(_is_heard, control, identifier, partial(_is_over, store, seed.seed)),
                deadline_s - time.monotonic(),
            )
        ]
    finally:
        for _, control, identifier in asked:
            control.withdraw(identifier)


def _is_heard(control: Control, identifier: str, is_over: Callable[[], bool]) -> bool:
    """Whether the request was taken, or has come too late."""
    return control.is_taken(identifier) or is_over()


def _raise_if_any(silent: Sequence[SeedStatus]) -> None:
    if not silent:
        return
    one, *others = (str(seed.seed) for seed in silent)
    processes = (
        f"process {seed.pid} on {seed.host}" if seed.pid is not None else "its process" for seed in silent
    )
    raise BboptError(
        f"the searches with seeds {', '.join((one, *others))} do not answer"
        if others
        else f"the search with seed {one} does not answer",
        got=f"nothing within {_ANSWER_S:.0f} s from {', '.join(processes)}",
        remedy="it may be busy or stopped: try again, or end the process",
    )


def _among(control: Control, names: Sequence[str]) -> list[str]:
    return [run.name for run in control.under_way if run.name in names]


def _wait(is_done: Callable[[], bool], seconds: float) -> bool:
    end = time.monotonic() + seconds
    while not is_done():
        if time.monotonic() >= end:
            return False
        time.sleep(_POLL_S)
    return True
