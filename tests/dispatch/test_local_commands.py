from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from bbopt.batch_job import BATCH_JOB
from bbopt.dispatch import LocalCommands
from tests.target.processes import await_true


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "logs").mkdir()
    return tmp_path


def test_commands_print_to_files_and_know_their_jobs(here: Path) -> None:
    with LocalCommands.at_a_time(2, Path("logs")) as commands:
        first = commands.start(
            ["sh", "-c", f'echo "$0 $1"; echo oh >&2; echo ${BATCH_JOB} > job', "a  b", "$X"]
        )
        commands.start(["sh", "-c", "exit 3"])
        assert commands.n_free == 0
        ended = {}
        while commands.under_way:
            ended |= dict(commands.wait(None))
        commands.start(["no-such-program"])
        ended |= dict(commands.wait(None))
    assert ended == {0: "", 1: "ended with exit status 3", 2: "ended with exit status 127"}
    assert (here / "logs/0.out").read_text() == "a  b $X\n"
    assert (here / "logs/0.err").read_text() == "oh\n"
    assert "no-such-program" in (here / "logs/2.err").read_text()
    assert (here / "job").read_text().strip() == str(first) == f"local {os.getpid()}.0"


def test_the_end_ends_all_that_is_under_way(here: Path) -> None:
    with LocalCommands.at_a_time(2, here / "logs") as commands:
        commands.start(
            ["sh", "-c", "trap 'echo bye; exit 0' TERM; touch ready; while :; do sleep 0.05; done"]
        )
        commands.start(["sh", "-c", "trap '' TERM; touch deaf; while :; do sleep 0.05; done"])
        await_true(lambda: (here / "ready").exists() and (here / "deaf").exists())
        threading.Timer(0.3, commands.stop).start()
        threading.Timer(0.6, commands.stop).start()  # no grace any more
        assert commands.wait(None) == []
        assert commands.n_free == 0
        assert dict(commands.end()) == {0: "it was ended", 1: "it was ended"}
    assert (here / "logs/0.out").read_text() == "bye\n"
