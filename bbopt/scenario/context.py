"""What decides, besides the command, what a run does and how its answer is understood."""

from __future__ import annotations

from bbopt.options import OptionValues, option_table
from bbopt.scenario.objectives import counts_unsat_as_failure
from bbopt.scenario.result_patterns import QUALITY

__all__ = ["read_context"]

_CHOICES = (
    "analytic-function",
    "call-format",
    "parameters-format",
    "runtime-from",
    "tae",
    "template-inactive",
)
_TEXTS = ("metric", "param-format", "parameters-file", "result-exit-codes", "results-file")
_LISTS = (
    "flag-style",
    "metric-limit",
    "param-template",
    "post-process",
    "pre-process",
    "result-pattern",
    "template",
)
_LISTS_OF_METRICS = ("metric-pattern", "metric-take")
"""Of the optimised metric; others change nothing, and for SMAC v2 another context is another target."""
_FOLDS = ("folds", "outer-fold", "outer-folds")
_UNSAT = "unsat-is-failure"
_MAXIMIZE = "maximize"


def read_context(options: OptionValues) -> tuple[tuple[str, str], ...]:
    """Names and texts, sorted: those of `-T`, and of options that make another target of one command."""
    entries = (entry.partition("=") for entry in options.texts("T"))
    context = {name.strip(): text.strip() for name, _, text in entries}
    context |= {name: options.text(name) for name in _TEXTS if options.is_given(name)}
    for name in _CHOICES:
        if options.choice(name) != option_table()[name].default:
            context[name] = options.choice(name)
    names_quality = any(QUALITY in text for text in options.texts("metric-pattern"))
    is_for_quality = options.is_given("metric") or names_quality
    lists = _LISTS + (_LISTS_OF_METRICS if is_for_quality else ())
    context |= {name: "\n".join(options.texts(name)) for name in lists if options.is_given(name)}
    context |= {name: options.as_text(name) for name in _FOLDS if options.is_given(name)}
    if counts_unsat_as_failure(options):
        context[_UNSAT] = "true"
    if options.flag(_MAXIMIZE):
        context[_MAXIMIZE] = "true"
    return tuple(sorted(context.items()))
