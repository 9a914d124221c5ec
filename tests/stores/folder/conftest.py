from __future__ import annotations

from pathlib import Path

import pytest

from bbopt.runs.values import Instance
from bbopt.space import Space, parse_pcs
from bbopt.stores import RecordIdentity

GOLDEN = Path(__file__).parents[2] / "golden"


@pytest.fixture(scope="session")
def space() -> Space:
    return parse_pcs((GOLDEN / "smac2-run" / "params.pcs").read_text(), "params.pcs")


@pytest.fixture(scope="session")
def identity(space: Space) -> RecordIdentity:
    return RecordIdentity(
        algo_exec="./solver.py",
        exec_dir="/home/user/ex/.",
        pcs_path="/home/user/ex/params.pcs",
        pcs_text=space.text,
        cutoff_s=2.0,
        deterministic=False,
        instances=(
            Instance("inst/a.cnf", "0", (("nvars", 10.0), ("ratio", 4.2))),
            Instance("inst/b.cnf", "0", (("nvars", 20.0), ("ratio", 4.3))),
            Instance("inst/c.cnf", "0", (("nvars", 30.0), ("ratio", 4.1))),
            Instance("inst/d.cnf", "0", (("nvars", 40.0), ("ratio", 3.9))),
        ),
    )
