"""Templates of files: what is filled in, what stays as it is, and what is refused."""

from __future__ import annotations

import codecs
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bbopt.errors import InputError
from bbopt.target.run_folder import Delimiters, FileTemplate, read_file_template

VALUES = {"nb_filters": "96", "lr": "0.01234", "name": "grün"}


def template(path: Path, content: bytes | str, **settings: object) -> FileTemplate:
    file = path / "t.py.template"
    file.write_bytes(content.encode() if isinstance(content, str) else content)
    return read_file_template(file, VALUES, **settings)  # type: ignore[arg-type]


def filled(path: Path, content: bytes | str, **settings: object) -> bytes:
    return template(path, content, **settings).filled(VALUES)


@pytest.mark.parametrize(
    ("content", "result"),
    [
        ("nb_filters = ${nb_filters}\n", "nb_filters = 96\n"),
        ("${lr}${lr}", "0.012340.01234"),
        ('x=${lr?string("0.00##")};', "x=0.0123;"),
        ("x=${ lr ? string( '0E0' ) }", "x=1E-2"),
        ("$${nb_filters} ${nb_filters}", "${nb_filters} 96"),
        ("{nb_filters} $nb_filters %(lr)s #{lr}", "{nb_filters} $nb_filters %(lr)s #{lr}"),
        ("$$${lr}", "$${lr}"),
        ("a\r\nb ${lr}\rc\n\x0c\u2028${lr}", "a\r\nb 0.01234\rc\n\x0c\u20280.01234"),
        ("", ""),
    ],
)
def test_values_are_put_in_and_nothing_else_changes(tmp_path: Path, content: str, result: str) -> None:
    assert filled(tmp_path, content) == result.encode()


@pytest.mark.parametrize(
    ("content", "result"),
    [
        (b"caf\xe9 ${nb_filters} ${name}", b"caf\xe9 96 gr\xfcn"),
        (codecs.BOM_UTF8 + b"${name}", codecs.BOM_UTF8 + "grün".encode()),
        *(
            (mark + "é ${name}\r\n".encode(name), mark + "é grün\r\n".encode(name))
            for mark, name in ((codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
        ),
    ],
)
def test_the_encoding_is_kept(tmp_path: Path, content: bytes, result: bytes) -> None:
    assert filled(tmp_path, content) == result


@given(st.text(st.characters(codec="utf-8", exclude_characters="\0")))
def test_texts_without_placeholders_stay_byte_by_byte(
    tmp_path_factory: pytest.TempPathFactory, text: str
) -> None:
    content = text.replace("${", "$ {")
    assert filled(tmp_path_factory.mktemp("t"), content) == content.encode()


def test_unknown_names_are_told_with_their_places(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        template(tmp_path, "a\n  ${nb_filter}\n${HOME:-/root} ${lr?string('%d')}\n")
    told = str(caught.value)
    for part in (
        "t.py.template:2:3",
        "did you mean nb_filters?",
        "t.py.template:3:1",
        "$${HOME:-/root}",
        "t.py.template:3:16",
        "number format",
    ):
        assert part in told


def test_unknown_names_may_stay(tmp_path: Path) -> None:
    assert filled(tmp_path, "${HOME} ${lr}", keeps_unknown=True) == b"${HOME} 0.01234"


def test_other_delimiters(tmp_path: Path) -> None:
    assert (
        filled(tmp_path, "${lr} <<lr>> <<<lr>>", delimiters=Delimiters("<<", ">>")) == b"${lr} 0.01234 <<lr>>"
    )


def test_bytes_that_are_no_text_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no text file"):
        template(tmp_path, b"\x7fELF\0\0${lr}")


def test_a_value_that_the_encoding_cannot_hold(tmp_path: Path) -> None:
    found = template(tmp_path, b"caf\xe9\n${name}")
    with pytest.raises(InputError) as caught:
        found.filled({"name": "λ"})
    assert "t.py.template:2:1" in str(caught.value)
    assert "UTF-8" in str(caught.value)


def test_a_text_in_a_number_format_is_told_with_its_place(tmp_path: Path) -> None:
    found = template(tmp_path, "\n ${name?string('0')}")
    with pytest.raises(InputError, match=r"t\.py\.template:2:2"):
        found.filled(VALUES)


def test_a_missing_template(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="can't be read: No such file"):
        read_file_template(tmp_path / "none", VALUES)
