"""Which cluster the options name, if any; imports nothing of Dask."""

from __future__ import annotations

from pathlib import Path

from bbopt.errors import InputError
from bbopt.executors.cluster_settings import ClusterSettings
from bbopt.scenario import OptionValues

__all__ = ["cluster_of"]

_CLUSTER_ONLY = (
    "workers",
    "workers-minimum",
    "worker-cores",
    "worker-memory",
    "worker-walltime",
    "cluster-option",
)
_LOCAL_ONLY = ("cores", "cli-cores", "pin-cores")


def cluster_of(options: OptionValues, log_directory: Path | None = None) -> ClusterSettings | str | None:
    """The cluster to start, or the address of a user's scheduler; None for runs on this machine alone.

    `cluster` and `dask-scheduler` each ask for the executor dask.  InputError for options that contradict
    each other.
    """
    given = [name for name in ("dask-scheduler", "cluster", *_CLUSTER_ONLY) if options.is_given(name)]
    if options.choice("executor") == "local" and (options.is_given("executor") or not _asks_for_dask(given)):
        if given:
            raise _contradiction(options, given[0], "executor local", "give --executor dask")
        return None
    for name in _LOCAL_ONLY:
        if options.is_given(name):
            raise _contradiction(options, name, "executor dask", "give --workers and --worker-cores instead")
    address = options.optional_text("dask-scheduler")
    if address is None:
        return _settings(options, log_directory)
    for name in given[1:]:
        remedy = "leave it out: the workers of a running scheduler are what they are"
        raise _contradiction(options, name, "dask-scheduler", remedy)
    return address


def _asks_for_dask(given: list[str]) -> bool:
    return "cluster" in given or "dask-scheduler" in given


def _contradiction(options: OptionValues, name: str, other: str, remedy: str) -> InputError:
    return InputError(f"{name} has no meaning with {other}", place=options.place(name), remedy=remedy)


def _settings(options: OptionValues, log_directory: Path | None) -> ClusterSettings:
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
