from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bbopt.target.supervisor.wire import SupervisedRun
from tests.target.processes import KnownSupervisor, alive_with, await_run, order, supervisor_process


@pytest.fixture
def supervisor() -> Iterator[KnownSupervisor]:
    with supervisor_process() as process:
        yield process


@pytest.fixture
def execute(supervisor: KnownSupervisor, tmp_path: Path) -> Callable[..., SupervisedRun]:
    """Execute a command under supervision, in an empty directory."""

    def run(argv: tuple[str, ...], **settings: object) -> SupervisedRun:
        supervisor.start(order(argv, tmp_path, **settings))
        return await_run(supervisor)

    return run


@pytest.fixture
def marker() -> Iterator[str]:
    """A word that marks processes; at the end of the test none with it may be alive."""
    word = f"marker-{uuid.uuid4()}"
    yield word
    assert alive_with(word) == []
