"""The executor that a scenario's options ask for, and its rules for runs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bbopt.executors import Evaluator, Executor, InProcessExecutor, LocalExecutor, RunRules
from bbopt.executors.cluster_options import cluster_of
from bbopt.runs import Objective
from bbopt.scenario import OptionValues, RunObjective, Scenario
from bbopt.session.wiring import crashed_quality, target_command
from bbopt.target import RuntimeSource, Timing

__all__ = ["start_executor"]


@contextmanager
def start_executor(
    scenario: Scenario,
    objective: Objective,
    output_log: Path | None = None,
    evaluator: Evaluator | None = None,
    n_slots: int | None = None,
) -> Iterator[Executor]:
    """The executor of the target's runs; its supervisors start at once, in the background.

    Nothing is started where an `evaluator` answers instead.  `n_slots` is how many runs at a time, by default
    as the options say; a cluster has as many as it has.
    """
    slots = n_slots or _n_slots(scenario.options)
    if evaluator is not None:
        crashed = crashed_quality(objective)
        with InProcessExecutor(evaluator, slots, crashed_quality=crashed) as in_process:
            yield in_process
        return
    rules = _run_rules(scenario, objective, output_log)
    cluster = cluster_of(scenario.options, scenario.output.workers)
    if cluster is None:
        with LocalExecutor(rules, slots, pin_cores=scenario.options.flag("pin-cores")) as executor:
            yield executor
        return
    from bbopt.executors.dask_executor import DaskExecutor  # needs Dask, which takes its time

    with DaskExecutor(rules, cluster) as executor:
        yield executor


def _run_rules(scenario: Scenario, objective: Objective, output_log: Path | None) -> RunRules:
    options = scenario.options
    has_guard = options.flag("kill-run-exceeding-captime")
    return RunRules(
        target_command(scenario),
        guard_factor=options.number("kill-run-exceeding-captime-factor") if has_guard else None,
        grace_s=options.number("kill-grace"),
        output_log=output_log,
        crashed_quality=crashed_quality(objective),
        memory_limit_bytes=_bytes(options, "memory-limit"),
        output_limit_bytes=_bytes(options, "output-limit"),
        kill_command=scenario.kill_command,
        timing=Timing(
            RuntimeSource(options.choice("runtime-from")), scenario.run_objective is RunObjective.RUNTIME
        ),
    )


def _bytes(options: OptionValues, name: str) -> int | None:
    """An option in megabytes, which are 1,000,000 bytes as for BenchExec; None when it is not given."""
    return max(1, round(1e6 * options.number(name))) if options.is_given(name) else None


def _n_slots(options: OptionValues) -> int:
    """How many runs at a time; SMAC v2 knows a bound for all, and one for programs that it calls."""
    if not options.flag("cli-concurrent-execution"):
        return 1
    return options.integer("cores" if options.is_given("cores") else "cli-cores")
