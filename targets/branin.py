#!/usr/bin/env python3
"""The Branin function as a target algorithm: two reals in, the value as quality out.

    branin.py <instance> <info> <cutoff> <runlength> <seed> -x1 <real> -x2 <real>

Branin, F. H. (1972), "Widely convergent method for finding multiple solutions of simultaneous
nonlinear equations"; the usual domain is x1 in [-5, 10], x2 in [0, 15], the minimum 0.397887.
It imports next to nothing, so that a run costs little more than the start of the interpreter.
"""

import math
import sys

POSITIONAL = ("instance", "instance-info", "cutoff", "runlength", "seed")


def branin(x1, x2):
    """The function's value at (x1, x2); ValueError where that overflows."""
    b = 5.1 / (4 * math.pi**2)
    c = 5 / math.pi
    t = 1 / (8 * math.pi)
    valley = x2 - b * x1 * x1 + c * x1 - 6
    value = valley * valley + 10 * (1 - t) * math.cos(x1) + 10
    if not math.isfinite(value):
        raise ValueError(f"Branin has no finite value at x1={x1!r}, x2={x2!r}")
    return value


def parse(arguments, known):
    """The parameters as {name: text} behind the five positional arguments; ValueError when malformed."""
    if len(arguments) < len(POSITIONAL):
        raise ValueError(f"expected the arguments {' '.join(POSITIONAL)}; got {len(arguments)} of the five")
    pairs = arguments[len(POSITIONAL) :]
    values = {}
    for index in range(0, len(pairs), 2):
        name = pairs[index]
        if not name.startswith("-") or name[1:] not in known:
            raise ValueError(f"unknown parameter {name!r}; expected one of -{', -'.join(known)}")
        if index + 1 == len(pairs):
            raise ValueError(f"parameter {name} has no value")
        if name[1:] in values:
            raise ValueError(f"parameter {name} is given twice")
        values[name[1:]] = pairs[index + 1]
    return values


def number(values, name):
    """The finite number that parameter `name` holds."""
    if name not in values:
        raise ValueError(f"parameter -{name} is missing")
    try:
        value = float(values[name])
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise ValueError(f"parameter -{name} must be a finite number, got {values[name]!r}")
    return value


def report(objective, arguments):
    """Print the result line for `objective(arguments)`, CRASHED with a message when that fails."""
    seed = arguments[4] if len(arguments) > 4 else "-1"
    try:
        quality = objective(arguments)
    except ValueError as error:
        print(f"{sys.argv[0]}: {error}", file=sys.stderr)
        print(f"Result of this algorithm run: CRASHED, 0, 0, 0, {seed}")
        return 1
    print(f"Result of this algorithm run: SAT, 0, 0, {quality!r}, {seed}")
    return 0


def objective(arguments):
    """Branin's value at the -x1 and -x2 among the arguments."""
    values = parse(arguments, ("x1", "x2"))
    return branin(number(values, "x1"), number(values, "x2"))


if __name__ == "__main__":
    sys.exit(report(objective, sys.argv[1:]))
