from __future__ import annotations

from pathlib import Path

import pytest

from tests.targets.target_calls import TARGETS, Answer, Call, run_target


@pytest.fixture
def call(tmp_path: Path) -> Call:
    """`call(program, *parameters, seed=-1, options=())`, run in a folder of its own."""

    def run(program: str, *parameters: str, seed: int = -1, options: tuple[str, ...] = ()) -> Answer:
        return run_target([str(TARGETS / program), *options], tmp_path, *parameters, seed=seed)

    return run
