"""Metrics in the output of programs, in its usual forms and in those that patterns say."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import pytest

from bbopt.options import resolve
from bbopt.runs import Curve, RunResult, RunStatus
from bbopt.scenario import read_command_line
from bbopt.scenario.metrics import MetricSettings, read_metrics
from bbopt.scenario.result_patterns import ResultPatterns
from bbopt.target import TargetCommand, conclude
from bbopt.target.answers import LineWithMetricAnswer, MetricReader, PatternAnswer, ResultLineAnswer
from bbopt.target.supervisor.metric_series import MAX_POINTS
from bbopt.target.supervisor.wire import EndedBy, SupervisedRun
from tests.target.processes import request, searched

SAT, UNSAT, TIMEOUT, CRASHED = RunStatus.SAT, RunStatus.UNSAT, RunStatus.TIMEOUT, RunStatus.CRASHED
CRASHED_QUALITY = 1e9


def settings(*options: str) -> MetricSettings:
    return read_metrics(resolve(read_command_line([f"--{option}" for option in options])), ())


def result(output: str, *options: str, **seen: Any) -> RunResult:
    """What becomes of a run that was told to minimise `loss`, unless the options say more."""
    given = options if any(option.startswith("metric=") for option in options) else ("metric=loss", *options)
    metrics = MetricReader(settings(*given))
    unknown = -CRASHED_QUALITY if metrics.settings.is_maximised else CRASHED_QUALITY
    answer = PatternAnswer(ResultPatterns(), metrics, True, unknown)
    facts = {"ended_by": "exit", "exit_status": 0, "wallclock_s": 3.0, "cpu_s": 2.5, "tail": output, **seen}
    run = SupervisedRun(started_at=1.0, **searched(output, answer.patterns, metrics.searches) | facts)
    command = TargetCommand(("./train",), Path("/nowhere"), "/nowhere", answer=answer, metrics=metrics)
    return conclude(request(cutoff_s=5.0), run, command, CRASHED_QUALITY).result


@pytest.mark.parametrize(
    "line",
    [
        "loss: 0.25",
        "loss=0.25",
        "loss = 0.25",
        "loss\t0.25",
        "loss:0.25",
        "INFO:root:epoch 3, loss: 0.25, acc: 0.9",
        "5/5 - 1s - 200ms/step - acc: 0.9 - loss: 0.25 - val_loss: 0.5",
        "\x1b[1m5/5\x1b[0m \x1b[32m━━━━\x1b[0m - acc: 0.9 - loss: 0.25",
        "3/9 [==>...] - loss: 7.0" + "\x08" * 20 + "4/9 [===>..] - loss: 0.25" + "\x08" * 20,
        "100%|####| 5/5 [00:00<00:00, loss=0.25, val_loss=4]",
        "{'loss': 0.25, 'epoch': 3.0}",
        '{"epoch": 3, "loss": 0.25}',
        '[tune-metric]: {"epoch": 3, "loss": 0.25, "st_worker_timestamp": 1.0}',
        "loss: np.float64(0.25)",
        "loss: tensor(0.25, device='cuda:0')",
        "loss: \x1b[32m0.25\x1b[0m",
        "loss: 0.25%",
        "the loss: 0.25.",
        "loss: +2.5e-1",
        "loss: 3\rloss: 0.25",
        "loss: 0.25\nbest epoch with loss: unavailable\nval_loss: 7\nmy-loss: 7\ntrain/loss: 7\nloss 7",
    ],
)
def test_the_usual_forms(line: str) -> None:
    found = result(f"loss: 9\n{line}\n")
    assert (found.status, found.quality, found.metrics) == (SAT, 0.25, {"loss": 0.25})


@pytest.mark.parametrize("name", ["val/loss", "top-1", "mse@5", "f1.macro", "a+b"])
def test_names(name: str) -> None:
    assert result(f"{name}: 0.5\n", f"metric={name}").quality == 0.5


@pytest.mark.parametrize(
    ("output", "parts"),
    [
        ("loss: nan\n", ["the loss 'nan' is not a finite number"]),
        (
            "loss: 1,024.5\n",
            ["1 is cut out of 1,024.5", "print a plain number, or add metric-pattern = loss:"],
        ),
        ("val_loss: 3\nacc=0.5\n", ["no loss was found in the output; found were val_loss, acc"]),
        (
            "",
            [
                "no loss was found in the output;",
                "expected: a line with loss: NUMBER or loss=NUMBER, or the metric in $BBOPT",
            ],
        ),
    ],
)
def test_what_is_missing_is_explained(output: str, parts: list[str]) -> None:
    found = result(output)
    assert (found.status, found.quality, found.metrics) == (CRASHED, CRASHED_QUALITY, {})
    for part in (*parts, "command:  cd /nowhere; ./train"):
        assert part in found.reason


EPOCHS = "loss: 4 acc: 0.5\nloss: 1 acc: 0.7\nloss: 2 acc: 0.6\n"


@pytest.mark.parametrize(("take", "value"), [("last", 2.0), ("first", 4.0), ("min", 1.0), ("max", 4.0)])
def test_which_value_counts(take: str, value: float) -> None:
    assert result(EPOCHS, f"metric-take={take}").quality == value
    found = result(EPOCHS, "metric=acc", "maximize=true", "metric-take=max", f"metric-take=loss: {take}")
    assert (found.quality, found.metrics) == (-0.7, {"acc": 0.7, "loss": value})


@pytest.mark.parametrize("take", ["min", "max", "first"])
def test_values_that_are_none_are_no_choice(take: str) -> None:
    assert result("loss: nan\nloss: 0.5\nloss: inf\n", f"metric-take={take}").quality == 0.5
    assert "'nan' is not a finite number" in result("loss: nan\n", f"metric-take={take}").reason
    cut = result(
        "loss: 2\nloss: 1.5e-07\nloss: 3\n", f"metric-take={take}", r"metric-pattern=loss: loss: ([0-9.]+)"
    )
    assert cut.status is (SAT if take == "first" else CRASHED)


def test_patterns() -> None:
    both = r"metric-pattern=err (?P<loss>\S+) in (?P<time>\S+) s"
    found = result("err 0.5 in 3 s\nerr 0.25 in 4 s\n", both)
    assert found.metrics == {"loss": 0.25, "time": 4.0}
    found = result(
        "train 3\ntest 2\n", r"metric-pattern=loss: train (\S+)", r"metric-pattern=loss: test (\S+)"
    )
    assert found.quality == 2.0
    lacking = result("err 0.5 in 3 s\nerr nan in 4 s\n", both)
    assert "the loss 'nan'" in lacking.reason


def test_a_results_file_comes_before_the_output() -> None:
    found = result("loss: 3\nacc: 0.5\n", results="loss\t0.25\nsize\t7\n")
    assert (found.quality, found.metrics) == (0.25, {"loss": 0.25, "size": 7.0})
    assert result("", results='{"size": 7, "loss": 0.25}').metrics == {"loss": 0.25, "size": 7.0}
    assert "the loss in the results file is nan" in result("loss: 3\n", results='{"loss": NaN}').reason
    assert result("loss: 3\n", results='{"loss": 0.').quality == 3.0
    reason = result("", results='{"loss": 0.').reason
    assert "no loss was found in the output, and the results file can't be read: the JSON" in reason


def test_post_processing_has_the_last_word() -> None:
    found = result("loss: 3\n", results="loss\t2\nsize\t7\n", post_output="loss\t0.25\n\nacc\t0.5\n")
    assert (found.quality, found.metrics) == (0.25, {"loss": 0.25, "size": 7.0, "acc": 0.5})
    assert result("loss: 3\n", post_output="").quality == 3.0
    assert "the loss that post-process has printed is nan" in result("", post_output="loss\tnan\n").reason


@pytest.mark.parametrize(
    ("post_output", "part"),
    [
        ("loss\t1\nloss\t2\n", "the metric loss is there twice"),
        ("loss 1\n", "line 1 is no metric: 'loss 1'"),
        ("acc\t1\n", "no loss was found in the output; found were acc"),
        ("", "no loss was found in the output"),
    ],
)
def test_post_processing_that_can_not_be_used_is_the_reason(post_output: str, part: str) -> None:
    output = "loss: 3\n" if "metric" in part else ""
    found = result(output, post_output=post_output)
    assert (found.status, found.quality) == (CRASHED, CRASHED_QUALITY)
    assert part in found.reason


def test_a_program_that_failed_left_nothing_to_process() -> None:
    reason = result("oops\n", post_output="oops\n", exit_status=3).reason
    assert reason.startswith("no loss was found in the output; the program ended with exit status 3")


def test_limits_of_other_metrics() -> None:
    within = ("metric-limit=time < 20", "metric-limit=mem <= 3")
    assert result("loss: 1 time: 19.5 mem: 3\n", *within).status is SAT
    beyond = result("loss: 1 time: 20 mem: 4\n", *within)
    assert (beyond.status, beyond.quality) == (UNSAT, CRASHED_QUALITY)
    assert beyond.reason == "time is 20 and mem is 4, against metric-limit = time < 20, mem <= 3"
    assert beyond.metrics == {"loss": 1.0, "time": 20.0, "mem": 4.0}
    missing = result("loss: 1 mem: 3\n", *within)
    assert missing.status is CRASHED
    assert "no time was found in the output; found were loss, mem; metric-limit needs it" in missing.reason


def test_metrics_beside_a_result_line() -> None:
    metrics = MetricReader(settings("metric-pattern=mem: mem (.*)"))
    output = "mem 3\nResult for SMAC: SAT, 1, 0, 0.5, 1\n"
    run = SupervisedRun(
        "exit", 1.0, exit_status=0, result_lines=output.splitlines()[1:], n_result_lines=1,
        **searched(output, (), metrics.searches),
    )  # fmt: skip
    command = TargetCommand(("./solver",), Path("/nowhere"), "/nowhere", metrics=metrics)
    found = conclude(request(), run, command, CRASHED_QUALITY).result
    assert (found.status, found.quality, found.metrics) == (SAT, 0.5, {"mem": 3.0})
    larger = TargetCommand(
        ("./solver",), Path("/nowhere"), "/nowhere", metrics=MetricReader(settings("maximize=true"))
    )
    assert conclude(request(), run, larger, CRASHED_QUALITY).result.quality == -0.5
    assert isinstance(command.answer, ResultLineAnswer)


@pytest.mark.parametrize(
    ("output", "status", "quality"),
    [
        ("loss: 0.25\nResult for SMAC: SAT, 1, 0, 7, 1\n", SAT, 0.25),
        ("loss: 0.25\nResult for SMAC: CRASHED, 1, 0, 7, 1\n", CRASHED, 7.0),
        ("Result for SMAC: SAT, 1, 0, 7, 1\n", CRASHED, CRASHED_QUALITY),
        ("loss: 0.25\nResult for SMAC: SAT, 1, 0\n", CRASHED, CRASHED_QUALITY),
        ("loss: 0.25\n", SAT, 0.25),
        ("", CRASHED, CRASHED_QUALITY),
    ],
)
def test_a_metric_in_the_place_of_the_quality_of_a_result_line(
    output: str, status: RunStatus, quality: float
) -> None:
    metrics = MetricReader(settings("metric=loss"))
    answer = LineWithMetricAnswer(ResultLineAnswer(), PatternAnswer(ResultPatterns(), metrics, True, 1e9))
    lines = [line for line in output.splitlines() if line.startswith("Result")]
    seen = searched(output, answer.patterns, metrics.searches)
    run = SupervisedRun(
        EndedBy.EXIT, 1.0, exit_status=0, result_lines=lines, n_result_lines=len(lines), **seen
    )
    command = TargetCommand(("./solver",), Path("/nowhere"), "/nowhere", answer=answer, metrics=metrics)
    found = conclude(request(), run, command, CRASHED_QUALITY).result
    assert (found.status, found.quality) == (status, quality)


def test_curves() -> None:
    assert result(EPOCHS, "metric-take=min").curve == Curve([1, 2, 3], [4.0, 1.0, 2.0])
    assert result("loss: 1\n").curve == Curve()
    counted = "".join(
        f"epoch {epoch}/9 loss: {value}\n" for epoch, value in [(5, 3), (6, 2), (6, 1.5), (8, 1)]
    )
    assert result(counted).curve == Curve([5, 6, 8], [3.0, 1.5, 1.0])
    own = r"metric-pattern=loss: it (?P<step>\d+): (\S+)"
    assert result("it 10: 3\nit 20: 2\n", own).curve == Curve([10, 20], [3.0, 2.0])
    killed = result(
        "epoch 1 loss: 3\nepoch 2 loss: 2\nepoch 3 loss: 0.00", ended_by="cancelled", exit_status=-9
    )
    assert (killed.status, killed.curve) == (RunStatus.KILLED, Curve([1, 2], [3.0, 2.0]))


def test_long_curves_are_thinned_evenly() -> None:
    n = 2500
    curve = list(result("".join(f"loss: {-i}\n" for i in range(1, n + 1))).curve)
    assert len(curve) <= MAX_POINTS
    steps = [step for step, _ in curve]
    assert steps == [*range(1, n, 4), n]
    assert [value for _, value in curve] == [-step for step in steps]


def test_readers_can_be_pickled() -> None:
    reader = MetricReader(settings("metric=loss", "metric-take=min", "metric-limit=a<3"))
    assert reader.searches
    assert pickle.loads(pickle.dumps(reader)) == reader
