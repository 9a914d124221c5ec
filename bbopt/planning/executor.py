"""The executor that a scenario's options ask for, and its orders for runs."""

from __future__ import annotations

import resource
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bbopt.errors import BboptError
from bbopt.executors import (
    Checkpoints,
    Executor,
    FolderKeeper,
    InProcessExecutor,
    LocalExecutor,
    RunNumbers,
    RunOrders,
    RunPlaces,
)
from bbopt.output_folder import highest_number
from bbopt.planning.setup import Setup
from bbopt.scenario import RunObjective
from bbopt.stores import job_queue_at
from bbopt.target import RuntimeSource, Timing

__all__ = ["RunOwner", "build_checkpoints", "build_keeper", "run_orders", "start_executor"]


@dataclass(frozen=True, slots=True)
class RunOwner:
    """Whose the runs are: a search, whose seed is the `label` in their names, or a command.

    output_log: where all that they print is appended to.  record: what marks their processes.  n_before: how
    many runs there have been before.  keeper: who decides about their folders.  checkpoints: what they go on
    from, where there are any.
    """

    label: str
    output_log: Path | None = None
    record: str = ""
    n_before: int = 0
    keeper: FolderKeeper | None = None
    checkpoints: Checkpoints | None = None


NOBODY = RunOwner("run")
"""Whose runs need no names."""


def build_keeper(setup: Setup) -> FolderKeeper | None:
    """Who decides about the folders of runs; None where there are none."""
    if setup.folders is None:
        return None
    kept = setup.folders.settings.kept
    return FolderKeeper(setup.folders.home, kept, failures_first=setup.objective.failures_first)


def build_checkpoints(setup: Setup) -> Checkpoints | None:
    """The folders of a search's checkpoints; None where runs have none."""
    scenario, identity = setup.scenario, setup.identity
    if scenario.checkpoints is None:
        return None
    target = repr((identity.algo_exec, identity.context, identity.deterministic))
    is_shared = scenario.sharing.is_on
    return Checkpoints(scenario.output, scenario.num_run, is_shared=is_shared, target=target)


_DESCRIPTORS = 32  # files of ours that are open at a time, and those of libraries while they are imported


@contextmanager
def start_executor(setup: Setup, owner: RunOwner = NOBODY, n_slots: int | None = None) -> Iterator[Executor]:
    """The executor of the target's runs; its supervisors start at once, in the background.

    Nothing is started where an evaluator answers instead.  `n_slots` is how many runs at a time, by default
    as the options say; a cluster has as many as it has.
    """
    scenario = setup.scenario
    slots = n_slots or scenario.execution.n_slots
    slots = min(slots, scenario.execution.slot_values.n_slots or slots)
    _refuse_few_descriptors(slots)
    if setup.evaluator is not None:
        crashed = setup.objective.unknown_quality
        with InProcessExecutor(setup.evaluator, slots, crashed_quality=crashed) as in_process:
            yield in_process
        return
    orders = run_orders(setup, owner)
    if scenario.queue is not None:
        from bbopt.executors.queue_executor import QueueExecutor

        with QueueExecutor(orders, job_queue_at(scenario.queue)) as queue:
            yield queue
        return
    if scenario.cluster is None:
        with LocalExecutor(orders, slots, pin_cores=scenario.execution.pins_cores) as executor:
            yield executor
        return
    from bbopt.executors.dask_executor import DaskExecutor  # needs Dask, which takes its time

    with DaskExecutor(orders, scenario.cluster) as executor:
        yield executor


def _refuse_few_descriptors(n_slots: int) -> None:
    """Say now what would else end the search in the middle, or in a library that swallows it."""
    limit, needed = resource.getrlimit(resource.RLIMIT_NOFILE)[0], _DESCRIPTORS + n_slots
    if limit != resource.RLIM_INFINITY and limit < needed:
        raise BboptError(
            "too few file descriptors may be opened",
            got=f"a limit of {limit}",
            expected=f"at least {needed}",
            remedy=f"ulimit -n {needed}, or more",
        )


def run_orders(setup: Setup, owner: RunOwner) -> RunOrders:
    """How the runs are ordered, wherever they are executed."""
    scenario, execution = setup.scenario, setup.scenario.execution
    return RunOrders(
        setup.command,
        guard_factor=execution.guard_factor,
        grace_s=execution.grace_s,
        output_log=owner.output_log,
        crashed_quality=setup.objective.unknown_quality,
        memory_limit_bytes=execution.memory_limit_bytes,
        output_limit_bytes=execution.output_limit_bytes,
        wall_limit_s=execution.wall_limit_s,
        kill_command=scenario.kill_command,
        record=owner.record,
        places=_places(setup, owner),
        keeper=owner.keeper,
        timing=Timing(
            RuntimeSource(execution.runtime_source), scenario.run_objective is RunObjective.RUNTIME
        ),
    )


def _places(setup: Setup, owner: RunOwner) -> RunPlaces:
    scenario = setup.scenario

    def highest() -> int:
        return max(owner.n_before, highest_number(scenario.output.run_folders(owner.label)))

    return RunPlaces(
        RunNumbers(owner.label, highest),
        str(scenario.folder),
        scenario.execution.slot_values,
        setup.folders,
        owner.checkpoints,
    )
