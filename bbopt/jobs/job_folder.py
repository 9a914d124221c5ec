"""The folder of a job, as Jobman has it: its settings before and now, what it has printed, its own files."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from bbopt.durable_files import atomic_write, file_error
from bbopt.jobs.nested import flatten
from bbopt.jobs.settings import file_text
from bbopt.jobs.values import from_json, to_json
from bbopt.text_files import read_text

__all__ = ["JobFolder", "Verdict"]


class Verdict(NamedTuple):
    """How far an experiment has come, or what came out of it, and the flat state that it has left.

    `outcome` is "saved" while it goes on, then "complete", "incomplete", "failed", or "not started", the last
    two with a reason.
    """

    outcome: str
    state: dict[str, Any]
    reason: str = ""


class JobFolder:
    """Where the job with that number has its files."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.stdout = path / "stdout"
        self.stderr = path / "stderr"
        self._request = path / ".bbopt-request.json"
        self._verdict = path / ".bbopt-verdict.json"

    def prepare(self, state: Mapping[str, Any], request: Mapping[str, Any]) -> None:
        """Make it, for an experiment that begins with the flat state, or goes on with it; StateError.

        `request` is what the experiment's process is to know besides.
        """
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            self._verdict.unlink(missing_ok=True)
        except OSError as error:
            raise file_error("make", self.path, error) from error
        original = self.path / "orig.conf"
        if not original.exists():
            atomic_write(original, file_text(state))
        self._write_current(state)
        atomic_write(self._request, json.dumps({"state": to_json(state), "request": dict(request)}))

    def request(self) -> tuple[dict[str, Any], dict[str, Any]]:
        """The flat state and the request that `prepare` was given."""
        found = json.loads(read_text(self._request, "request of a job"))
        return dict(from_json(found["state"])), found["request"]

    def keep(self, verdict: Verdict) -> None:
        """For the experiment's process: say how far it is."""
        self._write_current(verdict.state)
        text = {"outcome": verdict.outcome, "state": to_json(verdict.state), "reason": verdict.reason}
        atomic_write(self._verdict, json.dumps(text))

    def verdict(self) -> Verdict | None:
        """What was said last; None before the first time."""
        if not self._verdict.exists():
            return None
        found = json.loads(read_text(self._verdict, "verdict of a job"))
        return Verdict(found["outcome"], dict(from_json(found["state"])), found["reason"])

    @property
    def verdict_mark(self) -> int:
        """Another number whenever another verdict was said; 0 before the first time."""
        try:
            return self._verdict.stat().st_mtime_ns
        except OSError:
            return 0

    def _write_current(self, state: Mapping[str, Any]) -> None:
        atomic_write(self.path / "current.conf", file_text(flatten(state)))
