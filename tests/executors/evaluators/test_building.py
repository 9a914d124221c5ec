"""From options to the evaluator, or to a message that says what does not fit."""

from __future__ import annotations

import pytest

from bbopt.errors import InputError
from bbopt.executors import Evaluator
from bbopt.executors.evaluators import BlackHole, build_evaluator
from bbopt.runs import RunResult, RunStatus
from bbopt.scenario import OptionValues, read_command_line, resolve
from bbopt.scenario.evaluators import read_evaluator
from bbopt.space import parse_pcs
from tests.executors.evaluators.runs import PLANE, asked, at


def options(*argv: str) -> OptionValues:
    return resolve(read_command_line(("--use-instances", "false", "--run-obj", "QUALITY", *argv)))


def built(*argv: str) -> Evaluator:
    evaluator = build_evaluator(read_evaluator(options(*argv)), PLANE)
    assert evaluator is not None
    return evaluator


def answer(*argv: str) -> RunResult:
    result = built(*argv).evaluate(asked(at(1, 2)))
    assert result is not None
    return result


def refusal(*argv: str) -> str:
    with pytest.raises(InputError) as caught:
        build_evaluator(read_evaluator(options(*argv)), PLANE)
    assert caught.value.exit_code == 1
    return str(caught.value)


def test_none_for_the_command_line() -> None:
    assert build_evaluator(read_evaluator(options()), PLANE) is None
    assert build_evaluator(read_evaluator(options("--tae", "CLI", "--constant-runtime", "3")), PLANE) is None


def test_analytic() -> None:
    assert answer("--tae", "ANALYTIC", "--analytic-function", "add").quality == 3.0
    assert "CAMELBACK" in built("--tae", "ANALYTIC").description


def test_constant() -> None:
    given = [
        *("--tae", "constant", "--constant-run-result", "UNSAT", "--constant-runtime", "2.5"),
        *("--constant-run-length", "-1", "--constant-run-quality", "-7"),
        *("--constant-additional-run-data", "a b"),
    ]
    assert answer(*given) == RunResult(RunStatus.UNSAT, 2.5, -1.0, -7.0, "a b")
    assert answer("--tae", "CONSTANT") == RunResult(RunStatus.SAT, 1.0, 0.0, 0.0)


def test_random() -> None:
    given = ("--tae", "RANDOM", "--random-min-response", "3", "--random-max-response", "3")
    assert answer(*given, "--random-additional-run-data", "a").additional == "a"
    assert built(*given, "--random-trend-coefficient", "2").evaluate(asked(proposal=2)).quality == 7.0  # type: ignore[union-attr]
    assert answer("--tae", "RANDOM") == answer("--tae", "RANDOM", "--random-sample-seed", "0")
    assert answer("--tae", "RANDOM") != answer("--tae", "RANDOM", "--random-sample-seed", "-5")
    assert answer("--tae", "RANDOM", "--engine-preset", "smac2") == answer("--tae", "RANDOM")


def test_preloaded() -> None:
    given = [
        *("--tae", "PRELOADED", "--preload-responseData", "[TIMEOUT=4],[SAT=1]", "--preload-quality", "3"),
        *("--preload-run-length", "6", "--preload-additional-run-data", "b"),
    ]
    assert answer(*given) == RunResult(RunStatus.TIMEOUT, 4.0, 6.0, 3.0, "b")


def test_each_time_a_fresh_one() -> None:
    given = options("--tae", "PRELOADED", "--preload-response-data", "[SAT=1],[SAT=2]")
    runtimes = []
    for _ in range(2):
        evaluator = build_evaluator(read_evaluator(given), PLANE)
        assert evaluator is not None
        result = evaluator.evaluate(asked())
        assert result is not None
        runtimes.append(result.runtime_s)
    assert runtimes == [1.0, 1.0]


def test_black_hole() -> None:
    assert isinstance(built("--tae", "BLACKHOLE"), BlackHole)


@pytest.mark.parametrize(
    ("argv", "expected"),
    [
        (
            ("--tae", "PRELOADED"),
            ["tae = PRELOADED can't answer runs: there is none in preload-response-data", "[SAT=1.5]"],
        ),
        (
            ("--tae", "PRELOADED", "--preload-response-data", "[MAYBE=1]"),
            ["'MAYBE' in '[MAYBE=1]' is no status", "expected: [STATUS=runtime],"],
        ),
        (
            ("--tae", "RANDOM", "--random-min-response", "11"),
            ["tae = RANDOM can't answer runs: the largest response 10 is below the smallest, 11"],
        ),
        (("--tae", "CONSTANT", "--maximize", "true"), ["maximize is for what a program prints"]),
    ],
)
def test_what_does_not_fit(argv: tuple[str, ...], expected: list[str]) -> None:
    message = refusal(*argv)
    assert message.startswith("command line: ")
    for text in expected:
        assert text in message


def test_a_space_that_does_not_fit() -> None:
    space = parse_pcs("x0 real [0, 1] [0]\n")
    with pytest.raises(InputError, match=r"command line: .*CAMELBACK needs the parameters x0 and x1"):
        build_evaluator(read_evaluator(options("--tae", "ANALYTIC")), space)


@pytest.mark.parametrize(
    ("name", "value"),
    [("constant-runtime", "-1"), ("constant-run-length", "-2"), ("preload-run-length", "-0.5")],
)
def test_numbers_that_no_run_can_have(name: str, value: str) -> None:
    with pytest.raises(InputError, match=f"command line: {name} can't have this value"):
        options(f"--{name}", value)
