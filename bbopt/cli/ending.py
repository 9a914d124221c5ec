"""What people at a terminal see at the end of a search: what was found, and what can be done next."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Console
from rich.text import Text

from bbopt.cli.against_default import Comparison, against_default
from bbopt.cli.durations import duration
from bbopt.database_address import without_passwords
from bbopt.options import Assignments
from bbopt.runs import Objective, at_budget, spread_of
from bbopt.scenario import Scenario
from bbopt.session import Plan
from bbopt.shell_words import shell_line
from bbopt.space import Configuration
from bbopt.tuning import Outcome
from bbopt.validation.plans import validates_after_search

__all__ = ["next_commands", "show_ending", "what_was_found"]

_LABELS = 10  # columns that the names of facts have
_MANY_RUNS = 30  # say how far noise goes
_OF_ONE_SEARCH = {"num-run", "resume", "restore-state-from", "restore-scenario", "warmstart"}


def show_ending(console: Console, plan: Plan, outcome: Outcome, given: Assignments) -> None:
    """Print it; `given` are the options of the command line."""
    facts = [
        *what_was_found(outcome, plan.setup.objective, plan.space.default, plan.scenario.folds),
        ("files", str(plan.scenario.output_root)),
    ]
    for label, text in facts:
        console.print(Text.assemble((label.ljust(_LABELS), "dim"), text), soft_wrap=True, highlight=False)
    label = "next"
    for purpose, command in next_commands(plan.scenario, outcome, given):
        console.print(Text.assemble((label.ljust(_LABELS), "dim"), f"{purpose}:"), highlight=False)
        console.print(Text(command, "cyan"), soft_wrap=True, highlight=False)
        label = ""


def what_was_found(
    outcome: Outcome, objective: Objective, default: Configuration, n_folds: int | None = None
) -> Iterator[tuple[str, str]]:
    """Facts and their names: why it ended, the best, and the default beside it."""
    progress, incumbent = outcome.progress, outcome.progress.incumbent
    yield "finished", outcome.reason
    failed = f", {progress.n_failures} of them failed" if progress.n_failures else ""
    tried = f"{progress.n_configurations} configurations in {duration(progress.wallclock_s)}"
    yield "runs", f"{progress.n_runs}{failed}; {tried}"
    if incumbent is None:
        yield "best", "no run has finished"
        return
    if not incumbent.standing.has_worked:
        yield "best", "no run has worked: bbopt call --scenario FILE makes one and explains the answer"
        return
    shown = objective.shown
    yield (
        "best",
        f"{objective.label} {shown(incumbent.cost):.6g}{at_budget(incumbent.budget)}, "
        f"{incumbent.n_runs} run(s) of config {progress.incumbent_number}",
    )
    yield "", incumbent.configuration.call_text()
    if n_folds is not None:
        yield "folds", f"mean {spread_of(incumbent.standing, shown).text(n_folds)}"
    if incumbent.configuration == default:
        yield "default", "nothing better than the default was found"
    elif (beside := against_default(outcome.history, incumbent.configuration, default)) is not None:
        yield "default", _default(beside, objective)


def _default(beside: Comparison, objective: Objective) -> str:
    default, best = beside.default, beside.incumbent
    shown = f"{objective.shown(default.mean):.6g}" if default.has_worked else "failed"
    runs = "run" if beside.n_runs == 1 else f"{beside.n_runs} runs"
    change = f", {beside.change()}" if beside.change() else ""
    where = f"{at_budget(default.budget)} on the same {runs}"
    return f"{shown}{where}; the best {objective.shown(best.mean):.6g}{change}"


def next_commands(scenario: Scenario, outcome: Outcome, given: Assignments) -> Iterator[tuple[str, str]]:
    """What each is for, and the command, to be copied."""
    incumbent = outcome.progress.incumbent
    if incumbent is not None and incumbent.standing.has_worked:
        yield "the command of the best", shell_line(["bbopt", "best", *_results(scenario), "--command"])
        yield "what the runs tell, as a page", shell_line(["bbopt", "report", *_results(scenario)])
        words = ["bbopt", "validate", *_words(given, _OF_ONE_SEARCH), f"--seed={scenario.num_run}"]
        if scenario.instances.is_black_box:
            if not scenario.deterministic:
                yield "run it more often", shell_line([*words, f"--num-validation-runs={_MANY_RUNS}"])
        elif scenario.test_instances is not None and not _was_validated(scenario, outcome):
            yield "run it on the test instances", shell_line(words)
    longer = _longer(scenario, outcome)
    if longer is not None:
        raised = {name for name, _ in longer}
        words = _words(given, _OF_ONE_SEARCH | raised)
        limits = (f"--{name}={value}" for name, value in longer)
        seed = f"--seed={scenario.num_run}"
        yield "go on", shell_line(["bbopt", *words, seed, "--resume=auto", *limits])


def _was_validated(scenario: Scenario, outcome: Outcome) -> bool:
    return validates_after_search(scenario) and not outcome.was_asked_for


def _longer(scenario: Scenario, outcome: Outcome) -> list[tuple[str, int]] | None:
    """Twice the limits that were reached; none for a search that was ended by somebody before them.

    None where nothing is left to do.
    """
    limits, progress = scenario.limits, outcome.progress
    reached = {
        "runcount-limit": limits.has_run_limit and progress.n_runs >= limits.runcount,
        "wallclock-limit": limits.has_wallclock_limit and progress.wallclock_s >= limits.wallclock_s,
        "cputime-limit": limits.has_cputime_limit and progress.tuner_time_s >= limits.cputime_s,
    }
    # As it was said: with folds, a limit is a number of configurations.
    longer = [(name, 2 * int(scenario.said(name).text)) for name in reached if reached[name]]
    return longer if longer or outcome.was_asked_for else None


def _words(given: Assignments, left_out: set[str]) -> list[str]:
    entries = [entry for entry in given.entries if entry.option.name not in left_out]
    names = [entry.name if entry.name.startswith("-") else entry.option.flag for entry in entries]
    return [f"{name}={without_passwords(e.text)}" for name, e in zip(names, entries, strict=True)]


def _results(scenario: Scenario) -> list[str]:
    """What other commands take for where the results are."""
    if scenario.storage is None:
        return [str(scenario.output_root)]
    return [scenario.storage.database.shown, f"--study={scenario.storage.study}"]
