"""What a queue of jobs does in a second, and what a search loses by it.

    python -m benchmarks.queue [--postgresql URL] [--seconds 5] [--rounds 3] [--workers 1 4] [--jobs 100000]
    python -m benchmarks.queue --search [--runs 300]

The first compares jobs without a process that are claimed and finished per second, with so many waiting, by
bbopt (their results one by one, and ten at a time; on the disk, as people's are, or only with the database,
as those of searches are), by Optuna's storages, and by loops that do nothing else: one transaction that
claims, one that puts down the result.  All take turns in each round, and the median counts.  Then come
adding, claiming and counting.  The second is the time between the starts of two runs, by searches that take
turns, too.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import re
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any

from bbopt.database_address import DatabaseAddress, StudyAddress
from bbopt.executors.queue_messages import result_of
from bbopt.runs import JobStatus
from bbopt.space import read_pcs
from bbopt.stores import EndedJob, JobKind, JobQueue, NewJob, job_queue_at, store_in
from bbopt.target.supervisor.wire import EndedBy, RunOrder, SupervisedRun

Step = Callable[[], int]
"""Finishes jobs, claims the next ones, and says how many it has finished."""

ORDER = RunOrder(["./train.py", "--lr", "0.1", "--layers", "3"], "/home/me", 0, uuid.uuid4().hex, 60.0, 2.0)
CONTENT = {"order": ORDER.message()}
SETTINGS = {"lr": 0.1, "layers": 3}
TAIL = "epoch 10: loss 0.1234\n" * 20
RUN = SupervisedRun(
    EndedBy.EXIT, 1.7e9, 1.0, ["Result of this algorithm run: SAT, 0, 0, 0.5, 1"], 1, tail=TAIL
)
RESULT = result_of(RUN, "host (bbopt worker, process 1)")


@dataclass
class Contender:
    """A queue: `fill` makes it with so many jobs, `working` is a worker; `rates` are jobs per second."""

    name: str
    fill: Callable[[int], None]
    working: Callable[[], Any]
    n_jobs: int
    rates: dict[int, list[float]] = field(default_factory=dict)
    cpu_ms: dict[int, list[float]] = field(default_factory=dict)


# ---------------------------------------------------------------------- bbopt


def queue_at(address: str, study: str) -> JobQueue:
    """The queue of a study."""
    return job_queue_at(StudyAddress(DatabaseAddress.read(address, Path("/")), study))


def fill_bbopt(address: str, study: str, kind: JobKind, n_jobs: int) -> None:
    """Add the jobs."""
    queue_at(address, study).add([NewJob(kind, CONTENT, SETTINGS) for _ in range(n_jobs)])


@contextmanager
def bbopt(address: str, study: str, kind: JobKind, group: int) -> Iterator[Step]:
    """A worker with so many slots."""
    queue = queue_at(address, study)
    ended: list[EndedJob] = []

    def step() -> int:
        n_ended = len(ended)
        claimed = queue.exchange(ended, group, [kind])
        ended[:] = [EndedJob(job.id, JobStatus.DONE, RESULT) for job in claimed]
        return n_ended

    with queue.attend(group):
        yield step


# ---------------------------------------------------------------------- bare loops

TABLE = """CREATE TABLE jobs (id {key}, status integer NOT NULL, priority double precision NOT NULL,
owner text, content text NOT NULL, result text)"""
INDEX = "CREATE INDEX due ON jobs (status, priority DESC, id)"
CLAIM = """UPDATE jobs SET status = 1, owner = 'me' WHERE id = (SELECT id FROM jobs WHERE status = 0
ORDER BY priority DESC, id LIMIT 1 {lock}) RETURNING id, content"""


def fill_sqlite(path: str, n_jobs: int) -> None:
    """Make the table, and add the jobs."""
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute(TABLE.format(key="integer PRIMARY KEY"))
    connection.execute(INDEX)
    rows = [(json.dumps(CONTENT),)] * n_jobs
    connection.executemany("INSERT INTO jobs (status, priority, content) VALUES (0, 1, ?)", rows)
    connection.commit()
    connection.close()


@contextmanager
def bare_sqlite(path: str, claims: str) -> Iterator[Step]:
    """A claim with synchronous = `claims`, a result with FULL."""
    connection = sqlite3.connect(path, timeout=60, isolation_level=None)

    def step() -> int:
        connection.execute(f"PRAGMA synchronous = {claims}")
        connection.execute("BEGIN IMMEDIATE")
        job, content = connection.execute(CLAIM.format(lock="")).fetchone()
        connection.execute("COMMIT")
        json.loads(content)
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("BEGIN IMMEDIATE")
        put = "UPDATE jobs SET status = 2, owner = NULL, result = ? WHERE id = ?"
        connection.execute(put, (json.dumps(RESULT), job))
        connection.execute("COMMIT")
        return 1

    yield step
    connection.close()


def fill_postgresql(address: str, schema: str, n_jobs: int) -> None:
    """The same."""
    import psycopg

    with psycopg.connect(address) as connection:
        connection.execute(f"CREATE SCHEMA {schema}")
        connection.execute(f"SET search_path = {schema}")
        connection.execute(TABLE.format(key="bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY"))
        connection.execute(INDEX)
        rows = [(json.dumps(CONTENT),)] * n_jobs
        with connection.cursor() as cursor:
            cursor.executemany("INSERT INTO jobs (status, priority, content) VALUES (0, 1, %s)", rows)


@contextmanager
def bare_postgresql(address: str, schema: str) -> Iterator[Step]:
    """A claim by SKIP LOCKED, and a result."""
    import psycopg

    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute(f"SET search_path = {schema}")
        claim = CLAIM.format(lock="FOR UPDATE SKIP LOCKED")
        put = "UPDATE jobs SET status = 2, owner = NULL, result = %s WHERE id = %s"

        def step() -> int:
            row = connection.execute(claim).fetchone()
            assert row is not None
            json.loads(row[1])
            connection.execute(put, (json.dumps(RESULT), row[0]))
            return 1

        yield step


# ---------------------------------------------------------------------- Optuna


def optuna_study(storage: str, name: str) -> Any:
    """A study in a database, or in a journal."""
    import optuna
    from optuna.storages.journal import JournalFileBackend

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    is_journal = storage.startswith("/")
    place = optuna.storages.JournalStorage(JournalFileBackend(storage)) if is_journal else storage
    sampler = optuna.samplers.RandomSampler()
    return optuna.create_study(study_name=name, storage=place, sampler=sampler, load_if_exists=True)


def fill_optuna(storage: str, name: str, n_jobs: int) -> None:
    """Put trials into its queue."""
    study = optuna_study(storage, name)
    for _ in range(n_jobs):
        study.enqueue_trial({"lr": 0.1, "layers": 3})


@contextmanager
def optuna_worker(storage: str, name: str) -> Iterator[Step]:
    """Ask and tell."""
    study = optuna_study(storage, name)

    def step() -> int:
        try:
            study.tell(study.ask(), 0.5)
        except ValueError:  # two have got the same trial
            return 0
        return 1

    yield step


# ---------------------------------------------------------------------- measuring


def work(working: Callable[[], Any], seconds: float, barrier: Any, results: Any) -> None:
    """A worker process."""
    with working() as step:
        step()
        barrier.wait()
        began_s, cpu_s = time.perf_counter(), time.process_time()
        n_done = 0
        while time.perf_counter() < began_s + seconds:
            n_done += step()
        results.put(
            (n_done / (time.perf_counter() - began_s), (time.process_time() - cpu_s) / max(1, n_done))
        )


def measure(contender: Contender, n_workers: int, seconds: float) -> None:
    """One round."""
    context = multiprocessing.get_context("spawn")
    barrier, results = context.Barrier(n_workers), context.Queue()
    arguments = (contender.working, seconds, barrier, results)
    workers = [context.Process(target=work, args=arguments) for _ in range(n_workers)]
    for worker in workers:
        worker.start()
    found = [results.get(timeout=600) for _ in workers]
    for worker in workers:
        worker.join()
    contender.rates.setdefault(n_workers, []).append(sum(rate for rate, _ in found))
    contender.cpu_ms.setdefault(n_workers, []).append(1000 * statistics.mean(cpu for _, cpu in found))


def contenders(folder: Path, postgresql: str | None, n_jobs: int) -> list[Contender]:
    """All of them."""
    addresses = {"SQLite": f"sqlite:///{folder}/queue.db"}
    if postgresql:
        addresses["PostgreSQL"] = postgresql
    found = []
    kinds = {"": JobKind.COMMAND, ", of a search": JobKind.SEARCH_RUN}
    for database, address in addresses.items():
        for (what, kind), group in ((item, group) for item in kinds.items() for group in (1, 10)):
            study = uuid.uuid4().hex
            name = f"bbopt, {database}{what}{', ten at a time' if group > 1 else ''}"
            filling = partial(fill_bbopt, address, study, kind)
            found.append(Contender(name, filling, partial(bbopt, address, study, kind, group), n_jobs))
    for claims in ("NORMAL", "FULL"):
        path = f"{folder}/bare-{claims}.db"
        name = f"bare loop, SQLite, claims {claims}"
        found.append(Contender(name, partial(fill_sqlite, path), partial(bare_sqlite, path, claims), n_jobs))
    storages = {"SQLite": f"sqlite:///{folder}/optuna.db", "its journal": f"{folder}/optuna.log"}
    if postgresql:
        schema = f"bare_{uuid.uuid4().hex}"
        filling = partial(fill_postgresql, postgresql, schema)
        working = partial(bare_postgresql, postgresql, schema)
        found.append(Contender("bare loop, PostgreSQL", filling, working, n_jobs))
        storages["PostgreSQL"] = postgresql.replace("postgresql://", "postgresql+psycopg://")
    for storage, text in storages.items():
        study = uuid.uuid4().hex
        working = partial(optuna_worker, text, study)
        found.append(Contender(f"Optuna, {storage}", partial(fill_optuna, text, study), working, 300))
    return found


def rates(chosen: Sequence[Contender], n_workers: Sequence[int], n_rounds: int, seconds: float) -> None:
    """Print the first table."""
    for contender in chosen:
        contender.fill(contender.n_jobs)
    for _ in range(n_rounds):
        for number in n_workers:
            for contender in chosen:
                measure(contender, number, seconds)
    heads = [f"{number} workers, jobs/s | CPU, ms a job" for number in n_workers]
    print(f"| queue | {' | '.join(heads)} |\n|{'---|' * (1 + 2 * len(heads))}")
    for contender in chosen:
        cells = []
        for number in n_workers:
            cells.append(f"{statistics.median(contender.rates[number]):.0f}")
            cells.append(f"{statistics.median(contender.cpu_ms[number]):.2f}")
        print(f"| {contender.name} | {' | '.join(cells)} |", flush=True)


def milliseconds(what: Callable[[], object]) -> float:
    """How long it takes."""
    started = time.perf_counter()
    what()
    return (time.perf_counter() - started) * 1000


def sizes(folder: Path, postgresql: str | None, n_jobs: int) -> None:
    """Print the second table."""
    addresses = {"SQLite": f"sqlite:///{folder}/sizes.db"}
    if postgresql:
        addresses["PostgreSQL"] = postgresql
    print(f"\n| with {n_jobs} jobs | adding all, s | a claim, ms | nine of ten within, ms | counting, ms |")
    print("|---|---|---|---|---|")
    for database, address in addresses.items():
        study = uuid.uuid4().hex
        adding = milliseconds(lambda: fill_bbopt(address, study, JobKind.COMMAND, n_jobs))  # noqa: B023
        queue = queue_at(address, study)
        with queue.attend(1):
            queue.exchange([], 1, [JobKind.COMMAND])
            claims = [milliseconds(lambda: queue.exchange([], 1, [JobKind.COMMAND])) for _ in range(300)]  # noqa: B023
            counting = [milliseconds(queue.state) for _ in range(10)]
        cells = [
            statistics.median(claims),
            statistics.quantiles(claims, n=10)[-1],
            statistics.median(counting),
        ]
        print(
            f"| {database} | {adding / 1000:.1f} | {' | '.join(f'{cell:.2f}' for cell in cells)} |",
            flush=True,
        )


# ---------------------------------------------------------------------- searches

TARGET = "#!/bin/sh\necho 'Result of this algorithm run: SAT, 0, 0, 0.5, 1'\n"
SCENARIO = """algo = ./target.sh
pcs-file = params.pcs
use-instances = false
run-obj = QUALITY
deterministic = true
engine = random
"""


def search(folder: Path, address: str, n_runs: int, *, in_queue: bool) -> float:
    """The time between the starts of two runs (median, in ms), the runs being kept in the database."""
    study = uuid.uuid4().hex
    words = [sys.executable, "-m", "bbopt"]
    worker = [*words, "worker", address, "--study", study, "--trust", "--reserve-timeout", "600"]
    given = ["--scenario", "scenario.txt", "--seed", "1", "--runcount-limit", str(n_runs)]
    given += ["--storage", address, "--study", study, "--output-dir", study]
    given += ["--executor", "queue" if in_queue else "local"]
    place = StudyAddress(DatabaseAddress.read(address, folder), study)
    with ExitStack() as stack:
        if in_queue:
            working = subprocess.Popen(worker, cwd=folder, stdout=subprocess.DEVNULL)
            stack.callback(working.wait)
            stack.callback(working.terminate)
            while not queue_at(address, study).state().n_slots:
                time.sleep(0.1)
        subprocess.run([*words, *given], cwd=folder, check=True, stdout=subprocess.DEVNULL)
    record = store_in(folder / study, place).runs(1, read_pcs(folder / "params.pcs"))
    assert record is not None
    starts = sorted(one.result.started_at or 0.0 for one in record.runs)
    return 1000 * statistics.median(later - sooner for sooner, later in pairwise(starts))


def searches(folder: Path, postgresql: str | None, n_runs: int, n_rounds: int) -> None:
    """Print the third table."""
    (folder / "target.sh").write_text(TARGET)
    (folder / "target.sh").chmod(0o755)
    (folder / "params.pcs").write_text("x real [0, 1] [0.9]\ny real [0, 1] [0.9]\n")
    (folder / "scenario.txt").write_text(SCENARIO)
    addresses = {"SQLite": f"sqlite:///{folder}/searches.db"}
    if postgresql:
        addresses["PostgreSQL"] = postgresql
    print("\n| a run | local, ms | queue, ms | loss, ms |\n|---|---|---|---|")
    for database, address in addresses.items():
        found: dict[bool, list[float]] = {False: [], True: []}
        for _ in range(n_rounds):
            for in_queue, times in found.items():
                times.append(search(folder, address, n_runs, in_queue=in_queue))
        local, queue = statistics.median(found[False]), statistics.median(found[True])
        print(f"| {database} | {local:.1f} | {queue:.1f} | {queue - local:.1f} |", flush=True)


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--postgresql", help="the address of a database, in which studies are added")
    parser.add_argument("--seconds", type=float, default=5.0)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 4])
    parser.add_argument("--jobs", type=int, default=100_000)
    parser.add_argument("--only", type=re.compile, default="", help="contenders whose name matches this")
    parser.add_argument("--search", action="store_true", help="measure searches instead")
    parser.add_argument("--runs", type=int, default=300, help="of each search")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if given.search:
            searches(folder, given.postgresql, given.runs, given.rounds)
            return
        chosen = [
            one for one in contenders(folder, given.postgresql, given.jobs) if given.only.search(one.name)
        ]
        rates(chosen, given.workers, given.rounds, given.seconds)
        sizes(folder, given.postgresql, given.jobs)


if __name__ == "__main__":
    main()
