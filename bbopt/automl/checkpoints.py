"""What a training process leaves in its checkpoint, for the next one and for the tables."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

__all__ = ["HISTORY", "STATE", "WEIGHTS", "Trained", "read_trained"]

HISTORY = "history.json"
"""How many `iterations` the model has had, and what was `measured` behind some of them."""

STATE = "state.npz"
"""All variables of the model and of its optimizer."""

WEIGHTS = "weights.f32"
"""The weights in Keras's order, each flattened, as float32 in little-endian order."""


@dataclass(frozen=True, slots=True)
class Trained:
    """A model that has had so many `iterations`.

    Each of `measured` has `iteration`, from 1, `at`, in seconds since the epoch, and losses and metrics by
    their names: `training_loss`, `training_metrics`, and with validation data `validation_...`.
    """

    iterations: int
    measured: tuple[dict[str, Any], ...]
    weights: bytes


def read_trained(folder: Path) -> Trained:
    """What is in the folder of a checkpoint; OSError or ValueError where nothing whole is."""
    history = json.loads((folder / HISTORY).read_text(encoding="utf-8"))
    weights = (folder / WEIGHTS).read_bytes()
    return Trained(history["iterations"], tuple(history["measured"]), weights)
