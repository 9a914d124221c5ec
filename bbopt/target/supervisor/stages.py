"""A run in its stages: its folder is made, commands before the program, the program, commands behind it.

Each command is supervised as the program is, in the same folder, and what one has used the next ones lack.
"""

from __future__ import annotations

import errno
import os
import time
from dataclasses import replace

from bbopt.target.supervisor import checkpoint_folder, run_folder
from bbopt.target.supervisor.run_folder import FolderOrder
from bbopt.target.supervisor.station import Station
from bbopt.target.supervisor.supervision import supervise
from bbopt.target.supervisor.wire import EndedBy, RunOrder, SupervisedRun

__all__ = ["execute"]


def execute(order: RunOrder, station: Station) -> SupervisedRun:
    """The run; when this returns, none of its processes is left (or `n_survivors` says how many)."""
    if not order.checkpoint_out:
        return _in_folder(order, station)
    try:
        checkpoint_folder.make_out(order.checkpoint_out)
    except OSError as error:
        return _not_started("checkpoints", error)
    run = _in_folder(order, station)
    return run if station.is_abandoned else _with_checkpoint(run, order.checkpoint_out)


def _with_checkpoint(run: SupervisedRun, out: str) -> SupervisedRun:
    """The run with what it has left; the optimizer decides whether that counts."""
    if run.ended_by is not EndedBy.EXIT or run.n_survivors:
        return run
    try:
        run = replace(run, has_checkpoint=checkpoint_folder.take_out(out))
    except OSError as error:
        return replace(run, notes=[*run.notes, f"the checkpoint in {out} can't be kept: {error}"])
    return replace(run, lacks_room=run.exit_status != 0 and checkpoint_folder.lacks_room(out))


def _not_started(step: str, error: OSError) -> SupervisedRun:
    number = error.errno or errno.EIO
    return SupervisedRun(EndedBy.SPAWN, time.time(), tail=str(error), spawn_errno=number, spawn_step=step)


def _in_folder(order: RunOrder, station: Station) -> SupervisedRun:
    folder = order.folder
    if folder is None:
        return supervise(order, station)
    try:
        run_folder.make(folder, order.run_id)
    except OSError as error:
        return _not_started("folder", error)
    run = _staged(order, folder, station)
    os.chdir("/")  # or the folder could be kept from being moved
    problem = run_folder.bring_back(folder)
    return replace(run, notes=[*run.notes, problem]) if problem else run


def _staged(order: RunOrder, folder: FolderOrder, station: Station) -> SupervisedRun:
    rest = order
    for argv in folder.before:
        stage = supervise(_without_answer(rest, argv), station)
        rest = _minus(rest, stage)
        if problem := _problem("pre-process", argv, stage):
            return replace(stage, stage_problem=problem)
    run_folder.clear_results(folder)
    run = _followed(supervise(rest, station), rest, folder, station)
    written = run_folder.results(folder)
    return replace(run, results=written) if written else run


def _followed(run: SupervisedRun, order: RunOrder, folder: FolderOrder, station: Station) -> SupervisedRun:
    """The run with what the commands behind the program have said of it."""
    if run.ended_by is not EndedBy.EXIT or run.n_survivors:
        return run
    rest, printed = _minus(order, run), ""
    for argv in folder.after:
        stage = supervise(replace(_without_answer(rest, argv), keeps_stdout=True), station)
        rest, printed = _minus(rest, stage), printed + stage.stdout
        problem = _problem("post-process", argv, stage)
        if problem and run.exit_status and stage.ended_by is EndedBy.EXIT and not stage.n_survivors:
            return replace(run, notes=[*run.notes, problem])  # it had nothing to work on
        if problem:
            is_its_own = stage.ended_by in {EndedBy.EXIT, EndedBy.SPAWN}
            ended_by = run.ended_by if is_its_own else stage.ended_by
            return replace(
                run, ended_by=ended_by, stage_problem=problem, tail=stage.tail, n_survivors=stage.n_survivors
            )
    return replace(run, post_output=printed)


def _without_answer(order: RunOrder, argv: list[str]) -> RunOrder:
    """The order for a command whose output is no answer."""
    return replace(order, argv=argv, patterns=[], metrics=[], has_result_file=False, searches_stderr=False)


def _minus(order: RunOrder, stage: SupervisedRun) -> RunOrder:
    """The order with what a stage has left of its limits."""
    return replace(
        order,
        limit_s=_less(order.limit_s, stage.wallclock_s),
        wall_limit_s=_less(order.wall_limit_s, stage.wallclock_s),
        cpu_limit_s=_less(order.cpu_limit_s, stage.cpu_s or 0.0),
        cpu_free_s=max(0.0, order.cpu_free_s - stage.wallclock_s),
        output_limit_bytes=None
        if order.output_limit_bytes is None
        else max(0, order.output_limit_bytes - stage.n_output_bytes),
    )


def _less(limit_s: float | None, used_s: float) -> float | None:
    return None if limit_s is None else max(0.0, limit_s - used_s)


def _problem(stage: str, argv: list[str], run: SupervisedRun) -> str:
    """Why a stage has failed, "" when it has not."""
    command = " ".join(argv)
    if run.ended_by is EndedBy.SPAWN:
        return f"{stage} can't be started: {command}: {os.strerror(run.spawn_errno or 0)}"
    if run.ended_by is not EndedBy.EXIT:
        return f"{stage} was ended ({run.ended_by.value}): {command}"
    if run.n_survivors:
        return f"{stage} has left processes that can't be killed: {command}"
    if run.exit_status:
        how = f"signal {-run.exit_status}" if run.exit_status < 0 else f"exit status {run.exit_status}"
        return f"{stage} ended with {how}: {command}"
    return ""
