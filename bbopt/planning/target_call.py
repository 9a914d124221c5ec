"""From a scenario's call settings to the language that the target is called in and answers in."""

from __future__ import annotations

import re
from pathlib import Path

from bbopt.errors import InputError, InputErrors, Place, nearest
from bbopt.options import resolve
from bbopt.scenario import CallFormatName, CallSettings, RunObjective, Scenario, read_command_line
from bbopt.scenario.call_settings import read_call_settings
from bbopt.scenario.call_templates import BUDGET, SCENARIO_FOLDER, WORD_LIST, place_within
from bbopt.scenario.folds import read_outer_fold
from bbopt.scenario.retraining import RetrainingSettings
from bbopt.scenario.run_folders import parameters_file_name
from bbopt.space import Space
from bbopt.stores import RecordIdentity
from bbopt.target import TargetCommand
from bbopt.target.answers import (
    AnswerFormat,
    CostTimeAnswer,
    LineWithMetricAnswer,
    MetricReader,
    PatternAnswer,
    ResultLineAnswer,
)
from bbopt.target.call_formats import (
    Aclib2Call,
    CallFormat,
    IraceCall,
    SmacCall,
    TemplateCall,
    hides_budget,
)
from bbopt.target.run_folder import FolderPlan

__all__ = [
    "answer_format",
    "call_format",
    "recorded_command",
    "refuse_unknown_parameters",
    "refuse_unpassed_parameters",
    "refuse_unseen_budget",
]

_IN_FILES = {"parameters-file", "template"}
_FOLDS = {"folds", "outer-fold", "outer-folds"}
_CALL_OPTIONS = {"call-format", "flag-style", "param-format", "param-template", *_FOLDS, *_IN_FILES}
_ASKS_FOR_PARAMETERS = re.compile(r"\{params\}|\{param:")


def call_format(call: CallSettings) -> CallFormat:
    """How the arguments of a run are written."""
    match call.format:
        case CallFormatName.SMAC:
            return SmacCall(call.quotes_values)
        case CallFormatName.ACLIB2:
            return Aclib2Call()
        case CallFormatName.IRACE:
            return IraceCall(call.parameters)
        case CallFormatName.ARGPARSE | CallFormatName.TEMPLATE:
            return TemplateCall(call.template, call.parameters)


def recorded_command(identity: RecordIdentity) -> TargetCommand | None:
    """How the target of a record was called; None where the record does not tell it."""
    context = {name: text for name, text in identity.context if name in _CALL_OPTIONS}
    asks = context.keys() & _IN_FILES or _ASKS_FOR_PARAMETERS.search(identity.algo_exec)
    is_template = asks and "call-format" not in context
    context["algo-template" if is_template else "algo-exec"] = identity.algo_exec
    given = [f"--{name}={line}" for name, text in context.items() for line in text.split("\n")]
    cutoff = f"--algo-cutoff-time={identity.cutoff_s}"
    try:
        instances = [] if "folds" in context else ["--use-instances=false"]
        values = resolve(read_command_line([*given, cutoff, *instances]))
        call = read_call_settings(values)
    except InputError:
        return None
    command = TargetCommand(
        call.words,
        Path(identity.exec_dir),
        identity.exec_dir,
        call_format(call),
        parameters_file=parameters_file_name(values),
    )
    outer, folder = read_outer_fold(values), identity.scenario_folder
    facts = ({SCENARIO_FOLDER: folder} if folder else {}) | ({} if outer is None else outer.facts)
    return command.in_run(facts) if facts else command


def answer_format(scenario: Scenario, unknown_quality: float) -> AnswerFormat:
    """How the answer of a run is read; a run that tells no quality has the `unknown_quality`."""
    call, is_runtime = scenario.call, scenario.run_objective is RunObjective.RUNTIME
    unknown = 0.0 if is_runtime else unknown_quality
    patterns = PatternAnswer(call.results, MetricReader(call.metrics), not is_runtime, unknown)
    line = ResultLineAnswer(call.format is CallFormatName.ACLIB2, not is_runtime)
    if call.metrics.optimised and not call.results and call.format.is_configurators:
        return LineWithMetricAnswer(line, patterns)
    if call.results or call.metrics.optimised:
        return patterns
    return CostTimeAnswer(cost_is_runtime=is_runtime) if call.format is CallFormatName.IRACE else line


def refuse_unknown_parameters(
    call: CallSettings, space: Space, retraining: RetrainingSettings | None = None
) -> None:
    """Raise InputErrors where the templates name parameters or values that the space does not have."""
    problems = [
        _unknown("parameter", name, space.names, _place_of(name, command))
        for command in (call, retraining)
        if command is not None
        for name in sorted(command.template.parameters - set(space.names))
    ]
    for rule in call.parameters.special:
        names = rule.template.parameters | ({rule.name} if rule.is_for_one else set())
        problems += [
            _unknown("parameter", name, space.names, rule.place) for name in sorted(names - set(space.names))
        ]
        choices = space.parameters[space.index[rule.name]].choices if rule.name in space.index else ()
        if choices and rule.value is not None and rule.value not in choices:
            problems.append(_unknown(f"value of {rule.name}", rule.value, choices, rule.place))
    problems += _no_switches(call, space)
    if problems:
        raise InputErrors(problems)


def _no_switches(call: CallSettings, space: Space) -> list[InputError]:
    """Flag styles of parameters that are none, or have other values than on and off."""
    problems = []
    for flag in call.parameters.flags:
        column = space.index.get(flag.name)
        if flag.is_for_one and column is None:
            problems.append(_unknown("parameter", flag.name, space.names, flag.place))
        elif column is not None and space.parameters[column].switch is None:
            problems.append(
                InputError(
                    f"flag-style of {flag.name}, which can't be on and off",
                    place=flag.place,
                    got=space.parameters[column].domain,
                    expected="a parameter such as NAME categorical {true, false} [false]",
                    remedy=f"param-template = {flag.name}=VALUE: words passes other values in any form",
                )
            )
    return problems


def _place_of(name: str, call: CallSettings | RetrainingSettings) -> Place:
    return place_within(call.place, max(0, call.text.find(f"{{param:{name}}}")))


def _unknown(kind: str, name: str, known: tuple[str, ...], place: Place) -> InputError:
    near = nearest(name, known)
    return InputError(
        f"unknown {kind}: {name}",
        place=place,
        expected=f"one of {', '.join(known)}"
        if len(known) <= 20
        else f"one of the {len(known)} of the PCS file",
        remedy=f"did you mean {' or '.join(near)}?" if near else None,
    )


def refuse_unpassed_parameters(call: CallSettings, space: Space, folders: FolderPlan | None = None) -> None:
    """Raise InputErrors for parameters that neither the command nor files in folders tell the program."""
    if not call.template.words or WORD_LIST in call.template.names:
        return
    in_files: set[str] = set()
    if folders is not None:
        if folders.settings.parameters_file:
            return
        in_files.update(*(template.names for _, template in folders.templates))
    missing = [name for name in space.names if name not in call.template.parameters | in_files]
    if missing:
        problem = InputError(
            "algo-template does not pass every parameter",
            place=call.place,
            got=f"nothing for {', '.join(missing[:20])}{', ...' if len(missing) > 20 else ''}",
            expected="the placeholder {params}, {param:NAME} for each of them, or ${NAME} in a template",
        )
        raise InputErrors([problem])


def refuse_unseen_budget(scenario: Scenario, folders: FolderPlan | None) -> None:
    """Raise InputError where budgets are in play, and nothing tells the target which one its run has."""
    call, evaluator = scenario.call, scenario.evaluator
    if scenario.budgets is None:
        return
    place = scenario.said("budget-max").place
    if evaluator is not None and evaluator.name == "ANALYTIC":
        raise InputError(
            "an analytic function has no budget: it answers every run in full",
            place=scenario.said("tae").place,
            got=f"tae = ANALYTIC, and budget-max at {place}",
            remedy="leave out budget-max, or tune a program",
        )
    told = set(call.template.names)
    if folders is not None:
        told |= folders.named
        told.update(*(command.names for command in folders.settings.before))
    is_smac = call.format is CallFormatName.SMAC
    if BUDGET in told or evaluator is not None or (is_smac and not hides_budget(call.words)):
        return
    asks = f"the placeholder {{{BUDGET}}} in the command, or ${{{BUDGET}}} in a template"
    remedy = f"add it; before a program that looks at BBOPT_BUDGET write env BBOPT_BUDGET={{{BUDGET}}}"
    if is_smac:
        asks, remedy = "--runlength-argument NAME before the --", "add it, or use call-format = argparse"
    elif not call.format.has_placeholders:
        asks, remedy = "call-format = smac, or an algo-template with {runlength}", "choose one of them"
    raise InputError(
        "runs have budgets, and the command does not tell the program which",
        place=call.place,
        got=f"{call.text}, and budget-max at {place}",
        expected=asks,
        remedy=remedy,
    )
