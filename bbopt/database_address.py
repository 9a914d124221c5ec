"""Addresses of databases as people write them, and how they are shown: without a password."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.parse import quote, unquote

from bbopt.errors import InputError, Place

__all__ = ["DatabaseAddress", "StudyAddress", "looks_like_address", "study_name", "without_passwords"]

EXPECTED = "sqlite:///FILE, or postgresql://USER@HOST/DATABASE"

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://")
_POSTGRESQL = frozenset({"postgresql", "postgres", "postgresql+psycopg"})
_PASSWORD = re.compile(r"((?:postgresql|postgres)(?:\+\w+)?://[^\s:/@?#]*):(?:[^\s@]*@)+", re.IGNORECASE)
"""As far as the last @ of the word: a password may hold one that nobody has encoded."""

_STUDY = re.compile(r"(?<=[?&])study=([^&]*)(?:&|$)")
_PASSWORD_BEHIND = re.compile(r"([?&](?:ssl)?password=)[^&\s'\"]*", re.IGNORECASE)


def looks_like_address(text: str) -> bool:
    """Whether the text is meant for the address of a database rather than for a path."""
    return _SCHEME.match(text) is not None


def without_passwords(text: str) -> str:
    """The text without the passwords in the addresses in it, which are addresses still."""
    return _PASSWORD_BEHIND.sub(r"\1", _PASSWORD.sub(r"\1@", text))


def study_name(text: str, place: Place | None = None) -> str:
    """The name of a study, as somebody wrote it; InputError for what can't be one."""
    if not (text.strip() and text.isprintable()):
        raise InputError("this is no name for a study", place=place, got=repr(text))
    return text.strip()


@dataclass(frozen=True, slots=True)
class DatabaseAddress:
    """An address that can be used; `text` may hold a password, `file` is that of SQLite.

    `study` is the one that was written behind it: `ADDRESS?study=NAME`.  It is no part of the address.
    """

    text: str = field(repr=False)
    file: Path | None = None
    study: str | None = field(default=None, compare=False)

    @classmethod
    def read(cls, text: str, folder: Path, place: Place | None = None) -> DatabaseAddress:
        """Of what somebody wrote; a relative file is one in `folder`.

        InputError, which tells no password, for what is no address.
        """
        if (named := _STUDY.search(text)) is None:
            return cls._read(text, folder, place)
        rest = (text[: named.start()] + text[named.end() :]).rstrip("?&")
        return replace(cls._read(rest, folder, place), study=study_name(unquote(named[1]), place))

    @classmethod
    def _read(cls, text: str, folder: Path, place: Place | None) -> DatabaseAddress:
        match = _SCHEME.match(text)
        scheme = match[1].lower() if match else ""
        if match is None or scheme not in {"sqlite", *_POSTGRESQL}:
            raise InputError(
                "this is no address of a database",
                place=place,
                got=f"{scheme}://..." if match else without_passwords(text),
                expected=EXPECTED,
            )
        rest = text[match.end() :]
        if scheme == "sqlite":
            return cls._of_file(rest, folder, place)
        if re.search(r"\s", rest):
            raise InputError(
                "an address with blanks in it",
                place=place,
                expected=EXPECTED,
                remedy="write %20 for a blank in a password, or keep the password in ~/.pgpass",
            )
        return cls(f"postgresql://{rest}")

    @classmethod
    def _of_file(cls, rest: str, folder: Path, place: Place | None) -> DatabaseAddress:
        name = rest.removeprefix("/")
        if not rest.startswith("/") or name in {"", ":memory:"} or "?" in name:
            raise InputError(
                "this address names no file",
                place=place,
                got=f"sqlite://{rest}",
                expected="sqlite:///FILE, with a fourth / for an absolute path; only ?study=NAME behind it",
            )
        file = (folder / Path(name).expanduser()).absolute()
        return cls(f"sqlite:///{file}", file)

    @property
    def shown(self) -> str:
        """The address for people."""
        return without_passwords(self.text)

    @property
    def text_with_study(self) -> str:
        """The address as it is read."""
        if self.study is None:
            return self.text
        return f"{self.text}{'&' if '?' in self.text else '?'}study={quote(self.study)}"


@dataclass(frozen=True, slots=True)
class StudyAddress:
    """A study in a database: to its searches what an output folder is to those in it."""

    database: DatabaseAddress
    study: str

    @classmethod
    def read_table(cls, text: str, folder: Path, place: Place | None = None) -> StudyAddress:
        """Of Jobman's address of a table, `postgres://me@host/db?table=NAME`: the study is the table.

        Its name may stand in a path.  InputError, which tells no password, for what is no such address.
        """
        address, _, query = text.rpartition("?")
        parameters = query.split("&") if address else []
        names = [one.removeprefix("table=") for one in parameters if one.startswith("table=")]
        others = [one for one in parameters if not one.startswith("table=")]
        database = DatabaseAddress.read(
            (address or text) + (f"?{'&'.join(others)}" if others else ""), folder, place
        )
        table = unquote(names[0]).strip() if len(names) == 1 else ""
        if not table or not table.isprintable() or "/" in table or table in {".", ".."}:
            raise InputError(
                "this address names no table, or more than one",
                place=place,
                got=without_passwords(text),
                expected="sqlite:///FILE?table=NAME, or postgresql://USER@HOST/DATABASE?table=NAME",
            )
        return cls(database, table)

    @property
    def shown(self) -> str:
        """The address for people."""
        return f"study {self.study} in {self.database.shown}"
