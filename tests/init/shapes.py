"""Reads the scripts of the folder `scripts`, and what is expected of them.

A comment `#: FLAG KIND DEFAULT MORE` tells what an argument is: MORE are its choices (a|b) or bounds (1..9).
A line `# init: WORDS` says what stands behind the script's name.
"""

from __future__ import annotations

import json
import re
import shlex
import sys
import tempfile
from pathlib import Path
from typing import Any

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
    """Read each script named, in the current folder; prints a JSON object of objects."""
    print(json.dumps({name: _found(name) for name in sys.argv[1:]}))


def _found(name: str) -> dict[str, Any]:
    from bbopt.errors import InputError
    from bbopt.init import propose, read_command, read_program

    command = read_command([f"{name}.py", *(word for word in words_of(name) if word != "--")], sys.executable)
    read = read_program(command, from_help=False)
    assert not read.doubts, read.doubts
    found: dict[str, Any] = {
        "arguments": {
            one.flag.lstrip("-+") or one.name: _told(one) for one in read.program.arguments if not one.given
        }
    }
    proposal = propose(read.program)
    assert not proposal.missing
    try:
        argv = _command(command, read.program, proposal)
        return {**found, "problems": "", "command": argv, "n_parameters": len(proposal.tuned)}
    except InputError as error:
        return {**found, "problems": str(error)}


def _command(command: Any, program: Any, proposal: Any) -> list[str]:
    """What a search by the files would begin with."""
    from bbopt.init import ScenarioFacts, is_larger_better, parameters_text, scenario_text
    from bbopt.init.metric_finding import FoundMetric
    from bbopt.options import COMMAND_LINE, Assignment, Assignments, option_table
    from bbopt.planning.setup import build_setup
    from bbopt.runs import Origin, RunRequest
    from bbopt.scenario import load_scenario

    metric = FoundMetric("loss", "", "", is_larger_better("loss"), True, 0)
    with tempfile.TemporaryDirectory() as folder:
        pcs, scenario = Path(folder, "params.pcs"), Path(folder, "scenario.txt")
        pcs.write_text(parameters_text(command, program, proposal))
        scenario.write_text(scenario_text(command, program, proposal, metric, ScenarioFacts(str(pcs))))
        entry = Assignment(option_table()["scenario-file"], "scenario", str(scenario), COMMAND_LINE)
        setup = build_setup(load_scenario(Assignments((entry,)), cwd=Path.cwd()))
    instance = setup.scenario.instances.instances[0]
    return setup.command.argv(RunRequest(setup.space.default, instance, 1, 1.0, -1, Origin("default", 0)))


def _told(one: Any) -> str:
    kind = _KINDS.get(one.kind.value, one.kind.value)
    default = int(one.default) if isinstance(one.default, float) and kind == "integer" else one.default
    more = "|".join(one.choices)
    if one.low is not None or one.high is not None:
        low, high = ("" if bound is None else f"{bound:g}" for bound in (one.low, one.high))
        more = f"{low}..{high}"
    shown = "" if isinstance(default, dict) else default
    return " ".join(f"{kind} {shown} {more}".split())


if __name__ == "__main__":
    main()
