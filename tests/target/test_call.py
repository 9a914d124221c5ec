from __future__ import annotations

import json
import shlex
from pathlib import Path
from typing import Any

import pytest

from bbopt.java_numbers import LARGEST_DOUBLE
from bbopt.runs import NO_INSTANCE, Instance, Origin, RunRequest
from bbopt.space import parse_pcs
from bbopt.target import TargetCommand
from bbopt.target.call_formats import SmacCall

GOLDEN = Path(__file__).parents[1] / "golden"
SMAC2_RUN = GOLDEN / "smac2-run"
CALLS = [json.loads(line)["argv"] for line in (GOLDEN / "smac2-calls.jsonl").read_text().splitlines()]
SPACE = parse_pcs((SMAC2_RUN / "params.pcs").read_text())
COMMAND = TargetCommand(("./solver.py",), Path("/home/user/ex"), "/home/user/ex/.")


def request_of(argv: list[str]) -> RunRequest:
    instance, info, cutoff, runlength, seed, *settings = argv
    values = {name[1:]: value for name, value in zip(settings[::2], settings[1::2], strict=True)}
    configuration = SPACE.configuration(values)
    origin = Origin("default", 0)
    return RunRequest(
        configuration, Instance(instance, info), int(seed), float(cutoff), int(runlength), origin
    )


@pytest.mark.parametrize("argv", CALLS, ids=range(len(CALLS)))
def test_argv_is_smac2s(argv: list[str]) -> None:
    assert COMMAND.argv(request_of(argv)) == ["./solver.py", *argv]


def test_printed_calls_are_smac2s() -> None:
    printed = [
        line.strip()
        for line in (SMAC2_RUN / "stdout.txt").read_text().splitlines()
        if line.startswith("cd /home/user/ex/.; ./solver.py")
    ]
    assert len(printed) >= 5
    for line in printed:
        assert COMMAND.shell_line(request_of(shlex.split(line)[3:])) == line


def test_no_cutoff_no_instance_and_no_seed() -> None:
    request = RunRequest(SPACE.default, NO_INSTANCE, -1, LARGEST_DOUBLE, 2147483647, Origin("default", 0))
    expected = ["no_instance", "0", "1.7976931348623157E308", "2147483647", "-1"]
    assert COMMAND.argv(request)[1:6] == expected


def test_algo_with_several_words_and_values_in_quotes() -> None:
    command = TargetCommand(("python3", "my solver.py"), Path("/x"), "/x y", SmacCall(quote_values=True))
    request = request_of(CALLS[0])
    assert command.argv(request) == [
        "python3",
        "my solver.py",
        *CALLS[0][:5],
        "-alpha",
        "'0.9'",
        "-heur",
        "'slow'",
    ]
    words = shlex.split(command.shell_line(request).replace(";", " ;"))
    assert words == ["cd", "/x y", ";", "python3", "my solver.py", *CALLS[0]]


def test_algo_is_required() -> None:
    with pytest.raises(ValueError, match="algo"):
        TargetCommand((), Path("/"), "/")


def test_golden_file_is_complete() -> None:
    calls: list[Any] = CALLS
    assert len(calls) == 40
