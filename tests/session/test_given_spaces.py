"""Spaces as people hand them over."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from ConfigSpace import ConfigurationSpace

from bbopt.session.given_spaces import space_of
from bbopt.space import parse_pcs

TEXT = "x real [0, 1] [0.5]\n"


@pytest.mark.parametrize(
    "given",
    [
        TEXT,
        {"x": "real [0, 1] [0.5]"},
        parse_pcs(TEXT),
        ConfigurationSpace({"x": (0.0, 1.0)}),
        "params.pcs",
        "my params.pcs",
        Path("params.pcs"),
    ],
    ids=lambda given: type(given).__name__,
)
def test_forms(given: Any, tmp_path: Path) -> None:
    for name in ("params.pcs", "my params.pcs"):
        (tmp_path / name).write_text(TEXT)
    space = space_of(given, tmp_path)
    assert space.names == ("x",)
    assert space.default.values == {"x": "0.5"}
    assert parse_pcs(space.text).names == ("x",)


def test_an_absolute_path_is_itself(tmp_path: Path) -> None:
    (tmp_path / "params.pcs").write_text(TEXT)
    assert space_of(os.path.join(tmp_path, "params.pcs"), Path("/nowhere")).names == ("x",)
