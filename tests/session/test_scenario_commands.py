"""Commands before and after a search, as real processes."""

from __future__ import annotations

import logging
import os
import shlex
import signal
import sys
import threading
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bbopt.errors import CommandError
from bbopt.scenario import ScenarioCommands
from bbopt.session.scenario_commands import CommandRunner
from tests.target.processes import alive_with, await_true, open_fds


class Bench:
    """Runners of commands in a folder of their own, and what they logged."""

    def __init__(self, folder: Path, caplog: pytest.LogCaptureFixture) -> None:
        self.folder = folder
        self.marker = f"marker-{uuid.uuid4()}"
        self._caplog = caplog
        caplog.set_level(logging.DEBUG, logger="bbopt")

    def runner(
        self,
        before: str | None = None,
        after: str | None = None,
        *,
        failure_is_error: bool = False,
        logs_output: bool = True,
        grace_s: float = 600.0,
    ) -> CommandRunner:
        commands = ScenarioCommands(before, after, self.folder, failure_is_error, logs_output)
        return CommandRunner(commands, grace_s)

    def logged(self, level: int) -> list[str]:
        return [record.getMessage() for record in self._caplog.records if record.levelno == level]

    def read(self, name: str) -> str:
        return (self.folder / name).read_text()


@pytest.fixture
def bench(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> Iterator[Bench]:
    bench = Bench(tmp_path, caplog)
    before = open_fds()
    yield bench
    assert alive_with(bench.marker) == []
    assert open_fds() <= before


def on_sigterm(action: str) -> str:
    """A command that lives for long, and does `action` on SIGTERM.

    It is Python, since a shell may lose a signal while it starts a program.
    """
    code = f"""
import os, signal, sys, time
def handle(number, frame):
    {action}
signal.signal(signal.SIGTERM, handle)
open("started", "w").close()
while True:
    time.sleep(600)
"""
    return f"exec {shlex.quote(sys.executable)} -S -c {shlex.quote(code)}"


def call_when(is_true: Callable[[], object], action: Callable[[], object]) -> threading.Thread:
    def wait() -> None:
        await_true(is_true)
        action()

    thread = threading.Thread(target=wait)
    thread.start()
    return thread


def stop_when_started(bench: Bench, runner: CommandRunner) -> threading.Thread:
    return call_when((bench.folder / "started").exists, runner.stop)


def test_without_commands_nothing_happens(bench: Bench) -> None:
    runner = bench.runner()
    assert runner.run_before()
    assert runner.run_after()
    runner.stop()
    assert bench.logged(logging.INFO) == []


def test_commands_go_through_the_shell_in_their_folder(bench: Bench) -> None:
    runner = bench.runner("echo $((1 + 1)) > 'a b'; pwd >> 'a b'", "cat 'a b' | wc -l > lines")
    assert runner.run_before()
    assert bench.read("a b") == f"2\n{bench.folder}\n"
    assert not (bench.folder / "lines").exists()
    assert runner.run_after()
    assert int(bench.read("lines")) == 2
    assert bench.logged(logging.INFO)[0] == (
        f"Running scenario command: cd {bench.folder} ; echo $((1 + 1)) > 'a b'; pwd >> 'a b'"
    )


def test_input_is_empty(bench: Bench) -> None:
    bench.runner("cat > input").run_before()
    assert bench.read("input") == ""


def test_output_is_logged_line_by_line(bench: Bench) -> None:
    bench.runner(r"printf 'one\n\ntwo'; printf 'bad \377\n' >&2").run_before()
    assert bench.logged(logging.INFO)[1:] == ["[PROCESS]  one", "[PROCESS]  ", "[PROCESS]  two"]
    assert bench.logged(logging.WARNING) == ["[PROCESS]  bad \N{REPLACEMENT CHARACTER}"]


def test_output_is_not_logged_when_not_asked_for(bench: Bench) -> None:
    bench.runner("echo one; echo two >&2", logs_output=False).run_before()
    assert len(bench.logged(logging.INFO)) == 1
    assert bench.logged(logging.WARNING) == []


def test_a_flood_is_logged_whole(bench: Bench) -> None:
    bench.runner("seq 50000; head -c 200000 /dev/zero | tr '\\0' x").run_before()
    lines = [line.removeprefix("[PROCESS]  ") for line in bench.logged(logging.INFO)[1:]]
    assert lines[:50000] == [str(number) for number in range(1, 50001)]
    assert "".join(lines[50000:]) == "x" * 200000


@pytest.mark.parametrize(
    ("command", "how"),
    [
        ("exit 3", "ended with exit status 3"),
        ("kill -9 $$", "was ended by signal SIGKILL"),
        ("./no-such-program", "ended with exit status 127"),
    ],
)
@pytest.mark.parametrize("when", ["before", "after"])
def test_failures(bench: Bench, when: str, command: str, how: str) -> None:
    def run(*, failure_is_error: bool) -> bool:
        runner = bench.runner(
            **{when: command},
            failure_is_error=failure_is_error,
            logs_output=False,  # type: ignore[arg-type]
        )
        return runner.run_before() if when == "before" else runner.run_after()

    with pytest.raises(CommandError) as caught:
        run(failure_is_error=True)
    assert str(caught.value).startswith(f"the command {when} the search {how}\n  got:      {command}\n")
    assert caught.value.exit_code == 255
    assert bench.logged(logging.WARNING) == []
    assert run(failure_is_error=False)
    assert [line.splitlines()[0] for line in bench.logged(logging.WARNING)] == [
        f"the command {when} the search {how}"
    ]


def test_a_folder_that_is_gone_is_a_failure(bench: Bench) -> None:
    folder = bench.folder / "gone"
    runner = CommandRunner(ScenarioCommands("true", None, folder, True, True), 0.0)
    with pytest.raises(CommandError, match="could not be started: No such file or directory"):
        runner.run_before()


def test_stopped_it_ends_with_all_its_processes(bench: Bench) -> None:
    family = (
        f"sh -c 'sleep 600; : {bench.marker}' & setsid sh -c 'sleep 600; : {bench.marker}' & "
        f"touch started; wait"
    )
    runner = bench.runner(family, failure_is_error=True)
    thread = call_when(lambda: len(alive_with(bench.marker)) >= 3, runner.stop)
    assert not runner.run_before()
    thread.join()
    assert alive_with(bench.marker) == []
    assert bench.logged(logging.WARNING)[0].startswith("the command before the search was ended: ")


def test_stopped_it_may_tidy_up(bench: Bench) -> None:
    runner = bench.runner(on_sigterm('open("tidy", "w").close(); sys.exit(0)'))
    thread = stop_when_started(bench, runner)
    assert not runner.run_before()
    thread.join()
    assert (bench.folder / "tidy").exists()


def test_one_that_ignores_sigterm_is_killed_after_the_time_of_grace(bench: Bench) -> None:
    stubborn = f"trap '' TERM; touch started; while :; do sleep 0.02; done; : {bench.marker}"
    runner = bench.runner(stubborn, grace_s=0.2)
    thread = stop_when_started(bench, runner)
    assert not runner.run_before()
    thread.join()


def test_an_exception_from_a_signal_handler_kills_it_at_once(bench: Bench) -> None:
    """As the second Ctrl-C raises it, while the first one's time of grace is running."""
    runner = bench.runner(on_sigterm('open("asked", "w").close()') + f" {bench.marker}")

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGUSR1, interrupt)
    thread = stop_when_started(bench, runner)
    second = call_when((bench.folder / "asked").exists, lambda: os.kill(os.getpid(), signal.SIGUSR1))
    try:
        with pytest.raises(KeyboardInterrupt):
            runner.run_before()
    finally:
        thread.join()
        second.join()
        signal.signal(signal.SIGUSR1, before)
    assert alive_with(bench.marker) == []


def test_a_stop_while_nothing_is_under_way_ends_no_later_command(bench: Bench) -> None:
    runner = bench.runner("touch one", "touch two")
    runner.stop()
    assert runner.run_before()
    runner.stop()
    assert runner.run_after()
    assert (bench.folder / "two").exists()


@pytest.mark.parametrize("logs_output", [True, False])
def test_what_it_leaves_in_the_background_lives_on_and_is_not_waited_for(
    bench: Bench, logs_output: bool
) -> None:
    bench.runner(f"sh -c 'sleep 600; : {bench.marker}' & echo $! > pid", logs_output=logs_output).run_before()
    pid = int(bench.read("pid"))
    await_true(lambda: pid in alive_with(bench.marker))  # its command line is empty while it is started
    os.killpg(os.getpgid(pid), signal.SIGKILL)
    await_true(lambda: alive_with(bench.marker) == [])
