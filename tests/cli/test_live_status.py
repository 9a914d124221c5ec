"""The live status line, rendered into a string."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest
from rich.console import Console

from bbopt.cli.durations import duration
from bbopt.cli.live_status import LiveStatus
from bbopt.engines import Incumbent
from bbopt.executors import RunProgress
from bbopt.runs import NO_INSTANCE, Origin, Pair, Run, RunRequest, RunResult, RunStatus, Standing
from bbopt.scenario import Limits
from bbopt.space import parse_pcs
from bbopt.tuning import Progress

FOREVER = 2**31 - 1
CONFIGURATION = parse_pcs("x real [0, 1] [0.5]\n").default
REQUEST = RunRequest(CONFIGURATION, NO_INSTANCE, -1, 1.0, 5, Origin("default", 0))
PAIR = Pair("a", -1)
STANDING = Standing.on([PAIR], {PAIR: 0.25}, (), failures_first=True)
RUN = Run(REQUEST, RunResult(RunStatus.SAT, 1.0, 0, 0.25, wallclock_s=3.2), 0.25)


def limits(runcount: int = 10, wallclock_s: int = FOREVER) -> Limits:
    return Limits(runcount, wallclock_s, FOREVER, FOREVER, True, None)


def progress(n_runs: int = 4, n_failures: int = 0) -> Progress:
    incumbent = Incumbent(CONFIGURATION, STANDING)
    return Progress(n_runs, 0, 0, n_runs, n_failures, 1, 2, 8.0, 8.0, 0.5, incumbent, 3, RUN)


def shown(status: LiveStatus) -> str:
    return status._line().plain


def live(limits: Limits, width: int = 200) -> tuple[LiveStatus, io.StringIO]:
    stream = io.StringIO()
    return LiveStatus(Console(file=stream, width=width, force_terminal=True), limits), stream


def test_the_line_says_where_the_search_stands() -> None:
    status, _ = live(limits())
    assert shown(status) == "starting"
    status.run_finished(RUN, "", progress(n_failures=2))
    line = shown(status)
    for part in (
        "run 4 of 10",
        "8 s, 12 s left",
        "best 0.25 (config 3)",
        "last 0.25 SAT in 3.2 s",
        "2 failed",
    ):
        assert part in line


def test_the_line_says_how_far_a_run_has_come_and_people_see_what_they_know() -> None:
    status = LiveStatus(Console(file=io.StringIO(), width=200), limits(), lambda cost: -cost)
    status.run_progressed(RunProgress(1, REQUEST, n=7, step=300, value=0.125), progress())
    for part in ("best -0.25 (config 3)", "last -0.25 SAT", "1 running (0.125 at step 300)"):
        assert part in shown(status)
    status.run_finished(RUN, "", progress())
    assert "at step" not in shown(status)


def test_a_run_that_failed_has_no_number() -> None:
    status = LiveStatus(Console(file=io.StringIO(), width=200), limits(), lambda cost: -cost)
    result = RunResult(RunStatus.CRASHED, 1.0, 0, 1e9, wallclock_s=15)
    status.run_finished(RUN, "", replace(progress(), last=Run(REQUEST, result, 1e9, is_failure=True)))
    assert "last CRASHED in 15 s" in shown(status)


def test_without_limits_no_time_is_left() -> None:
    status, _ = live(limits(runcount=2**63 - 1))
    status.run_finished(RUN, "", progress())
    assert "run 4 ·" in shown(status)
    assert "left" not in shown(status)


def test_the_nearer_limit_counts() -> None:
    status, _ = live(limits(wallclock_s=11))
    status.run_finished(RUN, "", progress())
    assert "3 s left" in shown(status)


def test_an_improvement_stays_as_a_line_that_can_be_copied() -> None:
    status, stream = live(limits())
    with status:
        status.incumbent_changed(progress(), is_new=True)
        status.incumbent_changed(progress(), is_new=False)
    assert stream.getvalue().count("-x '0.5'") == 1


def test_a_failure_is_not_shown_as_the_best() -> None:
    failed = Standing.on([PAIR], {PAIR: 1e9}, [PAIR], failures_first=True)
    nothing = replace(progress(), incumbent=Incumbent(CONFIGURATION, failed))
    status, stream = live(limits())
    with status:
        status.incumbent_changed(nothing, is_new=True)
        assert "no run has worked" in shown(status)
        assert "best" not in shown(status)
    assert "1e+09" not in stream.getvalue().splitlines()[0]
    assert "failed" in stream.getvalue()


def test_a_narrow_terminal_has_whole_parts_of_one_line() -> None:
    status, _ = live(limits(), width=52)
    status.run_finished(RUN, "", progress(n_failures=2))
    assert shown(status) == "run 4 of 10 · 8 s, 12 s left · best 0.25 (config 3)"


def test_the_first_part_alone_may_be_cut() -> None:
    status, stream = live(limits(), width=10)
    with status:
        status.run_finished(RUN, "", progress())
        status._live.refresh()
    assert "run 4 of …" in stream.getvalue()


def test_the_line_says_for_how_long_nothing_was_heard() -> None:
    status, _ = live(limits())
    status.run_finished(RUN, "", progress())
    assert "no news" not in shown(status)
    status._updated_at -= 90
    assert "1 running, no news for 1 min 30 s" in shown(status)


def test_the_time_left_follows_the_tuner_time() -> None:
    status = LiveStatus(
        Console(file=io.StringIO(), width=200), Limits(FOREVER, FOREVER, 40, FOREVER, True, None)
    )
    status.run_finished(RUN, "", progress())
    assert "8 s, 32 s left" in shown(status)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.346, "0.35 s"), (12.4, "12 s"), (61, "1 min 01 s"), (3599.9, "59 min 59 s"), (7500, "2 h 05 min")],
)
def test_duration(seconds: float, text: str) -> None:
    assert duration(seconds) == text
