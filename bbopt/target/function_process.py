"""The process in which a function of Python is run as a target (light: it is started for each run).

It is called with what `pack` has put into a file and with the settings as words, and leaves the numbers that
the function returns in the results file.  An exception is told in a line that `FAILED` finds.
"""

from __future__ import annotations

import json
import os
import pickle
import sys
import traceback
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from bbopt.isolated_python import HOME

__all__ = ["FAILED", "command", "main", "pack"]

FAILED = r"^bbopt: the function has (?P<CRASHED>failed): (?P<additional>.*)"
"""A `result-pattern`."""

_BOOT = (
    "import sys; del sys.path[0]; sys.path.append(sys.argv[1]); "
    "from bbopt.target.function_process import main; main(sys.argv[2:])"
)
_SETTINGS = "--"


def command(file: str, facts: Mapping[str, str]) -> list[str]:
    """What starts the process; `--name value` follows for each setting.

    file: what was packed.  facts: other arguments of the function, by name.
    """
    words = [f"{name}={text}" for name, text in facts.items()]
    return [sys.executable, "-c", _BOOT, HOME, file, *words, _SETTINGS]


def pack(function: bytes, values: Mapping[str, type | dict[str, Any]], metric: str) -> bytes:
    """The file of a pickled function.

    values: what makes an argument of a text, for each parameter and fact: a type, or a table.  metric: what a
    single number is called; empty where none is wanted.
    """
    path = [os.path.abspath(folder) for folder in sys.path]
    return pickle.dumps({"path": path, "function": function, "values": dict(values), "metric": metric})


def main(argv: Sequence[str]) -> None:
    """Call the function; the exit status is 1 when it has failed."""
    with open(argv[0], "rb") as file:
        packed = pickle.load(file)
    sys.path[:] = packed["path"]
    sys.argv = [argv[0]]
    try:
        function: Callable[..., Any] = pickle.loads(packed["function"])
        numbers = _numbers(function(**_arguments(argv[1:], packed["values"])), packed["metric"])
        with open(os.environ["BBOPT_RESULT_FILE"], "w", encoding="utf-8") as results:
            json.dump(numbers, results)
    except BaseException as error:
        traceback.print_exc()
        sys.stdout.flush()
        print("bbopt: the function has failed:", _in_one_line(error), file=sys.stderr, flush=True)
        sys.exit(1)


def _arguments(words: Sequence[str], values: Mapping[str, Any]) -> dict[str, Any]:
    end = words.index(_SETTINGS)
    pairs = [word.split("=", 1) for word in words[:end]]
    pairs += [[name[2:], text] for name, text in zip(words[end + 1 :: 2], words[end + 2 :: 2], strict=True)]
    return {name: _value(values[name], text) for name, text in pairs}


def _value(made_by: Any, text: str) -> Any:
    return made_by[text] if isinstance(made_by, dict) else made_by(text)


def _numbers(answer: Any, metric: str) -> dict[str, float]:
    """What the function has returned, as metrics by name."""
    if answer is None and not metric:
        return {}
    if not isinstance(answer, Mapping):
        return {metric or "value": _number(answer, "the function returned")}
    numbers = {str(name): _number(number, f"{name} is") for name, number in answer.items()}
    if metric and metric not in numbers:
        names = ", ".join(numbers) or "nothing"
        raise ValueError(f"the function returned no {metric}, but {names}: metric=NAME says which one counts")
    return numbers


def _number(value: Any, what: str) -> float:
    if isinstance(value, (str, bytes)) or not hasattr(value, "__float__"):
        raise TypeError(f"{what} {value!r:.200}; expected a number, or a mapping of names to numbers")
    return float(value)


def _in_one_line(error: BaseException) -> str:
    return " ".join(f"{type(error).__name__}: {error}".split())
