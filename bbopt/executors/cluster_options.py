"""Settings for Dask's own classes of clusters, given as texts (`cluster-option`)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from bbopt.errors import InputError, nearest
from bbopt.scenario.clusters import ClusterSettings

__all__ = ["batch_options", "job_options", "local_options"]

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
        "protocol",
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
_OF_DASK_WORKERS = frozenset(
    [
        "nanny",
        "interface",
        "death_timeout",
        "local_directory",
        "worker_command",
        "worker_extra_args",
        "python",
        "log_directory",
        "job_name",
        "use_stdin",
    ]
)
"""What says nothing about jobs with commands of their own, or is said otherwise there."""
_LOCAL_OPTIONS = ("dashboard_address", "local_directory", "scheduler_port")
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
_TRUTH = {"true": True, "false": False}


def local_options(settings: ClusterSettings) -> dict[str, Any]:
    """What is given for `LocalCluster`, with values of its types."""
    return _converted(settings, _LOCAL_OPTIONS)


def batch_options(settings: ClusterSettings, names: Iterable[str]) -> tuple[dict[str, Any], dict[str, Any]]:
    """What is given for a class that takes arguments of these names, and for its scheduler."""
    known = sorted(set(names) - set(_SET_OTHERWISE) - _NOT_FROM_OUTSIDE)
    given = _converted(settings, [*known, *(_SCHEDULER_PREFIX + name for name in _SCHEDULER_OPTIONS)])
    of_scheduler = {name for name in given if name.startswith(_SCHEDULER_PREFIX)}
    scheduler = {name.removeprefix(_SCHEDULER_PREFIX): given.pop(name) for name in sorted(of_scheduler)}
    return given, scheduler


def job_options(settings: ClusterSettings, names: Iterable[str]) -> dict[str, Any]:
    """What is given for a class of jobs that takes arguments of these names, which run other commands."""
    return _converted(
        settings, sorted(set(names) - set(_SET_OTHERWISE) - _NOT_FROM_OUTSIDE - _OF_DASK_WORKERS)
    )


def _converted(settings: ClusterSettings, known: Sequence[str]) -> dict[str, Any]:
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


def _unknown(kind: str, written: str, name: str, known: Sequence[str]) -> InputError:
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
