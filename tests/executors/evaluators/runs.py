"""Requests for the tests of evaluators."""

from __future__ import annotations

from bbopt.runs import Instance, Origin, RunRequest
from bbopt.space import Configuration, Space, parse_pcs

PLANE = parse_pcs("x0 real [-5, 10] [2.5]\nx1 real [0, 15] [7.5]\n")


def at(*point: float) -> Configuration:
    """The configuration of the plane at `point`."""
    return settings(PLANE, **{f"x{i}": repr(float(value)) for i, value in enumerate(point)})


def settings(space: Space, **values: str) -> Configuration:
    return space.configuration(values)


def asked(
    configuration: Configuration | None = None,
    *,
    seed: int = -1,
    instance: Instance | None = None,
    proposal: int = 0,
) -> RunRequest:
    return RunRequest(
        configuration or PLANE.default,
        instance or Instance("no_instance"),
        seed,
        60.0,
        2147483647,
        Origin("default", proposal),
    )
