"""A scenario in a folder, as a worker or somebody who adds jobs reads it."""

from __future__ import annotations

from pathlib import Path

from bbopt.planning.setup import Setup
from bbopt.scenario import PortableScenario, portable_scenario, read_command_line
from bbopt.workers import setup_here

PCS = """x real [0, 1] [0.5]
kind categorical {a, b} [a]
depth integer [1, 9] [3]
depth | kind in {b}
{x=1, kind=a}
"""


def write_scenario(folder: Path, *lines: str, pcs: str = PCS) -> None:
    folder.mkdir(exist_ok=True)
    (folder / "params.pcs").write_text(pcs)
    (folder / "train.txt").write_text("one easy\ntwo hard\n")
    (folder / "target.sh").write_text("#!/bin/sh\n")
    (folder / "target.sh").chmod(0o755)
    base = ["algo = ./target.sh", "pcs-file = params.pcs", "instances = train.txt", "run-obj = QUALITY"]
    for name, text in (("algo-cutoff-time", "50"), ("deterministic", "false")):
        base += [] if any(line.startswith(name) for line in lines) else [f"{name} = {text}"]
    (folder / "scenario.txt").write_text("\n".join([*base, *lines, ""]))


def portable_in(folder: Path) -> PortableScenario:
    return portable_scenario(read_command_line(["--scenario", "scenario.txt"]), folder)


def setup_in(folder: Path, *lines: str, pcs: str = PCS) -> Setup:
    write_scenario(folder, *lines, pcs=pcs)
    return setup_here(portable_in(folder))
