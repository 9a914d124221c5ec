"""The user's command for new incumbents at the end of a search, as real processes."""

from __future__ import annotations

import logging
from dataclasses import replace
from pathlib import Path

import pytest

from bbopt.engines import Incumbent
from bbopt.planning.setup import build_setup
from bbopt.scenario import load_scenario, read_command_line
from bbopt.session import incumbent_command
from bbopt.session.incumbent_command import IncumbentCommand
from bbopt.session.messages import Messages
from tests.cli.test_live_status import RUN, STANDING, progress

COMMAND = """sh -c 'echo "$BBOPT_PARAM_X" >> heard; exec sleep "$BBOPT_PARAM_X"'"""


@pytest.fixture
def command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> IncumbentCommand:
    """One that sleeps for x seconds, of which the end of the search waits 2."""
    monkeypatch.setattr(incumbent_command, "_END_S", 2.0)
    (tmp_path / "params.pcs").write_text("x real [0, 999] [0]\n")
    words = ("--algo", "true", "--run-obj", "QUALITY", "--use-instances", "false", "--pcs-file", "params.pcs")
    scenario = load_scenario(read_command_line((*words, "--on-new-incumbent", COMMAND)), cwd=tmp_path)
    setup = build_setup(scenario)
    messages = Messages(setup)
    found = IncumbentCommand(scenario, messages, setup.objective.shown)
    for x in ("999", "888", "0"):
        incumbent = Incumbent(setup.space.configuration({"x": x}), STANDING)
        request = replace(RUN.request, configuration=incumbent.configuration)
        messages.run_finished(replace(RUN, request=request), "", progress())
        found.incumbent_changed(replace(progress(), incumbent=incumbent), is_new=True)
    return found


def test_what_never_ends_is_ended_and_the_last_incumbent_heard_of(
    command: IncumbentCommand, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, logger="bbopt")
    command.await_end(lambda: False)
    assert (tmp_path / "heard").read_text().split() == ["999.0", "0"]
    waiting, ended = (record.getMessage() for record in caplog.records)
    assert waiting.startswith("waiting for the command for a new incumbent: sh -c ")
    assert "was ended, for which the end of the search waits 2 s" in ended


def test_who_wants_the_search_to_end_does_not_wait_for_it(
    command: IncumbentCommand, caplog: pytest.LogCaptureFixture
) -> None:
    command.await_end(lambda: True)
    assert not caplog.records
