"""The data of a search as its training processes read them: arrays in a file of the output folder."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bbopt.automl.packed import PackedData

__all__ = ["load_data", "save_data"]


def save_data(path: Path, data: PackedData) -> None:
    """Write them; labels as float32, one-hot where they are classes."""
    with path.open("wb") as file:
        np.savez(file, x=data.x, y=data.y.astype(np.float32))


def load_data(path: Path, *, has_numbers: bool) -> tuple[NDArray[Any], NDArray[Any]]:
    """What is put in, (n, ...), and labels: as they were prepared, or the numbers of classes, (n,)."""
    with np.load(path, allow_pickle=False) as arrays:
        x, y = arrays["x"], arrays["y"]
    return x, np.argmax(y, axis=-1) if has_numbers else y
