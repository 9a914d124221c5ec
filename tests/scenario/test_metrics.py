"""Metrics as options."""

from __future__ import annotations

import pytest

from bbopt.errors import InputError
from bbopt.options import resolve
from bbopt.scenario import RunObjective, read_command_line
from bbopt.scenario.metrics import MetricLimit, MetricPattern, MetricSettings, is_maximised, read_metrics
from bbopt.scenario.objectives import read_objective
from bbopt.scenario.result_patterns import parse_patterns


def read(*options: str) -> MetricSettings:
    values = resolve(read_command_line([f"--{option}" for option in options]))
    return read_metrics(values, parse_patterns(values.placed_texts("result-pattern")))


def test_a_metric_without_a_pattern() -> None:
    found = read("metric=val/loss", "metric-take=min", "metric-take=acc: max", "metric-limit=ms<=20")
    assert found.names == ("val/loss", "acc", "ms")
    assert (found.optimised, found.is_maximised, found.patterns) == ("val/loss", False, ())
    assert found.takes == {"val/loss": "min", "acc": "max"}
    assert found.limits == (MetricLimit("ms", "<=", 20.0),)
    assert not read().are_wanted


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (r"loss: err (\S+)", [MetricPattern("loss", r"err (\S+)")]),
        (r"val_loss: at (?P<step>\d+): (\S+)", [MetricPattern("val_loss", r"at (?P<step>\d+): (\S+)")]),
        (
            r"loss (?P<loss>\S+) acc (?P<acc>\S+)",
            [MetricPattern(name, r"loss (?P<loss>\S+) acc (?P<acc>\S+)", name) for name in ("loss", "acc")],
        ),
        (r"loss: (?P<loss>\S+)", [MetricPattern("loss", r"loss: (?P<loss>\S+)", "loss")]),
    ],
)
def test_patterns(text: str, expected: list[MetricPattern]) -> None:
    assert list(read(f"metric-pattern={text}").patterns) == expected


@pytest.mark.parametrize("option", ["metric-pattern", "result-pattern"])
def test_a_pattern_of_the_quality_is_the_same_in_both(option: str) -> None:
    found = read(rf"{option}=quality: loss (\S+)")
    assert found == MetricSettings("quality", patterns=(MetricPattern("quality", r"loss (\S+)"),))


def test_larger_is_better() -> None:
    assert read("metric=acc", "maximize=true").is_maximised
    assert read("metric=acc", "maximise=true").is_maximised
    assert read(r"result-pattern=-quality: acc (\S+)").is_maximised
    assert is_maximised({"maximize": "true"})
    assert is_maximised({"result-pattern": "SAT: x\n-quality: acc (.*)"})
    assert not is_maximised({"result-pattern": "quality: -quality (.*)"})


def test_limits() -> None:
    limits = [MetricLimit("ms", sign, 20.0) for sign in ("<", "<=", ">", ">=")]
    assert [limit.is_kept_by(20.0) for limit in limits] == [False, True, False, True]
    assert [limit.is_kept_by(19.0) for limit in limits] == [True, True, False, False]
    assert str(limits[1]) == "ms <= 20"


@pytest.mark.parametrize(
    ("options", "parts"),
    [
        (["metric=val loss"], ["metric is the name of what is optimised", "metric-pattern = NAME"]),
        (["metric=runtime"], ["runtime is no name for a metric"]),
        (["metric=step"], ["step is no name for a metric"]),
        (["metric=loss", "result-pattern=quality: x (.*)"], ["but a pattern finds the quality", "= loss:"]),
        ([r"metric-pattern=loss (\S+)"], ["does not say which metric", r"write val_loss: loss (\S+), say"]),
        ([r"metric-pattern=-acc: acc (\S+)"], [r"write acc: acc (\S+), and maximize = true"]),
        (
            ["metric-pattern=loss: err"],
            ["metric-pattern has no group for the loss", r"write loss: err (\S+)"],
        ),
        (["metric-pattern=loss: ("], ["metric-pattern is not a regular expression"]),
        (["metric-pattern='loss: (.*)'"], ["the quotes around metric-pattern"]),
        ([r"metric-pattern=status: (\S+)"], ["status is no name for a metric", "result-pattern = status:"]),
        (["metric=loss", "metric-take=mim"], ["metric-take can't be read", "did you mean min?"]),
        (["metric-take=min"], ["metric-take does not say of which metric"]),
        (["metric-limit=ms 20"], ["metric-limit can't be read", "latency < 20"]),
        (["metric-limit=ms < 20s"], ["metric-limit has no number", "got:      20s"]),
    ],
)
def test_what_cannot_be_used(options: list[str], parts: list[str]) -> None:
    with pytest.raises(InputError) as caught:
        read(*options)
    for part in parts:
        assert part in str(caught.value)


def test_who_names_a_metric_wants_it_optimised() -> None:
    values = resolve(read_command_line(["--metric=loss"]))
    assert read_objective(values).run_objective is RunObjective.QUALITY
    for option in ("metric=loss", "maximize=true", "metric-limit=ms < 3"):
        given = [f"--{option}", "--run-obj=RUNTIME", "--algo-cutoff-time=5"]
        with pytest.raises(InputError, match="is for the quality objective"):
            read_objective(resolve(read_command_line(given)))


def test_runs_beyond_a_limit_are_failures() -> None:
    values = resolve(read_command_line(["--run-obj=QUALITY", "--metric-limit=ms < 3"]))
    assert read_objective(values).unsat_is_failure
