"""Settings that name results of earlier jobs: what they give, and what is refused."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from bbopt.errors import InputError
from bbopt.jobs.references import Reference, fill, references_in, with_best

GROUP: Sequence[Mapping[str, Any]] = [
    {"lr": 0.1, "loss": 0.5, "name": "a", "jobman.id": 1},
    {"lr": 0.2, "loss": 0.25, "name": "b", "jobman.id": 2},
    {"lr": 0.3, "loss": 0.25, "name": "c", "jobman.id": 3},
    {"lr": 0.4, "loss": math.nan, "jobman.id": 4},
    {"lr": 0.5, "jobman.id": 5, "loss": True},
    {"lr": 0.6, "jobman.id": 6, "loss": -math.inf, "diverged": True},
]


def test_the_best_job_has_the_value() -> None:
    state = {
        "lr": "{group:min(loss):lr}",
        "features.of": "{group:max(loss):jobman.id}",
        "n": 3,
        "text": "see {group:min(loss):lr}",
    }
    references = references_in(state)
    assert set(references) == {"lr", "features.of"}
    assert fill(state, references, GROUP[:5]) == {**state, "lr": 0.2, "features.of": 1}
    assert fill(state, references, GROUP)["lr"] == 0.6  # infinity is a number


@pytest.mark.parametrize(
    "text",
    ["{group:best:lr}", "{group:min(loss)}", "{group:loss:lr}", "{group:min(loss):lr", "{group:}",
     "{group:min(a-b):lr}", "{group:mean(loss):lr}", "{group:min(loss):lr} "],
)  # fmt: skip
def test_another_form_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="names no result of a group") as caught:
        Reference.read(text)
    assert caught.value.got == text


def test_other_values_name_nothing() -> None:
    assert references_in({"a": "group", "b": 1, "c": None, "d": ["{group:min(loss):lr}"]}) == {}


def test_no_job_has_it() -> None:
    with pytest.raises(InputError, match="no job of the group has a number in error"):
        fill({}, references_in({"lr": "{group:min(error):lr}"}), GROUP)
    with pytest.raises(InputError, match="the best job of the group has no nam") as caught:
        fill({}, references_in({"lr": "{group:min(loss):nam}"}), GROUP[:2])
    assert "name" in (caught.value.remedy or "")
    with pytest.raises(InputError, match="has a number in loss"):
        fill({}, references_in({"lr": "{group:min(loss):lr}"}), [])


def test_which_is_best_is_said_once() -> None:
    settings = ["lr={group:best:lr}", "n=1", "x={{{group:best:a},2}}"]
    assert with_best(settings, "max(accuracy)") == [
        "lr={group:max(accuracy):lr}", "n=1", "x={{{group:max(accuracy):a},2}}",
    ]  # fmt: skip
    assert with_best(["n=1"], None) == ["n=1"]
    with pytest.raises(InputError, match="not said which job of a group is best") as caught:
        with_best(settings, None)
    assert caught.value.got == "lr={group:best:lr}"
    with pytest.raises(InputError, match="does not say which job is best"):
        with_best(settings, "accuracy")
