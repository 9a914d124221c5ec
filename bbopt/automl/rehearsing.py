"""Has a training process try out what a search may come to, before anything of it is written."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

from bbopt.automl.packed import PackedData
from bbopt.automl.training_data import save_data
from bbopt.automl.training_plan import PLAN_FILE, TrainingPlan
from bbopt.errors import BboptError, InputError, InputErrors, Place

__all__ = ["TRAINER", "refuse_untrainable"]

TRAINER = (sys.executable, "-m", "bbopt.automl.keras_trainer")
"""The words that a training process is started with."""

_ROWS = 2
_SHOWN_LINES = 15


def refuse_untrainable(plan: TrainingPlan, training: PackedData) -> None:
    """InputErrors with what the Keras that is installed can't do; BboptError where it can't be asked."""
    if importlib.util.find_spec("keras") is None:
        raise InputError(
            "Keras is not installed where bbopt is",
            expected="the packages keras and tensorflow",
            remedy="pip install 'bbopt-smac[keras]'",
        )
    with tempfile.TemporaryDirectory(prefix="bbopt-keras-") as name:
        folder = Path(name)
        save_data(folder / plan.training, replace(training, x=training.x[:_ROWS], y=training.y[:_ROWS]))
        (folder / PLAN_FILE).write_text(plan.text, encoding="utf-8")
        done = subprocess.run(
            [*TRAINER, str(folder / PLAN_FILE), "--check"],
            cwd=folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
        )
    problems = _problems(done.stdout)
    if problems is None:
        lines = (done.stderr or done.stdout).strip().splitlines()[-_SHOWN_LINES:]
        raise BboptError(
            f"Keras can't be tried out: the process ended with exit status {done.returncode}",
            got="\n            ".join(lines) or None,
        )
    if problems:
        raise problems[0] if len(problems) == 1 else InputErrors(problems)


def _problems(output: str) -> list[InputError] | None:
    """What the process has told in its last line; None where it has not."""
    try:
        told = json.loads(output.strip().rpartition("\n")[2])
        return [
            InputError(
                one["what"],
                place=None if one["place"] is None else Place(one["place"]),
                got=one["got"],
                expected=one["expected"],
                remedy=one["remedy"],
            )
            for one in told
        ]
    except (ValueError, KeyError, TypeError):
        return None
