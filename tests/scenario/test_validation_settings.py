from __future__ import annotations

import pytest

from bbopt.errors import InputError
from bbopt.scenario import (
    IncumbentChoice,
    IncumbentTimes,
    PairNumbers,
    ValidationSettings,
    read_command_line,
    resolve,
)
from bbopt.scenario.validation_settings import read_validation


def settings(*argv: str) -> ValidationSettings:
    return read_validation(resolve(read_command_line(argv)))


def test_defaults_are_those_of_smac2() -> None:
    pairs = PairNumbers(1, rounds_up=True, n_instances=2147483647, n_seeds=1000, seed=0)
    assert settings() == ValidationSettings(pairs, IncumbentTimes(), None, "walltime", headers=True)


def test_every_option_counts() -> None:
    given = settings(
        "--num-validation-runs", "7", "--validation-rounding-mode", "NONE", "--num-test-instances", "3",
        "--num-seeds-per-test-instance", "2", "--validation-seed", "-4", "--validation-cores", "6",
        "--validate-only-last-incumbent", "false", "--validate-by-wallclock-time", "false",
        "--min-timestamp", "1", "--max-timestamp", "99", "--mult-factor", "3",
        "--validation-headers", "false",
        "--validate-only-if-walltime-reached", "5", "--validate-only-if-tunertime-reached", "6",
        "--output-file-suffix", "second",
    )  # fmt: skip
    assert given == ValidationSettings(
        PairNumbers(7, rounds_up=False, n_instances=3, n_seeds=2, seed=-4),
        IncumbentTimes(IncumbentChoice.OVER_TIME, False, 1.0, 99.0, 3.0, 5.0, 6.0),
        6,
        "tunertime-second",
        headers=False,
    )


def test_all_wins_over_the_last_one() -> None:
    assert settings("--validate-all", "true").incumbents.choice is IncumbentChoice.ALL


def test_an_automatic_end() -> None:
    assert settings("--max-timestamp", "-1").incumbents.latest_s is None


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        (("--mult-factor", "1"), "mult-factor does not lead"),
        (("--output-file-suffix", "a/b"), "the suffix of the validation files"),
    ],
)
def test_what_can_not_be_done(argv: tuple[str, ...], message: str) -> None:
    with pytest.raises(InputError, match=message) as caught:
        settings(*argv)
    assert str(caught.value).startswith("command line: ")
