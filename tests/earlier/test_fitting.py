"""Earlier runs in a space that has changed since: which fit, as what, and what is said of the others."""

from __future__ import annotations

import pytest

from bbopt.earlier.earlier_runs import EarlierRuns
from bbopt.earlier.fitting import Fitting, fitted_runs
from bbopt.errors import InputError
from bbopt.runs import NO_BUDGET, NO_INSTANCE, Origin, RunRequest, RunResult, RunStatus
from bbopt.space import Space, parse_pcs
from bbopt.stores import RecordedRun, RecordedRuns

PCS = """lr real [1e-5, 1] [0.1] log
layers integer [1, 8] [2]
opt categorical {sgd, adam} [sgd]
mom real [0, 0.99] [0.9]
mom | opt in {sgd}
"""
SETTINGS = (
    {"lr": "0.1", "layers": "2", "opt": "sgd", "mom": "0.9"},
    {"lr": "0.00002", "layers": "5", "opt": "adam"},
    {"lr": "0.01", "layers": "5", "opt": "sgd", "mom": "0.5"},
)


def earlier(*settings: dict[str, str]) -> EarlierRuns:
    space = parse_pcs(PCS)
    runs = [
        RecordedRun(
            RunRequest(space.configuration(one), NO_INSTANCE, -1, 5.0, NO_BUDGET, Origin("model", number)),
            RunResult(RunStatus.SAT, 1.0, -1.0, float(number)),
        )
        for number, one in enumerate(settings or SETTINGS)
    ]
    return EarlierRuns(RecordedRuns("there", (NO_INSTANCE,), None, tuple(runs)))


def changed(*change: str) -> Space:
    text = PCS
    for old, new in zip(change[::2], change[1::2], strict=True):
        assert old in text
        text = text.replace(old, new)
    return parse_pcs(text)


def outcome(space: Space, **taken: str) -> tuple[list[tuple[str, float]], tuple[str, ...]]:
    found = fitted_runs(earlier(), space, taken)
    runs = [(run.request.configuration.call_text(), run.result.quality) for run in found.runs]
    return runs, found.remarks


def test_runs_of_this_very_space_stay_as_they_are() -> None:
    given = earlier()
    own = given.runs[0].request.configuration.space
    assert isinstance(own, Space)
    assert fitted_runs(given, own, {"lr": "1"}) is given


@pytest.mark.parametrize(
    ("change", "kept", "remark"),
    [
        (("[1e-5, 1]", "[1e-3, 1]"), [0, 2], "lr (1)"),
        (("[1, 8] [2]", "[5, 5] [5]"), [1, 2], "layers (1)"),
        (("integer [1, 8] [2]", "categorical {5} [5]"), [1, 2], "layers (1)"),
        (("{sgd, adam}", "{sgd}"), [0, 2], "opt (1)"),
        (("{sgd, adam}", "{sgd, adam, rmsprop}"), [0, 1, 2], None),
        (("[1e-5, 1]", "[1e-6, 10]"), [0, 1, 2], None),
    ],
)  # fmt: skip
def test_ranges_and_choices(change: tuple[str, str], kept: list[int], remark: str | None) -> None:
    runs, remarks = outcome(changed(*change))
    assert [quality for _, quality in runs] == kept
    said = f"left out 1 of 3 earlier runs with values outside of this space: {remark}"
    assert remarks == (() if remark is None else (said,))


def test_what_is_forbidden_now() -> None:
    runs, remarks = outcome(changed("[sgd]", "[adam]", "mom |", "{layers=2, opt=sgd}\nmom |"))
    assert [quality for _, quality in runs] == [1.0, 2.0]
    assert remarks == ("left out 1 of 3 earlier runs with settings that are forbidden here",)


def test_a_new_parameter_has_its_default_or_the_value_given() -> None:
    space = changed("mom |", "wd real [0, 1] [0]\nmom |")
    runs, remarks = outcome(space)
    assert runs[1] == ("-layers '5' -lr '2.0E-5' -opt 'adam' -wd '0'".replace("2.0E-5", "2e-05"), 1.0)
    assert remarks == ("took runs that do not name them as made with wd=0 (see earlier-settings)",)
    runs, remarks = outcome(space, wd="0.25", lr="0.5")
    assert runs[0] == ("-layers '2' -lr '0.1' -mom '0.9' -opt 'sgd' -wd '0.25'", 0.0)
    assert "wd=0.25" in remarks[0]
    assert "lr" not in remarks[0]


def test_a_removed_parameter_is_passed_over_and_equal_runs_count_once() -> None:
    again = {**SETTINGS[0], "mom": "0.1"}
    space = changed("mom real [0, 0.99] [0.9]\nmom | opt in {sgd}\n", "")
    found = fitted_runs(earlier(*SETTINGS, again), space, {})
    assert [run.result.quality for run in found.runs] == [0.0, 1.0, 2.0]
    assert found.runs[0].request.configuration.call_text() == "-layers '2' -lr '0.1' -opt 'sgd'"
    assert found.remarks == (
        "passed over what is no parameter here, with the number of runs in which it was not at its default: "
        "mom (2)",
    )


def test_an_inactive_parameter_that_is_active_now_is_a_new_one() -> None:
    runs, remarks = outcome(changed("mom | opt in {sgd}\n", "", "[0.9]", "[0.3]"))
    assert runs[1][0] == "-layers '5' -lr '2e-05' -mom '0.3' -opt 'adam'"
    assert "mom=0.3" in remarks[0]


def test_what_an_inactive_parameter_had_does_not_matter() -> None:
    space = changed("[0, 0.99] [0.9]", "[0, 0.6] [0.3]")
    runs, remarks = outcome(space)
    assert [quality for _, quality in runs] == [1.0, 2.0]
    assert "mom (1)" in remarks[0]


def test_strangers_are_refused() -> None:
    with pytest.raises(InputError, match="another parameter space"):
        fitted_runs(earlier(), parse_pcs("other real [0, 1] [0.5]\n"), {})


def test_settings_alone() -> None:
    fitting = Fitting(parse_pcs(PCS), {})
    made = fitting.made_of({"lr": "0.5", "opt": "adam"})
    assert made is not None
    assert made.call_text() == "-layers '2' -lr '0.5' -opt 'adam'"
    assert fitting.made_of({"lr": "7"}) is None
    assert fitting.remarks()[0] == "left out 1 of 2 earlier runs with values outside of this space: lr (1)"
