from __future__ import annotations

import sys
from types import ModuleType
from typing import Any

import pytest

from bbopt.errors import BboptError
from bbopt.runs import History, QualityObjective, Run
from bbopt.tuning import Outcome
from tests.stores.searches import asked, run


@pytest.fixture
def outcome() -> Outcome:
    history = History()
    for number in (1, 2, 1001):
        result = run(number, quality=number / 2).result
        history.add(Run.valued(asked(number), result, QualityObjective()))
    progress: Any = None
    return Outcome("enough", progress, history)


def test_rows(outcome: Outcome) -> None:
    rows = outcome.rows()
    assert [(row["run"], row["configuration"], row["cost"]) for row in rows] == [
        (1, 1, 0.5),
        (2, 2, 1.0),
        (3, 1, 500.5),
    ]
    assert (rows[0]["alpha"], rows[0]["heur"], rows[0]["status"], rows[0]["seed"]) == (
        0.001,
        "fast",
        "SAT",
        1,
    )


def test_to_pandas_makes_a_frame_of_the_rows(outcome: Outcome, monkeypatch: pytest.MonkeyPatch) -> None:
    pandas = ModuleType("pandas")
    pandas.DataFrame = lambda rows: ("frame", rows)  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "pandas", pandas)
    assert outcome.to_pandas() == ("frame", outcome.rows())


def test_to_pandas_says_what_to_install(outcome: Outcome, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(BboptError, match="pip install pandas"):
        outcome.to_pandas()
