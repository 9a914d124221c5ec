"""How the target is called and answers, as the options say: `call-format` and what belongs to it."""

from __future__ import annotations

import enum
import shlex
from dataclasses import dataclass, field

from bbopt.errors import InputError, InputErrors, Place, Problems
from bbopt.options import OptionValues
from bbopt.scenario.call_templates import (
    FACTS,
    FOLD,
    FOLD_FACTS,
    OUTER_FOLD_FACTS,
    RESULT_FILE_FACT,
    RUN_FACTS,
    WORD_LIST,
    Template,
    parse_template,
)
from bbopt.scenario.metrics import MetricSettings, read_metrics
from bbopt.scenario.objectives import RunObjective, read_run_objective
from bbopt.scenario.parameter_templates import (
    ParameterTemplates,
    parse_flag_styles,
    parse_parameter_format,
    parse_parameter_templates,
)
from bbopt.scenario.result_patterns import ResultPatterns, parse_exit_codes, parse_patterns
from bbopt.scenario.target_program import split_command
from bbopt.scenario.usable_templates import refuse_unusable

__all__ = ["CallFormatName", "CallSettings", "evaluator_call", "read_call_settings"]


_DEFAULT_PARAMETER_FORMATS = {"argparse": "--{name} {value}", "irace": "--{name} {value}"}
_DEFAULT_PARAMETER_FORMAT = "-{name} {value}"

_FOLD_FLAGS = ("--id_cross_fold", "{fold}", "--nb_cross_fold", "{folds}")
"""Pylearn's names, for argparse scripts whose command does not say how they are told their fold."""


class CallFormatName(enum.Enum):
    """The values of `call-format`."""

    SMAC = "smac"
    ARGPARSE = "argparse"
    ACLIB2 = "aclib2"
    IRACE = "irace"
    TEMPLATE = "template"

    @property
    def is_configurators(self) -> bool:
        """Whether programs that are called so were written for a configurator, and print result lines."""
        return self in {CallFormatName.SMAC, CallFormatName.ACLIB2}

    @property
    def has_placeholders(self) -> bool:
        """Whether the command itself says where the run's facts go."""
        return self in {CallFormatName.ARGPARSE, CallFormatName.TEMPLATE}

    @property
    def has_parameter_templates(self) -> bool:
        """Whether the form of the parameters can be chosen."""
        return self not in {CallFormatName.SMAC, CallFormatName.ACLIB2}


@dataclass(frozen=True, slots=True)
class CallSettings:
    """The target's command and its language.

    words, text, place: the command, as words and as given: `algo-template`, or else `algo`.
    template: the same with its placeholders, in the formats that have some.
    parameters: the form of the parameters, in the formats that leave it open.
    results: what to read from the output, instead of the format's own answer if there is anything.
    metrics: what else is read, and which of it is optimised: then it is read instead of that answer, too.
    quotes_values: whether the format SMAC puts quotes around values.
    """

    format: CallFormatName
    words: tuple[str, ...]
    text: str
    place: Place
    template: Template
    parameters: ParameterTemplates
    results: ResultPatterns
    metrics: MetricSettings = field(default_factory=MetricSettings)
    quotes_values: bool = False


def read_call_settings(values: OptionValues) -> CallSettings:
    """What the options say.  The command must be given; InputErrors has all that can't be used."""
    problems = Problems()
    call_format = _format(values)
    name = "algo-exec" if values.optional_text("algo-template") is None else "algo-template"
    text, place = values.text(name), values.place(name)
    words = split_command(text, place)
    template = problems.attempt(lambda: _template(call_format, words, values, place))
    parameters = problems.attempt(lambda: _parameters(call_format, values))
    answers = problems.attempt(lambda: _answers(call_format, values))
    if template is None or parameters is None or answers is None:
        raise InputErrors(problems)
    quotes = values.flag("cli-call-params-with-quotes")
    return CallSettings(call_format, words, text, place, template, parameters, *answers, quotes)


def evaluator_call(evaluator: str, place: Place) -> CallSettings:
    """What stands for a command where a built-in evaluator answers and none is given: `evaluator`'s name."""
    parameters = ParameterTemplates(parse_parameter_format(_DEFAULT_PARAMETER_FORMAT, place))
    return CallSettings(
        CallFormatName.SMAC, (evaluator,), evaluator, place, Template(()), parameters, ResultPatterns()
    )


def _format(values: OptionValues) -> CallFormatName:
    has_template = values.optional_text("algo-template") is not None
    if not values.is_given("call-format"):
        return CallFormatName.TEMPLATE if has_template else CallFormatName.SMAC
    given = CallFormatName(values.choice("call-format"))
    if has_template == (given is CallFormatName.TEMPLATE):
        return given
    if has_template:
        raise InputError(
            f"call-format = {given.value} has no use for algo-template",
            place=values.place("algo-template"),
            expected="algo-template alone, or algo with this call-format",
            remedy="leave out one of the two",
        )
    raise InputError(
        "call-format = template needs algo-template",
        place=values.place("call-format"),
        expected="algo-template = ./solver -s {seed} {params} {instance}, say",
    )


def _template(
    call_format: CallFormatName, words: tuple[str, ...], values: OptionValues, place: Place
) -> Template:
    if not call_format.has_placeholders:
        return Template(())
    text = values.text("algo-exec" if values.optional_text("algo-template") is None else "algo-template")
    names = (*FACTS, *FOLD_FACTS, *OUTER_FOLD_FACTS, *RUN_FACTS, RESULT_FILE_FACT)
    template = parse_template(words, names, text, place)
    if call_format is CallFormatName.ARGPARSE and values.is_given("folds") and not _tells(template, values):
        template = parse_template((*words, *_FOLD_FLAGS), names, text, place)
    if WORD_LIST not in template.names:
        if call_format is CallFormatName.ARGPARSE:
            template = template.followed_by(WORD_LIST)
        elif not (template.parameters or values.is_given("template") or values.is_given("parameters-file")):
            raise InputError(
                "algo-template passes no parameter",
                place=place,
                got=text,
                expected="the placeholder {params} for all parameters, or {param:NAME} for single ones",
                remedy="where a file carries them, name it: template = FILE, or parameters-file = NAME",
            )
    refuse_unusable(template, words, values, place)
    _refuse_untold(template, words, values, place)
    return template


def _refuse_untold(template: Template, words: tuple[str, ...], values: OptionValues, place: Place) -> None:
    """A program that is not told its instance."""
    if not values.flag("use-instances") or _tells(template, values):
        return
    what = FOLD if values.is_given("folds") else "instance"
    raise InputError(
        f"the command does not tell the program its {what}",
        place=place,
        got=shlex.join(words),
        expected=f"the placeholder {{{what}}}",
        remedy=f"add it, or {'leave out folds' if what == FOLD else 'set use-instances = false'}",
    )


def _tells(template: Template, values: OptionValues) -> bool:
    """Whether the command names the instance, or fold, or templates may do so, which it then need not."""
    return bool(template.names & {"instance", FOLD}) or values.is_given("template")


def _parameters(call_format: CallFormatName, values: OptionValues) -> ParameterTemplates:
    if values.flag("cli-call-params-with-quotes") and call_format is not CallFormatName.SMAC:
        raise InputError(
            f"call-format = {call_format.value} passes values as they are",
            place=values.place("cli-call-params-with-quotes"),
            remedy="leave out cli-call-params-with-quotes",
        )
    for name in ("param-format", "param-template"):
        if values.is_given(name) and not call_format.has_parameter_templates:
            raise InputError(
                f"call-format = {call_format.value} has its own form of the parameters",
                place=values.place(name),
                got=f"{name} = {values.as_text(name)}",
                remedy=f"leave out {name}, or choose another call-format (argparse, irace, template)",
            )
    if values.is_given("flag-style") and call_format is not CallFormatName.ARGPARSE:
        raise InputError(
            f"flag-style is for call-format = argparse, this is {call_format.value}",
            place=values.place("flag-style"),
            remedy="write param-template = NAME=true: -NAME, say, or choose call-format = argparse",
        )
    text = values.optional_text("param-format")
    default = _DEFAULT_PARAMETER_FORMATS.get(call_format.value, _DEFAULT_PARAMETER_FORMAT)
    return ParameterTemplates(
        general=parse_parameter_format(default if text is None else text, values.place("param-format")),
        special=parse_parameter_templates(values.placed_texts("param-template")),
        joins_dashed=text is None and call_format is CallFormatName.ARGPARSE,
        flags=parse_flag_styles(values.placed_texts("flag-style")),
    )


def _answers(call_format: CallFormatName, values: OptionValues) -> tuple[ResultPatterns, MetricSettings]:
    text = values.optional_text("result-exit-codes")
    rules = ResultPatterns(
        patterns=parse_patterns(values.placed_texts("result-pattern")),
        exit_codes=() if text is None else parse_exit_codes(text, values.place("result-exit-codes")),
    )
    is_quality = read_run_objective(values) is RunObjective.QUALITY
    metrics = read_metrics(values, rules.patterns)
    place = values.place("result-pattern" if rules.patterns else "result-exit-codes")
    if rules and is_quality and not metrics.optimised:
        raise InputError(
            "no result-pattern finds the quality, which is to be minimised",
            place=place,
            expected=r"metric = NAME beside it, or a pattern such as result-pattern = quality: cost (\S+)",
        )
    if rules and not (rules.tell_how_runs_end or metrics.optimised):
        raise InputError(
            "no result-pattern tells how a run has ended",
            place=place,
            expected="a pattern such as result-pattern = SAT: ^s SATISFIABLE, or result-exit-codes = 10:SAT",
        )
    if metrics.patterns and is_quality and not metrics.optimised and call_format.has_placeholders:
        raise InputError(
            "nothing says which metric is optimised",
            place=values.place("metric-pattern"),
            expected=f"metric = {metrics.patterns[0].name}, say",
        )
    return rules, metrics
