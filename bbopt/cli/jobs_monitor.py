"""`bbopt jobs monitor URL`: what becomes of the jobs of a queue, until none is left."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from functools import partial
from typing import NamedTuple

from rich.console import Console, Group
from rich.live import Live
from rich.text import Text

from bbopt.cli.batch_words import BatchLook, BatchStates
from bbopt.cli.command import Arguments
from bbopt.cli.job_lists import (
    count_lines,
    member_lines,
    member_text,
    numbers_text,
    reason_lines,
    short_counts,
    under_way_lines,
)
from bbopt.cli.job_words import named_table
from bbopt.cli.plain_table import print_lines
from bbopt.errors import UnavailableError
from bbopt.stores import JobChoice, JobCounts, JobRow, JobTable, Member

__all__ = ["jobs_monitor"]

_MOST_REASONS = 8
_ASK_EVERY_S = 15.0
"""Batch systems are asked no more often."""

_LEAST_LINES = 4
"""Of a table that shares the height of a terminal with others: its names and three rows."""


class _Picture(NamedTuple):
    """How a queue stands at a moment."""

    counts: JobCounts
    under_way: Sequence[JobRow]
    crashed: Sequence[JobRow]
    members: Sequence[Member]
    now: float
    batch: BatchStates

    @property
    def is_over(self) -> bool:
        """Whether no job is left, and no search is under way that may add some."""
        has_search = any(not one.n_slots and one.is_alive for one in self.members)
        return not self.counts.n_left and not has_search

    @property
    def exit_code(self) -> int:
        """1 where jobs have failed, or look crashed."""
        return 1 if self.counts.n_failed or self.crashed else 0


def jobs_monitor(arguments: Arguments) -> int:
    """Show it again and again, or once; 1 where jobs have failed or look crashed at last."""
    own = arguments.own
    table, console = named_table(arguments), Console(highlight=False)
    relaunches, is_dry, is_once = own.flag("relaunch"), own.flag("dry-run"), own.flag("once")
    with closing(_Display(console)) as display:
        batch = BatchLook(display.tell, _ASK_EVERY_S)
        while True:
            try:
                picture = _look(table, display, batch, relaunches=relaunches and not is_dry)
            except UnavailableError as error:
                if is_once or not display.has_shown:
                    raise
                display.tell(f"{error.what}; trying again")
            else:
                if is_once or picture.is_over:
                    break
                display.show(picture)
            time.sleep(own.number("interval"))
    print_lines(console, _lines(picture))
    if relaunches and picture.crashed:
        print(f"\nput back without --dry-run: {_numbers(picture.crashed)}")
    return picture.exit_code


def _look(table: JobTable, display: _Display, batch: BatchLook, *, relaunches: bool) -> _Picture:
    if relaunches and (numbers := table.relaunch()):
        display.tell(f"put back, since their workers have died: {numbers_text(numbers)}")
    rows = table.jobs(JobChoice(under_way=True))
    under_way = [row for row in rows if row.is_under_way]
    crashed = [row for row in rows if row.looks_crashed]
    counts, members = table.counts(), table.members()
    states = batch.states([row.batch_job for row in rows] + [one.batch_job for one in members])
    return _Picture(counts, under_way, crashed, members, time.time(), states)


def _numbers(rows: Iterable[JobRow]) -> str:
    return numbers_text(row.number for row in rows)


class _Display:
    """A picture that changes in place on a terminal; elsewhere a line for each change."""

    def __init__(self, console: Console) -> None:
        self.has_shown = False
        self._console = console
        self._live = Live(console=console, transient=True, auto_refresh=False)
        self._last = ""

    def show(self, picture: _Picture) -> None:
        """The picture as it is now."""
        if self._console.is_terminal:
            self._live.start()
            lines = list(_lines(picture, self._console.height - 1))
            for line in lines:
                line.truncate(self._console.width, overflow="ellipsis")
            self._live.update(Group(*lines), refresh=True)
        else:
            crashed = f" ({_numbers(picture.crashed)})" if picture.crashed else ""
            self.tell(f"{short_counts(picture.counts)}{crashed} · {member_text(picture.members)}")
        self.has_shown = True

    def tell(self, text: str) -> None:
        """Something that stays, once."""
        if text != self._last:
            self._last = text
            print_lines(self._live.console, [Text(f"{time.strftime('%H:%M:%S')}  {text}")])
            self._console.file.flush()

    def close(self) -> None:
        """The picture is gone from the terminal."""
        self._live.stop()


def _lines(picture: _Picture, height: int | None = None) -> Iterator[Text]:
    """The picture, cut to so many lines where its tables would not fit."""
    counts, reasons = count_lines(picture.counts), reason_lines(picture.counts, _MOST_REASONS)
    jobs = partial(under_way_lines, now=picture.now, batch=picture.batch)
    tables = {
        "look crashed": list(jobs(picture.crashed)) if picture.crashed else [],
        "failed": reasons,
        "workers": list(member_lines(picture.members, picture.batch)) if picture.members else [],
        "under way": list(jobs(picture.under_way)) if picture.under_way else [],
    }
    yield from counts
    left = None if height is None else height - len(counts)
    shown = {title: lines for title, lines in tables.items() if lines}
    for n, (title, lines) in enumerate(shown.items()):
        yield Text()
        yield Text(title, style="bold")
        if left is None:
            yield from lines
        else:
            part = _cut(lines, max(_LEAST_LINES, left // (len(shown) - n) - 2))
            left -= len(part) + 2
            yield from part


def _cut(lines: list[Text], most: int) -> list[Text]:
    if len(lines) <= most:
        return lines
    return [*lines[: most - 1], Text(f"... and {len(lines) - most + 1:,} more", style="dim")]
