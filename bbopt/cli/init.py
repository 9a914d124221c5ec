"""`bbopt init train.py`: the files of a search, from what the script itself says."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from bbopt.cli.command import Arguments, current_folder
from bbopt.errors import InputError, Place, Problems
from bbopt.options import COMMAND_LINE, Assignment, Assignments, OptionValues, option_table
from bbopt.shell_words import shell_line, shell_word

if TYPE_CHECKING:
    from rich.console import Console

    from bbopt.init import FoundMetric, Program, ProgramCommand, Proposal, ReadProgram, Trial
    from bbopt.planning.setup import Setup
    from bbopt.scenario import Scenario

__all__ = ["init"]

_PCS_NAME = "params.pcs"
_SCENARIO_NAME = "scenario.txt"
_UNKNOWN = "bbopt-init-looks-for-it"
"""The name of the metric as long as none is known."""

_GUESSED = "Guessed"
_N_SHOWN = 5
_N_RUNS = 50


def init(arguments: Arguments) -> int:
    """Write a parameter file and a scenario for a program, and run it once; 0 when a search could start."""
    from rich.console import Console

    from bbopt.init import propose, read_command, read_program

    own = arguments.own
    command = read_command(arguments.given.words, own.optional_text("python"))
    folder = _folder(own)
    read = read_program(command, from_help=own.flag("from-help"))
    proposal = propose(read.program)
    _refuse_incomplete(command, read.program, proposal)
    work = _Work(command, read, proposal, own, folder, Console(highlight=False))
    work.show_arguments()
    return work.finish()


def _folder(own: OptionValues) -> Path:
    """Where the files go; InputErrors where there are such files."""
    folder = current_folder() / (own.optional_text("output") or "")
    there = [folder / name for name in (_PCS_NAME, _SCENARIO_NAME) if (folder / name).exists()]
    Problems(
        InputError(
            "there is such a file already, and it is not replaced",
            place=Place(_shown(path)),
            remedy="bbopt init --output FOLDER ... writes elsewhere; or move it away",
        )
        for path in there
    ).raise_if_any()
    return folder


def _shown(path: Path) -> str:
    current = current_folder()
    return str(path.relative_to(current)) if path.is_relative_to(current) else str(path)


def _refuse_incomplete(command: ProgramCommand, program: Program, proposal: Proposal) -> None:
    """InputError where the program would not start, or nothing can be searched."""
    start = f"bbopt init {shell_line(_as_typed(command))}"
    if program.problem:
        raise InputError(
            f"{command.title} does not take what stands behind its name",
            place=COMMAND_LINE,
            got=program.problem,
            expected=f"one of its subcommands: {', '.join(program.subcommands)}"
            if program.subcommands
            else None,
        )
    if program.subcommands and not any(one.level == len(program.levels) - 1 for one in proposal.tuned):
        raise InputError(
            f"{command.title} has subcommands; which one is to be tuned?",
            place=COMMAND_LINE,
            expected=f"one of {', '.join(program.subcommands)}",
            remedy=f"{start} -- {program.subcommands[0]}",
        )
    if proposal.missing:
        needed = [_typed(one.flag, one.name) for one in proposal.missing]
        raise InputError(
            f"{command.title} can't do without {', '.join(one.title for one in proposal.missing)}",
            place=COMMAND_LINE,
            expected="arguments that it must be given, behind --",
            remedy=f"{start} -- {' '.join([*map(shell_word, command.given), *needed])}",
        )
    if not proposal.tuned:
        kept = [f"{one.argument.title} ({one.reason})" for one in proposal.kept]
        raise InputError(
            f"{command.title} has nothing to search",
            got=", ".join(kept) or "no arguments that are not given",
            expected="numbers, choices or switches that change how good it is",
            remedy="bbopt run --param 'NAME real [LOW, HIGH] [DEFAULT]' ... -- COMMAND names it",
        )


def _as_typed(command: ProgramCommand) -> list[str]:
    return [command.target] if command.form == "file" else ["--", *command.before]


def _typed(flag: str, name: str) -> str:
    return f"{flag} {name.upper()}" if flag else name.upper()


@dataclass(frozen=True, slots=True)
class _Chosen:
    """The metric, and how it was found."""

    metric: FoundMetric | None = None
    how: str = ""
    others: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Work:
    """A program with all that is known of it, and where its files go."""

    command: ProgramCommand
    read: ReadProgram
    proposal: Proposal
    own: OptionValues
    folder: Path
    console: Console

    def show_arguments(self) -> None:
        """What was read, a line for each parameter."""
        from bbopt.cli.plain_table import print_lines, table_lines

        program, proposal = self.read.program, self.proposal
        for doubt in self.read.doubts:
            print(f"warning: {doubt}", file=sys.stderr)
        if program.others:
            others = ", ".join(program.others)
            print(f"warning: of several parsers the one that reads first counts, {program.at}, not {others}",
                  file=sys.stderr)  # fmt: skip
        where = (
            f" ({program.library}, {program.at})" if program.at else f" (read from {program.source.value})"
        )
        n_all = _counted(len(program.arguments), "argument")
        n_tuned = _counted(len(proposal.tuned), "parameter")
        print(f"{self.command.title} takes {n_all}{where}; to be searched: {n_tuned}.\n")
        rows = [(f"  {one.line}", one.note) for one in proposal.tuned]
        lines = list(table_lines(("  parameter", ""), rows, frozenset()))[1:]
        print_lines(self.console, lines)
        print(flush=True)

    def finish(self) -> int:
        """Find the metric, write the files, check them, and run the program once; the exit code."""
        chosen, trial = self._given_or_asked(), None
        if self.read.runs and not self.own.flag("no-try"):
            trial = self._try(chosen)
        if chosen.metric is None:
            chosen = self._found(trial)
        paths = self._write(chosen)
        scenario = _loaded(paths[1]) if chosen.metric is not None else None
        return self._conclude(chosen, trial, scenario, paths)

    # --- the metric

    def _given_or_asked(self) -> _Chosen:
        from bbopt.init import found_metrics

        name = self.own.optional_text("metric")
        if name is not None:
            return _Chosen(self._named(name), "Named on the command line")
        if self.own.flag("try") or self.own.flag("no-try") or not _is_at_a_terminal() or not self.read.runs:
            return _Chosen()
        return self._asked(found_metrics(self._printed()))

    def _named(self, name: str) -> FoundMetric:
        from bbopt.init import FoundMetric, is_larger_better

        told = self.own.optional_flag("maximize")
        return FoundMetric(name, "", "", is_larger_better(name) if told is None else told, True, 0)

    def _printed(self) -> list[str]:
        from bbopt.init import printed_texts

        return [] if self.read.source is None else printed_texts(self.read.source)

    def _asked(self, metrics: Sequence[FoundMetric]) -> _Chosen:
        """What somebody at the terminal says; nothing for a run that is to tell."""
        shown = [one for one in metrics if one.is_known][:_N_SHOWN]
        print("Which number is to be optimised?" + (" The script seems to print:" if shown else ""))
        for number, one in enumerate(shown, 1):
            print(f"  {number}  {one.name} ({_direction(one)})")
        try:
            answer = input("A number or a name; or Enter, to run it and look: ").strip()
        except EOFError:
            answer = ""
        print()
        if not answer:
            return _Chosen()
        if answer.isdigit() and 1 <= int(answer) <= len(shown):
            return _Chosen(shown[int(answer) - 1], "Chosen from what the script prints")
        return _Chosen(self._named(answer), "Named at the terminal")

    def _found(self, trial: Trial | None) -> _Chosen:
        """The likeliest in the output of the run, or else in what the script's text would print."""
        from bbopt.init import found_metrics

        metrics = [] if trial is None else found_metrics(trial.lines)
        how = "" if not metrics else f'Found in the output, "{_excerpt(metrics[0])}"'
        if not metrics and (trial is None or trial.is_cut_short or trial.run.exit_status != 0):
            metrics = [one for one in found_metrics(self._printed()) if one.is_known]
            how = f"{_GUESSED} from what the script's text would print" if metrics else ""
        if not metrics:
            return _Chosen()
        told = self.own.optional_flag("maximize")
        first = metrics[0] if told is None else replace(metrics[0], is_maximised=told)
        others = dict.fromkeys(one.name for one in metrics[1:] if one.name != first.name)
        return _Chosen(first, how, tuple(others)[:_N_SHOWN])

    # --- the run

    def _try(self, chosen: _Chosen) -> Trial:
        """Run it once, by files that are gone afterwards."""
        from bbopt.init import LIMIT_S, try_once
        from bbopt.planning.setup import build_setup

        probe = chosen if chosen.metric else _Chosen(self._named(_UNKNOWN))
        with tempfile.TemporaryDirectory(prefix="bbopt-init-") as folder:
            for name, text in self._texts(probe, Path(folder)).items():
                Path(folder, name).write_text(text, encoding="utf-8")
            setup = build_setup(_loaded(Path(folder, _SCENARIO_NAME)))
        print(f"Running it once with its defaults, for at most {LIMIT_S:g} s ...", flush=True)
        return try_once(setup)

    # --- the files

    def _texts(self, chosen: _Chosen, folder: Path) -> dict[str, str]:
        """The two files, which name others by their whole paths where they are not in the current folder."""
        from bbopt.init import ScenarioFacts, parameters_text, scenario_text

        current = current_folder()
        is_here = folder == current
        n_runs = self.own.optional_integer("runs") or _N_RUNS
        pcs_file, directory = (_PCS_NAME, "") if is_here else (str(folder / _PCS_NAME), str(current))
        facts = ScenarioFacts(pcs_file, directory, n_runs, chosen.how, chosen.others)
        of_program = (self.command, self.read.program, self.proposal)
        return {
            _PCS_NAME: parameters_text(*of_program),
            _SCENARIO_NAME: scenario_text(*of_program, chosen.metric, facts),
        }

    def _write(self, chosen: _Chosen) -> list[Path]:
        from bbopt.durable_files import encode_text, file_error, write_new_file

        paths = []
        for name, text in self._texts(chosen, self.folder).items():
            path = self.folder / name
            try:
                self.folder.mkdir(parents=True, exist_ok=True)
                write_new_file(path, encode_text(text))
            except OSError as error:
                raise file_error("write", path, error) from error
            paths.append(path)
        return paths

    # --- the end

    def _conclude(
        self, chosen: _Chosen, trial: Trial | None, scenario: Scenario | None, paths: Sequence[Path]
    ) -> int:
        """Say what was found, what was not, and what comes next."""
        from bbopt.session import plan_session

        is_good, message = True, ""
        warnings: Sequence[str] = ()
        if scenario is not None:
            plan = plan_session(scenario)
            warnings = plan.warnings
            if trial is not None:
                is_good, message = _verdict(trial, plan.setup, chosen)
                print(message)
        elif trial is not None:
            print(_without_metric(trial))
        written = " and ".join(_shown(path) for path in paths)
        print(f"\nWritten: {written}. Look whether the ranges suit.")
        for warning in warnings:
            print(f"warning: {warning}")
        if chosen.metric is not None:
            guessed = f" {chosen.how}." if chosen.how.startswith(_GUESSED) else ""
            print(f"Metric:  {chosen.metric.name} ({_direction(chosen.metric)}).{guessed}")
        print(f"Next:    {self._next(chosen, trial, is_good, paths[1])}")
        return 0 if chosen.metric is not None and is_good and trial is not None else self._code(trial)

    def _code(self, trial: Trial | None) -> int:
        return 0 if trial is None and self.own.flag("no-try") and self.own.is_given("metric") else 1

    def _next(self, chosen: _Chosen, trial: Trial | None, is_good: bool, path: Path) -> str:
        scenario = shell_word(_shown(path))
        if chosen.metric is None:
            return f"write metric = NAME into {scenario}, then bbopt call --scenario {scenario}"
        is_cut_short = trial is not None and trial.is_cut_short
        if not self.read.runs or not (is_good or is_cut_short):
            return f"mend what is wrong, then bbopt call --scenario {scenario}"
        if trial is None or is_cut_short:
            return f"bbopt call --scenario {scenario} runs it once to its end"
        return f"bbopt --scenario {scenario}"


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"


def _is_at_a_terminal() -> bool:
    return sys.stdin.isatty() and sys.stdout.isatty()


def _direction(metric: FoundMetric) -> str:
    return "larger is better" if metric.is_maximised else "smaller is better"


def _excerpt(metric: FoundMetric) -> str:
    """The line that has it, without what is far from it."""
    at = max(0, metric.line.rfind(metric.name.rpartition("_")[2]))
    begin, end = max(0, at - 30), at + 30
    shown = metric.line[begin:end]
    return f"{'...' if begin else ''}{shown}{'...' if end < len(metric.line) else ''}"


def _loaded(path: Path) -> Scenario:
    """The scenario that was written, seen from the current folder."""
    from bbopt.scenario import load_scenario

    entry = Assignment(option_table()["scenario-file"], "--scenario", str(path), COMMAND_LINE)
    return load_scenario(Assignments((entry,)), cwd=current_folder())


def _verdict(trial: Trial, setup: Setup, chosen: _Chosen) -> tuple[bool, str]:
    """Whether a search could use such runs, and how this one went."""
    from bbopt.java_numbers import format_double

    result, metric = trial.judged(setup), chosen.metric
    name = metric.name if metric else ""
    if result.status.is_solved:
        value = format_double(setup.objective.shown(result.quality))
        return True, f"  {name}: {value}, after {result.wallclock_s:.1f} s"
    if trial.is_cut_short:
        latest = result.metrics.get(name)
        so_far = "printed none yet" if latest is None else f"had come to {latest:g}"
        return latest is not None, f"  it was not over after {result.wallclock_s:.0f} s; {name} {so_far}"
    return False, result.reason


def _without_metric(trial: Trial) -> str:
    """What the run printed, in which no number has a name."""
    lines = [f"  | {line.rstrip()}" for line in trial.lines if line.strip()][-_N_SHOWN:]
    return "\n".join([*lines, "  no number with a name, such as loss: 0.12, was found in its output"])
