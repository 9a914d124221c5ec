"""Words of commands as they are printed: whatever they hold, a POSIX shell reads them back as they are."""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Iterable

__all__ = ["shell_line", "shell_value", "shell_word"]

_NEEDS_NO_QUOTES = re.compile(r"""[^\s|&;<>()$`\\"'*?\[\]#~!{}^=][^\s|&;<>()$`\\"'*?\[\]#~!{}^]*""")
_SAFE_IN_DOUBLE_QUOTES = re.compile(r"""[^$`\\"!]*""")
_MEANS_MORE_AS_A_PROGRAM = re.compile(
    r".*=.*|case|coproc|do|done|elif|else|esac|fi|for|function|if|in|select|then|time|until|while"
)
_ESCAPED = set("'\\%!")
"""What single quotes, `printf` or the history of an interactive bash would take for something else."""


def shell_word(word: str) -> str:
    """`word` in double quotes where it has blanks, as SMAC v2 prints it.

    SMAC v2 leaves out quotes that a shell needs for other characters; here they are there.  What can't be
    shown in a line (control characters, bytes that are no text) is written with the shell's `printf`.
    """
    if not word.isprintable():
        return _by_printf(word)
    if _NEEDS_NO_QUOTES.fullmatch(word):
        return word
    return f'"{word}"' if _SAFE_IN_DOUBLE_QUOTES.fullmatch(word) else shlex.quote(word)


def shell_value(value: str) -> str:
    """The value of a parameter, in single quotes as SMAC v2 prints it, unless they would end within it."""
    return shell_word(value) if "'" in value or not value.isprintable() else f"'{value}'"


def shell_line(words: Iterable[str]) -> str:
    """A command of `words`, the program first."""
    program, *arguments = words
    shown = shell_word(program)
    if shown == program and _MEANS_MORE_AS_A_PROGRAM.fullmatch(program):
        shown = f'"{program}"'
    return " ".join([shown, *map(shell_word, arguments)])


def _by_printf(word: str) -> str:
    body = word.rstrip("\n")  # which `$(...)` drops at the end
    shown = "".join(c if c.isprintable() and c not in _ESCAPED else _octal(c) for c in body)
    shown = re.sub("^-", r"\\055", shown)  # no option
    return f"\"$(printf '{shown}')\"" + (f"'{word[len(body) :]}'" if body != word else "")


def _octal(character: str) -> str:
    try:
        data = os.fsencode(character)
    except UnicodeEncodeError:  # no program can be given it
        data = character.encode("utf-8", "surrogatepass")
    return "".join(f"\\{byte:03o}" for byte in data)
