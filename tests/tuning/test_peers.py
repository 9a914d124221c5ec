"""Peers in the loop: their runs feed the model, spare ours, and challenge our incumbent."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from bbopt.engines import Problem
from bbopt.engines.proposers import random_search
from bbopt.engines.racers import RacingEngine, RacingSettings
from bbopt.runs import (
    BLACK_BOX,
    ENDED_AS_HOPELESS,
    NO_INSTANCE,
    Instance,
    InstanceSet,
    Objective,
    Origin,
    Pair,
    QualityObjective,
    RunRequest,
    RunResult,
    RunStatus,
    RuntimeObjective,
)
from bbopt.space import Configuration, Space, parse_pcs
from bbopt.stores import ForeignRun, News, RecordedRun
from bbopt.tuning import Peers, Tuner, TunerSettings, tuner
from tests.engines.spaces import answer, branin
from tests.fakes import FakeExecutor, FakeTime, Notebook
from tests.tuning.test_tuner import Memory, limits

SPACE = branin()
CUTOFF_S = 1.0


class Source:
    """Peers whose runs are handed out poll by poll: a Follower, Claims, and what these know of the others."""

    peers = ()

    def __init__(self, *polls: list[ForeignRun]) -> None:
        self._polls = list(polls)
        self.claimed: list[RunRequest] = []
        self.released: list[RunRequest] = []
        self.running_elsewhere: set[Configuration] = set()
        self.lost: set[Configuration] = set()
        self.is_behind = False
        self.on_poll: Callable[[], None] = lambda: None

    @property
    def others(self) -> Source:
        return self

    @property
    def configurations(self) -> list[Configuration]:
        return list(self.running_elsewhere)

    def __bool__(self) -> bool:
        return bool(self.running_elsewhere)

    def refresh(self) -> None:
        pass

    def take_news(self) -> list[News]:
        return []

    def is_running(self, configuration: Configuration, pair: Pair) -> bool:
        return configuration in self.running_elsewhere

    def poll(self) -> list[ForeignRun]:
        self.on_poll()
        return self._polls.pop(0) if self._polls else []

    def claim(self, request: RunRequest) -> bool:
        if request.configuration in self.lost:
            self.running_elsewhere.add(request.configuration)
            return False
        self.claimed.append(request)
        return True

    def release(self, request: RunRequest) -> None:
        self.released.append(request)

    def __contains__(self, configuration: object) -> bool:
        return configuration in self.running_elsewhere


def foreign(x1: float, x2: float, peer: int = 2, quality: float | None = None, seed: int = -1) -> ForeignRun:
    configuration = SPACE.configuration({"x1": str(x1), "x2": str(x2)})
    request = RunRequest(configuration, NO_INSTANCE, seed, CUTOFF_S, 5, Origin("peer's", 3))
    result = answer(request) if quality is None else RunResult(RunStatus.SAT, 0.1, 0, quality)
    return ForeignRun(peer, RecordedRun(request, result))


def random_race(
    space: Space,
    objective: Objective,
    seed: int = 1,
    *,
    instances: InstanceSet = BLACK_BOX,
    deterministic: bool = True,
) -> RacingEngine:
    problem = Problem(
        space,
        objective,
        (space.default,),
        None,
        seed,
        common_seed=99,
        instances=instances,
        deterministic=deterministic,
        cutoff_s=CUTOFF_S,
        runlength=5,
    )
    return RacingEngine(random_search(problem), problem, RacingSettings())


class Bench:
    def __init__(
        self,
        source: Source,
        runcount: int = 6,
        deterministic: bool = True,
        instances: InstanceSet = BLACK_BOX,
        space: Space = SPACE,
    ) -> None:
        objective = QualityObjective()
        self.peers = Peers(source, source, objective, deterministic=deterministic)
        self.engine = random_race(space, objective, instances=instances, deterministic=deterministic)
        self.executor = FakeExecutor(answer)
        self.memory = Memory()
        self.notebook = Notebook()
        self.tuner = Tuner(
            self.engine, self.executor, self.memory, objective, TunerSettings(limits(runcount)),
            observers=(self.notebook,), peers=self.peers, clocks=FakeTime().clocks,
        )  # fmt: skip


def test_a_better_incumbent_of_a_peer_is_adopted_without_a_run() -> None:
    best = foreign(3.14159265, 2.275)
    bench = Bench(Source([], [best, foreign(9.0, 9.0)]))
    outcome = bench.tuner.run()
    assert outcome.progress.incumbent is not None
    assert outcome.progress.incumbent.configuration == best.run.request.configuration
    assert best.run.request.configuration not in {r.configuration for r in bench.executor.submitted}
    assert (outcome.progress.n_runs, outcome.progress.n_reused, outcome.progress.n_foreign) == (6, 1, 2)
    assert len(bench.executor.submitted) == 6


def test_a_worse_incumbent_of_a_peer_changes_nothing() -> None:
    bench = Bench(Source([], [foreign(-5.0, 0.0)]))
    outcome = bench.tuner.run()
    assert outcome.progress.incumbent is not None
    assert outcome.progress.incumbent.cost < 50


def test_what_a_peer_has_given_up_is_learnt_but_no_result_of_ours() -> None:
    reason = f"{ENDED_AS_HOPELESS}: it seemed so"
    given_up = RunResult(RunStatus.KILLED, 0.1, 0, -99.0, reason=reason)
    request = foreign(3.0, 2.0).run.request
    source = Source([ForeignRun(2, RecordedRun(request, given_up))], [])
    bench = Bench(source)
    assert request.configuration not in bench.peers
    learnt = []
    bench.engine.learn = lambda *run: learnt.append(run)  # type: ignore[method-assign]
    outcome = bench.tuner.run()
    assert learnt == [(request, given_up)]
    assert bench.peers.reusable(request) is None
    assert request.configuration in bench.peers  # nobody runs it again
    assert request.configuration not in {run.configuration for run in bench.executor.submitted}
    assert (outcome.progress.n_reused, outcome.progress.n_foreign) == (0, 1)


CRASH = RunResult(RunStatus.CRASHED, 0.1, 0, 1e9)


@pytest.mark.parametrize("late", [True, False])
def test_a_peers_crash_is_no_incumbent_whatever_was_heard_first(late: bool) -> None:
    crash = ForeignRun(2, RecordedRun(foreign(1.0, 1.0).run.request, CRASH))
    losses = [foreign(2.0, 2.0, quality=4e9), foreign(3.0, 3.0, quality=3e9), foreign(5.0, 5.0, quality=5e9)]
    objective = QualityObjective()
    engine = random_race(SPACE, objective)
    first = engine.ask()
    assert first is not None
    engine.tell(first, CRASH)  # our own incumbent has failed as well
    polls = [[*losses, crash], []] if late else [[crash], losses]
    source = Source(*polls)
    peers = Peers(source, source, objective, deterministic=True)
    for _ in polls:
        peers.hear(engine)
    request = engine.ask()
    assert request is not None
    assert request.configuration == losses[1].run.request.configuration


def test_the_run_that_is_due_is_taken_from_the_peer() -> None:
    default = foreign(2.5, 7.5, quality=5.25)
    bench = Bench(Source([default]))
    outcome = bench.tuner.run()
    assert outcome.history.runs[0].cost == 5.25
    assert SPACE.default not in {r.configuration for r in bench.executor.submitted}
    assert outcome.progress.n_reused == 1


def test_what_a_peer_runs_is_not_started_here() -> None:
    probe = Bench(Source())
    probe.tuner.run()
    second = probe.executor.submitted[1].configuration
    source = Source()
    source.running_elsewhere = {second}
    bench = Bench(source)
    bench.tuner.run()
    assert second not in {r.configuration for r in bench.executor.submitted}


def test_own_runs_are_claimed_and_released() -> None:
    source = Source()
    bench = Bench(source)
    bench.tuner.run()
    assert source.claimed == bench.executor.submitted
    assert sorted(map(hash, source.released)) == sorted(map(hash, source.claimed))


def test_searches_with_a_common_seed_compare_on_the_same_pairs() -> None:
    seeds = []
    for seed in (1, 2):
        engine = random_race(SPACE, QualityObjective(), seed, deterministic=False)
        first = engine.ask()
        assert first is not None
        engine.tell(first, answer(first))
        second = engine.ask()
        assert second is not None
        seeds.append((first.seed, second.seed))
    assert seeds[0] == seeds[1]


def test_a_noisy_challenger_uses_the_peers_runs_on_the_same_pairs() -> None:
    probe = Bench(Source(), deterministic=False)
    first = probe.engine.ask()
    assert first is not None
    best = foreign(3.14159265, 2.275, seed=first.seed)
    bench = Bench(Source([], [best]), deterministic=False, runcount=10)
    outcome = bench.tuner.run()
    assert outcome.progress.n_reused == 1
    assert outcome.progress.incumbent is not None
    assert outcome.progress.incumbent.configuration == best.run.request.configuration


def test_who_comes_second_takes_another_configuration() -> None:
    source = Source()
    source.lost = {SPACE.default}
    bench = Bench(source)
    outcome = bench.tuner.run()
    assert outcome.progress.n_runs == 6
    assert SPACE.default not in {r.configuration for r in bench.executor.submitted}
    assert outcome.progress.incumbent is not None


@pytest.mark.parametrize(
    ("status", "runtime_s", "theirs_s", "due_s", "is_reused"),
    [
        (RunStatus.SAT, 2.0, 10.0, 10.0, True),
        (RunStatus.SAT, 2.0, 10.0, 3.0, True),  # answered within the shorter time, too
        (RunStatus.SAT, 4.0, 10.0, 3.0, True),  # and here more is known than was asked for
        (RunStatus.UNSAT, 2.0, 3.0, 10.0, True),  # more time changes nothing
        (RunStatus.TIMEOUT, 10.0, 10.0, 3.0, True),
        (RunStatus.TIMEOUT, 3.0, 3.0, 10.0, False),
        (RunStatus.CRASHED, 1.0, 3.0, 10.0, False),
    ],
)
def test_a_runtime_is_reused_where_it_tells_what_the_due_run_would(
    status: RunStatus, runtime_s: float, theirs_s: float, due_s: float, is_reused: bool
) -> None:
    def request(cutoff_s: float) -> RunRequest:
        return RunRequest(SPACE.default, NO_INSTANCE, 7, cutoff_s, 5, Origin("peer's", 3))

    theirs = RunResult(status, runtime_s, -1, 0.0)
    objective = RuntimeObjective(10.0)
    source = Source([ForeignRun(2, RecordedRun(request(theirs_s), theirs))])
    peers = Peers(source, source, objective, deterministic=False)
    peers.hear(random_race(SPACE, objective))
    found = peers.reusable(request(due_s))
    assert (found is not None) == is_reused
    if found is not None:
        assert found.result is theirs
        assert found.cutoff_s == theirs_s


def test_of_two_runs_of_peers_the_one_that_tells_more_is_kept() -> None:
    def run(peer: int, status: RunStatus, cutoff_s: float) -> ForeignRun:
        request = RunRequest(SPACE.default, NO_INSTANCE, 7, cutoff_s, 5, Origin("peer's", 3))
        result = RunResult(status, min(cutoff_s, 5.0), -1, 0.0)
        return ForeignRun(peer, RecordedRun(request, result))

    objective = RuntimeObjective(10.0)
    runs = [run(2, RunStatus.TIMEOUT, 1.0), run(3, RunStatus.SAT, 10.0), run(4, RunStatus.TIMEOUT, 4.0)]
    for order in (runs, runs[::-1]):
        source = Source(order)
        peers = Peers(source, source, objective, deterministic=False)
        peers.hear(random_race(SPACE, objective))
        found = peers.reusable(run(1, RunStatus.SAT, 10.0).run.request)
        assert found is not None
        assert found.peer == 3


INSTANCES = InstanceSet(tuple(Instance(name) for name in ("a", "b", "c")))


@pytest.mark.parametrize("deterministic", [True, False])
def test_the_incumbents_run_that_a_peer_makes_is_left_to_it(deterministic: bool) -> None:
    """The search goes on with other runs meanwhile, whoever claims what and when."""
    source = Source()
    bench = Bench(source, 20, deterministic, INSTANCES)
    default = SPACE.default

    def after_some_runs() -> None:
        if len(bench.executor.submitted) == 4:
            source.lost.add(default)  # a peer's claim comes between the look and the own claim
        if len(bench.executor.submitted) == 12:
            source.lost.clear()
            source.running_elsewhere.clear()

    source.on_poll = after_some_runs
    outcome = bench.tuner.run()
    assert outcome.progress.n_runs == 20
    assert default not in {request.configuration for request in bench.executor.submitted[4:12]}


def test_a_search_that_is_held_up_sleeps_until_the_others_are_done(monkeypatch: pytest.MonkeyPatch) -> None:
    """All of a small space is under way elsewhere: nothing to do, but for the result that is to come."""
    space = parse_pcs("only categorical {one} [one]", "p")
    request = RunRequest(space.default, NO_INSTANCE, -1, CUTOFF_S, 5, Origin("peer's", 0))
    known = RecordedRun(request, RunResult(RunStatus.SAT, 0.1, 0, 3.5))
    source = Source([], [], [], [ForeignRun(2, known)])
    source.running_elsewhere = {space.default}
    n_sleeps = 0

    def sleep(seconds: float) -> None:
        nonlocal n_sleeps
        n_sleeps += 1
        if n_sleeps == 3:
            source.running_elsewhere.clear()

    monkeypatch.setattr(tuner.time, "sleep", sleep)
    bench = Bench(source, space=space)
    outcome = bench.tuner.run()
    assert n_sleeps == 3
    assert bench.executor.submitted == []
    assert outcome.progress.n_reused == 1
    assert outcome.progress.incumbent is not None
    assert outcome.reason.startswith("every possible configuration")


def test_a_search_that_is_held_up_listens_to_a_request_to_stop(monkeypatch: pytest.MonkeyPatch) -> None:
    space = parse_pcs("only categorical {one} [one]", "p")
    source = Source()
    source.running_elsewhere = {space.default}
    bench = Bench(source, space=space)
    monkeypatch.setattr(tuner.time, "sleep", lambda _: bench.tuner.stop("interrupted.", 15))
    outcome = bench.tuner.run()
    assert (outcome.reason, outcome.signal) == ("interrupted.", 15)


def test_a_peer_that_dies_leaves_its_run_to_us(monkeypatch: pytest.MonkeyPatch) -> None:
    space = parse_pcs("only categorical {one} [one]", "p")
    source = Source()
    source.running_elsewhere = {space.default}
    bench = Bench(source, space=space)
    monkeypatch.setattr(tuner.time, "sleep", lambda _: source.running_elsewhere.clear())
    outcome = bench.tuner.run()
    assert [request.configuration for request in bench.executor.submitted] == [space.default]
    assert outcome.progress.n_runs == 1


def test_claims_that_are_always_refused_do_not_keep_the_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    """A peer, or a file, that says so of every run there is."""

    class Greedy(Source):
        n_asked = 0

        def claim(self, request: RunRequest) -> bool:
            self.n_asked += 1
            self.running_elsewhere = {request.configuration}
            return False

    source = Greedy()
    bench = Bench(source)
    monkeypatch.setattr(tuner.time, "sleep", lambda _: bench.tuner.stop("interrupted.", 15))
    bench.tuner.run()
    assert 0 < source.n_asked < 100


def test_a_run_that_a_peer_recorded_just_before_our_claim_is_not_made_again() -> None:
    source = Source([], [foreign(2.5, 7.5, quality=5.25)])  # the second look comes after the claim
    bench = Bench(source)
    outcome = bench.tuner.run()
    assert outcome.progress.n_reused == 1
    assert SPACE.default not in {request.configuration for request in bench.executor.submitted}
    assert source.released[0].configuration == SPACE.default


def test_an_incumbent_that_reaches_a_higher_budget_is_news_again() -> None:
    class Suggestions:
        incumbent = None

        def __init__(self) -> None:
            self.heard: list[Configuration] = []

        def learn(self, request: RunRequest, result: RunResult) -> None:
            pass

        def suggest(self, configuration: Configuration) -> None:
            self.heard.append(configuration)

    def at(one: ForeignRun, budget: int) -> ForeignRun:
        return replace(one, run=replace(one.run, request=replace(one.run.request, runlength=budget)))

    cheap, dear = foreign(3.0, 2.0, quality=1.0), foreign(9.0, 9.0, quality=5.0)
    polls = [[at(cheap, 3)], [at(dear, 3)], [at(dear, 9)], [at(cheap, 9)], [at(cheap, 27)]]
    source, engine = Source(*polls), Suggestions()
    peers = Peers(source, source, QualityObjective(), deterministic=True)
    for _ in polls:
        peers.hear(engine)  # type: ignore[arg-type]
    a, b = cheap.run.request.configuration, dear.run.request.configuration
    assert engine.heard == [a, b, a, a]
