"""What each store of runs costs a search: keeping a run, a claim, a look without news, reading all runs.

    python -m benchmarks.stores --runs 100000 [--postgresql URL]

Kept are runs of eight parameters, each of another configuration; one by one, and 300 at once, of which the
time for each is given. Times are medians over the first runs, reading is that of a new object. What is kept
in a database is on the disk, in a folder two seconds later.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
import uuid
from collections.abc import Callable
from pathlib import Path

from bbopt.database_address import DatabaseAddress, StudyAddress
from bbopt.runs import NO_BUDGET, NO_INSTANCE, Elapsed, Origin, RunRequest, RunResult, RunStatus
from bbopt.seeding import stream
from bbopt.space import Configuration, parse_pcs
from bbopt.stores import RecordedRun, RecordIdentity, RunStore, store_in

PCS = """a real [0, 1] [0.5]
b real [1e-6, 1] [1e-3] log
c real [-5, 10] [0]
d integer [1, 4096] [64] log
e integer [0, 100] [10]
f categorical {red, green, blue, black} [red]
g categorical {on, off} [on]
h real [0, 1] [0.5]
"""
SPACE = parse_pcs(PCS, "p.pcs")
IDENTITY = RecordIdentity("./target", "/home/me/.", "/home/me/p.pcs", SPACE.text, 60.0, False, (NO_INSTANCE,))
TIMED = 300


def run(number: int, configuration: Configuration) -> RecordedRun:
    """One like those of a training script."""
    origin = Origin("model", number)
    request = RunRequest(configuration, NO_INSTANCE, number % 2**31, 60.0, NO_BUDGET, origin)
    result = RunResult(
        RunStatus.SAT, 0.5, -1.0, number / 7, "", 0.51, 0.49, 10_000_000, 1.7e9 + number, run_id=f"1-{number}"
    )
    return RecordedRun(request, result, Elapsed(number * 0.5, number * 0.01))


def milliseconds(what: Callable[[], object]) -> float:
    """How long it takes."""
    started = time.perf_counter()
    what()
    return (time.perf_counter() - started) * 1000


def measure(name: str, store: Callable[[], RunStore], n_runs: int) -> None:
    """Print a row."""
    configurations = SPACE.configurations(SPACE.sample(n_runs, stream(1, "benchmark of stores")))
    runs = [run(number, one) for number, one in enumerate(configurations, start=1)]
    with store().open(1, IDENTITY, SPACE) as recorder:
        kept = [milliseconds(lambda one=one: recorder.record(one)) for one in runs[:TIMED]]  # type: ignore[misc]
        claims = store().claims(1, SPACE)
        claimed = [milliseconds(lambda one=one: claims.claim(one.request)) for one in runs[:TIMED]]  # type: ignore[misc]
        claims.release_all()
        once = milliseconds(lambda: recorder.record(*runs[TIMED : 2 * TIMED])) / TIMED
        recorder.record(*runs[2 * TIMED :])
    read = milliseconds(lambda: store().runs(1, SPACE)) / 1000
    follower = store().follow(2, IDENTITY, SPACE)
    followed = milliseconds(follower.poll)
    while follower.is_behind:
        followed += milliseconds(follower.poll)
    idle = [milliseconds(follower.poll) for _ in range(TIMED)]
    cells = (statistics.median(kept), once, statistics.median(claimed), statistics.median(idle))
    shown = " | ".join(f"{cell:.2f}" for cell in cells)
    print(f"| {name} | {shown} | {read:.1f} | {followed / 1000:.1f} |", flush=True)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=100_000)
    parser.add_argument("--postgresql", help="the address of a database, in which a study is added")
    given = parser.parse_args()
    print(
        "| store | keeping, ms | of 300 at once, ms | claim, ms | look without news, ms | reading all, s "
        "| following all, s |"
    )
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        addresses = {"SQLite": "sqlite:///runs.db"}
        if given.postgresql:
            addresses["PostgreSQL"] = given.postgresql
        measure("folder", lambda: store_in(folder / "folder"), given.runs)
        for kind, text in addresses.items():
            study = StudyAddress(DatabaseAddress.read(text, folder), uuid.uuid4().hex)
            measure(kind, lambda study=study, kind=kind: store_in(folder / kind, study), given.runs)  # type: ignore[misc]


if __name__ == "__main__":
    main()
