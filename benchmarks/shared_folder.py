"""What a folder full of other seeds' runs costs a seed: reading it, following it, claims, the status.

    python benchmarks/shared_folder.py --runs 100000 --files 16

The journals are written with the package's own writer; reading and its memory are those of a new process.
Idle followers are searches in that folder whose target sleeps all the time; their processor time includes
their supervisors'.
"""

from __future__ import annotations

import argparse
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

import numpy as np

from bbopt.java_numbers import LARGEST_DOUBLE, LARGEST_INT
from bbopt.output_folder import SeedFile
from bbopt.runs import NO_INSTANCE, Elapsed, Origin, RunRequest, RunResult, RunStatus
from bbopt.scenario import load_scenario, read_command_line
from bbopt.session import Plan, plan_session
from bbopt.space import Configuration
from bbopt.stores import RecordedRun
from bbopt.stores.folder.claims import FolderClaims
from bbopt.stores.folder.follower import FolderFollower
from bbopt.stores.folder.writer import JournalWriter

OWN_SEED = 1000
PCS = """a real [0, 1] [0.5]
b real [1e-6, 1] [1e-3] log
c real [-5, 10] [0]
d integer [1, 4096] [64] log
e integer [0, 100] [10]
f categorical {red, green, blue, black} [red]
g categorical {on, off} [on]
h real [0, 1] [0.5]
h | g in {on}
"""
SCENARIO = """algo = ./target.sh
pcs-file = params.pcs
use-instances = false
run-obj = QUALITY
deterministic = true
shared-model-mode = true
output-dir = out
rungroup = shared
"""
TARGET = "#!/bin/sh\ntouch started-$WHO\nexec sleep 100000\n"
FIRST_READ = """
import os, sys, time
from pathlib import Path
from benchmarks.shared_folder import OWN_SEED, plan
from bbopt.stores.folder.follower import FolderFollower

def resident_mb():
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGESIZE") / 2**20

p = plan(Path(sys.argv[1]))
shared = FolderFollower(p.scenario.output, OWN_SEED, p.identity, p.space)
before = resident_mb()
begin, begin_cpu = time.perf_counter(), time.process_time()
runs = shared.poll()
print(time.perf_counter() - begin, time.process_time() - begin_cpu, resident_mb() - before, len(runs))
"""


def plan(path: Path) -> Plan:
    """The search in the folder at `path`, read as the command reads it."""
    return plan_session(load_scenario(read_command_line(["--scenario", "scenario.txt"]), cwd=path))


def make_scenario(path: Path) -> None:
    """The input files of a search whose target never answers."""
    target = path / "target.sh"
    target.write_text(TARGET)
    target.chmod(0o755)
    (path / "params.pcs").write_text(PCS)
    (path / "scenario.txt").write_text(SCENARIO)


class Peer:
    """A seed that records runs of random configurations."""

    def __init__(self, plan: Plan, seed: int) -> None:
        self.path = plan.scenario.output.file(SeedFile.RECORD, seed)
        self._writer = JournalWriter(self.path, plan.identity, plan.space, sync_interval_s=1e9)
        self._space = plan.space
        self._rng = np.random.default_rng(seed)
        self._waiting: list[Configuration] = []
        self._n_runs = 0

    def record(self) -> None:
        """One more run."""
        if not self._waiting:
            self._waiting = list(self._space.configurations(self._space.sample(1000, self._rng)))
        origin = Origin("model", self._n_runs)
        asked = RunRequest(self._waiting.pop(), NO_INSTANCE, -1, LARGEST_DOUBLE, LARGEST_INT, origin)
        now_s = 1.7e9 + self._n_runs
        quality = float(self._rng.uniform(0.1, 1.0))
        result = RunResult(
            RunStatus.SAT,
            1.0,
            0.0,
            quality,
            wallclock_s=1.01,
            cpu_s=0.99,
            memory_bytes=2**25,
            started_at=now_s,
        )
        self._writer.record(RecordedRun(asked, result, Elapsed(float(self._n_runs), 0.02 * self._n_runs)))
        self._n_runs += 1

    def close(self) -> None:
        """End the journal."""
        self._writer.close()


def first_read(path: Path, n_runs: int) -> tuple[str, str]:
    """What all runs cost a new process in time and memory."""
    seconds, processor_s, megabytes, n_read = map(float, _python("-c", FIRST_READ, str(path)).split())
    assert n_read == n_runs
    return "first read", f"{seconds:.1f} s ({processor_s:.1f} s of CPU), {megabytes:.0f} MB of memory"


def _python(*words: str) -> str:
    root = str(Path(__file__).resolve().parents[1])
    places = os.pathsep.join(filter(None, [os.environ.get("PYTHONPATH"), root]))
    environment = {**os.environ, "PYTHONPATH": places}
    command = [sys.executable, *words]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout


def median_ms(
    action: Callable[[], object], repeats: int, prepare: Callable[[], object] = lambda: None
) -> float:
    """The median time of the action, `prepare` before each not counted."""
    times_s = []
    for _ in range(repeats):
        prepare()
        begin = time.perf_counter()
        action()
        times_s.append(time.perf_counter() - begin)
    return 1000 * statistics.median(times_s)


def follow(search: Plan, peer: Peer) -> Iterator[tuple[str, str]]:
    """What looking for news costs once all was read."""
    clock_s = [0.0]
    shared = FolderFollower(
        search.scenario.output, OWN_SEED, search.identity, search.space, clock=lambda: clock_s[0]
    )
    shared.poll()

    def let_time_pass() -> None:
        clock_s[0] += 11.0  # files are opened every ten seconds, whatever their dates say

    yield "poll without news", f"{median_ms(shared.poll, 500):.2f} ms"
    yield "poll without news that opens each file", f"{median_ms(shared.poll, 200, let_time_pass):.2f} ms"
    yield "poll after one file grew by one run", f"{median_ms(shared.poll, 200, peer.record):.2f} ms"


def claims(search: Plan, n_seeds: int) -> Iterator[tuple[str, str]]:
    """What it costs to say what is under way, while each other seed has a claim."""
    output, rng = search.scenario.output, np.random.default_rng(1)
    configurations = search.space.configurations(search.space.sample(n_seeds + 200, rng))
    runs = [RunRequest(one, NO_INSTANCE, -1, 1.0, 1, Origin("random", 0)) for one in configurations]
    others = [FolderClaims(output, seed, search.space) for seed in range(1, n_seeds + 1)]
    for claimed in others:
        claimed.claim(runs.pop())
    own = FolderClaims(output, OWN_SEED, search.space)

    def claim_and_release() -> None:
        run = runs.pop()
        own.claim(run)
        own.release(run)

    yield f"claim and release beside {n_seeds} claims", f"{median_ms(claim_and_release, 200):.1f} ms"
    for claimed in others:
        claimed.release_all()


def status(folder: Path) -> tuple[str, str]:
    """What `bbopt status` takes."""
    begin, begin_cpu = time.perf_counter(), os.times()
    _python("-m", "bbopt", "status", str(folder))
    elapsed_s, cpu = time.perf_counter() - begin, os.times()
    processor_s = cpu.children_user + cpu.children_system
    processor_s -= begin_cpu.children_user + begin_cpu.children_system
    return "bbopt status", f"{elapsed_s:.1f} s ({processor_s:.1f} s of CPU)"


@contextmanager
def followers(path: Path, seeds: Sequence[int], *arguments: str) -> Iterator[list[subprocess.Popen[bytes]]]:
    """Searches whose targets sleep; killed at the end."""
    processes = [
        subprocess.Popen(
            [sys.executable, "-m", "bbopt", "--scenario", "scenario.txt", "--seed", str(seed), *arguments],
            cwd=path,
            env={**os.environ, "WHO": str(seed)},
            stdout=subprocess.DEVNULL,
        )
        for seed in seeds
    ]
    try:
        yield processes
    finally:
        for process in processes:
            process.send_signal(signal.SIGINT)
        for process in processes:
            process.wait()


def cpu_s(process: subprocess.Popen[bytes]) -> float:
    """The processor time of a search and its supervisors so far."""
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    ticks = 0
    for pid in (str(process.pid), *children):
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def idle_followers(
    path: Path, seeds: Sequence[int], watch_s: float, *arguments: str
) -> tuple[float, float, float]:
    """Seconds until all have started a run, their CPU seconds for that, and then per minute while idle."""
    begin = time.monotonic()
    with followers(path, seeds, *arguments) as processes:
        while not all((path / f"started-{seed}").exists() for seed in seeds):
            if any(process.poll() is not None for process in processes):
                sys.exit("a follower has ended before its first run")
            time.sleep(0.05)
        started_s = time.monotonic() - begin
        time.sleep(5)  # imports that go on beside the first run
        before = [cpu_s(process) for process in processes]
        time.sleep(watch_s)
        used_s = sum(cpu_s(process) for process in processes) - sum(before)
    return started_s, sum(before), 60 * used_s / watch_s


def row(name: str, value: str) -> None:
    """A line of the table."""
    print(f"| {name} | {value} |", flush=True)


def measure(path: Path, given: argparse.Namespace) -> None:
    """Make the folder and print the table."""
    make_scenario(path)
    search = plan(path)
    search.scenario.output_root.mkdir(parents=True)
    with ExitStack() as stack:
        peers = [Peer(search, seed) for seed in range(1, given.files + 1)]
        for peer in peers:
            stack.callback(peer.close)
        begin = time.perf_counter()
        for number in range(given.runs):
            peers[number % given.files].record()
        written_s = time.perf_counter() - begin
        size = sum(peer.path.stat().st_size for peer in peers)
        row(f"{given.runs} runs in {given.files} journals", f"{size / 2**20:.0f} MB")
        row("writing a run", f"{1000 * written_s / given.runs:.3f} ms")
        row(*first_read(path, given.runs))
        for name, value in (*follow(search, peers[0]), *claims(search, given.files)):
            row(name, value)
    row(*status(search.scenario.output_root))
    if given.followers:
        watch_followers(path, given)


def watch_followers(path: Path, given: argparse.Namespace) -> None:
    """The rows about whole searches."""
    n = given.followers
    for number, every_s in enumerate((300, 1)):
        seeds = range(OWN_SEED + 100 * number, OWN_SEED + 100 * number + n)
        begin = ("--engine", given.engine, "--shared-model-mode-frequency", str(every_s))
        started_s, starting_cpu_s, idle_cpu_s = idle_followers(path, seeds, given.watch, *begin)
        if number == 0:
            row(f"{n} searches started together: first run of all", f"{started_s:.1f} s")
            row(f"CPU seconds of {n} searches until then", f"{starting_cpu_s:.1f}")
        row(f"CPU seconds a minute of {n} idle searches that look every {every_s} s", f"{idle_cpu_s:.2f}")


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--runs", type=int, default=100_000)
    parser.add_argument("--files", type=int, default=16)
    parser.add_argument("--followers", type=int, default=4, help="0: leave whole searches out")
    parser.add_argument(
        "--watch", type=float, default=60.0, help="seconds that idle followers are watched for"
    )
    parser.add_argument("--engine", default="smbo")
    given = parser.parse_args()
    print("| | |\n|---|---|")
    with tempfile.TemporaryDirectory() as temporary:
        measure(Path(temporary), given)


if __name__ == "__main__":
    main()
