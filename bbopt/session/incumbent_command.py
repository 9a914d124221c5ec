"""The user's command for each new incumbent, carried out beside the search."""

from __future__ import annotations

import contextlib
import json
import logging
import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from bbopt.output_folder import SeedFile
from bbopt.runs import Run, RunRequest
from bbopt.scenario import Scenario
from bbopt.session.messages import Messages
from bbopt.shell_words import shell_line
from bbopt.target.process_words import exit_in_words
from bbopt.tuning import Observer, Outcome, Progress

__all__ = ["IncumbentCommand"]

_LOG = logging.getLogger(__name__)

_PREFIX = "BBOPT_"
_END_S = 30.0
"""How long the end of the search waits for a command that it has started."""

_POLL_S = 0.05


class IncumbentCommand(Observer):
    """Starts `on-new-incumbent` with the settings in its environment; an Observer.

    One is under way at a time: of incumbents that come meanwhile the last one gets the next.  What it prints
    goes into the log file.
    """

    def __init__(self, scenario: Scenario, messages: Messages, shown: Callable[[float], float]) -> None:
        """`shown` makes of a cost what people know."""
        self._shown = shown
        self._words, self._folder = scenario.on_incumbent
        self._log = scenario.output.file(SeedFile.LOG, scenario.num_run)
        self._facts = {"SEARCH_SEED": str(scenario.num_run), "OUTPUT": str(scenario.output_root)}
        self._messages = messages
        self._process: subprocess.Popen[bytes] | None = None
        self._waiting: Mapping[str, str] | None = None

    def run_started(self, request: RunRequest, progress: Progress) -> None:
        """See Observer."""
        self._look()

    def run_finished(self, run: Run, output: str, progress: Progress) -> None:
        """See Observer."""
        self._look()

    def incumbent_changed(self, progress: Progress, is_new: bool) -> None:
        """See Observer."""
        incumbent = progress.incumbent
        if not (self._words and is_new and incumbent is not None and incumbent.standing.has_worked):
            return
        configuration = incumbent.configuration
        settings = configuration.active_values
        self._waiting = {
            **{f"PARAM_{_variable(name)}": text for name, text in settings.items()},
            "SETTINGS": json.dumps(settings),
            "COST": repr(self._shown(incumbent.cost)),
            "COMMAND": self._messages.sample_call(configuration),
            **self._facts,
        }
        self._look()

    def finished(self, outcome: Outcome) -> None:
        """See Observer; where somebody wanted the search to end, the command ends with it."""
        if outcome.was_asked_for:
            self.close()

    def await_end(self, is_to_stop: Callable[[], bool]) -> None:
        """Wait for what is under way, then for the last incumbent's, `_END_S` each, unless `is_to_stop`."""
        self._look()
        if self._process is not None:
            words = f"waiting for the command for a new incumbent: {shell_line(self._words)}"
            _LOG.info("%s", words, extra={"calm": words})
        while self._process is not None and not is_to_stop():
            deadline_s = time.monotonic() + _END_S
            while not (is_over := self._is_over() or is_to_stop()) and time.monotonic() < deadline_s:
                time.sleep(_POLL_S)
            if not is_over:
                self._warn(f"was ended, for which the end of the search waits {_END_S:g} s")
                self._kill()
            self._look()
        self.close()

    def close(self) -> None:
        """End what is under way."""
        self._waiting = None
        self._kill()

    def _kill(self) -> None:
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
            self._process = None

    def _look(self) -> None:
        """Start what waits, once nothing is under way."""
        if self._is_over() and self._waiting is not None:
            facts, self._waiting = self._waiting, None
            self._start(facts)

    def _is_over(self) -> bool:
        """Whether nothing is under way, or not any more."""
        status = None if self._process is None else self._process.poll()
        if status is not None:
            self._process = None
        if status:
            self._warn(exit_in_words(status))
        return self._process is None

    def _warn(self, what: str) -> None:
        line = shell_line(self._words)
        _LOG.warning("the command for a new incumbent %s: %s (its output: %s)", what, line, self._log)

    def _start(self, facts: Mapping[str, str]) -> None:
        environment = os.environ | {f"{_PREFIX}{name}": text for name, text in facts.items()}
        try:
            with (self._log if self._log.exists() else Path(os.devnull)).open("ab") as log:
                self._process = subprocess.Popen(
                    self._words,
                    cwd=self._folder,
                    env=environment,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    start_new_session=True,
                )
        except (OSError, ValueError) as error:  # ValueError: a zero byte in a setting
            _LOG.warning("the command for a new incumbent can't be started: %s", error)


def _variable(name: str) -> str:
    """In capitals, with underscores for what names of variables can't have."""
    return "".join(sign if sign.isalnum() else "_" for sign in name).upper()
