from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.targets.target_calls import TARGETS, environment


def train(n_epochs: int, before: Path | None = None, out: Path | None = None, *arguments: str) -> list[str]:
    told = {"BBOPT_CHECKPOINT_IN": before, "BBOPT_CHECKPOINT_OUT": out}
    variables = {name: str(path) for name, path in told.items() if path is not None}
    done = subprocess.run(
        [sys.executable, "digits_sgd.py", f"--epochs={n_epochs}", *arguments],
        cwd=TARGETS, env=environment() | variables, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stderr == ""
    return done.stdout.splitlines()


def test_training_in_parts_is_training_in_one(tmp_path: Path) -> None:
    whole, three = train(4), tmp_path / "three"
    three.mkdir()
    first = train(3, None, three)
    assert first[:3] == whole[:3]
    rest = train(4, three)
    assert rest == whole[3:]
    assert rest[0].startswith("step 4 error: 0.")
    assert train(3, three) == first[3:]  # there is nothing to train


def test_what_goes_astray_says_so() -> None:
    assert train(2, None, None, "--learning-rate=1", "--penalty=1e6")[-2] == "error\t1.0000"
