#!/usr/bin/env python3
"""One of clasp's own presets as a target: called as `clasp_preset.py PRESET` with SMAC's arguments behind.

What SMAC passes as parameters is left out.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "wrappers"))
sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "scenarios" / "clasp"))

from sat_solver import Call, main
from target import CLASP_ANSWERS


def _command(preset: str, call: Call) -> list[str]:
    seed = [] if call.seed is None else [f"--seed={call.seed}"]
    return ["clasp", f"--configuration={preset}", "--quiet=2", *seed, call.instance]


if __name__ == "__main__":
    sys.exit(main(lambda call: _command(sys.argv[1], call), sys.argv[2:], answers=CLASP_ANSWERS))
