"""What a search says at its end: the default beside the incumbent, and commands that can be copied."""

from __future__ import annotations

import shlex
from dataclasses import replace
from pathlib import Path

import pytest

from bbopt.cli.against_default import against_default
from bbopt.cli.command import read_arguments
from bbopt.cli.commands import SEARCH
from bbopt.cli.ending import next_commands, what_was_found
from bbopt.engines import Incumbent
from bbopt.runs import (
    NO_BUDGET,
    NO_INSTANCE,
    History,
    Origin,
    QualityObjective,
    Run,
    RunRequest,
    RunResult,
    RunStatus,
)
from bbopt.scenario import load_scenario
from bbopt.space import Configuration, parse_pcs
from bbopt.tuning import Outcome, Progress

SPACE = parse_pcs("x real [0, 1] [0.5]\n")
BEST = SPACE.parse_configuration("-x '0.25'")
OBJECTIVE = QualityObjective()


def run(
    configuration: Configuration,
    quality: float,
    *,
    seed: int = 1,
    budget: int = NO_BUDGET,
    failed: bool = False,
) -> Run:
    request = RunRequest(configuration, NO_INSTANCE, seed, 1.0, budget, Origin("default", 0))
    status = RunStatus.CRASHED if failed else RunStatus.SAT
    return Run(request, RunResult(status, 1.0, 0, quality), quality, is_failure=failed)


def history(*runs: Run) -> History:
    found = History()
    for one in runs:
        found.add(one)
    return found


def outcome(*runs: Run, best: Configuration = BEST) -> Outcome:
    known = history(*runs)
    incumbent = Incumbent(best, known.standing(best))
    progress = Progress(len(runs), 0, 0, 2, 0, 0, 2, 8.0, 8.0, 0.5, incumbent, 2, runs[-1])
    return Outcome("that was all.", progress, known)


@pytest.mark.parametrize(
    ("default", "best", "told"),
    [
        (4.0, 1.0, "75 % smaller"),
        (-4.0, -5.0, "25 % larger"),
        (1.0, 3000.0, "3000.0 times as large"),
        (1.0, 0.0001, "100 % smaller"),
        (0.0, 1.0, None),
        (-1.0, 1.0, None),
    ],
)
def test_the_change(default: float, best: float, told: str | None) -> None:
    found = against_default(history(run(SPACE.default, default), run(BEST, best)), BEST, SPACE.default)
    assert found is not None
    assert found.change() == told


def test_both_are_compared_on_what_both_have_run_at_the_highest_budget() -> None:
    runs = [run(SPACE.default, 9.0, budget=1), run(SPACE.default, 4.0, budget=3)]
    runs += [run(SPACE.default, 8.0, budget=3, seed=2)]
    runs += [run(BEST, 7.0, budget=1), run(BEST, 2.0, budget=3), run(BEST, 0.0, budget=3, seed=3)]
    found = against_default(history(*runs), BEST, SPACE.default)
    assert found is not None
    assert (found.n_runs, found.default.mean, found.incumbent.mean) == (1, 4.0, 2.0)


def test_nothing_is_said_where_there_is_nothing_to_compare() -> None:
    bound = replace(run(SPACE.default, 4.0), is_censored=True)
    for known in (history(run(BEST, 1.0)), history(run(SPACE.default, 4.0, seed=2), run(BEST, 1.0))):
        assert against_default(known, BEST, SPACE.default) is None
    assert against_default(history(bound, run(BEST, 1.0)), BEST, SPACE.default) is None


def test_the_facts() -> None:
    facts = list(what_was_found(outcome(run(SPACE.default, 4.0), run(BEST, 1.0)), OBJECTIVE, SPACE.default))
    assert facts == [
        ("finished", "that was all."),
        ("runs", "2; 2 configurations in 8 s"),
        ("best", "mean quality 1, 1 run(s) of config 2"),
        ("", "-x '0.25'"),
        ("default", "4 on the same run; the best 1, 75 % smaller"),
    ]


def test_a_default_that_failed_or_was_best_and_a_search_without_a_run_that_worked() -> None:
    failed = outcome(run(SPACE.default, 1e9, failed=True), run(BEST, 1.0))
    facts = what_was_found(failed, OBJECTIVE, SPACE.default)
    assert ("default", "failed on the same run; the best 1") in facts
    same = outcome(run(SPACE.default, 1.0), run(BEST, 4.0), best=SPACE.default)
    (*_, last) = what_was_found(same, OBJECTIVE, SPACE.default)
    assert last == ("default", "nothing better than the default was found")
    crossed = dict(what_was_found(outcome(run(BEST, 1.0)), OBJECTIVE, SPACE.default, 5))
    assert crossed["folds"] == "mean 1 over 1 of 5 folds"
    (*_, last) = what_was_found(outcome(run(BEST, 1e9, failed=True)), OBJECTIVE, SPACE.default)
    assert last[1].startswith("no run has worked")


@pytest.mark.parametrize(
    ("scenario", "arguments", "told"),
    [
        ("runcount-limit = 2\n", [], {"go on": {"--runcount-limit": "4", "--resume": "auto"}}),
        ("", ["--runs", "2"], {"go on": {"--runcount-limit": "4"}}),
        ("wallclock-limit = 5\n", [], {"go on": {"--wallclock-limit": "10"}}),
        ("instance-file = list.txt\ntest-instance-file = list.txt\n", [], {}),
        (
            "instance-file = list.txt\ntest-instance-file = list.txt\nvalidation = false\n",
            [],
            {"run it on the test instances": {"--seed": "7"}},
        ),
        ("runcount-limit = 9\ndeterministic = false\n", [], {"run it more often": {"--seed": "7"}}),
    ],
)
def test_commands_to_copy(
    tmp_path: Path, scenario: str, arguments: list[str], told: dict[str, dict[str, str]]
) -> None:
    (tmp_path / "params.pcs").write_text("x real [0, 1] [0.5]\n")
    (tmp_path / "target").write_text("#!/bin/sh\n")
    (tmp_path / "target").chmod(0o755)
    (tmp_path / "list.txt").write_text("a\n")
    text = "algo = ./target\npcs-file = params.pcs\nrun-obj = QUALITY\n"
    kind = "" if "deterministic" in scenario else "deterministic = true\n"
    kind += "" if "instance-file" in scenario else "use-instances = false\n"
    file = tmp_path / "a scenario.txt"
    file.write_text(f"{text}{kind}{scenario}")
    argv = ["--scenario", str(file), "--seed", "7", *arguments]
    given = read_arguments(SEARCH, argv).given
    found = load_scenario(given, cwd=tmp_path)
    commands = dict(next_commands(found, outcome(run(SPACE.default, 4.0), run(BEST, 1.0)), given))
    best = shlex.split(commands.pop("the command of the best"))
    assert best == ["bbopt", "best", str(found.output_root), "--command"]
    report = shlex.split(commands.pop("what the runs tell, as a page"))
    assert report == ["bbopt", "report", str(found.output_root)]
    assert set(commands) == set(told)
    for purpose, options in told.items():
        words = shlex.split(commands[purpose])
        start = 2 if words[1] == "validate" else 1
        options_told = dict(word.split("=", 1) for word in words[start:])
        assert options_told.items() >= ({"--scenario": str(file), "--seed": "7"} | options).items()
        assert "--runs" not in options_told
