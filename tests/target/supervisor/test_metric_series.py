"""Metrics that a supervisor follows: in output, in a results file, and told while the run goes on."""

from __future__ import annotations

import os
import socket
import stat
import threading
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from bbopt.target.supervisor.metric_series import (
    MAX_POINTS,
    MetricPlace,
    MetricSearch,
    MetricSeen,
    MetricSeries,
)
from bbopt.target.supervisor.station import Station
from bbopt.target.supervisor.wire import RESULT_FILE, EndedBy, LatestValue, SupervisedRun, Unpacker
from tests.target.processes import await_run, order, shell, supervisor_process

LOSS = MetricSearch("loss", [MetricPlace(r"loss (\S+)")], "last", has_curve=True)


def seen_in(lines: list[str], **search: Any) -> MetricSeen:
    series = MetricSeries(LOSS._replace(**search))
    for number, line in enumerate(lines, 1):
        series.see(number, line)
    return series.seen()


def test_of_several_places_in_a_line_the_last_counts() -> None:
    places = [MetricPlace(r"a (\S+)"), MetricPlace(r"b (\S+)", lacking="b(?P<_>)")]
    assert seen_in(["b 1 a 2"], places=places).value == 2.0
    assert seen_in(["a 1 b 2"], places=places).value == 2.0
    lacks = seen_in(["a 1", "b"], places=places)
    assert (lacks.value, lacks.problem) == (None, "the pattern of the loss matches no number in the line 'b'")
    assert seen_in(["b", "a 1"], places=places).value == 1.0


def test_groups() -> None:
    step_first = [MetricPlace(r"at (?P<step>\d+) (\S+)")]
    assert seen_in(["at 5 0.5", "at 6 0.25"], places=step_first)[3:] == (2, [5, 6], [0.5, 0.25])
    named = [MetricPlace(r"(?P<x>\S+) (?P<loss>\S+)( (?P<step>\S+))?", "loss")]
    assert seen_in(["9 0.5", "9 0.25 7", "9 0.125 seven"], places=named)[3:] == (
        3,
        [1, 7, 3],
        [0.5, 0.25, 0.125],
    )
    assert seen_in(["0.5"], places=[MetricPlace("[0-9.]+")]).value == 0.5


@pytest.mark.parametrize("n", [MAX_POINTS - 1, MAX_POINTS, MAX_POINTS + 1, 7 * MAX_POINTS])
def test_curves_have_their_first_and_last_points(n: int) -> None:
    found = seen_in([f"loss {i}" for i in range(n)])
    assert MAX_POINTS // 2 <= len(found.steps) <= MAX_POINTS
    assert (found.steps[0], found.steps[-1]) == (1, n)
    gaps = {later - earlier for earlier, later in zip(found.steps[:-2], found.steps[1:-1], strict=True)}
    assert len(gaps) == 1
    assert [step - 1 for step in found.steps] == found.values


def test_a_run_that_is_ended_keeps_its_curve(tmp_path: Path) -> None:
    script = "printf 'loss 3\\nloss 2\\nloss 1'; exec sleep 600"
    with supervisor_process() as supervisor:
        supervisor.start(order(shell(script), tmp_path, metrics=[LOSS], wall_limit_s=0.3))
        run = await_run(supervisor)
    assert run.ended_by == "wall"
    assert run.seen["loss"][3:] == (2, [1, 2], [3.0, 2.0])
    assert run.torn_metrics["loss"].value == 1.0


def test_a_run_that_ends_by_itself_may_leave_out_the_last_line_end(tmp_path: Path) -> None:
    with supervisor_process() as supervisor:
        supervisor.start(order(shell("printf 'loss 3\\nloss 1'"), tmp_path, metrics=[LOSS]))
        run = await_run(supervisor)
    assert run.seen["loss"] == MetricSeen(1.0, n=2, steps=[1, 2], values=[3.0, 1.0])


def test_what_nobody_reads_is_left_out_and_the_end_is_told_whole() -> None:
    """An optimizer that is stopped must not stop who keeps the limits of its run."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.setblocking(False)
        station = Station.__new__(Station)  # without what a process has only once
        station._control, station._unsent, station.is_abandoned = theirs, b"", False
        n_told = 10_000
        for number in range(n_told):
            station.tell(LatestValue("run", number, number, 0.5))
        reader = threading.Thread(target=lambda: received.extend(iter(lambda: ours.recv(1 << 16), b"")))
        received: list[bytes] = []
        reader.start()
        station.send(SupervisedRun(EndedBy.EXIT, 1.0))
        theirs.shutdown(socket.SHUT_WR)
        reader.join()
    messages = Unpacker().feed(b"".join(received))
    told = [LatestValue(*message["latest"]).n for message in messages[:-1]]
    assert told == [*range(len(told))]
    assert 0 < len(told) < n_told
    assert messages[-1]["ended_by"] == "exit"


@pytest.mark.parametrize("told", ["$BBOPT_RESULT_FILE", "$1"])
def test_a_results_file(tmp_path: Path, told: str) -> None:
    script = f'echo "${{told}}" > told; printf "loss\\t3\\n" > "{told}"; echo more > "{told}.more"'
    script = script.replace("${told}", told)
    with supervisor_process() as supervisor:
        supervisor.start(
            order((*shell(script), RESULT_FILE), tmp_path, has_result_file=True, uuid=str(uuid4()))
        )
        run = await_run(supervisor)
    assert run.results == "loss\t3\n"
    path = Path((tmp_path / "told").read_text().strip())
    assert path.is_absolute()
    assert not path.parent.exists()


def test_a_results_file_is_the_users_alone(tmp_path: Path) -> None:
    script = 'stat -c %a "$(dirname "$BBOPT_RESULT_FILE")" > mode; exit 3'
    with supervisor_process() as supervisor:
        supervisor.start(order(shell(script), tmp_path, has_result_file=True, uuid=str(uuid4())))
        run = await_run(supervisor)
    assert (tmp_path / "mode").read_text() == f"{stat.S_IRWXU:o}\n"
    assert (run.exit_status, run.results) == (3, "")


def test_a_results_file_that_can_not_be(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path / "missing"))
    with supervisor_process() as supervisor:
        supervisor.start(order(shell("touch started"), tmp_path, has_result_file=True, uuid=str(uuid4())))
        run = await_run(supervisor)
    assert (run.ended_by, run.spawn_step) == ("spawn", "results file")
    assert os.listdir(tmp_path) == []
