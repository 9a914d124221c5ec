"""Reads the scripts of the folder `scripts`, and what is expected of them.

A comment `#: FLAG KIND DEFAULT MORE` tells what an argument is: MORE are its choices (a|b) or bounds (1..9).  A line
`# init: WORDS` says what stands behind the script's name.
"""

from __future__ import annotations

import json
import re
import shlex
import sys
from pathlib import Path

SCRIPTS = Path(__file__).with_name("scripts")
HELPERS = {"helper_arguments", "leaking_library"}
NAMES = sorted(path.stem for path in SCRIPTS.glob("*.py") if path.stem not in HELPERS)
_KINDS = {"constant": "switch", "number_choice": "choice"}


def words_of(name: str) -> list[str]:
    """What stands behind the script's name in a command."""
    found = re.search(r"^# init: (.*)$", (SCRIPTS / f"{name}.py").read_text(), re.MULTILINE)
    return shlex.split(found[1]) if found else []


def expected(name: str) -> dict[str, str]:
    """What is to be read of each argument, by its flag."""
    text = (SCRIPTS / f"{name}.py").read_text()
    found = re.findall(r"#: (\S+) (.+?)(?=  #: |$)", text, re.MULTILINE)
    return {flag: told.strip() for flag, told in found}


def main() -> None:
    """Read each script in its folder; prints a JSON object of objects."""
    from bbopt.init import read_command, read_program

    found = {}
    for name in sys.argv[1:]:
        words = [word for word in words_of(name) if word != "--"]
        read = read_program(read_command([f"{name}.py", *words], sys.executable), from_help=False)
        assert not read.doubts, read.doubts
        found[name] = {
            one.flag.lstrip("-+") or one.name: _told(one) for one in read.program.arguments if not one.given
        }
    print(json.dumps(found))


def _told(one) -> str:  # type: ignore[no-untyped-def]
    kind = _KINDS.get(one.kind.value, one.kind.value)
    default = one.default
    if isinstance(default, float) and kind == "integer":
        default = int(default)
    if isinstance(default, dict):
        default = ""
    more = "|".join(one.choices)
    if one.low is not None or one.high is not None:
        low, high = ("" if bound is None else f"{bound:g}" for bound in (one.low, one.high))
        more = f"{low}..{high}"
    return " ".join(f"{kind} {default} {more}".split())


if __name__ == "__main__":
    main()
