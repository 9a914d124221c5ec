"""Keeps the best model that any of several concurrent runs has trained, in one folder.

The folder shows `best.json` (its quality and parameters) and the model's own files.  They are symbolic
links through `.current` into a generation of their own, and `.current` is switched in one step, so that
the architecture of one model never stands beside the weights of another, whatever is killed when.
"""

import fcntl
import json
import os
import shutil
import uuid
from contextlib import contextmanager
from pathlib import Path

RECORD = "best.json"


def save_if_best(folder, quality, record, write_model):
    """Save a model to `folder` if its quality is below that of the model there; say whether it was.

    `write_model(path)` puts the model's files into the empty folder `path`; it is called only for a
    better model.  `record` is a dictionary, kept with the quality in `best.json`.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    with _locked(folder):
        best = best_quality(folder)
        if best is not None and quality >= best:
            return False
        generation = folder / f".generation-{uuid.uuid4().hex}"
        generation.mkdir()
        try:
            write_model(generation)
            (generation / RECORD).write_text(json.dumps({"quality": quality, **record}, indent=2) + "\n")
            for file in generation.iterdir():
                _flush(file)
            _publish(folder, generation)
        except BaseException:
            shutil.rmtree(generation, ignore_errors=True)
            raise
        _remove_others(folder, generation)
        return True


def best_quality(folder):
    """The quality of the model in `folder`, None when there is none."""
    try:
        return json.loads((Path(folder) / ".current" / RECORD).read_text())["quality"]
    except FileNotFoundError:
        return None


@contextmanager
def _locked(folder):
    with open(folder / ".lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # released when the file is closed, also by a kill
        yield


def _flush(path):
    with open(path, "rb") as file:
        os.fsync(file.fileno())


def _publish(folder, generation):
    _link(folder / ".current", generation.name)
    for file in generation.iterdir():
        if not (folder / file.name).is_symlink():
            _link(folder / file.name, os.path.join(".current", file.name))


def _link(path, points_to):
    """Make `path` a symbolic link in one step, also where it exists already."""
    fresh = path.with_name(f"{path.name}.new")
    fresh.unlink(missing_ok=True)
    fresh.symlink_to(points_to)
    os.replace(fresh, path)


def _remove_others(folder, generation):
    for other in folder.glob(".generation-*"):
        if other != generation:
            shutil.rmtree(other, ignore_errors=True)
