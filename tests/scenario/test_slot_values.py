from __future__ import annotations

import pytest

from bbopt.errors import InputError
from bbopt.options import resolve
from bbopt.scenario import read_command_line
from bbopt.scenario.execution import ExecutionSettings, read_execution
from bbopt.scenario.slot_values import SlotValues


def read(*options: str) -> ExecutionSettings:
    return read_execution(resolve(read_command_line(options)))


def test_there_are_as_many_slots_as_values() -> None:
    found = read("--slot-env=CUDA_VISIBLE_DEVICES=0:1,2:3", "--slot-env=PORT=7000, 7001")
    assert found.n_slots == 2
    slots = [found.slot_values.of_slot(slot) for slot in range(2)]
    assert slots == [
        {"CUDA_VISIBLE_DEVICES": "0,1", "PORT": "7000"},
        {"CUDA_VISIBLE_DEVICES": "2,3", "PORT": "7001"},
    ]


def test_fewer_slots_may_be_asked_for() -> None:
    assert read("--slot-env=GPU=0,1,2", "--cores=2").n_slots == 2
    assert read().n_slots == 1
    assert read().slot_values.of_slot(0) == {}


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--slot-env=GPU=0,1", "--cores=3"], "slot-env has not a value for each slot"),
        (["--slot-env=GPU=0,,1"], "slot-env can't be read"),
        (["--slot-env=0,1"], "slot-env can't be read"),
        (["--slot-env==0,1"], "slot-env can't be read"),
        (["--slot-env=GPU=0", "--slot-env=GPU=1"], "a second slot-env for GPU"),
        (["--slot-env=GPU=0,1", "--slot-env=PORT=1"], "have not as many values each"),
    ],
)
def test_what_is_wrong_is_told(options: list[str], message: str) -> None:
    with pytest.raises(InputError, match=message):
        read(*options)


@pytest.mark.parametrize(("size", "expected"), [(None, [("0", "1"), ("2", "3")]), (1, [("0",), ("1",)])])
def test_searches_share_the_values(size: int | None, expected: list[tuple[str, ...]]) -> None:
    values = SlotValues({"GPU": ("0", "1", "2", "3", "4")})
    parts = [values.part(number, 2, size) for number in range(2)]
    assert [part.by_name["GPU"] for part in parts] == expected
    assert parts[0].as_texts() == [f"GPU={','.join(expected[0])}"]
