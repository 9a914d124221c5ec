"""dask-jobqueue's classes of jobs: which there are, what they take, whether this machine can submit them."""

from __future__ import annotations

import importlib
import inspect
import shlex
import shutil
from collections.abc import Mapping
from typing import Any
from unittest import mock

from bbopt.errors import InputError
from bbopt.scenario.clusters import BATCH_CLASSES, ClusterSettings

__all__ = ["add_settings", "check_commands", "cluster_class", "make_job", "missing_command", "parameters"]


def cluster_class(kind: str) -> Any:
    """The class of clusters for a batch system; its `job_cls` is that of jobs."""
    return getattr(_import_jobqueue(), BATCH_CLASSES[kind])


def _import_jobqueue() -> Any:
    """The module `dask_jobqueue`, without what it does when it is imported.

    dask-jobqueue 0.9 then answers SIGINT and SIGTERM by exiting, and can't be imported in a thread.
    """
    with mock.patch("signal.signal"):
        return importlib.import_module("dask_jobqueue")


def parameters(one_class: Any) -> set[str]:
    """The names that dask-jobqueue's class and those that it inherits from take."""
    return {
        name
        for base in one_class.__mro__
        if base.__module__.startswith("dask_jobqueue")
        for name in inspect.signature(base.__init__).parameters
    }


def add_settings(options: dict[str, Any], settings: ClusterSettings, *, has_walltime: bool) -> None:
    """Add what has options of its own; InputError for a walltime where there is none."""
    if settings.worker_walltime is not None:
        if not has_walltime:
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
    if settings.kind == "htcondor" and "job_extra_directives" in options:
        pairs = (text.partition("=") for text in options["job_extra_directives"])
        options["job_extra_directives"] = {name.strip(): value.strip() for name, _, value in pairs}


def make_job(kind: str, name: str, options: Mapping[str, Any]) -> Any:
    """A job with those of the options that it takes.  InputError when they do not make one."""
    one_class = cluster_class(kind)
    known = parameters(one_class.job_cls)
    try:
        return one_class.job_cls(
            "tcp://scheduler:1", name=name, **{key: options[key] for key in options if key in known}
        )
    except (TypeError, ValueError, OSError) as error:
        raise InputError(
            f"dask-jobqueue's {one_class.__name__} does not take the settings",
            got=str(error).strip(),
            remedy="see --worker-memory, --worker-walltime and --cluster-option, or Dask's jobqueue.yaml",
        ) from error


def check_commands(job_class: Any, kind: str, remedy: str) -> None:
    """Raise InputError when this machine lacks the batch system's commands; `remedy` says what else helps."""
    program = missing_command(job_class)
    if program is not None:
        raise InputError(
            f"the command {program} is not found, which the {kind} cluster needs",
            remedy=f"start bbopt where {program} is{remedy}",
        )


def missing_command(job_class: Any) -> str | None:
    """The first command that jobs of this class need and this machine lacks; None where it has all."""
    commands = (getattr(job_class, name, None) for name in ("submit_command", "cancel_command"))
    programs = (shlex.split(command)[0] for command in commands if command)
    return next((program for program in programs if shutil.which(program) is None), None)
