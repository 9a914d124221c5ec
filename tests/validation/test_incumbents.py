from __future__ import annotations

import itertools
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bbopt.exports import TrajectoryRow, read_trajectory
from bbopt.scenario import IncumbentChoice, IncumbentTimes
from bbopt.validation import choose_incumbents, time_of, too_early

GOLDEN = Path(__file__).parent.parent / "golden" / "smac2-run" / "output" / "traj-run-1.txt"
OVER_TIME = IncumbentChoice.OVER_TIME


def row(wallclock_s: float, cpu_time_s: float, number: int) -> TrajectoryRow:
    return TrajectoryRow(cpu_time_s, 1.0, wallclock_s, number, 0.1, f"x='{number}'")


ROWS = [row(0.0, 0.0, 1), row(3.0, 30.0, 2), row(5.0, 50.0, 3), row(5.0, 50.0, 4), row(9.0, 90.0, 5)]


def chosen(rule: IncumbentTimes) -> list[tuple[float, int]]:
    return [(time_of(found, rule), found.incumbent) for found in choose_incumbents(ROWS, rule)]


def test_the_last_one() -> None:
    assert chosen(IncumbentTimes()) == [(9.0, 5)]
    assert chosen(IncumbentTimes(by_wallclock=False)) == [(90.0, 5)]


def test_the_last_one_of_the_reference() -> None:
    found = choose_incumbents(read_trajectory(GOLDEN), IncumbentTimes(latest_s=60.0))
    assert [(one.wallclock_s, one.performance, one.optimizer_cpu_s) for one in found] == [
        (21.56, 1.0202583333333335, 1.151374042)
    ]


def test_the_last_one_until_a_time() -> None:
    assert chosen(IncumbentTimes(latest_s=8.0)) == [(5.0, 4)]  # of two rows of one time the later one
    assert chosen(IncumbentTimes(latest_s=20.0)) == [(9.0, 5)]
    assert chosen(IncumbentTimes(by_wallclock=False, latest_s=40.0)) == [(30.0, 2)]


def test_all() -> None:
    rule = IncumbentTimes(IncumbentChoice.ALL, latest_s=4.0)
    assert choose_incumbents(ROWS, rule) == ROWS


def test_times_shrink_by_the_factor_from_the_last_one() -> None:
    rule = IncumbentTimes(OVER_TIME, latest_s=16.0, earliest_s=1.0)
    assert chosen(rule) == [(2.0, 1), (4.0, 2), (8.0, 4), (16.0, 5)]
    assert chosen(IncumbentTimes(OVER_TIME, factor=3.0, earliest_s=2.0)) == [(3.0, 2), (9.0, 5)]
    assert chosen(IncumbentTimes(OVER_TIME, by_wallclock=False, factor=10.0, earliest_s=1.0)) == [
        (9.0, 1),
        (90.0, 5),
    ]


def test_without_an_earliest_time_they_end_with_the_first_below_a_hundredth() -> None:
    times = [time_s for time_s, _ in chosen(IncumbentTimes(OVER_TIME, latest_s=1.0, factor=10.0))]
    assert times == pytest.approx([0.001, 0.01, 0.1, 1.0])


def test_a_trajectory_without_a_row_for_the_beginning() -> None:
    late = [row(4.0, 4.0, 1), row(8.0, 8.0, 2)]
    found = choose_incumbents(late, IncumbentTimes(OVER_TIME))
    assert [(one.wallclock_s, one.incumbent) for one in found] == [(4.0, 1), (8.0, 2)]
    assert choose_incumbents(late, IncumbentTimes(latest_s=1.0))[0].incumbent == 1


@given(
    st.lists(st.floats(0, 1e6), min_size=1, max_size=20),
    st.floats(1.01, 10),
    st.floats(0, 1e6),
    st.none() | st.floats(0, 1e7),
)
def test_each_time_has_the_incumbent_of_that_time(
    times: list[float], factor: float, earliest_s: float, latest_s: float | None
) -> None:
    rows = [row(time_s, 0.0, i) for i, time_s in enumerate(sorted(times))]
    rule = IncumbentTimes(OVER_TIME, earliest_s=earliest_s, latest_s=latest_s, factor=factor)
    found = choose_incumbents(rows, rule)
    assert found, "at least the last one"
    assert found[-1].wallclock_s == (max(times) if latest_s is None else latest_s)
    for earlier, later in itertools.pairwise(found):
        assert earlier.wallclock_s == later.wallclock_s / factor > earliest_s
    for one in found[:-1]:
        at_that_time = [other for other in rows if other.wallclock_s <= one.wallclock_s]
        assert one.incumbent == at_that_time[-1].incumbent


def test_a_factor_that_leads_nowhere() -> None:
    with pytest.raises(ValueError, match="factor"):
        IncumbentTimes(factor=1.0)


def test_searches_that_ended_too_early() -> None:
    assert too_early(ROWS, IncumbentTimes(least_wallclock_s=9.0, least_tuner_time_s=90.0)) is None
    assert too_early(ROWS, IncumbentTimes(least_wallclock_s=9.5)) == (
        "Maximum walltime was 9.0 but we required 9.5 seconds to have passed."
    )
    assert too_early(ROWS, IncumbentTimes(least_tuner_time_s=91.0)) == (
        "Maximum tuner time was 90.0 but we required 91.0 seconds to have passed."
    )
