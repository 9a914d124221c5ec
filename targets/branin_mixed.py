#!/usr/bin/env python3
"""Branin over mixed parameters: an ordinal grid for x1, categories for x2, and conditional shifts.

    branin_mixed.py <instance> <info> <cutoff> <runlength> <seed> -x1 <real> -x2 <real>
                    -refine none|x1|both [-x1_shift <real>] [-x2_shift <real>]

`refine` says which shifts are added to the grid's point, and so which of them must be given: the
target refuses a shift that `refine` leaves inactive, as it refuses one that is missing.
"""

import sys

from branin import branin, number, parse, report

SHIFTS = {"none": (), "x1": ("x1_shift",), "both": ("x1_shift", "x2_shift")}


def objective(arguments):
    """Branin's value at the grid point, moved by the active shifts."""
    values = parse(arguments, ("x1", "x2", "refine", "x1_shift", "x2_shift"))
    refine = values.get("refine")
    if refine not in SHIFTS:
        raise ValueError(f"parameter -refine must be one of {', '.join(SHIFTS)}, got {refine!r}")
    for name in ("x1_shift", "x2_shift"):
        if name in values and name not in SHIFTS[refine]:
            raise ValueError(f"parameter -{name} is inactive with -refine {refine}")
    shift = {name: number(values, name) for name in SHIFTS[refine]}
    x1 = number(values, "x1") + shift.get("x1_shift", 0.0)
    x2 = number(values, "x2") + shift.get("x2_shift", 0.0)
    return branin(x1, x2)


if __name__ == "__main__":
    sys.exit(report(objective, sys.argv[1:]))
