"""Which of a trajectory's incumbents are validated."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import replace

from bbopt.exports import TrajectoryRow
from bbopt.scenario import IncumbentChoice, IncumbentTimes

__all__ = ["at_time", "choose_incumbents", "time_of", "too_early"]

_SHORTEST_TIME_S = 0.01
"""SMAC v2 goes no further down than to the first time below this."""


def time_of(row: TrajectoryRow, wanted: IncumbentTimes) -> float:
    """The time that decides."""
    return row.wallclock_s if wanted.by_wallclock else row.cpu_time_s


def at_time(row: TrajectoryRow, time_s: float, wanted: IncumbentTimes) -> TrajectoryRow:
    """The row as one of another time."""
    return replace(row, wallclock_s=time_s) if wanted.by_wallclock else replace(row, cpu_time_s=time_s)


def too_early(rows: Sequence[TrajectoryRow], wanted: IncumbentTimes) -> str | None:
    """Why a search that ended so early is not validated, in SMAC v2's words; None when it is."""
    wallclock_s = max((row.wallclock_s for row in rows), default=0.0)
    tuner_time_s = max((row.cpu_time_s for row in rows), default=0.0)
    for name, reached_s, least_s in (
        ("walltime", wallclock_s, wanted.least_wallclock_s),
        ("tuner time", tuner_time_s, wanted.least_tuner_time_s),
    ):
        if reached_s < least_s:
            return f"Maximum {name} was {reached_s} but we required {least_s} seconds to have passed."
    return None


def choose_incumbents(rows: Sequence[TrajectoryRow], wanted: IncumbentTimes) -> list[TrajectoryRow]:
    """The rows to validate in order of time, each with the time for which it stands.

    `rows` are those of a trajectory, at least one.
    """
    ordered = sorted(
        rows, key=lambda row: time_of(row, wanted)
    )  # stable: of rows of one time the last one counts
    if wanted.choice is IncumbentChoice.ALL:
        return ordered
    times = [time_of(row, wanted) for row in ordered]
    latest_s = times[-1] if wanted.latest_s is None else wanted.latest_s
    last = ordered[max(0, bisect_right(times, latest_s) - 1)]
    if wanted.choice is IncumbentChoice.LAST:
        return [at_time(last, min(time_of(last, wanted), latest_s), wanted)]
    chosen = [at_time(last, latest_s, wanted)]
    for time_s in _shrinking(latest_s, wanted):
        place = bisect_right(times, time_s) - 1
        if place < 0:
            break
        chosen.append(at_time(ordered[place], time_s, wanted))
    return chosen[::-1]


def _shrinking(latest_s: float, wanted: IncumbentTimes) -> list[float]:
    """The times before `latest_s`."""
    times: list[float] = []
    time_s = latest_s
    while time_s >= _SHORTEST_TIME_S and time_s / wanted.factor > wanted.earliest_s:
        time_s /= wanted.factor
        times.append(time_s)
    return times
