"""Dask clusters of our own: worker processes of this machine, or jobs of a batch system."""

from __future__ import annotations

import asyncio
import importlib
import inspect
import logging
import math
import shlex
import shutil
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any
from unittest import mock

from bbopt.errors import BboptError, InputError, nearest
from bbopt.scenario.clusters import BATCH_CLASSES, LOCAL, ClusterSettings

if TYPE_CHECKING:
    from distributed.deploy.cluster import Cluster

__all__ = ["open_cluster", "start_cluster"]

_SET_OTHERWISE = {
    "n_workers": "--workers",
    "cores": "--worker-cores",
    "threads_per_worker": "--worker-cores",
    "memory": "--worker-memory",
    "memory_limit": "--worker-memory",
    "walltime": "--worker-walltime",
}
_NOT_FROM_OUTSIDE = frozenset(
    # Ours to decide, objects of Python, and dask-jobqueue's deprecated names.
    [
        "self",
        "args",
        "kwargs",
        "job_cls",
        "loop",
        "security",
        "silence_logs",
        "name",
        "asynchronous",
        "dashboard_address",
        "host",
        "scheduler",
        "scheduler_options",
        "scheduler_cls",
        "processes",
        "job_kwargs",
        "base_class_kwargs",
        "extra",
        "job_extra",
        "env_extra",
        "header_skip",
    ]
)
_LOCAL_OPTIONS = ("dashboard_address", "host", "interface", "local_directory", "protocol", "scheduler_port")
_SCHEDULER_PREFIX = "scheduler_options."
_SCHEDULER_OPTIONS = ("contact_address", "dashboard_address", "host", "interface", "port")
_LISTS = frozenset(
    [
        "cancel_command_extra",
        "job_directives_skip",
        "job_extra_directives",
        "job_script_prologue",
        "submit_command_extra",
        "worker_extra_args",
    ]
)
_INTEGERS = frozenset({"job_cpu", "mem", "ncpus", "port", "scheduler_port"})
_NUMBERS = frozenset({"death_timeout"})
_FLAGS = frozenset({"nanny", "use_stdin"})
# Without a dashboard, the scheduler's web server would still take its usual port on all interfaces.
_NO_DASHBOARD = {"dashboard": False, "dashboard_address": "127.0.0.1:0"}
_TRUTH = {"true": True, "false": False}
_ADAPT_INTERVAL_S = 1.0


def open_cluster(settings: ClusterSettings) -> Cluster:
    """The cluster object, to be started by `start_cluster`; needs a running event loop.

    InputError when Dask or dask-jobqueue does not take the settings.
    """
    _check_memory(settings.worker_memory)
    return _open_local(settings) if settings.kind == LOCAL else _open_batch(settings)


async def start_cluster(cluster: Cluster, settings: ClusterSettings, n_runs: Callable[[], int]) -> None:
    """Start it with its workers or jobs, and keep up their number, which follows `n_runs` between its bounds.

    BboptError when the batch system refuses the first jobs.
    """
    from distributed.deploy.adaptive import Adaptive

    _check_commands(cluster, settings.kind)
    minimum = settings.workers if settings.workers_minimum is None else settings.workers_minimum

    class ByRuns(Adaptive):
        """As many workers as there are runs for; Dask's own rule goes by estimated durations."""

        async def target(self) -> int:
            return min(settings.workers, max(minimum, math.ceil(n_runs() / settings.worker_cores)))

    try:
        await cluster
        if minimum:
            cluster.scale(minimum)
            await cluster
    except (OSError, RuntimeError, ValueError, asyncio.TimeoutError) as error:
        raise BboptError(f"the {settings.kind} cluster can't be started", got=str(error).strip()) from error
    cluster.adapt(ByRuns, interval=_ADAPT_INTERVAL_S, minimum=minimum, maximum=settings.workers)


def _check_memory(text: str | None) -> None:
    from dask.utils import parse_bytes

    if text is None:
        return
    try:
        n_bytes = parse_bytes(text)
    except ValueError:
        n_bytes = 0
    if n_bytes < 1:
        raise InputError(
            "worker-memory is not an amount of memory", got=text, expected="such as 4GB or 512MiB"
        )


def _open_local(settings: ClusterSettings) -> Cluster:
    from distributed import LocalCluster

    new_cluster: Any = LocalCluster
    given = _converted(settings, _LOCAL_OPTIONS)
    if "dashboard_address" not in given:
        given.update(dashboard_address=None, scheduler_kwargs=_NO_DASHBOARD)
    cluster: Cluster = new_cluster(
        n_workers=0,
        threads_per_worker=settings.worker_cores,
        processes=True,
        memory_limit=settings.worker_memory or 0,
        silence_logs=logging.CRITICAL,
        asynchronous=True,
        **given,
    )
    return cluster


def _open_batch(settings: ClusterSettings) -> Cluster:
    cluster_class = getattr(_import_jobqueue(), BATCH_CLASSES[settings.kind])
    known = _parameters(cluster_class) | _parameters(cluster_class.job_cls)
    options = _converted(
        settings, sorted(known - set(_SET_OTHERWISE) - _NOT_FROM_OUTSIDE), has_scheduler=True
    )
    scheduler: dict[str, Any] = {}
    for name in [name for name in options if name.startswith(_SCHEDULER_PREFIX)]:
        scheduler[name[len(_SCHEDULER_PREFIX) :]] = options.pop(name)
    if "dashboard_address" not in scheduler:
        scheduler.update(_NO_DASHBOARD)
    if settings.worker_walltime is not None:
        if "walltime" not in known:
            raise InputError(
                f"the batch system {settings.kind} knows no walltime",
                got=f"worker-walltime {settings.worker_walltime}",
                remedy="say it in its own words, with --cluster-option job_extra_directives=...",
            )
        options["walltime"] = settings.worker_walltime
    if settings.worker_memory is not None:
        options["memory"] = settings.worker_memory
    if settings.log_directory is not None:
        options.setdefault("log_directory", str(settings.log_directory))
    options.update(cores=settings.worker_cores, processes=1)
    _try_job(cluster_class, options)
    cluster: Cluster = cluster_class(
        scheduler_options=scheduler, silence_logs=logging.CRITICAL, asynchronous=True, **options
    )
    return cluster


def _import_jobqueue() -> Any:
    """The module `dask_jobqueue`, without what it does when it is imported.

    dask-jobqueue 0.9 then answers SIGINT and SIGTERM by exiting, and can't be imported in a thread.
    """
    with mock.patch("signal.signal"):
        return importlib.import_module("dask_jobqueue")


def _try_job(cluster_class: Any, options: Mapping[str, Any]) -> None:
    """Raise InputError when the settings do not make a job.

    The cluster's constructor would find that out too, but leaves an object that fails when it is deleted.
    """
    known = _parameters(cluster_class.job_cls)
    try:
        cluster_class.job_cls(
            "tcp://scheduler:1", name="trial", **{name: options[name] for name in options if name in known}
        )
    except (TypeError, ValueError, OSError) as error:
        raise InputError(
            f"dask-jobqueue's {cluster_class.__name__} does not take the settings",
            got=str(error).strip(),
            remedy="see --worker-memory, --worker-walltime and --cluster-option, or Dask's jobqueue.yaml",
        ) from error


def _check_commands(cluster: Cluster, kind: str) -> None:
    """Raise InputError when this machine lacks the batch system's commands."""
    job_class = getattr(cluster, "job_cls", None)
    for command in (getattr(job_class, "submit_command", None), getattr(job_class, "cancel_command", None)):
        program = shlex.split(command)[0] if command else None
        if program is not None and shutil.which(program) is None:
            raise InputError(
                f"the command {program} is not found, which the {kind} cluster needs",
                remedy=f"start bbopt where {program} is, or name a scheduler with --dask-scheduler",
            )


def _parameters(one_class: Any) -> set[str]:
    """The names that dask-jobqueue's class and those that it inherits from take."""
    return {
        name
        for base in one_class.__mro__
        if base.__module__.startswith("dask_jobqueue")
        for name in inspect.signature(base.__init__).parameters
    }


def _converted(
    settings: ClusterSettings, known: tuple[str, ...] | list[str], has_scheduler: bool = False
) -> dict[str, Any]:
    """The options with values of their types."""
    known = [*known, *(f"{_SCHEDULER_PREFIX}{name}" for name in _SCHEDULER_OPTIONS if has_scheduler)]
    converted: dict[str, Any] = {}
    for written, text in settings.options:
        name = written.strip().lower().replace("-", "_")
        if name not in known:
            raise _unknown(settings.kind, written, name, known)
        if name in _LISTS:
            converted.setdefault(name, []).append(text)
        else:
            converted[name] = _value(written, name.removeprefix(_SCHEDULER_PREFIX), text)
    return converted


def _unknown(kind: str, written: str, name: str, known: list[str]) -> InputError:
    if name in _SET_OTHERWISE:
        return InputError(
            f"cluster-option {written} has an option of its own", remedy=f"use {_SET_OTHERWISE[name]}"
        )
    near = nearest(name, known)
    return InputError(
        f"unknown cluster-option {written} for a {kind} cluster",
        expected=f"one of {', '.join(known)}",
        remedy=f"did you mean {' or '.join(near)}?" if near else None,
    )


def _value(written: str, name: str, text: str) -> Any:
    readers: Mapping[frozenset[str], tuple[Callable[[str], Any], str]] = {
        _INTEGERS: (int, "an integer"),
        _NUMBERS: (float, "a number"),
        _FLAGS: (lambda word: _TRUTH[word.lower()], "true or false"),
    }
    for names, (read, expected) in readers.items():
        if name in names:
            try:
                return read(text.strip())
            except (ValueError, KeyError):
                raise InputError(
                    f"cluster-option {written} has a wrong value", got=text, expected=expected
                ) from None
    return text
