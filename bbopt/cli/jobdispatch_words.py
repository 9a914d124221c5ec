"""The command line of Jobman's `jobdispatch`: its names, and what does not look like other options."""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["JOBDISPATCH", "SYSTEMS", "with_nb_proc_apart"]

JOBDISPATCH = ("jobdispatch", "dbidispatch")
"""The names that the program has had."""

SYSTEMS = {
    "condor": "htcondor",
    "pbs": "pbs",
    "torque": "pbs",
    "sge": "sge",
    "slurm": "slurm",
    "lsf": "lsf",
    "local": "local",
}
"""Its options for batch systems, and what these are called elsewhere."""


def with_nb_proc_apart(argv: Sequence[str]) -> list[str]:
    """The arguments with `--local=4` written as `--local --nb_proc=4`, up to the command."""
    split: list[str] = []
    rest = list(argv)
    while rest and rest[0].startswith("-") and rest[0] != "--":
        name, equals, number = rest.pop(0).partition("=")
        is_system = equals and name.lstrip("-").lower() in SYSTEMS
        split += [name, f"--nb_proc={number}"] if is_system else [f"{name}{equals}{number}"]
    return split + rest
