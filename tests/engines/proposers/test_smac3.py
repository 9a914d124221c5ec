"""What SMAC3 is told, and what becomes of its proposals."""

from __future__ import annotations

import gc
from dataclasses import replace
from pathlib import Path

from bbopt.engines import Problem
from bbopt.engines.proposers.smac3 import Smac3Proposer
from bbopt.runs import (
    NO_INSTANCE,
    Instance,
    InstanceSet,
    Origin,
    QualityObjective,
    Run,
    RunRequest,
    RunResult,
    RunStatus,
    RuntimeObjective,
)
from tests.engines.spaces import branin

SPACE = branin()
CUTOFF_S = 5.0
BLACK_BOX = Problem(SPACE, QualityObjective(), (SPACE.default,), budget=40, seed=1, cutoff_s=CUTOFF_S)
A, B = (Instance(name, features=(("size", size),)) for name, size in (("a", 1.0), ("b", -512.0)))
SOLVER = replace(
    BLACK_BOX,
    objective=RuntimeObjective(CUTOFF_S),
    instances=InstanceSet((A, B)),
    deterministic=False,
)


def run(
    problem: Problem, seed: int, instance: Instance, result: RunResult, cutoff_s: float = CUTOFF_S
) -> Run:
    request = RunRequest(SPACE.default, instance, seed, cutoff_s, 300, Origin("default", 0))
    return Run.valued(request, result, problem.objective)


def told(proposer: Smac3Proposer) -> dict[tuple[str | None, int], tuple[float, str]]:
    """Cost and status by instance and seed."""
    history = proposer._facade.runhistory
    return {(key.instance, key.seed): (value.cost, value.status.name) for key, value in history.items()}


def test_every_run_is_told_and_what_was_capped_again_in_full() -> None:
    proposer = Smac3Proposer(SOLVER)
    answers = {
        (A, 3): RunResult(RunStatus.SAT, 1.5, 0, 0.0),
        (B, 4): RunResult(RunStatus.TIMEOUT, 0.5, 0, 0.0),
        (B, 5): RunResult(RunStatus.TIMEOUT, CUTOFF_S, 0, 0.0),
    }
    for (instance, seed), result in answers.items():
        proposer.observe(run(SOLVER, seed, instance, result, 0.5 if seed == 4 else CUTOFF_S))
    assert told(proposer) == {
        ("a", 3): (1.5, "SUCCESS"),
        ("b", 4): (0.5, "SUCCESS"),
        ("b", 5): (50.0, "SUCCESS"),
    }
    proposer.observe(run(SOLVER, 4, B, RunResult(RunStatus.SAT, 2.0, 0, 0.0)))
    assert told(proposer)["b", 4] == (2.0, "SUCCESS")
    assert len(told(proposer)) == 3


def test_a_failure_is_as_bad_as_the_worst_that_worked() -> None:
    proposer = Smac3Proposer(BLACK_BOX)
    for seed, status, quality in (
        (1, RunStatus.SAT, 7.0),
        (2, RunStatus.SAT, 3.0),
        (3, RunStatus.CRASHED, 1e9),
    ):
        proposer.observe(run(BLACK_BOX, seed, NO_INSTANCE, RunResult(status, 0.1, 0, quality)))
    assert told(proposer)[None, 3] == (7.0, "CRASHED")
    proposer.observe(run(BLACK_BOX, 4, NO_INSTANCE, RunResult(RunStatus.SAT, 0.1, 0, 3e9)))
    assert told(proposer)[None, 3] == (3e9, "CRASHED")


def test_failures_wait_until_something_worked() -> None:
    proposer = Smac3Proposer(BLACK_BOX)
    proposer.observe(run(BLACK_BOX, 1, NO_INSTANCE, RunResult(RunStatus.CRASHED, 0.1, 0, 1e9)))
    assert told(proposer) == {}
    proposer.observe(run(BLACK_BOX, 2, NO_INSTANCE, RunResult(RunStatus.SAT, 0.1, 0, 5.0)))
    assert told(proposer) == {(None, 1): (5.0, "CRASHED"), (None, 2): (5.0, "SUCCESS")}


def test_what_was_proposed_and_not_run_comes_again() -> None:
    proposer = Smac3Proposer(BLACK_BOX)
    first = proposer.propose(0, ())
    assert first is not None
    second = proposer.propose(1, (first.configuration,))
    assert second is not None
    again = proposer.propose(2, (second.configuration,))
    assert again == first


def test_its_folder_goes_with_it() -> None:
    proposer = Smac3Proposer(BLACK_BOX)
    folder = Path(proposer._facade.scenario.output_directory)
    assert folder.exists()
    del proposer
    gc.collect()
    assert not folder.exists()
