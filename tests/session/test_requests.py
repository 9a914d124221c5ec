"""Asking searches: what is waited for, and what is said where nobody answers."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from bbopt.errors import BboptError, InputError
from bbopt.session import requests
from bbopt.session.requests import Ended, end_runs, end_searches, forget_runs
from bbopt.stores import Control, Request, RequestKind, RunStore, RunUnderWay, SeedStatus, store_in
from tests.stores.searches import IDENTITY, SPACE, run

ALIVE, DEAD = SeedStatus(1, is_alive=True, pid=7, host="there"), SeedStatus(1, is_alive=False)
UNDER_WAY = (RunUnderWay("1-3", 0, 0.0, "-x 1"), RunUnderWay("1-4", 1, 0.0, "-x 2"))


@pytest.fixture
def store(tmp_path: Path) -> RunStore:
    store = store_in(tmp_path)
    with store.open(1, IDENTITY, SPACE) as recorder:
        recorder.record(run(1, run_id="1-1"))
        recorder.record(run(2))
    return store


@contextmanager
def answering(control: Control, answer: Callable[[Request], None]) -> Iterator[list[Request]]:
    """A search, so far as that matters."""
    over, taken = threading.Event(), list[Request]()

    def listen() -> None:
        while not over.wait(0.01):
            for request in control.take():
                taken.append(request)
                answer(request)

    thread = threading.Thread(target=listen)
    thread.start()
    try:
        yield taken
    finally:
        over.set()
        thread.join()


def test_ended_runs_are_waited_for(store: RunStore) -> None:
    control = store.control(1)
    control.show(UNDER_WAY)
    answer = answering(control, lambda _: control.show(UNDER_WAY[1:]))
    with store.open(1, IDENTITY, SPACE), answer as taken:
        assert end_runs(store, ALIVE, ["1-3", "1-2"], 0.5) == Ended(("1-3",), ("1-2",))
    assert [(request.runs, request.grace_s) for request in taken] == [(("1-3",), 0.5)]
    assert taken[0].by == requests.own_name()


def test_a_run_that_does_not_end(store: RunStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(requests, "_END_S", 0.0)
    control = store.control(1)
    control.show(UNDER_WAY)
    with store.open(1, IDENTITY, SPACE), answering(control, lambda _: None):
        assert end_runs(store, ALIVE, ["1-3"], 0.1) == Ended(still_on=("1-3",))


def test_a_search_that_does_not_answer(store: RunStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(requests, "_ANSWER_S", 0.1)
    store.control(1).show(UNDER_WAY)
    with (
        store.open(1, IDENTITY, SPACE),
        pytest.raises(BboptError, match="the search with seed 1 does not answer") as caught,
    ):
        end_runs(store, ALIVE, ["1-3"], 0.5)
    assert "process 7 on there" in str(caught.value)
    assert store.control(1).take() == []


def test_searches_are_ended_though_one_of_them_does_not_answer(
    store: RunStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(requests, "_ANSWER_S", 0.3)
    seeds = [ALIVE, *(SeedStatus(n, is_alive=True, pid=8, host="there") for n in (2, 3, 4))]
    found = list[tuple[int, bool]]()
    with ExitStack() as others, ExitStack() as answers:
        for stack, n in ((others, 1), (answers, 2), (others, 3)):
            stack.enter_context(store.open(n, IDENTITY, SPACE))
        taken = others.enter_context(answering(store.control(2), lambda _: answers.close()))
        with pytest.raises(BboptError) as caught:
            found.extend((seed.seed, has_ended) for seed, has_ended in end_searches(store, seeds, 5))
    assert [request.kind for request in taken] == [RequestKind.STOP]
    assert found == [(2, True), (4, True)]  # the last one was over before it could take the request
    assert str(caught.value).startswith("the searches with seeds 1, 3 do not answer")
    assert "from process 7 on there, process 8 on there" in str(caught.value)
    assert store.control(1).take() == store.control(3).take() == []


def test_what_a_dead_search_has_shown_is_not_under_way(store: RunStore) -> None:
    store.control(1).show(UNDER_WAY)
    with pytest.raises(InputError, match="no run 1-3 under way") as caught:
        end_runs(store, DEAD, ["1-3"], 0.5)
    assert caught.value.expected == "none is under way"


def test_only_runs_on_record_are_forgotten_and_each_once(store: RunStore) -> None:
    with pytest.raises(InputError, match="no run 1-9 is on record"):
        forget_runs(store, [DEAD], 1, ["1-1", "1-9"])
    forget_runs(store, [DEAD], 1, ["1-2"])
    record = store.runs(1, SPACE)
    assert record is not None
    assert [one.name(1) for one in record.runs] == ["1-1"]
    with pytest.raises(InputError, match="no run 1-2 is on record"):
        forget_runs(store, [DEAD], 1, ["1-2"])
