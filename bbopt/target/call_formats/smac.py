"""The command line of a run, exactly as SMAC v2 builds it."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass

from bbopt.java_numbers import format_double
from bbopt.runs import RunRequest

__all__ = ["SmacCall", "printed_word"]

_NEEDS_NO_QUOTES = re.compile(r"""[^\s|&;<>()$`\\"'*?\[\]#~!{}^]+""")
_SAFE_IN_DOUBLE_QUOTES = re.compile(r"""[^$`\\"!]*""")


@dataclass(frozen=True, slots=True)
class SmacCall:
    """Five positional arguments, then `-name value` for each active parameter (a `CallFormat`).

    `quote_values` passes the values in single quotes (`cli-call-params-with-quotes`).
    """

    quote_values: bool = False

    def argv(self, algo: tuple[str, ...], request: RunRequest) -> list[str]:
        """The arguments of a run, the program first."""
        argv = [*algo, *_positional(request)]
        for name, value in request.configuration.active_values.items():
            argv += [f"-{name}", f"'{value}'" if self.quote_values else value]
        return argv

    def text(self, algo: tuple[str, ...], request: RunRequest) -> str:
        """The call as SMAC v2 prints it, with each value in single quotes; a shell understands it."""
        words = [printed_word(word) for word in (*algo, *_positional(request))]
        return " ".join([*words, request.configuration.call_text()]).rstrip()


def printed_word(word: str) -> str:
    """A word of a printed call: in double quotes where it has blanks, as SMAC v2 prints it.

    SMAC v2 leaves out quotes that a shell needs for other characters; here they are there.
    """
    if _NEEDS_NO_QUOTES.fullmatch(word):
        return word
    return f'"{word}"' if _SAFE_IN_DOUBLE_QUOTES.fullmatch(word) else shlex.quote(word)


def _positional(request: RunRequest) -> tuple[str, ...]:
    """The five arguments before the parameters."""
    return (
        request.instance.name,
        request.instance.info,
        format_double(request.cutoff_s),
        str(request.runlength),
        str(request.seed),
    )
