"""What is printed is pasted into real shells."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bbopt.shell_words import shell_line, shell_value, shell_word

HOSTILE = [
    "",
    "it's",
    "'; touch pwned; '",
    "$(touch pwned)",
    "`touch pwned`",
    '"; touch pwned; "',
    "a b",
    "a\tb",
    "a\nb",
    "ends\n\n",
    "\n",
    "-n",
    "-\x1b[31m",
    "100%\x07 \\n",
    "!!",
    "it's !! \n",
    "~",
    "{a,b}",
    "*",
    "a=b",
    "=ls",
    "\\",
    "größe\u2028\u00a0",
    os.fsdecode(b"/tmp/\xff\xfe1"),
    os.fsdecode(b"it's \xff $(touch pwned)\n"),
]
SHELLS = [["sh"], ["bash"], ["bash", "--norc", "-i"]]  # an interactive one expands `!`
EVERY_SHELL = pytest.mark.parametrize(
    "shell",
    [pytest.param(s, marks=pytest.mark.skipif(not shutil.which(s[0]), reason="needs bash")) for s in SHELLS],
    ids=" ".join,
)


def pasted(shell: list[str], text: str, folder: Path | None = None) -> bytes:
    done = subprocess.run(
        shell, input=os.fsencode(text) + b"\n", capture_output=True, cwd=folder, check=False,
        env={**os.environ, "HISTFILE": "/dev/null"}, timeout=60,
    )  # fmt: skip
    return done.stdout


def seen(words: list[str]) -> bytes:
    return b"".join(os.fsencode(word) + b"\0" for word in words)


@EVERY_SHELL
def test_every_word_arrives_as_it_is(shell: list[str], tmp_path: Path) -> None:
    line = shell_line(["printf", "%s\\0", *HOSTILE])
    assert pasted(shell, line, tmp_path) == seen(HOSTILE)
    values = " ".join(map(shell_value, HOSTILE))
    assert pasted(shell, f"printf '%s\\0' {values}", tmp_path) == seen(HOSTILE)
    assert not list(tmp_path.iterdir())


@EVERY_SHELL
@settings(max_examples=10, deadline=None)
@given(st.lists(st.binary(max_size=20).map(lambda data: os.fsdecode(data.replace(b"\0", b""))), max_size=20))
def test_any_words_arrive(shell: list[str], words: list[str]) -> None:
    assert pasted(shell, shell_line(["printf", "%s\\0", "", *words])) == seen(["", *words])


@EVERY_SHELL
@pytest.mark.parametrize("name", ["a=b", "time", "if", "it's", "-x"])
def test_programs_are_started_by_any_name(shell: list[str], name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text("#!/bin/sh\necho started $#\n")
    (tmp_path / name).chmod(0o700)
    path = f"PATH={shell_word(str(tmp_path))}:$PATH"
    assert pasted(shell, f"{path}\n{shell_line([name, 'x y'])}", tmp_path) == b"started 1\n"


@pytest.mark.parametrize("word", [w for w in HOSTILE if not w.endswith("\n")])
def test_a_word_is_shown_in_one_line_of_text(word: str) -> None:
    assert shell_word(word).isprintable()
    assert shell_value(word).isprintable()


@pytest.mark.parametrize(
    ("word", "shown"),
    [
        ("größe/a,b=c+d@e%f:g", "größe/a,b=c+d@e%f:g"),
        ("a b", '"a b"'),
        ("a\tb", "\"$(printf 'a\\011b')\""),
        ("it's", '"it\'s"'),
        ("a(b", '"a(b"'),
        ("", '""'),
        ("a $b", "'a $b'"),
        ("a`b", "'a`b'"),
        ('a"b', "'a\"b'"),
        ("a\\b", "'a\\b'"),
        ("a!b", "'a!b'"),
        (os.fsdecode(b"/tmp/\xff1"), "\"$(printf '/tmp/\\3771')\""),
    ],
)
def test_words_as_smac2_prints_them_where_that_is_safe(word: str, shown: str) -> None:
    assert shell_word(word) == shown


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("0.9", "'0.9'"),
        ("", "''"),
        ("$(x); !!", "'$(x); !!'"),
        ("it's", '"it\'s"'),
        ("'$'", "''\"'\"'$'\"'\"''"),
    ],
)
def test_values_stand_in_single_quotes(value: str, shown: str) -> None:
    assert shell_value(value) == shown


def test_what_no_program_can_be_given_is_shown_all_the_same() -> None:
    assert shell_word("\ud800") == "\"$(printf '\\355\\240\\200')\""
