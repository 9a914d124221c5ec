"""Functions of Python as targets of whole searches."""

from __future__ import annotations

import os
import subprocess
import time
from pathlib import Path
from typing import Any

import psutil
import pytest

import bbopt
from bbopt.errors import TargetAbortError

SPACE = {
    "x": "real [0, 1] [0.25]",
    "n": "integer [1, 8] [2]",
    "flag": "categorical {true, false} [true]",
    "kind": "categorical {good, raises, mute, exits, hangs} [good]",
}


def target(x: float, n: int, kind: str, *, flag: bool, home: str, seed: int) -> Any:
    if kind == "raises":
        raise ValueError("too large,\n# for this")
    if kind == "exits":
        os._exit(3)
    if kind == "hangs":
        child = subprocess.Popen(["sleep", "100"])
        Path(home, "child").write_text(str(child.pid))
        time.sleep(100)
    print("accuracy: 77")
    right = (type(x), type(n), type(flag), type(seed), os.path.realpath(".")) == (float, int, bool, int, home)
    return {"note": 1.0} if kind == "mute" else {"accuracy": 1 - x, "right": right, "pid": os.getpid()}


def test_a_function_is_run_under_limits(tmp_path: Path) -> None:
    home = os.path.realpath(tmp_path)

    def by_value(seed: int, **settings: Any) -> Any:
        return target(home=home, seed=seed, **settings)

    outcome = bbopt.tune(
        by_value, SPACE, cwd=tmp_path, seed=1, engine="csv", design=design(tmp_path),
        metric="accuracy", maximize=True, run_wallclock_limit=5, cores=2,
        abort_on_first_run_crash=False,
    )  # fmt: skip
    rows = {str(row["kind"]): row for row in outcome.rows()}
    statuses = {kind: row["status"] for kind, row in rows.items()}
    failed = dict.fromkeys(("raises", "mute", "exits"), "CRASHED")
    assert statuses == {"good": "SAT", "hangs": "TIMEOUT", **failed}
    assert (rows["good"]["accuracy"], rows["good"]["right"]) == (0.9, 1.0)
    assert rows["good"]["pid"] != os.getpid()
    assert rows["raises"]["additional"] == "ValueError: too large, # for this"
    assert "CRASHED: ValueError: too large" in str(rows["raises"]["reason"])
    assert "returned no accuracy, but note: metric=NAME" in str(rows["mute"]["reason"])
    assert "exit status 3" in str(rows["exits"]["reason"])
    assert not psutil.pid_exists(int((tmp_path / "child").read_text()))
    assert outcome.best_settings == {"x": 0.1, "n": 2, "flag": True, "kind": "good"}
    assert outcome.best == 0.9


def only_number(x: float) -> float:
    if x > 0.9:
        raise ValueError("too large")
    return (x - 0.3) ** 2


def test_one_of_a_module_goes_on_where_it_was(tmp_path: Path) -> None:
    told = {"cwd": tmp_path, "seed": 1, "engine": "random"}
    space = tmp_path / "params.pcs"
    space.write_text("x real [0, 0.9] [0.5]\n")
    assert len(bbopt.tune(only_number, space, runcount_limit=2, **told).history) == 2
    outcome = bbopt.tune(only_number, space, runcount_limit=3, resume="auto", **told)
    assert len(outcome.history) == 3
    assert outcome.rows()[0]["value"] == pytest.approx(0.04)
    with pytest.raises(TargetAbortError, match="ValueError: too large"):
        bbopt.tune(only_number, "x real [0, 1] [0.95]", rungroup="other", runcount_limit=2, **told)


def design(folder: Path) -> Path:
    kinds = ("good", "raises", "mute", "exits", "hangs")
    table = folder / "design.csv"
    table.write_text("x,kind\n" + "".join(f"0.{n},{kind}\n" for n, kind in enumerate(kinds, start=1)))
    return table
