"""Each task's optimum and its unit of regret, kept in scales.json (written by benchmarks.tasks.estimate)."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path

from bbopt.durable_files import atomic_write

__all__ = ["Scale", "known_scales", "save_scales"]

_FILE = Path(__file__).with_name("scales.json")


@dataclass(frozen=True, slots=True)
class Scale:
    """`optimum`: the smallest loss, known or the best that a long search found; `rs25`: the median of the
    best of 25 random configurations.
    """

    optimum: float
    rs25: float

    def regret(self, loss: float) -> float:
        """How far a loss is from the optimum, in units of the median regret of 25 random configurations."""
        return (loss - self.optimum) / (self.rs25 - self.optimum)


@cache
def known_scales() -> dict[str, Scale]:
    """All scales on record, by the task's name."""
    return {name: Scale(**numbers) for name, numbers in json.loads(_FILE.read_text()).items()}


def save_scales(scales: dict[str, Scale]) -> None:
    """Put the scales on record, in place of all."""
    content = {name: asdict(scale) for name, scale in sorted(scales.items())}
    atomic_write(_FILE, json.dumps(content, indent=1) + "\n")
    known_scales.cache_clear()
