"""Contradicting and wrong answers of a solver: an error with both commands, a warning, or silence."""

from __future__ import annotations

import logging
from dataclasses import replace

import pytest

from bbopt.engines import Problem
from bbopt.engines.proposers import random_search
from bbopt.engines.racers import RacingEngine, RacingSettings
from bbopt.errors import TargetAbortError
from bbopt.java_numbers import LARGEST_INT
from bbopt.runs import (
    Elapsed,
    Instance,
    InstanceSet,
    Origin,
    RunRequest,
    RunResult,
    RunStatus,
    RuntimeObjective,
)
from bbopt.scenario import AnswerChecks
from bbopt.stores import RecordedRun, RecordIdentity
from bbopt.tuning import Answers, Peers, Tuner, TunerSettings
from tests.engines.spaces import branin
from tests.fakes import FakeExecutor, FakeTime, Notebook
from tests.stores.memory_store import MemoryStore
from tests.tuning.test_tuner import Memory, limits

SPACE = branin()
ORIGIN = Origin("default", 0)
A, B = Instance("a.cnf"), Instance("b.cnf")
OTHER = SPACE.configurations(SPACE.from_unit(SPACE.encode(SPACE.default.row[None, :]) * 0.5))[0]


def request(instance: Instance = A, seed: int = 7) -> RunRequest:
    return RunRequest(SPACE.default, instance, seed, 5.0, LARGEST_INT, ORIGIN)


def result(status: RunStatus) -> RunResult:
    return RunResult(status, 1.0, -1.0, 0.0)


SAT, UNSAT = result(RunStatus.SAT), result(RunStatus.UNSAT)


def shown(asked: RunRequest) -> str:
    return f"./solver {asked.instance.name} {asked.seed}"


def answers(compared: bool = True, stops: bool = True, verified: bool = False) -> Answers:
    return Answers(AnswerChecks(compared, stops, verified), shown)


def test_a_contradiction_stops_with_both_commands() -> None:
    known = answers()
    known.note(request(), SAT)
    known.note(request(B), UNSAT)
    known.note(request(seed=8), SAT)
    with pytest.raises(TargetAbortError) as caught:
        known.note(request(seed=9), UNSAT)
    text = str(caught.value)
    assert "answers to instance a.cnf contradict each other" in text
    assert "SAT from ./solver a.cnf 7\n" in text
    assert "UNSAT from ./solver a.cnf 9\n" in text
    assert "check-sat-consistency-exception false" in text
    assert caught.value.exit_code == 255


def test_the_run_of_another_seed_is_named() -> None:
    known = answers()
    known.note(request(), UNSAT, peer=3)
    with pytest.raises(TargetAbortError, match=r"UNSAT \(of seed 3\) from \./solver a\.cnf 7"):
        known.note(request(seed=9), SAT)


@pytest.mark.parametrize("status", [RunStatus.TIMEOUT, RunStatus.CRASHED, RunStatus.KILLED, RunStatus.ABORT])
def test_what_is_no_answer_contradicts_nothing(status: RunStatus) -> None:
    known = answers(verified=True)
    for one in (result(status), SAT, result(status), SAT):
        known.note(request(Instance("a.cnf", "SAT")), one)


def test_without_the_exception_it_is_a_warning_once_for_each_configuration(
    caplog: pytest.LogCaptureFixture,
) -> None:
    known = answers(stops=False)
    for seed, one in enumerate((SAT, UNSAT, UNSAT, SAT)):
        known.note(request(seed=seed), one)
    known.note(replace(request(seed=4), configuration=OTHER), UNSAT)
    assert [record.levelno for record in caplog.records] == [logging.WARNING] * 2
    first, second = caplog.messages
    assert "SAT from ./solver a.cnf 0" in first
    assert "UNSAT from ./solver a.cnf 1" in first
    assert "UNSAT from ./solver a.cnf 4" in second


def test_silence(caplog: pytest.LogCaptureFixture) -> None:
    known = answers(compared=False)
    known.note(request(), SAT)
    known.note(request(), UNSAT)
    assert caplog.messages == []


@pytest.mark.parametrize(
    ("info", "status", "is_wrong"),
    [
        ("SAT", RunStatus.UNSAT, True),
        ("SATISFIABLE", RunStatus.UNSAT, True),
        ("UNSAT", RunStatus.SAT, True),
        ("UNSATISFIABLE", RunStatus.SAT, True),
        ("SAT", RunStatus.SAT, False),
        ("UNSATISFIABLE", RunStatus.UNSAT, False),
        ("UNKNOWN", RunStatus.UNSAT, False),
        ("0", RunStatus.UNSAT, False),
        ("sat", RunStatus.UNSAT, False),  # SMAC v2 knows the words in capitals only
        ("SAT", RunStatus.TIMEOUT, False),
    ],
)
def test_answers_are_held_against_the_instances_info(
    caplog: pytest.LogCaptureFixture, info: str, status: RunStatus, is_wrong: bool
) -> None:
    for known in (answers(verified=False), answers(verified=True)):
        known.note(request(Instance("a.cnf", info)), result(status))
        known.note(request(Instance("a.cnf", info), seed=8), result(status))
    assert len(caplog.records) == is_wrong
    for record in caplog.records:
        assert record.levelno == logging.ERROR
        assert f"the instance file expects {info}" in record.getMessage()
        assert "./solver a.cnf 7" in record.getMessage()


class Loop:
    """A search over two instances, its target lying in the run number `lie` (from 1)."""

    def __init__(self, known: Answers | None, lie: int, peers: Peers | None = None) -> None:
        self.n = 0
        self.lie = lie
        instances = InstanceSet((A, B))
        objective = RuntimeObjective(5.0)
        problem = Problem(
            SPACE,
            objective,
            (SPACE.default,),
            None,
            seed=1,
            instances=instances,
            deterministic=False,
            cutoff_s=5.0,
        )
        self.memory, self.notebook = Memory(), Notebook()
        self.tuner = Tuner(
            RacingEngine(random_search(problem), problem, RacingSettings()),
            FakeExecutor(self.answer),
            self.memory,
            objective,
            TunerSettings(limits(runcount=12)),
            observers=(self.notebook,),
            peers=peers,
            answers=known,
            clocks=FakeTime().clocks,
        )

    def answer(self, asked: RunRequest) -> RunResult:
        self.n += 1
        return UNSAT if self.n == self.lie else SAT


def test_the_search_stops_when_the_contradiction_is_on_record() -> None:
    loop = Loop(answers(), lie=6)
    with pytest.raises(TargetAbortError, match="contradict each other"):
        loop.tuner.run()
    statuses = [run.result.status for run in loop.memory.runs]
    assert statuses == [RunStatus.SAT] * 5 + [RunStatus.UNSAT]
    assert len(loop.notebook.finished_runs) == 6


@pytest.mark.parametrize("known", [None, answers(compared=False), answers(stops=False)])
def test_otherwise_the_search_goes_on(known: Answers | None) -> None:
    loop = Loop(known, lie=6)
    loop.tuner.run()
    assert len(loop.memory.runs) == 12


def test_a_restored_contradiction_stops_again() -> None:
    loop = Loop(answers(), lie=0)
    runs = [RecordedRun(request(), SAT), RecordedRun(request(seed=8), UNSAT)]
    with pytest.raises(TargetAbortError, match="contradict each other"):
        loop.tuner.resume(runs, Elapsed())


def test_answers_before_the_restoring_count() -> None:
    loop = Loop(answers(), lie=0)
    loop.tuner.resume([RecordedRun(request(B), UNSAT)], Elapsed())
    with pytest.raises(TargetAbortError, match=r"instance b\.cnf contradict"):
        loop.tuner.run()


def test_answers_of_other_searches_count() -> None:
    known, store = answers(), MemoryStore()
    space = request().configuration.space
    identity = RecordIdentity("./solver", "/", "/p.pcs", space.text, 5.0, False, (B,))
    with store.open(4, identity, space) as peer:
        peer.record(RecordedRun(request(B, seed=99), UNSAT))
    follower, claims = store.follow(1, identity, space), store.claims(1, space)
    peers = Peers(follower, claims, RuntimeObjective(5.0), deterministic=False, answers=known)
    with pytest.raises(TargetAbortError, match=r"UNSAT \(of seed 4\) from \./solver b\.cnf 99"):
        Loop(known, lie=0, peers=peers).tuner.run()
