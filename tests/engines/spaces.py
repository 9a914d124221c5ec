"""Small spaces and target answers that engine tests share."""

from __future__ import annotations

import math

from bbopt.runs import RunRequest, RunResult, RunStatus
from bbopt.space import Space, parse_pcs

BRANIN = "x1 real [-5, 10] [2.5]\nx2 real [0, 15] [7.5]\n"
MIXED = """
algo categorical {one, two, three} [one]
depth integer [1, 20] [3]
rate real [0.0001, 1] [0.01] log
size ordinal {s, m, l} [m]
depth | algo in {one, two}
rate | algo == two
{algo=three, size=l}
"""
FINITE = "a {x, y, z} [x]\nb [1, 4] [2] i\nb | a in {x}\n{a=x, b=4}\n"  # x with b of 1, 2, 3; y; z


def branin() -> Space:
    return parse_pcs(BRANIN)


def answer(request: RunRequest, noise: float = 0.0) -> RunResult:
    """A pure function of the request, as a deterministic or seeded target would answer."""
    values = request.configuration.active_values
    if "x1" in values:
        quality = branin_value(float(values["x1"]), float(values["x2"]))
    else:
        quality = sum(
            math.sin(7 * i + len(v)) + (float(v) if v[0].isdigit() else 0)
            for i, v in enumerate(values.values())
        )
    wobble = math.sin(12.9898 * (request.seed % 10007)) * 43758.5453
    return RunResult(RunStatus.SAT, 0.1, 0, quality + noise * (wobble - math.floor(wobble) - 0.5))


def branin_value(x: float, y: float) -> float:
    quadratic = (y - 5.1 / (4 * math.pi**2) * x * x + 5 / math.pi * x - 6) ** 2
    return quadratic + 10 * (1 - 1 / (8 * math.pi)) * math.cos(x) + 10
