"""Which of a trajectory's incumbents are validated."""

from __future__ import annotations

import enum
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace

from bbopt.exports import TrajectoryRow

__all__ = ["IncumbentChoice", "IncumbentRule", "choose_incumbents", "too_early"]

_SHORTEST_TIME_S = 0.01
"""SMAC v2 goes no further down than to the first time below this."""


class IncumbentChoice(enum.Enum):
    """Which incumbents."""

    LAST = "last"
    OVER_TIME = "over time"
    """Those at times that shrink by a factor from the end to the beginning."""
    ALL = "all"


@dataclass(frozen=True, slots=True)
class IncumbentRule:
    """Which incumbents, at which times.

    by_wallclock: times are by the clock on the wall; else tuner time.
    earliest_s, latest_s: the times in question; `latest_s` None means the end of the trajectory, and a number
        may lie beyond that end.
    factor: between the times of OVER_TIME, more than 1.
    least_wallclock_s, least_tuner_time_s: a trajectory that ended before is not validated.
    """

    choice: IncumbentChoice = IncumbentChoice.LAST
    by_wallclock: bool = True
    earliest_s: float = 0.0
    latest_s: float | None = None
    factor: float = 2.0
    least_wallclock_s: float = 0.0
    least_tuner_time_s: float = 0.0

    def __post_init__(self) -> None:
        if not self.factor > 1:
            raise ValueError(f"factor must be more than 1, got {self.factor}")

    def time_of(self, row: TrajectoryRow) -> float:
        """The time that decides."""
        return row.wallclock_s if self.by_wallclock else row.cpu_time_s

    def at(self, row: TrajectoryRow, time_s: float) -> TrajectoryRow:
        """The row as one of another time."""
        return replace(row, wallclock_s=time_s) if self.by_wallclock else replace(row, cpu_time_s=time_s)


def too_early(rows: Sequence[TrajectoryRow], rule: IncumbentRule) -> str | None:
    """Why a search that ended so early is not validated, in SMAC v2's words; None when it is."""
    wallclock_s = max((row.wallclock_s for row in rows), default=0.0)
    tuner_time_s = max((row.cpu_time_s for row in rows), default=0.0)
    for name, reached_s, least_s in (
        ("walltime", wallclock_s, rule.least_wallclock_s),
        ("tuner time", tuner_time_s, rule.least_tuner_time_s),
    ):
        if reached_s < least_s:
            return f"Maximum {name} was {reached_s} but we required {least_s} seconds to have passed."
    return None


def choose_incumbents(rows: Sequence[TrajectoryRow], rule: IncumbentRule) -> list[TrajectoryRow]:
    """The rows to validate in order of time, each with the time for which it stands.

    `rows` are those of a trajectory, at least one.
    """
    ordered = sorted(rows, key=rule.time_of)  # stable: of rows of one time the last one counts
    if rule.choice is IncumbentChoice.ALL:
        return ordered
    times = [rule.time_of(row) for row in ordered]
    latest_s = times[-1] if rule.latest_s is None else rule.latest_s
    last = ordered[max(0, bisect_right(times, latest_s) - 1)]
    if rule.choice is IncumbentChoice.LAST:
        return [rule.at(last, min(rule.time_of(last), latest_s))]
    chosen = [rule.at(last, latest_s)]
    for time_s in _shrinking(latest_s, rule):
        place = bisect_right(times, time_s) - 1
        if place < 0:
            break
        chosen.append(rule.at(ordered[place], time_s))
    return chosen[::-1]


def _shrinking(latest_s: float, rule: IncumbentRule) -> list[float]:
    """The times before `latest_s`."""
    times: list[float] = []
    time_s = latest_s
    while time_s >= _SHORTEST_TIME_S and time_s / rule.factor > rule.earliest_s:
        time_s /= rule.factor
        times.append(time_s)
    return times
