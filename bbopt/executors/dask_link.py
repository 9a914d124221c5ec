"""The thread in which Dask lives: its event loop, the client, and the cluster if it is ours."""

from __future__ import annotations

import asyncio
import concurrent.futures
import contextlib
import logging
import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any

import dask.config
from distributed import Client

from bbopt.errors import BboptError
from bbopt.executors.clusters import open_cluster, start_cluster
from bbopt.executors.dask_credentials import given_credentials
from bbopt.executors.dask_dispatch import Dispatcher, EndedRun
from bbopt.executors.dask_worker import end_idle_supervisors
from bbopt.scenario.clusters import Cluster, RunningScheduler
from bbopt.target.patience import longest_end_s
from bbopt.target.supervisor.wire import LatestValue, RunOrder

__all__ = ["DaskLink", "LinkEvents"]

_CONNECT_S = 15.0
_CLOSE_S = 20.0
_HURRIED_CLOSE_S = 5.0  # for what can also be left to the workers' own end
_TERMINAL_SIGNALS = (signal.SIGINT, signal.SIGHUP, signal.SIGQUIT)
_FOR_WORKERS = {"DASK_LOGGING__DISTRIBUTED": "critical"}  # runs do not see it: `dask_worker` drops it
_NOISY = ("distributed", "distributed.client", "distributed.gc", "tornado", "tornado.application", "bokeh")


@dataclass(frozen=True, slots=True)
class LinkEvents:
    """Whom to tell what; called in the link's thread."""

    ended: Callable[[EndedRun], None]
    progressed: Callable[[int, LatestValue], None]
    warning: Callable[[str], None]
    failed: Callable[[BboptError], None]
    grown: Callable[[], None]


class DaskLink:
    """A connection to a user's scheduler, or to a cluster of our own.

    Raises BboptError when there is none.  `n_threads` is how many runs there is room for now, on `n_workers`.
    """

    def __init__(self, cluster: Cluster, events: LinkEvents, grace_s: float) -> None:
        self._cluster = cluster
        self._events = events
        self._grace_s = grace_s
        self.address = ""
        self.n_workers = 0
        self.n_threads = 0
        self._started: concurrent.futures.Future[None] = concurrent.futures.Future()
        self._thread = threading.Thread(target=self._run, name="bbopt-dask", daemon=True)
        self._thread.start()
        try:
            self._started.result()
        except BboptError:
            self._thread.join()
            raise

    def start(self, ticket: int, order: RunOrder) -> None:
        """Execute `order`; its end is told with the ticket."""
        self._loop.call_soon_threadsafe(self._dispatcher.start, ticket, order)

    def cancel(self, tickets: set[int] | None) -> None:
        """Kill these runs, or all; returns at once."""
        asyncio.run_coroutine_threadsafe(self._dispatcher.cancel(tickets), self._loop)

    def close(self) -> None:
        """Kill all runs, leave the scheduler or end our cluster, end the thread."""
        if self._thread.is_alive():
            with contextlib.suppress(RuntimeError):  # the loop has ended meanwhile
                self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()

    def _run(self) -> None:
        # Child processes inherit the mask: Ctrl-C in a terminal is the optimizer's to answer.
        signal.pthread_sigmask(signal.SIG_BLOCK, _TERMINAL_SIGNALS)
        with _quiet(), _own_environment():
            try:
                asyncio.run(self._serve())
            except BaseException as error:
                if self._started.done():
                    self._events.failed(BboptError(f"the link to Dask has failed: {error!r}"))
                else:
                    self._started.set_exception(error)

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._stop = asyncio.Event()
        async with AsyncExitStack() as opened:
            client = await self._connect(opened)
            events = self._events
            self.address = str(client.scheduler.address)
            self._dispatcher = Dispatcher(client, events.ended, events.warning, events.failed)
            self._dispatcher.listen(events.progressed)
            await self._dispatcher.look()
            self._count()
            watch = asyncio.create_task(self._dispatcher.keep_looking(self._count))
            self._started.set_result(None)
            await self._stop.wait()
            await self._leave(client)
            watch.cancel()

    async def _connect(self, opened: AsyncExitStack) -> Any:
        if isinstance(self._cluster, RunningScheduler):
            client = await _client_of(self._cluster)
        else:
            cluster: Any = opened.enter_context(open_cluster(self._cluster))
            opened.push_async_callback(_give_up_after, cluster.close, _CLOSE_S + self._grace_s)
            await start_cluster(cluster, self._cluster, lambda: self._dispatcher.n_jobs)
            client = await _client(cluster, "Dask does not start")
        opened.push_async_callback(_give_up_after, client.close, _CLOSE_S)
        return client

    def _count(self) -> None:
        self.n_workers = self._dispatcher.n_workers
        before, self.n_threads = self.n_threads, self._dispatcher.n_threads
        if self.n_threads > before:
            self._events.grown()

    async def _leave(self, client: Any) -> None:
        """End our runs, then our supervisors on workers that may be other people's."""
        with contextlib.suppress(asyncio.TimeoutError):
            await self._dispatcher.cancel()
            await asyncio.wait_for(self._dispatcher.all_over(), longest_end_s(self._grace_s))
        if client.status == "running":
            patience_s = _HURRIED_CLOSE_S if self._dispatcher.is_hurried else _CLOSE_S
            with contextlib.suppress(OSError, asyncio.TimeoutError):
                await asyncio.wait_for(client.run(end_idle_supervisors, on_error="ignore"), patience_s)


async def _client_of(scheduler: RunningScheduler) -> Any:
    address, files = scheduler.address, scheduler.tls
    security = None if files is None else given_credentials(files)
    remedy = None
    if files is None and address.startswith("tls://"):
        remedy = "name the certificates that the scheduler wants with --dask-tls-ca, -cert and -key"
    return await _client(address, f"no Dask scheduler answers at {address}", security, remedy)


async def _client(target: Any, problem: str, security: Any = None, remedy: str | None = None) -> Any:
    new_client: Any = Client
    client = None
    try:
        client = new_client(
            target, asynchronous=True, set_as_default=False, timeout=_CONNECT_S, security=security
        )
        return await client
    except (OSError, ValueError, TypeError, asyncio.TimeoutError) as error:
        if client is not None:
            await _give_up_after(client.close, _CLOSE_S)
        raise BboptError(
            problem,
            got=str(error) or None,
            expected="the address that the scheduler says at its start, such as tcp://host:8786",
            remedy=remedy,
        ) from error


async def _give_up_after(close: Callable[[], Any], timeout_s: float) -> None:
    with contextlib.suppress(OSError, asyncio.TimeoutError):
        await asyncio.wait_for(close(), timeout_s)


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Silence Dask's own logging in this process; what users should know is told otherwise."""
    loggers = [logging.getLogger(name) for name in _NOISY]
    before = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.CRITICAL)
    yield
    for logger, level in zip(loggers, before, strict=True):
        logger.setLevel(level)


@contextlib.contextmanager
def _own_environment() -> Iterator[None]:
    """Take back what Dask's nannies put into this process's environment for their workers to inherit."""
    names = (*_FOR_WORKERS, "PYTHONHASHSEED")
    before = {name: os.environ[name] for name in names if name in os.environ}
    with dask.config.set({"distributed.nanny.pre-spawn-environ": _FOR_WORKERS}):
        yield
    for name in set(names) - set(before):
        os.environ.pop(name, None)
