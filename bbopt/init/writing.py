"""The two files of a search, as texts with remarks for the one who reads them."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from bbopt.errors import InputError
from bbopt.init.arguments import Argument, Program, Source
from bbopt.init.commands import ProgramCommand, as_template
from bbopt.init.metric_finding import FoundMetric
from bbopt.init.proposing import Kept, Proposal, Tuned
from bbopt.init.roles import BUDGET
from bbopt.options import COMMAND_LINE

__all__ = ["ScenarioFacts", "parameters_text", "scenario_text"]

_NEEDS_NO_QUOTES = re.compile(r"[\w@%+=:,./{}-]+")
_WIDEST = 56
_LONGEST_DEFAULT = 40


@dataclass(frozen=True, slots=True)
class ScenarioFacts:
    """What else a scenario is made of.

    pcs_file: the parameter file, as it is named.  directory: where the program runs, "" for the folder of the
    file.  how: how the metric was found.  others: further numbers that could be optimised.
    """

    pcs_file: str
    directory: str = ""
    n_runs: int = 50
    how: str = ""
    others: tuple[str, ...] = ()


def parameters_text(command: ProgramCommand, program: Program, proposal: Proposal) -> str:
    """The parameter file."""
    by = f"its {program.library} parser" if program.source is Source.PARSER else program.source.value
    lines = [f"# Parameters of {command.title}, read from {by} by bbopt init."]
    if any("guessed" in one.note for one in proposal.tuned):
        lines.append(
            "# Guessed ranges come from names and defaults: narrow or widen them as you know better."
        )
    lines += ["", *_aligned((one.line, one.note) for one in proposal.tuned)]
    if proposal.kept:
        lines += [
            "",
            "# Not searched: these keep the program's defaults. Where a line has a parameter, taking away",
        ]
        lines += ["# the first # searches it, too.", "#", *_kept_lines(proposal.kept)]
    return "".join(f"{line}\n" for line in lines)


def _aligned(pairs: Iterable[tuple[str, str]]) -> list[str]:
    rows = list(pairs)
    width = max((len(line) for line, _ in rows if len(line) <= _WIDEST), default=0)
    return [f"{line:<{width}}  # {note}" for line, note in rows]


def _kept_lines(kept: Sequence[Kept]) -> Iterator[str]:
    rows: dict[str, str] = {}
    for one in kept:
        lines = [tuned.line for tuned in one.tuned] or [f"  {one.argument.title}{_default(one.argument)}"]
        options = [option for tuned in one.tuned for option in tuned.options]
        also = f"; in scenario.txt: {', '.join(options)}" if options else ""
        for line in lines:
            rows.setdefault(f"# {line}", f"{one.reason}{also}")
    yield from _aligned(rows.items())


def _default(argument: Argument) -> str:
    if argument.default is None or argument.default == "":
        return ""
    value = argument.default
    text = str(value["text"]) if isinstance(value, dict) else str(value)
    text = " ".join(text.replace("#", " ").split())
    return f" = {text if len(text) <= _LONGEST_DEFAULT else text[:_LONGEST_DEFAULT] + '...'}"


def scenario_text(
    command: ProgramCommand,
    program: Program,
    proposal: Proposal,
    metric: FoundMetric | None,
    facts: ScenarioFacts,
) -> str:
    """The scenario file; InputError for words that it can't hold."""
    words = proposal.command(as_template(command.before), as_template(command.given), program)
    algo = " ".join(word if _NEEDS_NO_QUOTES.fullmatch(word) else shlex.quote(word) for word in words)
    if re.search(r"[\n\r]|(?:^|\s)#", algo):
        raise InputError(
            "this can't stand in a scenario file", place=COMMAND_LINE, got=algo,
            expected="one line, without a # behind a blank", remedy="put it into a script of its own",
        )  # fmt: skip
    lines = [f"# How to tune {command.title}; written by bbopt init.", "", f"algo = {algo}"]
    lines += ["call-format = argparse", f"pcs-file = {facts.pcs_file}"]
    if facts.directory:
        lines.append(f"execdir = {facts.directory}")
    if proposal.param_format:
        lines.append(f"param-format = {proposal.param_format}")
    lines += _passing(proposal.tuned)
    lines += ["", *_metric_lines(metric, facts)]
    lines += ["", "use-instances = false", *_seed_lines(proposal, words)]
    lines += ["", f"runcount-limit = {facts.n_runs}"]
    lines += ["# run-wallclock-limit = 600    # seconds that one run may take"]
    if proposal.budget is not None:
        lines += ["", *_budget_lines(proposal.budget)]
    return "".join(f"{line}\n" for line in lines)


def _passing(tuned: Sequence[Tuned]) -> list[str]:
    return list(dict.fromkeys(option for one in tuned for option in one.options))


def _metric_lines(metric: FoundMetric | None, facts: ScenarioFacts) -> Iterator[str]:
    if metric is None:
        yield "# Which number is to be optimised? None was found: write its name, as it is printed."
        yield "# metric = loss"
        return
    direction = "larger is better" if metric.is_maximised else "smaller is better"
    yield f"# {facts.how}; {direction}, to judge by its name."
    if facts.others:
        yield f"# Others: {', '.join(facts.others)}."
    yield f"metric = {metric.name}"
    if metric.pattern:
        yield f"metric-pattern = {metric.name}: {metric.pattern.replace('#', '[#]')}"
    if metric.is_maximised:
        yield "maximize = true"


def _seed_lines(proposal: Proposal, words: Sequence[str]) -> Iterator[str]:
    if proposal.seeds or any("{seed}" in word for word in words):
        yield "# Each run gets a seed, and good settings are run again with others. Where one is enough:"
        yield "# take {seed} out of algo, and write deterministic = true."
        yield "deterministic = false"
    else:
        yield "deterministic = true    # the same settings always give the same result"


def _budget_lines(argument: Argument) -> Iterator[str]:
    default = argument.default if isinstance(argument.default, int) and argument.default > 1 else None
    yield f"# Cheap runs first: {argument.title} is {BUDGET}. To use it as a budget, add it to algo as"
    yield f"# {argument.title} {{runlength}}, and say how much is all of it:"
    yield f"# budget-max = {default or 'N'}"
