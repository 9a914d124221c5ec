"""What this machine offers to searches, and what follows from it: found out by trying what a search would do.

A trial run under supervision, a lock and a file in the folder, the libraries that are installed, and programs
on the PATH.  Nothing is left behind.
"""

from __future__ import annotations

import enum
import importlib
import os
import re
import resource
import select
import shutil
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from bbopt.durable_files import atomic_write
from bbopt.errors import BboptError
from bbopt.executors.dask_jobs import cluster_class, missing_command
from bbopt.folder_locks import FolderLocks
from bbopt.scenario.clusters import BATCH_CLASSES
from bbopt.target.supervisor.wire import EndedBy, RunOrder, SupervisedRun
from bbopt.target.supervisor_process import SupervisorProcess
from bbopt.version import __version__

__all__ = ["Finding", "Verdict", "look_at_folder", "look_at_machine"]

_PACKAGE = "bbopt-smac"
_TRIAL_S = 30.0
_TRIAL_MEMORY_BYTES = 2**30
_FEW_FILES = 1024
_LITTLE_ROOM_BYTES = 10**9
_REQUIREMENT = re.compile(
    r"(?P<name>[\w.-]+)(?:\[[^]]*\])?[^;]*(?:;.*\bextra == ['\"](?P<extra>[\w-]+)['\"])?"
)
_EXTRAS = {
    "tpe": "--engine tpe",
    "postgresql": "--storage postgresql://USER@HOST/DATABASE",
    "keras": "bbopt keras-automl and the scenario digits_cnn",
    "parquet": "tables as Parquet files",
    "convnet": "the scenario convnet_lfw",
}
"""The extras that people install, and what each is for."""

_SOLVERS = ("minisat", "clasp")


class Verdict(enum.Enum):
    """What a finding means for searches here."""

    GOOD = "ok"
    MISSING = "-"
    """Something that a search can do without."""
    BROKEN = "broken"
    """Without it no search works."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found about a subject, what follows, and where it is not good what helps."""

    subject: str
    verdict: Verdict
    found: str
    consequence: str
    remedy: str = ""


def look_at_machine() -> Iterator[Finding]:
    """All that does not depend on a folder, one after the other."""
    n_processors = len(os.sched_getaffinity(0))
    yield Finding(
        "bbopt",
        Verdict.GOOD,
        f"{__version__}, Python {sys.version.partition(' ')[0]}, {n_processors} processors",
        f"up to --cores {n_processors} runs at a time have a processor each",
    )
    yield from _libraries()
    yield from _supervision()
    yield _clock()
    yield _open_files()
    yield from _extras()
    yield _batch_systems()
    yield _solvers()


def look_at_folder(folder: Path) -> Iterator[Finding]:
    """Whether searches can keep their files below `folder`, and take turns there."""
    try:
        with tempfile.TemporaryDirectory(prefix=".bbopt-doctor-", dir=folder) as trial:
            atomic_write(Path(trial, "record"), "{}\n")
            yield Finding(
                "folder", Verdict.GOOD, f"{folder}: files can be written and synced",
                "what is on record survives a crash of the machine",
            )  # fmt: skip
            yield _locks(Path(trial, "seed"))
    except (OSError, BboptError) as error:
        what = error.strerror if isinstance(error, OSError) else str(error)
        yield Finding(
            "folder", Verdict.BROKEN, f"{folder}: no file can be written: {what}",
            "no search can keep anything here",
            "name another folder with --output-dir",
        )  # fmt: skip
        return
    n_free = shutil.disk_usage(folder).free
    is_low = n_free < _LITTLE_ROOM_BYTES
    yield Finding(
        "room", Verdict.MISSING if is_low else Verdict.GOOD, f"{n_free / 1e9:.1f} GB free",
        "a full disk ends a search; --resume auto goes on later" if is_low else "enough for records and logs",
        "make room, or limit run folders and checkpoints" if is_low else "",
    )  # fmt: skip


def _locks(folder: Path) -> Finding:
    lock = FolderLocks().take(folder)
    try:
        has_kernel_lock = lock.has_kernel_lock
    finally:
        lock.release()
    if has_kernel_lock:
        return Finding(
            "locks", Verdict.GOOD, "lease files and kernel locks", "searches of one seed never write at once"
        )
    return Finding(
        "locks", Verdict.MISSING, "lease files only, no kernel locks (flock)",
        "seeds are guarded by leases: one whose machine died is free again after 30 s",
    )  # fmt: skip


def _libraries() -> Iterator[Finding]:
    lacking = [name for name, extra in _requirements() if extra is None and _version(name) is None]
    if lacking:
        yield Finding(
            "libraries", Verdict.BROKEN, f"not installed: {', '.join(lacking)}", "searches end with an error",
            f"pip install --upgrade {_PACKAGE}",
        )  # fmt: skip


def _requirements() -> Iterator[tuple[str, str | None]]:
    """The packages that are needed, with the extras that they belong to; none where bbopt is no package."""
    try:
        lines = metadata.requires(_PACKAGE) or []
    except metadata.PackageNotFoundError:
        return
    for line in lines:
        match = _REQUIREMENT.match(line)
        if match is not None and match["name"] != _PACKAGE:
            yield match["name"], match["extra"]


def _version(package: str) -> str | None:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


def _supervision() -> Iterator[Finding]:
    """A run that leaves a process behind, which has to be found and ended."""
    try:
        run = _trial_run()
    except BboptError as error:
        yield Finding("runs", Verdict.BROKEN, str(error), "no run can be started", "see what is said above")
        return
    if run is None or run.ended_by is not EndedBy.EXIT or run.exit_status != 0 or run.n_survivors:
        how = (
            "it did not end" if run is None else f"it ended by {run.ended_by.value}: {run.tail}".rstrip(": ")
        )
        yield Finding(
            "runs", Verdict.BROKEN, f"a trial run did not work ({how})", "no run can be trusted",
            "bbopt run-limited true shows what is wrong",
        )  # fmt: skip
        return
    if run.n_strays:
        yield Finding(
            "runs", Verdict.GOOD, "processes that a run leaves behind are found (subreaper)",
            "daemons of a target count and end with their run",
        )  # fmt: skip
    else:
        yield Finding(
            "runs", Verdict.MISSING, "processes that a run leaves behind are not found",
            "a target that starts daemons may leave them running", "have the target wait for what it starts",
        )  # fmt: skip
    yield from _control_groups(run.control)


def _trial_run() -> SupervisedRun | None:
    supervisor = SupervisorProcess()
    try:
        order = RunOrder(
            argv=["/bin/sh", "-c", "sleep 60 >/dev/null 2>&1 & exit 0"],
            directory="/",
            slot=0,
            uuid=str(uuid.uuid4()),
            limit_s=_TRIAL_S,
            grace_s=0.1,
            memory_limit_bytes=_TRIAL_MEMORY_BYTES,
        )
        supervisor.start(order)
        while select.select([supervisor], [], [], _TRIAL_S)[0]:
            if (run := supervisor.receive()) is not None:
                return run
        return None
    finally:
        supervisor.hang_up()
        supervisor.wait_for_end()


def _control_groups(control: str) -> Iterator[Finding]:
    _, _, listed = control.partition("(")
    abilities = listed.rstrip(")").split(", ") if listed else []
    if abilities:
        yield Finding(
            "control groups", Verdict.GOOD, ", ".join(abilities),
            "the kernel counts the CPU time of all processes of a run and ends them in one step",
        )  # fmt: skip
    else:
        yield Finding(
            "control groups", Verdict.MISSING, "none can be made",
            "CPU time and memory are measured by looking at processes: short-lived ones may be missed",
            "systemd-run --user --scope -p Delegate=yes bbopt ..., or a container with cgroups v2",
        )  # fmt: skip
    if "memory" in abilities:
        yield Finding("memory limits", Verdict.GOOD, "the kernel's", "a run never exceeds --memory-limit")
    else:
        yield Finding(
            "memory limits", Verdict.MISSING, "by looking several times a second",
            "a run may exceed --memory-limit for a moment before it is ended",
            "systemd-run --user --scope -p Delegate=yes bbopt ... has the kernel do it",
        )  # fmt: skip


def _clock() -> Finding:
    resolution_s = time.get_clock_info("monotonic").resolution
    return Finding(
        "clock", Verdict.GOOD, f"monotonic, resolution {resolution_s:.2g} s",
        "runtimes do not mind when the date is set",
    )  # fmt: skip


def _open_files() -> Finding:
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    is_low = limit != resource.RLIM_INFINITY and limit < _FEW_FILES
    shown = "unlimited" if limit == resource.RLIM_INFINITY else str(limit)
    return Finding(
        "open files", Verdict.MISSING if is_low else Verdict.GOOD, shown,
        "many --cores or --seeds may fail" if is_low else "enough for many runs at a time",
        "ulimit -n 4096" if is_low else "",
    )  # fmt: skip


def _extras() -> Iterator[Finding]:
    packages: dict[str, list[str]] = {}
    for name, extra in _requirements():
        if extra in _EXTRAS:
            packages.setdefault(extra, []).append(name)
    for extra, names in packages.items():
        found = {name: _version(name) for name in names}
        problem = _postgresql_problem() if extra == "postgresql" and all(found.values()) else ""
        if problem or not all(found.values()):
            lacking = ", ".join(name for name in names if found[name] is None)
            yield Finding(
                f"extra {extra}", Verdict.MISSING, problem or f"not installed: {lacking}",
                f"can't be used: {_EXTRAS[extra]}",
                f"pip install '{_PACKAGE}[{extra}]', in bbopt's folder: pip install '.[{extra}]'",
            )  # fmt: skip
        else:
            shown = ", ".join(f"{name} {version}" for name, version in found.items())
            yield Finding(f"extra {extra}", Verdict.GOOD, shown, f"for {_EXTRAS[extra]}")


def _postgresql_problem() -> str:
    """Why the driver can't be used although it is installed: it needs a library of PostgreSQL's."""
    try:
        importlib.import_module("psycopg")
    except ImportError as error:
        return f"psycopg can't be imported: {error}".replace("\n", " ")
    return ""


def _batch_systems() -> Finding:
    try:
        lacking = {kind: missing_command(cluster_class(kind).job_cls) for kind in BATCH_CLASSES}
    except ImportError as error:
        return Finding("batch systems", Verdict.BROKEN, str(error), "no --cluster", f"pip install {_PACKAGE}")
    there = [kind for kind, command in lacking.items() if command is None]
    if there:
        return Finding(
            "batch systems",
            Verdict.GOOD,
            ", ".join(there),
            f"--cluster {there[0]} starts workers as its jobs",
        )
    return Finding(
        "batch systems", Verdict.MISSING, f"no command of {', '.join(lacking)}",
        "runs are made on this machine, on a Dask scheduler or by bbopt worker",
        "on a cluster, start bbopt where its commands are",
    )  # fmt: skip


def _solvers() -> Finding:
    there = [name for name in _SOLVERS if shutil.which(name)]
    lacking = [name for name in _SOLVERS if name not in there]
    if not lacking:
        return Finding("solvers", Verdict.GOOD, ", ".join(there), "for the scenarios of these names")
    return Finding(
        "solvers", Verdict.MISSING, f"not on the PATH: {', '.join(lacking)}",
        "only the scenarios of these names need them",
        f"apt-get install {' '.join(lacking)}",
    )  # fmt: skip
