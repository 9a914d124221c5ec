"""What a call through `wrappers/argparse_adapter.py`, or a copy of it, makes the user's own program do.

The adapter is for old scenarios; what they show is what their users would type all the same.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import PurePath
from typing import NoReturn

from bbopt.java_numbers import LARGEST_DOUBLE, LARGEST_INT
from bbopt.runs import RunRequest
from bbopt.target.call_formats.call_format import plain_number

__all__ = ["adapted_words", "hides_budget"]

_NAME = "argparse_adapter.py"
_TRUTH = {"true": True, "false": False}


def adapted_words(algo: Sequence[str], request: RunRequest) -> list[str] | None:
    """The words that the adapter starts, where `algo` calls it; None for any other program."""
    found = _adapter_in(algo)
    if found is None:
        return None
    options, started = found
    words = list(started)
    for name, value in request.configuration.active_values.items():
        words += _option(options, name.replace("_", "-") if options.hyphens else name, value)
    for name, text in _facts(options, request):
        words += _joined(options, name, text)
    return words


def hides_budget(algo: Sequence[str]) -> bool:
    """Whether `algo` calls the adapter, and that tells its program nothing of the run length."""
    found = _adapter_in(algo)
    return found is not None and found[0].runlength_argument is None


def _adapter_in(algo: Sequence[str]) -> tuple[argparse.Namespace, Sequence[str]] | None:
    """The adapter's options, and the words of the program that it starts; None for any other program."""
    names = [PurePath(word).name for word in algo]
    if _NAME not in names or "--" not in algo[names.index(_NAME) :]:
        return None
    start = names.index(_NAME) + 1
    separator = algo.index("--", start)
    try:
        options, _ = _parser().parse_known_args(algo[start:separator])
    except ValueError:
        return None
    return options, algo[separator + 1 :]


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise ValueError(message)


def _parser() -> argparse.ArgumentParser:
    """The adapter's options for what it passes on."""
    parser = _Parser(allow_abbrev=False, add_help=False)
    parser.add_argument("--value-style", default="equals")
    parser.add_argument("--flag-style", default="value")
    parser.add_argument("--hyphens", action="store_true")
    for fact in ("instance", "seed", "cutoff", "runlength"):
        parser.add_argument(f"--{fact}-argument")
    return parser


def _facts(options: argparse.Namespace, request: RunRequest) -> list[tuple[str, str]]:
    """What the program is told besides its parameters, as far as there is something to tell."""
    told = (
        (options.instance_argument, request.instance.name, True),
        (options.seed_argument, str(request.seed), request.seed >= 0),
        (options.cutoff_argument, plain_number(request.cutoff_s), request.cutoff_s < LARGEST_DOUBLE),
        (options.runlength_argument, str(request.runlength), request.runlength != LARGEST_INT),
    )
    return [(name, text) for name, text, is_known in told if name is not None and is_known]


def _option(options: argparse.Namespace, name: str, value: str) -> list[str]:
    is_on = _TRUTH.get(value.lower())
    if options.flag_style == "value" or is_on is None:
        return _joined(options, name, value)
    if is_on:
        return [f"--{name}"]
    return [f"--no-{name}"] if options.flag_style == "pair" else []


def _joined(options: argparse.Namespace, name: str, value: str) -> list[str]:
    return [f"--{name}", value] if options.value_style == "separate" else [f"--{name}={value}"]
