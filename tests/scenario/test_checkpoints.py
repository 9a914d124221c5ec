from __future__ import annotations

from pathlib import Path

import pytest

from bbopt.errors import InputError
from bbopt.options import resolve
from bbopt.scenario import read_command_line
from bbopt.scenario.call_settings import read_call_settings
from bbopt.scenario.checkpoints import CheckpointSettings, read_checkpoints
from bbopt.scenario.evaluators import read_evaluator
from bbopt.scenario.input_paths import Folders
from bbopt.scenario.run_folders import read_run_folders

TEMPLATE = "--algo-template=./train {params}"
NAMED = "--algo-template=./train {params} --from {checkpoint-in}"


def read(*options: str, template: str = TEMPLATE, has_budgets: bool = False) -> CheckpointSettings | None:
    values = resolve(read_command_line(["--use-instances=false", template, *options]))
    folders = read_run_folders(values, Folders(Path("/scenario"), None))
    call, evaluator = read_call_settings(values), read_evaluator(values)
    return read_checkpoints(values, call, folders, evaluator, has_budgets=has_budgets)


def test_there_are_checkpoints_where_they_are_of_use() -> None:
    assert read() is None
    assert read("--checkpoints=true") == CheckpointSettings(are_used=True)
    assert read(template=NAMED) == CheckpointSettings(are_used=True)
    assert read("--post-process=cp x {checkpoint-out}") == CheckpointSettings(are_used=True)
    assert read(has_budgets=True) == CheckpointSettings()
    assert read("--checkpoints=false", has_budgets=True) is None
    assert read("--tae=CONSTANT", has_budgets=True) is None


@pytest.mark.parametrize(
    ("text", "n_best"), [("all", None), ("none", 0), ("best", 1), ("BEST:5", 5), (" best : 2 ", 2)]
)
def test_which_ones_stay(text: str, n_best: int | None) -> None:
    assert read("--checkpoints=true", f"--keep-checkpoints={text}") == CheckpointSettings(
        n_best, are_used=True
    )


@pytest.mark.parametrize("text", ["", "some", "best:0", "all:2", "failed", "best:x"])
def test_what_can_not_be_read(text: str) -> None:
    with pytest.raises(InputError, match="keep-checkpoints can't be read") as caught:
        read("--checkpoints=true", f"--keep-checkpoints={text}")
    assert caught.value.expected == "all, none, best or best:N"


@pytest.mark.parametrize(
    ("options", "template", "message"),
    [
        (["--keep-checkpoints=all"], TEMPLATE, "keep-checkpoints needs checkpoints"),
        (["--checkpoints=false"], NAMED, "{checkpoint-in} needs checkpoints"),
        (["--checkpoints=true", "--tae=CONSTANT"], TEMPLATE, "no program that could leave checkpoints"),
    ],
)
def test_contradictions(options: list[str], template: str, message: str) -> None:
    with pytest.raises(InputError) as caught:
        read(*options, template=template)
    assert message in caught.value.what
