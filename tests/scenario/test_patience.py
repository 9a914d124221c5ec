"""How long a search goes on without improvement, as people write it."""

from __future__ import annotations

import pytest

from bbopt.errors import InputError
from bbopt.options import read_command_line, resolve
from bbopt.scenario.patience import Patience, read_patience


def read(*argv: str) -> Patience:
    return read_patience(resolve(read_command_line(argv)))


@pytest.mark.parametrize(
    ("text", "patience"),
    [
        ("50", Patience(runs=50)),
        ("1 run", Patience(runs=1)),
        ("20runs", Patience(runs=20)),
        ("600 s", Patience(seconds=600)),
        ("0.5 min", Patience(seconds=30)),
        ("2H", Patience(seconds=7200)),
        ("1 d", Patience(seconds=86400)),
    ],
)
def test_runs_and_times(text: str, patience: Patience) -> None:
    assert read("--stop-after-no-improvement", text) == patience


def test_without_it_there_is_no_end() -> None:
    assert read() == Patience()


@pytest.mark.parametrize("text", ["0", "-1", "1.5", "0 s", "5 m", "soon", "s"])
def test_what_is_neither(text: str) -> None:
    with pytest.raises(InputError, match="can't be read"):
        read("--stop-after-no-improvement", text)
