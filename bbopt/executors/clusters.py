"""Dask clusters of our own: worker processes of this machine, or jobs of a batch system."""

from __future__ import annotations

import asyncio
import logging
import math
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bbopt.errors import BboptError, InputError
from bbopt.executors.cluster_options import batch_options, local_options
from bbopt.executors.dask_credentials import shared_credentials, temporary_credentials
from bbopt.executors.dask_jobs import add_settings, check_commands, cluster_class, make_job, parameters
from bbopt.scenario.clusters import LOCAL, ClusterSettings

if TYPE_CHECKING:
    from distributed.deploy.cluster import Cluster

__all__ = ["open_cluster", "start_cluster"]

_LOOPBACK = "127.0.0.1"
_NO_PAGES: dict[str, list[str]] = {
    "distributed.scheduler.http.routes": [],
    "distributed.worker.http.routes": [],
}
_PROTOCOL = "tls://"
_ADAPT_INTERVAL_S = 1.0


@contextmanager
def open_cluster(settings: ClusterSettings) -> Iterator[Cluster]:
    """The cluster object, to be started by `start_cluster` and closed; needs a running event loop.

    Nobody talks to it without its credentials, which are gone afterwards.  InputError when Dask or
    dask-jobqueue does not take the settings.
    """
    _check_memory(settings.worker_memory)
    with _open_local(settings) if settings.kind == LOCAL else _open_batch(settings) as cluster:
        yield cluster


async def start_cluster(cluster: Cluster, settings: ClusterSettings, n_runs: Callable[[], int]) -> None:
    """Start it with its workers or jobs, and keep up their number, which follows `n_runs` between its bounds.

    BboptError when the batch system refuses the first jobs.
    """
    from distributed.deploy.adaptive import Adaptive

    remedy = ", or name a scheduler with --dask-scheduler"
    check_commands(getattr(cluster, "job_cls", None), settings.kind, remedy)
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


@contextmanager
def _open_local(settings: ClusterSettings) -> Iterator[Cluster]:
    from distributed import LocalCluster

    new_cluster: Any = LocalCluster
    given = local_options(settings)
    scheduler = {name: given.pop(name) for name in ("dashboard_address",) if name in given}
    with _web_server(scheduler):
        yield new_cluster(
            n_workers=0,
            threads_per_worker=settings.worker_cores,
            processes=True,
            memory_limit=settings.worker_memory or 0,
            host=_LOOPBACK,
            protocol=_PROTOCOL,
            security=temporary_credentials(),
            dashboard_address=None,
            scheduler_kwargs=scheduler,
            silence_logs=logging.CRITICAL,
            asynchronous=True,
            **given,
        )


@contextmanager
def _open_batch(settings: ClusterSettings) -> Iterator[Cluster]:
    one_class = cluster_class(settings.kind)
    known = parameters(one_class) | parameters(one_class.job_cls)
    options, scheduler = batch_options(settings, known)
    if "contact_address" in scheduler:
        scheduler["contact_address"] = _PROTOCOL + scheduler["contact_address"].rpartition("://")[2]
    add_settings(options, settings, has_walltime="walltime" in known)
    shared = options.pop("shared_temp_directory", None)
    make_job(settings.kind, "trial", options)  # its constructor leaves an object that can't be deleted
    folder = Path(shared).expanduser() if shared else settings.log_directory
    with shared_credentials(folder) as security, _web_server(scheduler):
        yield one_class(
            scheduler_options=scheduler,
            security=security,
            protocol=_PROTOCOL,
            silence_logs=logging.CRITICAL,
            asynchronous=True,
            **options,
        )


def _web_server(scheduler: dict[str, Any]) -> AbstractContextManager[object]:
    """Have it hidden and empty while the cluster is there, unless somebody asks for the dashboard."""
    scheduler["dashboard"] = "dashboard_address" in scheduler
    if scheduler["dashboard"]:
        return nullcontext()
    import dask.config

    scheduler["dashboard_address"] = f"{_LOOPBACK}:0"  # by default, its usual port on all interfaces
    pages: AbstractContextManager[object] = dask.config.set(_NO_PAGES)
    return pages
