"""Requests and runs under way as files that anybody may have spoilt."""

from __future__ import annotations

from pathlib import Path

import pytest

from bbopt.errors import StateError
from bbopt.output_folder import OutputFolder
from bbopt.stores import Request, RequestKind
from bbopt.stores.folder.control import FolderControl
from bbopt.stores.folder.forgotten import forget_runs, forgotten_runs

ODD = (
    "",
    "{",
    "[]",
    "null",
    '{"kind": "stop"}',
    '{"kind": "x", "runs": [], "by": "", "grace_s": 1}',
    "\0",
    "1e999",
)


@pytest.fixture
def control(tmp_path: Path) -> FolderControl:
    return FolderControl(OutputFolder(tmp_path), 1)


@pytest.mark.parametrize("text", ODD)
def test_a_request_that_is_none_is_dropped(control: FolderControl, tmp_path: Path, text: str) -> None:
    control.ask(Request(RequestKind.STOP, ("1-1",)))
    (tmp_path / "requests-1" / "0.json").write_text(text)
    (tmp_path / "requests-1" / ".half.tmp").write_text(text)
    assert [request.runs for request in control.take()] == [("1-1",)]
    assert [path.name for path in (tmp_path / "requests-1").iterdir()] == [".half.tmp"]


@pytest.mark.parametrize("text", [*ODD, '[{"name": 1}]'])
def test_runs_under_way_that_can_not_be_read(control: FolderControl, tmp_path: Path, text: str) -> None:
    (tmp_path / "under-way-1.json").write_text(text)
    assert control.under_way == ()


def test_one_that_can_not_be_removed_is_taken_once(control: FolderControl, tmp_path: Path) -> None:
    (tmp_path / "requests-1" / "0.json").mkdir(parents=True)
    assert control.take() == []
    control.ask(Request(RequestKind.STOP))
    assert len(control.take()) == 1


def test_a_folder_that_is_gone(tmp_path: Path) -> None:
    control = FolderControl(OutputFolder(tmp_path / "gone"), 1)
    control.show([])
    assert (control.take(), control.under_way) == ([], ())
    with pytest.raises(StateError, match="cannot make"):
        control.ask(Request(RequestKind.STOP))


def test_forgotten_runs_behind_a_torn_line(tmp_path: Path) -> None:
    output, path = OutputFolder(tmp_path), tmp_path / "forgotten-1.jsonl"
    assert forgotten_runs(output) == frozenset()
    forget_runs(path, ["1-1", "1-2"], "me")
    with path.open("a") as file:
        file.write('{"run": "1-')
    assert forgotten_runs(output) == {"1-1", "1-2"}
    forget_runs(path, ["1-4"], "me")
    forget_runs(tmp_path / "forgotten-2.jsonl", ["2-1"], "me")
    assert forgotten_runs(output) == {"1-1", "1-2", "1-4", "2-1"}
