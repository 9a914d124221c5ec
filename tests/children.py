"""Python scripts run in processes of their own, with the package of this tree."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from pathlib import Path


def run_child(script: str, *arguments: object, stdin: int | None = None) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(script), *map(str, arguments)],
        stdin=stdin,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parent.parent,
    )
