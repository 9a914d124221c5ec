"""Stand-ins for commands of batch systems: scripts on the PATH."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest


def stand_in(folder: Path, name: str, script: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Put a script for `sh` first on the PATH by the name of a command."""
    _put(folder, name, f"#!/bin/sh\n{script}\n", monkeypatch)


def stand_in_for_condor_submit(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that runs the job at once, as its description says by HTCondor's rules for quotes and macros."""
    _put(folder, "condor_submit", f"#!{sys.executable}\n{_CONDOR_SUBMIT}", monkeypatch)
    stand_in(folder, "condor_rm", "exit 1", monkeypatch)


def _put(folder: Path, name: str, text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_text(text)
    path.chmod(0o755)
    if str(folder) not in os.environ["PATH"].split(os.pathsep):
        monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")


_CONDOR_SUBMIT = r"""
import os, re, subprocess, sys
text = open(sys.argv[1]).read()
assert text.rstrip().endswith("Queue"), text
lines = dict(re.findall(r"^(\w[\w.]*) = (.*)$", text, re.MULTILINE))
arguments = lines["Arguments"]
assert arguments[0] == arguments[-1] == '"'
arguments = arguments[1:-1].replace('""', '"').replace("$(DOLLAR)", "$")
QUOTED = r"'(?:[^']|'')*'"
words = [
    "".join(
        part[1:-1].replace("''", "'") if part.startswith("'") else part
        for part in re.findall(QUOTED + r"|[^ ']+", word)
    )
    for word in re.findall("(?:" + QUOTED + "|[^ '])+", arguments)
]
folder = os.path.dirname(sys.argv[0])
number = len(os.listdir(folder + "/../submitted"))
open(f"{folder}/../submitted/{number}", "w").write(text)
logs = lines["LogDirectory"]
with open(f"{logs}/worker-{number}.0.out", "w") as out:
    subprocess.run([lines["Executable"], *words], stdout=out, env={"HOME": "/nonexistent"}, cwd="/")
print(f"Submitting job(s).\n1 job(s) submitted to cluster {number}.")
"""
