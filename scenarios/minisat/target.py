#!/usr/bin/env python3
"""MiniSat as a target algorithm: the parameters of `params.pcs` are its own options."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "wrappers"))

from sat_solver import Call, main


def option(name: str, value: str) -> str:
    """One option of MiniSat: `-luby` or `-no-luby` for a switch, else `-rfirst=100`."""
    if value in {"on", "off"}:
        return f"-{name}" if value == "on" else f"-no-{name}"
    return f"-{name}={value}"


def command(call: Call) -> list[str]:
    """MiniSat's command line; its seed is a positive number, so SMAC's is moved up by one."""
    options = [option(name, value) for name, value in call.parameters.items()]
    seed = [] if call.seed is None else [f"-rnd-seed={call.seed + 1}"]
    return ["minisat", "-verb=0", *options, *seed, call.instance]


if __name__ == "__main__":
    sys.exit(main(command))
