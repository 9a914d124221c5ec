"""The golden files: real parameter files with SMAC v2's verdicts, and small texts at the edges."""

import json
from functools import cache
from pathlib import Path

from bbopt.space import Space, read_pcs

FOLDER = Path(__file__).parent.parent / "golden" / "pcs"
PCS_FILES = sorted(FOLDER.glob("*.pcs"))
PCS_NAMES = [file.stem for file in PCS_FILES]


def rows(file: Path) -> list[dict]:
    return [json.loads(line) for line in file.read_text().splitlines()]


EDGES = rows(FOLDER / "pcs_edge.jsonl")


@cache
def space_of(stem: str) -> Space:
    return read_pcs(FOLDER / f"{stem}.pcs")
