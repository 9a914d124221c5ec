"""What every store of runs must do.

A test class inherits from the contract and says how its store is made, and how another process uses it.
"""

from __future__ import annotations

import abc
import random
from collections import defaultdict
from collections.abc import Iterable
from contextlib import AbstractContextManager, ExitStack
from dataclasses import replace
from pathlib import Path

import pytest

from bbopt.errors import StateError
from bbopt.runs import Elapsed, Pair, RunStatus
from bbopt.space import parse_pcs
from bbopt.stores import (
    Follower,
    ForeignRun,
    RecordedRun,
    Recorder,
    Request,
    RequestKind,
    RunStore,
    RunUnderWay,
)
from tests.stores.searches import IDENTITY, INSTANCES, RESULT, SPACE, Process, asked, run

ODD_TEXTS = (
    '"',
    "\\",
    "\n",
    '{"r-rc" : {',
    "}\n{",
    "\u2028",
    "\x00",
    "\ud800",
    "ü€😀",
    "a,b",
    "NaN",
    "' ",
    "",
)
ODD_FLOATS = (5e-324, 0.1 + 0.2, 1e22, 1.7976931348623157e308, 1 / 3, 0.0)


def odd_runs() -> list[RecordedRun]:
    """Every field, with what is hard to write down."""
    runs = [
        run(n, reason=text, additional=text, quality=number * (-1) ** n)
        for n, text in enumerate(ODD_TEXTS)
        for number in ODD_FLOATS
    ]
    runs += [run(100 + n, quality=number) for n, number in enumerate((float("inf"), float("-inf")))]
    runs += [run(200 + n, status=status) for n, status in enumerate(RunStatus)]
    runs += [run(300, cpu_s=0.1, memory_bytes=2**63, started_at=1.7e9, wallclock_s=1e-9)]
    runs += [replace(run(400 + n), elapsed=Elapsed(number, n)) for n, number in enumerate(ODD_FLOATS)]
    runs += [replace(run(500), reused_from=2), replace(run(501), reused_from=10**18), run(500), run(500)]
    budget = replace(asked(600), runlength=81, cutoff_s=1e-300, seed=-1)
    return [*runs, RecordedRun(budget, RESULT), RecordedRun(replace(budget, runlength=27), RESULT)]


def numbers(runs: Iterable[RecordedRun]) -> list[int]:
    return [one.request.seed for one in runs]


def handed_out(runs: Iterable[ForeignRun]) -> dict[int, list[int]]:
    found = defaultdict(list)
    for foreign in runs:
        found[foreign.seed].append(foreign.run.request.seed)
    return dict(found)


class StoreContract(abc.ABC):
    """The tests for all stores."""

    @abc.abstractmethod
    def at(self, folder: Path) -> RunStore:
        """The store that has its place in the folder."""

    @abc.abstractmethod
    def process(self, folder: Path, seed: int) -> AbstractContextManager[Process]:
        """Another process that uses the store; it is gone at the end."""

    @pytest.fixture
    def store(self, tmp_path: Path) -> RunStore:
        return self.at(tmp_path)

    def write(self, store: RunStore, seed: int, *runs: RecordedRun) -> None:
        with store.open(seed, IDENTITY, SPACE) as recorder:
            for one in runs:
                recorder.record(one)

    # ------------------------------------------------------------------ records

    def test_runs_come_back_equal_and_in_order(self, store: RunStore) -> None:
        runs = odd_runs()
        self.write(store, 3, *runs[:50])
        self.write(store, 3, *runs[50:])
        record = store.runs(3, SPACE)
        assert record is not None
        assert list(record.runs) == runs
        assert [repr(one.result) for one in record.runs] == [repr(one.result) for one in runs]
        assert (record.identity, record.instances) == (IDENTITY, INSTANCES)
        assert (record.problems, record.n_unreadable) == ((), 0)
        with store.open(3, IDENTITY, SPACE) as recorder:
            assert list(recorder.take_recovered()) == runs
            assert recorder.take_recovered() == ()
            assert recorder.repaired is None
            assert recorder.source == record.source

    def test_there_is_no_record_before_it_is_opened(self, store: RunStore) -> None:
        assert store.runs(3, SPACE) is None
        assert store.seeds() == ()
        for seed in (3, 20, 100):
            self.write(store, seed)
        assert store.seeds() == (3, 20, 100)
        record = store.runs(3, SPACE)
        assert record is not None
        assert (record.runs, record.identity, record.instances) == ((), None, INSTANCES)

    def test_each_seed_has_its_own(self, store: RunStore) -> None:
        self.write(store, 1, run(1))
        self.write(store, 12, run(2))
        records = [store.runs(seed, SPACE) for seed in (1, 12)]
        assert [record and numbers(record.runs) for record in records] == [[1], [2]]
        assert store.runs(2, SPACE) is None

    def test_several_runs_at_once(self, store: RunStore) -> None:
        runs = odd_runs()
        with store.open(3, IDENTITY, SPACE) as recorder:
            recorder.record()
            recorder.record(*runs[:3])
            recorder.record(runs[3])
            recorder.record(*runs[4:])
        record = store.runs(3, SPACE)
        assert record is not None
        assert list(record.runs) == runs
        assert [one.number for one in record.runs] == list(range(1, len(runs) + 1))

    def test_it_can_be_read_while_it_grows(self, store: RunStore) -> None:
        with store.open(1, IDENTITY, SPACE) as recorder:
            for n in range(5):
                recorder.record(run(n))
                record = store.runs(1, SPACE)
                assert record is not None
                assert numbers(record.runs) == list(range(n + 1))

    def test_one_process_at_a_time(self, store: RunStore, tmp_path: Path) -> None:
        with self.process(tmp_path, 1) as other:
            other.do("open")
            other.do("record 1")
            with pytest.raises(StateError, match="in use by"):
                store.open(1, IDENTITY, SPACE)
            self.write(store, 2, run(2))
            assert [store.is_open(seed) for seed in (1, 2, 3)] == [True, False, False]
            other.do("leave")
            assert not store.is_open(1)
            with store.open(1, IDENTITY, SPACE) as recorder:
                assert numbers(recorder.take_recovered()) == [1]
                assert other.do("open").startswith("StateError")
            assert other.do("open") == "opened"

    def test_what_is_recorded_survives_the_death_of_its_process(
        self, store: RunStore, tmp_path: Path
    ) -> None:
        with self.process(tmp_path, 1) as other:
            other.do("open")
            for n in range(20):
                other.do(f"record {n}")
            other.kill()
        with store.open(1, IDENTITY, SPACE) as recorder:
            assert numbers(recorder.take_recovered()) == list(range(20))
            recorder.record(run(20))
        record = store.runs(1, SPACE)
        assert record is not None
        assert numbers(record.runs) == list(range(21))

    def test_leaving_twice_and_recording_afterwards(self, store: RunStore) -> None:
        recorder = store.open(1, IDENTITY, SPACE)
        with recorder:
            recorder.record(run(1))
        recorder.__exit__(None, None, None)
        with pytest.raises(StateError, match="closed"):
            recorder.record(run(2))

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("algo_exec", "./other.py"),
            ("pcs_text", "x [0,1] [0]"),
            ("cutoff_s", 5.0),
            ("deterministic", True),
            ("instances", INSTANCES[:1]),
            ("context", (("call-format", "irace"),)),
        ],
    )
    def test_another_scenario_is_refused(self, store: RunStore, field: str, value: object) -> None:
        self.write(store, 1, run(0))
        other = replace(IDENTITY, **{field: value})  # type: ignore[arg-type]
        with pytest.raises(StateError, match=rf"another scenario \(other {field}\)") as caught:
            store.open(1, other, SPACE)
        assert field in str(caught.value.got)
        self.write(store, 1, run(1))  # and nobody holds it for that

    def test_other_instances_are_refused_before_the_first_run(self, store: RunStore) -> None:
        self.write(store, 1)
        with pytest.raises(StateError, match="other instances"):
            store.open(1, replace(IDENTITY, instances=INSTANCES[:1]), SPACE)

    def test_stores_of_one_place_are_equal(self, store: RunStore, tmp_path: Path) -> None:
        (tmp_path / "elsewhere").mkdir()
        assert store == self.at(tmp_path)
        assert store != self.at(tmp_path / "elsewhere")

    # ------------------------------------------------------------------ followers

    @pytest.mark.parametrize("random_seed", range(5))
    def test_each_run_of_others_is_handed_out_once_and_in_order(
        self, store: RunStore, random_seed: int
    ) -> None:
        """Whatever happens between two looks: several runs, none, new lives, a record begun anew."""
        rng = random.Random(random_seed)
        expected: dict[int, list[int]] = defaultdict(list)
        found: list[ForeignRun] = []
        follower = store.follow(1, IDENTITY, SPACE)
        open_ones: dict[int, Recorder] = {}
        with ExitStack() as stack:
            for n in range(150):
                seed = rng.randrange(1, 5)
                if seed not in open_ones:
                    open_ones[seed] = stack.enter_context(store.open(seed, IDENTITY, SPACE))
                what = rng.choice(["record", "record", "record", "reuse", "look", "leave", "anew"])
                if what == "look":
                    found += follower.poll()
                elif what in {"record", "reuse"}:
                    taken = what == "reuse"
                    open_ones[seed].record(replace(run(n), reused_from=rng.randrange(5) if taken else None))
                    expected[seed] += [] if taken else [n]
                else:
                    open_ones.pop(seed).__exit__(None, None, None)
                    if what == "anew":
                        found += follower.poll()  # what is set aside unseen is not followed any more
                        store.set_aside(seed)
            found += follower.poll()
        expected.pop(1, None)
        assert handed_out(found) == {seed: ns for seed, ns in expected.items() if ns}
        assert {peer.seed: peer.n_runs for peer in follower.peers if peer.n_runs} == {
            seed: len(ns) for seed, ns in handed_out(found).items()
        }
        assert follower.poll() == []

    def test_who_comes_late_gets_all_as_it_was_recorded(self, store: RunStore) -> None:
        runs = [one for one in odd_runs() if one.reused_from is None]
        self.write(store, 2, *runs)
        self.write(store, 1, run(1))
        follower = store.follow(1, IDENTITY, SPACE)
        assert follower.peers == ()
        assert follower.poll() == [ForeignRun(2, one) for one in runs]
        everybody = store.follow(None, IDENTITY, SPACE)
        assert handed_out(everybody.poll())[1] == [1]

    def test_another_process_is_followed_until_it_dies(self, store: RunStore, tmp_path: Path) -> None:
        follower, found = store.follow(1, IDENTITY, SPACE), []
        with self.process(tmp_path, 2) as other:
            other.do("open")
            for n in range(10):
                other.do(f"record {n}")
                found += follower.poll() if n % 3 else []
            other.kill()
        found += follower.poll()
        assert handed_out(found) == {2: list(range(10))}

    def test_records_of_other_scenarios_are_left_alone(self, store: RunStore) -> None:
        other = replace(IDENTITY, algo_exec="./other")
        with store.open(2, other, SPACE) as recorder:
            recorder.record(run(1))
        self.write(store, 3, run(2))
        follower = store.follow(1, IDENTITY, SPACE)
        assert handed_out(follower.poll()) == {3: [2]}
        reason = "other algo-exec: ./other, here ./solver.py"
        assert [(peer.seed, peer.n_runs, peer.refused) for peer in follower.peers] == [
            (2, 0, reason),
            (3, 1, None),
        ]
        assert handed_out(store.follow(1, None, SPACE).poll()) == {2: [1], 3: [2]}

    def test_paths_do_not_make_another_scenario(self, store: RunStore) -> None:
        elsewhere = replace(IDENTITY, exec_dir="/mnt", pcs_path="/mnt/p.pcs", cutoff_s=9.0)
        with store.open(2, elsewhere, SPACE) as recorder:
            recorder.record(run(1))
        assert handed_out(store.follow(1, IDENTITY, SPACE).poll()) == {2: [1]}

    # ------------------------------------------------------------------ claims

    def test_a_run_is_given_to_one_seed(self, store: RunStore) -> None:
        rng = random.Random(1)
        claims = [store.claims(seed, SPACE) for seed in range(1, 5)]
        winners: dict[int, set[int]] = defaultdict(set)
        for _ in range(200):
            who, n = rng.randrange(4), rng.randrange(30)
            if claims[who].claim(asked(n)):
                winners[n].add(who)
        assert all(len(who) == 1 for who in winners.values())
        assert len({who for found in winners.values() for who in found}) > 1

    def test_a_claim_stands_until_it_is_released(self, store: RunStore) -> None:
        first, second = store.claims(1, SPACE), store.claims(2, SPACE)
        assert first.claim(asked(1))
        assert first.claim(asked(1))
        assert not second.claim(asked(1))
        first.release(asked(2))
        first.release(asked(1))
        assert second.claim(asked(1))
        second.release_all()
        assert first.claim(asked(1))
        assert (first.take_news(), second.take_news()) == ([], [])

    def test_what_others_are_making(self, store: RunStore) -> None:
        first, second = store.claims(1, SPACE), store.claims(2, SPACE)
        configuration, pair = asked(1).configuration, asked(1).pair
        first.claim(asked(1))
        assert not second.others
        second.refresh()
        first.refresh()
        assert second.others
        assert configuration in second.others
        assert asked(2).configuration not in second.others
        assert second.others.is_running(configuration, pair)
        assert not second.others.is_running(configuration, pair._replace(runlength=9))
        assert not second.others.is_running(configuration, Pair("another", pair.seed))
        assert second.others.configurations == [configuration]
        assert not first.others
        first.release(asked(1))
        second.refresh()
        assert not second.others
        assert second.others.configurations == []

    def test_other_pairs_of_a_configuration_are_free(self, store: RunStore) -> None:
        first, second = store.claims(1, SPACE), store.claims(2, SPACE)
        assert first.claim(asked(1))
        assert second.claim(replace(asked(1), seed=77))
        assert second.claim(replace(asked(1), instance=INSTANCES[0]))
        assert second.claim(replace(asked(1), runlength=9))
        first.refresh()
        assert not first.others.is_running(asked(1).configuration, asked(1).pair)

    def test_claims_end_with_their_owner(self, store: RunStore, tmp_path: Path) -> None:
        own = store.claims(1, SPACE)
        with self.process(tmp_path, 2) as other:
            assert other.do("claim 1") == "True"
            assert not own.claim(asked(1))
            assert own.others
            other.kill()
            own.refresh()
            assert not own.others
            assert own.claim(asked(1))

    def test_two_processes_want_the_same(self, store: RunStore, tmp_path: Path) -> None:
        own = store.claims(1, SPACE)
        with self.process(tmp_path, 2) as other:
            assert own.claim(asked(1))
            assert other.do("claim 1") == "False"
            own.release(asked(1))
            assert other.do("claim 1") == "True"
            assert not own.claim(asked(1))

    # ------------------------------------------------------------------ steering

    def test_runs_that_are_forgotten_are_read_no_more(self, store: RunStore) -> None:
        runs = [run(0, run_id="1-1"), run(1), run(2, run_id="1-7"), run(3)]
        self.write(store, 1, *runs)
        store.forget(1, ["1-2"], "me")
        store.forget(1, ["1-7", "2-1"], "me")
        record = store.runs(1, SPACE)
        assert record is not None
        assert (numbers(record.runs), record.n_forgotten) == ([0, 3], 2)
        assert [numbers(record.runs) for _, record in store.records()] == [[0, 3]]
        assert [seed.n_runs for seed in store.status().seeds] == [2]
        assert handed_out(store.follow(2, IDENTITY, SPACE).poll()) == {1: [0, 3]}
        with store.open(1, IDENTITY, SPACE) as recorder:
            assert numbers(recorder.take_recovered()) == [0, 3]
            assert recorder.last_number == 7
            recorder.record(run(4, run_id="1-8"))
        again = store.runs(1, SPACE)
        assert again is not None
        assert [one.name(1) for one in again.runs] == ["1-1", "1-4", "1-8"]
        store.set_aside(1)
        self.write(store, 1, run(5))
        anew = store.runs(1, SPACE)
        assert anew is not None
        assert numbers(anew.runs) == [5]

    def test_who_took_a_run_over_forgets_it_too(self, store: RunStore) -> None:
        self.write(store, 1, run(1, run_id="1-1"))
        self.write(store, 2, replace(run(1, run_id="1-1"), reused_from=1), run(2, run_id="2-1"))
        store.forget(1, ["1-1"], "me")
        assert [numbers(record.runs) for _, record in store.records()] == [[], [2]]

    def test_runs_under_way_are_shown(self, store: RunStore) -> None:
        watcher, search = store.control(1), store.control(1)
        assert watcher.under_way == ()
        texts = [text for text in ODD_TEXTS if text != "\ud800"]
        shown = tuple(RunUnderWay(f"1-{n}", n, 0.5, text, text, n, text) for n, text in enumerate(texts))
        search.show(shown)
        assert watcher.under_way == shown
        assert store.control(2).under_way == ()
        search.show(())
        assert watcher.under_way == ()

    def test_requests_are_taken_once_and_in_order(self, store: RunStore) -> None:
        somebody, search = store.control(1), store.control(1)
        assert search.take() == []
        requests = [Request(RequestKind.STOP, (f"1-{n}",), "me@here", n / 2) for n in range(5)]
        requests += [Request(RequestKind.FORGET, (), "\n"), Request(RequestKind.STOP)]
        names = [somebody.ask(request) for request in requests]
        assert not any(map(somebody.is_taken, names))
        somebody.withdraw(names[2])
        assert store.control(2).take() == []
        assert search.take() == requests[:2] + requests[3:]
        assert all(map(somebody.is_taken, names))
        assert search.take() == []

    # ------------------------------------------------------------------ status, setting aside

    def test_status(self, store: RunStore, tmp_path: Path) -> None:
        assert (store.status().seeds, store.status().best) == ((), None)
        results = [(RunStatus.SAT, 0.4), (RunStatus.TIMEOUT, 0.3), (RunStatus.CRASHED, 0.1)]
        results += [(RunStatus.KILLED, 0.2), (RunStatus.ABORT, 0.1)]
        self.write(store, 10, *(run(n, status=s, quality=q) for n, (s, q) in enumerate(results)))
        self.write(store, 9, replace(run(7, quality=0.5), reused_from=10))
        with self.process(tmp_path, 11) as other:
            other.do("open")
            status = store.status()
        assert [seed.seed for seed in status.seeds] == [9, 10, 11]
        assert [seed.n_runs for seed in status.seeds] == [1, 5, 0]
        assert [seed.n_failures for seed in status.seeds] == [0, 2, 0]
        assert [seed.best_cost for seed in status.seeds] == [0.5, 0.3, None]
        assert [seed.taken_from for seed in status.seeds] == [((10, 1),), (), ()]
        assert [seed.is_alive for seed in status.seeds] == [False, False, True]
        assert [seed.problem for seed in status.seeds] == [None] * 3
        assert status.best is not None
        assert status.best.seed == 10
        assert status.best.best_configuration == run(1).request.configuration
        assert status.space is not None
        assert status.space.text == SPACE.text

    def test_all_records_each_in_its_own_space(self, store: RunStore, tmp_path: Path) -> None:
        assert list(store.records()) == []
        other = parse_pcs("gamma real [0, 1] [0.5]\n", "q.pcs")
        elsewhere = replace(asked(1), configuration=other.default)
        with store.open(9, replace(IDENTITY, pcs_text=other.text), other) as recorder:
            recorder.record(replace(run(1), request=elsewhere))
        self.write(store, 10, run(1), run(2))
        with self.process(tmp_path, 11) as process:
            process.do("open")
            process.do("record 3")
            records = dict(store.records())
        assert list(records) == [9, 10, 11]
        assert [numbers(record.runs) for record in records.values()] == [[1], [1, 2], [3]]
        assert records[9].runs[0].request.configuration == other.default
        assert records[10] == store.runs(10, SPACE)

    def test_setting_aside_makes_room(self, store: RunStore) -> None:
        assert store.set_aside(1) is None
        self.write(store, 1, run(1))
        self.write(store, 11, run(2))
        places = []
        for n in (3, 4):
            places.append(store.set_aside(1))
            assert store.runs(1, SPACE) is None
            with store.open(1, replace(IDENTITY, algo_exec=f"./{n}"), SPACE) as recorder:
                assert recorder.take_recovered() == ()
                recorder.record(run(n))
        assert len(set(places)) == 2
        assert None not in places
        records = [store.runs(seed, SPACE) for seed in (1, 11)]
        assert [record and numbers(record.runs) for record in records] == [[4], [2]]

    def test_a_search_in_progress_is_not_set_aside(self, store: RunStore, tmp_path: Path) -> None:
        with self.process(tmp_path, 1) as other:
            other.do("open")
            other.do("record 1")
            with pytest.raises(StateError, match="in use by"):
                store.set_aside(1)
            assert other.do("record 2") == "recorded"
            other.kill()
        assert store.set_aside(1) is not None

    def test_a_record_that_is_begun_anew_is_followed_anew(self, store: RunStore) -> None:
        follower: Follower = store.follow(1, IDENTITY, SPACE)
        self.write(store, 2, run(1), run(2))
        found = follower.poll()
        store.set_aside(2)
        found += follower.poll()
        self.write(store, 2, run(3))
        found += follower.poll()
        assert handed_out(found) == {2: [1, 2, 3]}
