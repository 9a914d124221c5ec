"""Workers of one queue, killed, stopped and ended again and again, and the database as well: is a job lost?

    python benchmarks/queue_faults.py sqlite:////tmp/jobs.db --seconds 300
    python benchmarks/queue_faults.py postgresql://bbopt@127.0.0.1:5432/bbopt --seconds 300 --cut
    python benchmarks/queue_faults.py URL --server DIR --seconds 300

Workers get SIGKILL, SIGTERM (also twice), SIGHUP, SIGSTOP (and SIGCONT later), or lose their supervisors or
the connection, at random moments; the server of `.ci/postgresql start DIR` is killed and restarted, too.
The program of a job holds a lock that the kernel ends with its last process, and leaves traces, so that each
job is held against what was executed.  The exit code is 1 when a promise is broken.
"""

from __future__ import annotations

import argparse
import contextlib
import multiprocessing
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
import uuid
from collections import Counter
from dataclasses import dataclass, field
from multiprocessing.process import BaseProcess
from pathlib import Path

from sqlalchemy import text

from bbopt.database_address import DatabaseAddress, StudyAddress
from bbopt.errors import UnavailableError
from bbopt.executors import FinishedRun, RunOrders
from bbopt.executors.queue_executor import QueueExecutor
from bbopt.runs import Instance, Origin, RunRequest, RunStatus
from bbopt.space import parse_pcs
from bbopt.stores import job_queue_at
from bbopt.stores.sql import Database
from bbopt.target import TargetCommand

TAG = "BBOPT_QUEUE_FAULTS"
SERVER = Path(__file__).parents[1] / ".ci" / "postgresql"
N_AHEAD = 60
"""Jobs of the one who asks: more than workers, since those of dead workers wait for their leases to end."""

TARGET = """#!/bin/sh
exec 9> "locks/$5"
flock --nonblock 9 || echo "$5" >> overlaps
echo "$5" >> starts
sleep {seconds}
echo "$5" >> ends
echo "Result of this algorithm run: SAT, 0, 0, $5, -1"
"""
SPACE = parse_pcs("x real [0, 1] [0.5]\n")
PATIENCE_S = 180.0


def work(arguments: list[str], log: str, tag: str) -> None:
    """A worker, in a process of its own that has imported all it needs; what it starts has the tag."""
    from bbopt.cli.main import run

    os.environ[TAG] = tag
    file = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    for number in (1, 2):
        os.dup2(file, number)
    sys.exit(run(["worker", *arguments]))


class Asker(QueueExecutor):
    """A search that does not wait for the jobs of workers that were killed."""

    @property
    def n_slots(self) -> int:
        """However many workers there are."""
        return N_AHEAD


@dataclass
class Workers:
    """The processes, and what was done to them."""

    arguments: list[str]
    folder: Path
    tag: str
    number: int
    rng: random.Random
    context: multiprocessing.context.ForkServerContext
    running: list[BaseProcess] = field(default_factory=list)
    stopped: dict[int, float] = field(default_factory=dict)
    done: Counter[str] = field(default_factory=Counter)
    exits: Counter[str] = field(default_factory=Counter)

    def fill_up(self) -> None:
        """Start what is missing; those that were stopped for long enough go on."""
        for worker in [one for one in self.running if not one.is_alive()]:
            self.running.remove(worker)
            self.exits[str(worker.exitcode)] += 1
        for pid, until_s in list(self.stopped.items()):
            if time.monotonic() > until_s:
                del self.stopped[pid]
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGCONT)
        while len(self.running) < self.number:
            log = str(self.folder / "workers.log")
            worker = self.context.Process(target=work, args=(self.arguments, log, self.tag))
            worker.start()
            self.running.append(worker)

    def disturb(self) -> None:
        """Do something bad to one of them."""
        pid = self.rng.choice(self.running).pid or 0
        kinds = {"kill": 12, "kill all of it": 2, "supervisors": 1, "stop": 3}
        kinds |= {"term": 2, "term twice": 1, "hang up": 1}
        (what,) = self.rng.choices(list(kinds), list(kinds.values()))
        self.done[what] += 1
        with contextlib.suppress(ProcessLookupError):
            if what == "stop":
                os.kill(pid, signal.SIGSTOP)
                self.stopped[pid] = time.monotonic() + self.rng.choice((0.2, 5.0, 30.0))
            elif what in ("term", "term twice", "hang up"):
                os.kill(pid, signal.SIGCONT)
                os.kill(pid, signal.SIGHUP if what == "hang up" else signal.SIGTERM)
                if what == "term twice":
                    time.sleep(self.rng.uniform(0.0, 0.2))
                    os.kill(pid, signal.SIGTERM)
            else:
                below = [] if what == "kill" else _below(pid)
                if what != "supervisors":
                    os.kill(pid, signal.SIGKILL)
                for one in below:  # the keeper, and the supervisor below it, but not the program
                    with contextlib.suppress(ProcessLookupError):
                        os.kill(one, signal.SIGKILL)

    def end(self) -> None:
        """End all of them as a user does."""
        for worker in self.running:
            with contextlib.suppress(ProcessLookupError):
                os.kill(worker.pid or 0, signal.SIGCONT)
                os.kill(worker.pid or 0, signal.SIGTERM)
        for worker in self.running:
            worker.join(PATIENCE_S)
            self.exits["hangs" if worker.is_alive() else f"{worker.exitcode} in the end"] += 1
            worker.kill()


def _below(pid: int) -> list[int]:
    children = _children(pid)
    return [*children, *(grandchild for child in children for grandchild in _children(child))]


def _children(pid: int) -> list[int]:
    try:
        return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []


@dataclass
class Jobs:
    """What was asked for, and what came out."""

    folder: Path
    executor: Asker
    asked: int = 0
    reported: dict[int, int] = field(default_factory=dict)
    failed: Counter[str] = field(default_factory=Counter)
    broken: Counter[str] = field(default_factory=Counter)

    def fill_up(self) -> None:
        """Ask for more."""
        while self.executor.n_free:
            self.asked += 1
            origin = Origin("random", self.asked)
            self.executor.submit(
                RunRequest(SPACE.default, Instance("i"), self.asked, 60.0, 2**31 - 1, origin)
            )

    def take(self, timeout_s: float) -> None:
        """See what has come out; a job done was executed to its end, and is not begun any more."""
        for run in self.executor.wait(timeout_s):
            self._take(run)

    def _take(self, run: FinishedRun) -> None:
        number = run.request.seed
        if number in self.reported:
            self.broken["reported twice"] += 1
        self.reported[number] = self.lines("starts")[number]
        if run.result.status is not RunStatus.SAT:
            self.failed[run.result.reason.strip().splitlines()[-1][:100]] += 1
        elif run.result.quality != number or not self.lines("ends")[number]:
            self.broken["reported done, but not executed"] += 1

    def lines(self, name: str) -> Counter[int]:
        """How often each job has left that trace."""
        path = self.folder / name
        return Counter(map(int, path.read_text().split())) if path.exists() else Counter()

    @property
    def n_open(self) -> int:
        """Of how many nothing was heard yet."""
        return self.asked - len(self.reported)


def processes(tag: str) -> list[int]:
    """All processes that workers have started."""
    wanted = f"{TAG}={tag}".encode()
    found = []
    for entry in Path("/proc").iterdir():
        with contextlib.suppress(OSError):
            if entry.name.isdigit() and wanted in (entry / "environ").read_bytes().split(b"\0"):
                found.append(int(entry.name))
    return found


def cut(address: DatabaseAddress) -> None:
    """End all connections but the own one."""
    ending = (
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        "WHERE application_name = 'bbopt' AND pid <> pg_backend_pid()"
    )
    with contextlib.suppress(UnavailableError), Database(address).writing() as connection:
        connection.execute(text(ending))


def disturb(jobs: Jobs, workers: Workers, address: DatabaseAddress, given: argparse.Namespace) -> None:
    """Go on for the given time, then let all jobs come to their ends in peace."""
    rng = workers.rng
    end_s = time.monotonic() + given.seconds
    next_s = time.monotonic() + 5.0
    server_s = time.monotonic() + 20.0
    while time.monotonic() < end_s:
        workers.fill_up()
        jobs.fill_up()
        jobs.take(0.05)
        if time.monotonic() > next_s:
            next_s = time.monotonic() + rng.expovariate(1 / given.kill_every)
            workers.disturb()
        if (given.cut or given.server) and time.monotonic() > server_s:
            server_s = time.monotonic() + rng.uniform(5, 40)
            if given.cut:
                workers.done["connections"] += 1
                cut(address)
            else:
                workers.done["server"] += 1
                subprocess.run([SERVER, "kill", given.server], check=True)
                time.sleep(rng.choice((0.0, 3.0, 15.0)))
                subprocess.run([SERVER, "restart", given.server], check=True)
    deadline_s = time.monotonic() + PATIENCE_S
    while jobs.n_open and time.monotonic() < deadline_s:
        workers.fill_up()
        jobs.take(0.2)


def verdict(jobs: Jobs, workers: Workers, tag: str, elapsed_s: float) -> bool:
    """Print the table; whether all promises were kept."""
    deadline_s = time.monotonic() + 20
    while (left := processes(tag)) and time.monotonic() < deadline_s:
        time.sleep(0.1)
    starts, ends = jobs.lines("starts"), jobs.lines("ends")
    promised_zero = {
        "jobs of which nothing was heard": jobs.n_open,
        "jobs executed twice at a time": sum(jobs.lines("overlaps").values()),
        "jobs begun again after they were reported": sum(
            starts[number] > n_starts for number, n_starts in jobs.reported.items()
        ),
        "jobs reported twice": jobs.broken["reported twice"],
        "jobs reported done, but not executed": jobs.broken["reported done, but not executed"],
        "processes left behind": len(left),
    }
    facts = {
        "seconds": f"{elapsed_s:.0f}",
        "jobs": jobs.asked,
        "jobs done": len(jobs.reported) - sum(jobs.failed.values()),
        **{f"jobs failed: {reason}": n for reason, n in jobs.failed.items()},
        "executions begun": sum(starts.values()),
        "executions brought to their ends": sum(ends.values()),
        **{f"disturbed: {what}": n for what, n in sorted(workers.done.items())},
        **{f"workers that ended with {code}": n for code, n in sorted(workers.exits.items())},
    }
    print("| | |\n|---|---|")
    for name, value in {**facts, **promised_zero}.items():
        print(f"| {name} | {value} |")
    return not any(promised_zero.values())


def main() -> None:
    """Print a table; exit with 1 when a promise is broken."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("url")
    parser.add_argument("--seconds", type=float, default=300.0)
    parser.add_argument("--workers", type=int, default=4)
    parser.add_argument("--run-seconds", type=float, default=0.3, help="how long a job sleeps")
    parser.add_argument("--kill-every", type=float, default=0.5, help="mean seconds between two of them")
    parser.add_argument("--random-seed", type=int, default=1)
    parser.add_argument("--cut", action="store_true", help="end PostgreSQL's connections, too")
    parser.add_argument("--server", help="the folder of the PostgreSQL, which is killed and restarted")
    given = parser.parse_args()
    tag = uuid.uuid4().hex
    address = DatabaseAddress.read(given.url, Path.cwd())
    study = StudyAddress(address, f"faults-{tag}")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["bbopt.cli.main", "bbopt.workers", "bbopt.stores.sql", "psycopg"])
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        (folder / "locks").mkdir()
        target = folder / "target.sh"
        target.write_text(TARGET.format(seconds=given.run_seconds))
        target.chmod(0o755)
        command = TargetCommand((str(target),), folder, str(folder))
        words = [address.text, "--study", study.study, "--trust", "--reserve-timeout", "600"]
        words += ["--max-failures", "1000000"]
        began_s = time.monotonic()
        with contextlib.closing(Asker(RunOrders(command, grace_s=2.0), job_queue_at(study))) as executor:
            workers = Workers(words, folder, tag, given.workers, random.Random(given.random_seed), context)
            jobs = Jobs(folder, executor)
            try:
                disturb(jobs, workers, address, given)
            finally:
                workers.end()
        is_kept = verdict(jobs, workers, tag, time.monotonic() - began_s)
        print((folder / "workers.log").read_text()[-1500:], file=sys.stderr)
    sys.exit(not is_kept)


if __name__ == "__main__":
    main()
