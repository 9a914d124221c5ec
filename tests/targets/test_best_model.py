from __future__ import annotations

import json
import multiprocessing
import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.targets.target_calls import TARGETS, load_script

best_model = load_script(TARGETS / "best_model.py")


def write(text: str, then_die: bool = False) -> Callable[[Path], None]:
    def write_model(folder: Path) -> None:
        (folder / "model.json").write_text(text)
        if then_die:
            os.kill(os.getpid(), signal.SIGKILL)
        (folder / "model.weights.h5").write_text(text)

    return write_model


def contents(folder: Path) -> tuple[float, str, str]:
    """The record's quality and both files; they belong together when all say the same."""
    quality = json.loads((folder / "best.json").read_text())["quality"]
    return quality, (folder / "model.json").read_text(), (folder / "model.weights.h5").read_text()


def save(folder: Path, quality: float) -> bool:
    saved: bool = best_model.save_if_best(folder, quality, {"alpha": 1}, write(str(quality)))
    return saved


def test_keeps_only_what_is_strictly_better(tmp_path: Path) -> None:
    folder = tmp_path / "a" / "best"
    assert [save(folder, quality) for quality in (0.5, 0.7, 0.5, 0.25, 0.3)] == [
        True,
        False,
        False,
        True,
        False,
    ]
    assert contents(folder) == (0.25, "0.25", "0.25")
    assert json.loads((folder / "best.json").read_text())["alpha"] == 1
    assert len(list(folder.glob(".generation-*"))) == 1


def test_a_worse_model_is_not_even_written(tmp_path: Path) -> None:
    save(tmp_path, 0.5)

    def fail(folder: Path) -> None:
        raise AssertionError(folder)

    assert best_model.save_if_best(tmp_path, 0.6, {}, fail) is False


def test_a_failed_write_leaves_the_best_model_as_it_was(tmp_path: Path) -> None:
    save(tmp_path, 0.5)

    def fail(folder: Path) -> None:
        (folder / "model.json").write_text("half")
        raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        best_model.save_if_best(tmp_path, 0.4, {}, fail)
    assert contents(tmp_path) == (0.5, "0.5", "0.5")
    assert len(list(tmp_path.glob(".generation-*"))) == 1
    assert save(tmp_path, 0.3)


def _save_and_die(folder: Path) -> None:
    best_model.save_if_best(folder, 0.1, {}, write("half", then_die=True))


def _save_many(folder: Path, worker: int) -> None:
    for step in range(40):
        save(folder, 1 - (step * 7 + worker * 13) % 101 / 101)


def _start(target: Callable[..., None], *arguments: object) -> multiprocessing.process.BaseProcess:
    process = multiprocessing.get_context("spawn").Process(target=target, args=arguments)
    process.start()
    return process


def test_a_kill_in_the_middle_leaves_the_best_model_and_no_lock(tmp_path: Path) -> None:
    save(tmp_path, 0.5)
    victim = _start(_save_and_die, tmp_path)
    victim.join()
    assert victim.exitcode == -signal.SIGKILL
    assert contents(tmp_path) == (0.5, "0.5", "0.5")
    assert save(tmp_path, 0.4)
    assert len(list(tmp_path.glob(".generation-*"))) == 1


def test_concurrent_runs_end_with_the_best_of_all(tmp_path: Path) -> None:
    workers = [_start(_save_many, tmp_path, worker) for worker in range(3)]
    for worker in workers:
        worker.join()
        assert worker.exitcode == 0
    best = min(1 - (step * 7 + worker * 13) % 101 / 101 for worker in range(3) for step in range(40))
    assert contents(tmp_path) == (best, str(best), str(best))
