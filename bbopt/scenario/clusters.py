"""Which cluster the options name, if any.  Every search imports this: it needs neither Dask nor asyncio."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from bbopt.errors import InputError
from bbopt.options import OptionValues

__all__ = [
    "BATCH_CLASSES",
    "KINDS",
    "LOCAL",
    "Cluster",
    "ClusterSettings",
    "RunningScheduler",
    "TlsFiles",
    "read_cluster",
]

LOCAL = "local"
BATCH_CLASSES = {
    "slurm": "SLURMCluster",
    "pbs": "PBSCluster",
    "sge": "SGECluster",
    "lsf": "LSFCluster",
    "htcondor": "HTCondorCluster",
    "oar": "OARCluster",
}
"""The batch systems, each with its class of dask-jobqueue."""

KINDS = (LOCAL, *BATCH_CLASSES)
"""The kinds of clusters that can be started."""

_CLUSTER_ONLY = (
    "workers",
    "workers-minimum",
    "worker-cores",
    "worker-memory",
    "worker-walltime",
    "cluster-option",
)
_CA, _CERTIFICATE, _KEY = _TLS = ("dask-tls-ca", "dask-tls-cert", "dask-tls-key")
_LOCAL_ONLY = ("cores", "cli-cores", "pin-cores")


@dataclass(frozen=True, slots=True)
class ClusterSettings:
    """Which cluster to start: `workers` worker processes, or as many jobs, of `worker_cores` slots each.

    With `workers_minimum`, the cluster shrinks to that size when there are fewer runs than slots.
    `worker_memory` (as in "4GB") and `worker_walltime` are in the batch system's terms.  `options` are passed
    on to dask-jobqueue: names with their texts, where a repeated name of a list adds to it.  The batch system
    writes what the workers print to files in `log_directory`.  Raises InputError when a value can't be used.
    """

    kind: str
    workers: int = 1
    workers_minimum: int | None = None
    worker_cores: int = 1
    worker_memory: str | None = None
    worker_walltime: str | None = None
    options: tuple[tuple[str, str], ...] = ()
    log_directory: Path | None = None

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise InputError("unknown kind of cluster", got=self.kind, expected=f"one of {', '.join(KINDS)}")
        if self.workers < 1 or self.worker_cores < 1:
            raise InputError(
                "a cluster needs at least one worker with one core",
                got=f"workers {self.workers}, worker-cores {self.worker_cores}",
            )
        if self.workers_minimum is not None and not 0 <= self.workers_minimum <= self.workers:
            raise InputError(
                "workers-minimum does not fit to workers",
                got=str(self.workers_minimum),
                expected=f"a number from 0 to {self.workers}, the value of workers",
            )
        if self.kind == LOCAL and self.worker_walltime is not None:
            raise InputError(
                "workers of this machine have no walltime",
                got=f"worker-walltime {self.worker_walltime}",
                remedy="leave worker-walltime out, or name a batch system with --cluster",
            )

    @property
    def n_slots(self) -> int:
        """How many runs the cluster executes at once when it is complete."""
        return self.workers * self.worker_cores


@dataclass(frozen=True, slots=True)
class TlsFiles:
    """PEM files: whom to trust, and who one is oneself; the key may stand in the certificate's file."""

    ca: Path
    certificate: Path
    key: Path | None = None


@dataclass(frozen=True, slots=True)
class RunningScheduler:
    """A user's own scheduler: its address as Dask writes it, and what it wants to see, where it uses TLS."""

    address: str
    tls: TlsFiles | None = None


Cluster = ClusterSettings | RunningScheduler
"""One to start, or one that is there."""


def read_cluster(
    options: OptionValues, log_directory: Path, find_file: Callable[[str], Path]
) -> Cluster | None:
    """The cluster to start, or a user's scheduler; None for runs on this machine alone.

    The workers' output goes to `log_directory`; `find_file` gives the file that an option names.  `cluster`
    and `dask-scheduler` each ask for the executor dask.  InputError for options that contradict each other.
    """
    given = [name for name in ("dask-scheduler", "cluster", *_CLUSTER_ONLY, *_TLS) if options.is_given(name)]
    executor = options.choice("executor")
    if executor != "dask" and (options.is_given("executor") or not _asks_for_dask(given)):
        if given:
            raise _contradiction(options, given[0], f"executor {executor}", "give --executor dask")
        return None
    for name in _LOCAL_ONLY:
        if options.is_given(name):
            raise _contradiction(options, name, "executor dask", "give --workers and --worker-cores instead")
    address = options.optional_text("dask-scheduler")
    if address is None:
        return _settings(options, log_directory, given)
    for name in given[1:]:
        if name not in _TLS:
            remedy = "leave it out: the workers of a running scheduler are what they are"
            raise _contradiction(options, name, "dask-scheduler", remedy)
    return _running(options, address, find_file)


def _asks_for_dask(given: list[str]) -> bool:
    return "cluster" in given or "dask-scheduler" in given


def _contradiction(options: OptionValues, name: str, other: str, remedy: str) -> InputError:
    return InputError(f"{name} has no meaning with {other}", place=options.place(name), remedy=remedy)


def _running(options: OptionValues, address: str, find_file: Callable[[str], Path]) -> RunningScheduler:
    given = [name for name in _TLS if options.is_given(name)]
    if not given:
        return RunningScheduler(address)
    protocol, separator, rest = address.rpartition("://")
    if separator and protocol != "tls":
        remedy = (
            "write the scheduler's address as it says it at its start, tls://host:port, or leave this out"
        )
        raise _contradiction(options, given[0], f"an address that begins with {protocol}://", remedy)
    for name in (_CA, _CERTIFICATE):
        if name not in given:
            raise InputError(
                f"{given[0]} needs {name}, too", place=options.place(given[0]), remedy=f"give --{name} FILE"
            )
    files = {name: find_file(name) for name in given}
    return RunningScheduler(f"tls://{rest}", TlsFiles(files[_CA], files[_CERTIFICATE], files.get(_KEY)))


def _settings(options: OptionValues, log_directory: Path, given: list[str]) -> ClusterSettings:
    for name in _TLS:
        if name in given:
            remedy = "leave it out: a cluster that bbopt starts gets credentials of its own"
            raise _contradiction(options, name, f"cluster {options.choice('cluster')}", remedy)
    pairs = (text.partition("=") for text in options.texts("cluster-option"))
    return ClusterSettings(
        kind=options.choice("cluster"),
        workers=options.integer("workers"),
        workers_minimum=options.optional_integer("workers-minimum"),
        worker_cores=options.integer("worker-cores"),
        worker_memory=options.optional_text("worker-memory"),
        worker_walltime=options.optional_text("worker-walltime"),
        options=tuple((name, value) for name, _, value in pairs),
        log_directory=log_directory,
    )
