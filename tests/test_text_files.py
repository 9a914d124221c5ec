"""Text files are read in one way, and refused in one."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from bbopt.errors import InputError
from bbopt.text_files import numbered_lines, read_text


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "notes.txt"


def refusal(path: Path, shown_as: str | None = None) -> list[str]:
    with pytest.raises(InputError) as caught:
        read_text(path, "list of notes", shown_as=shown_as)
    return str(caught.value).splitlines()


def test_text_and_its_lines(path: Path) -> None:
    path.write_bytes(b"\xef\xbb\xbfone\r\n\n \t\n  tw\xc3\xb6\rthree\x0c\xe2\x80\xa8!")
    text = read_text(path, "list of notes")
    assert text == "one\r\n\n \t\n  twö\rthree\x0c\u2028!"
    expected = [(1, "one"), (4, "  twö"), (5, "three\x0c\u2028!")]
    assert list(numbered_lines(text)) == list(numbered_lines("\ufeff" + text)) == expected
    assert list(numbered_lines("")) == []


@pytest.mark.parametrize(
    ("content", "line", "column"),
    [
        (b"\xff", 1, 1),
        (b"\xef\xbb\xbf\xff", 1, 1),
        (b"one\r\nt\xc3\xa9n = \xff\xfe\n", 2, 7),
        (b"one\rtwo\n\rfour\xff", 4, 5),
        (b"one\ntwo\n\xff\xc3", 3, 1),
    ],
)
def test_a_byte_that_is_no_text_is_told_with_its_place(
    path: Path, content: bytes, line: int, column: int
) -> None:
    path.write_bytes(content)
    assert refusal(path) == [
        f"{path}:{line}:{column}: the list of notes is not UTF-8 text",
        "  got:      byte 0xff",
        "  expected: text in UTF-8",
        "  remedy:   save the file as UTF-8",
    ]
    assert refusal(path, "notes")[0].startswith(f"notes:{line}:{column}: ")
    assert "\udcff" in read_text(path, "list of notes", undecodable="surrogateescape")


def test_files_that_can_not_be_read(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert refusal(path) == [
        f"{path}: the list of notes can't be read",
        "  got:      No such file or directory",
        "  expected: a readable text file",
    ]
    assert refusal(path.parent)[1] == "  got:      Is a directory"
    assert "null byte" in refusal(Path("a\0b"), "notes")[1]

    def refuse(path: Path, _: str) -> bytes:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, "open", refuse)  # as for every user but root
    assert refusal(path)[1:] == [
        "  got:      Permission denied",
        "  expected: a readable text file",
        f"  remedy:   chmod u+r {path}",
    ]


def test_a_pipe_is_read_to_its_end() -> None:
    """The shell's `<(command)` is a path of this kind."""
    reading, writing = os.pipe()
    writer = threading.Thread(target=lambda: (os.write(writing, b"one\n"), os.close(writing)))
    writer.start()
    assert read_text(Path(f"/dev/fd/{reading}"), "list of notes") == "one\n"
    writer.join()
    os.close(reading)
