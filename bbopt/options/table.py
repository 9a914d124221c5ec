"""The one table of options: what the scenario reader, the command line, `--help` and the docs all use.

The rows stand in `options.tsv` beside this module, those of single commands in `cli/options.tsv`, in the same
columns.  Where the name of a column alone does not say it:
`words` are texts taken besides the domain (`max`: its upper end, `AUTO`: the default, `PAR10=MEAN10`: PAR10
stands for MEAN10), `default` is the
value used when none is given, `default_text` what people read instead of it, `smac2` SMAC v2's default where
ours is another (`engine-preset = smac2` brings it back).
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType

from bbopt.errors import nearest

__all__ = ["Kind", "Level", "Option", "OptionTable", "Support", "canonical_name", "option_table", "read_rows"]


class Kind(enum.Enum):
    """What the value of an option is."""

    SWITCH = "switch"
    """No value: being named turns it on."""
    FLAG = "flag"
    """true or false."""
    INTEGER = "integer"
    NUMBER = "number"
    CHOICE = "choice"
    TEXT = "text"
    TEXTS = "texts"
    """Texts: the option may be given several times."""
    PAIRS = "pairs"
    """`name=value` texts: the option may be given several times."""
    FILE = "file"
    FILES = "files"
    """Files: several may follow the name, and the option may be given several times."""
    DIRECTORY = "directory"
    PATH = "path"
    """A file or a directory."""
    PATHS = "paths"
    """As FILES, with files or directories."""
    COMMAND = "command"


_VALUES = {
    Kind.SWITCH: "",
    Kind.INTEGER: "INTEGER",
    Kind.NUMBER: "NUMBER",
    Kind.TEXT: "TEXT",
    Kind.TEXTS: "TEXT",
    Kind.PAIRS: "NAME=VALUE",
    Kind.FILE: "FILE",
    Kind.FILES: "FILE ...",
    Kind.DIRECTORY: "FOLDER",
    Kind.PATH: "FILE|FOLDER",
    Kind.PATHS: "FILE|FOLDER ...",
    Kind.COMMAND: "COMMAND",
}


class Level(enum.IntEnum):
    """For whom an option is; each level of the help includes the ones before it."""

    BASIC = 0
    INTERMEDIATE = 1
    ADVANCED = 2
    DEVELOPER = 3


class Support(enum.Enum):
    """What this version does with an option."""

    IMPLEMENT = "implement"
    ACCEPT_AND_IGNORE = "accept-and-ignore"
    """Never an error: one warning says that it has no effect."""
    SILENT = "silent"
    """Taken without a word, for it never had an effect in SMAC v2 either."""


@dataclass(frozen=True, slots=True)
class Option:
    """A row of the table; names are without leading dashes, aliases of one letter with theirs."""

    name: str
    aliases: tuple[str, ...]
    kind: Kind
    domain: str
    words: tuple[str, ...]
    default: str | None
    default_text: str
    smac2: str | None
    unit: str
    level: Level
    section: str
    support: Support
    help: str

    @classmethod
    def of(cls, row: Mapping[str, str]) -> Option:
        """The option that a row of a table's file describes."""
        return cls(
            name=row["name"],
            aliases=tuple(row["aliases"].split()),
            kind=Kind(row["kind"]),
            domain=row["domain"],
            words=tuple(row["words"].split()),
            default=row["default"] or None,
            default_text=row["default_text"] or row["default"],
            smac2=row["smac2"] or None,
            unit=row["unit"],
            level=Level[row["level"]],
            section=row["section"],
            support=Support(row["support"]),
            help=row["help"],
        )

    @property
    def extra_words(self) -> tuple[str, ...]:
        """What is taken besides the domain, without what it stands for."""
        return tuple(word.partition("=")[0] for word in self.words)

    @property
    def names(self) -> tuple[str, ...]:
        """The primary name and all aliases."""
        return (self.name, *self.aliases)

    @property
    def flag(self) -> str:
        """The primary name as written on a command line."""
        return dashed(self.name)

    @property
    def value(self) -> str:
        """What may follow the name: the choices of the domain, or the kind of value and its unit."""
        if self.kind in {Kind.FLAG, Kind.CHOICE}:
            return self.domain
        unit = f" ({self.unit})" if self.unit else ""
        return f"{_VALUES[self.kind]}{unit}"

    @property
    def distinct_aliases(self) -> tuple[str, ...]:
        """The aliases as written on a command line, without those that differ only in spelling."""
        by_key: dict[str, str] = {}
        for name in self.names:
            by_key.setdefault(canonical_name(name), name)
        return tuple(dashed(name) for name in by_key.values())[1:]

    @property
    def is_repeatable(self) -> bool:
        """Whether giving it several times adds values up."""
        return self.takes_several or self.kind in {Kind.TEXTS, Kind.PAIRS}

    @property
    def takes_several(self) -> bool:
        """Whether all words up to the next option are values of it."""
        return self.kind in {Kind.FILES, Kind.PATHS}


def dashed(name: str) -> str:
    """`name` with the dashes that it has on a command line."""
    if name.startswith(("-", "/")):
        return name
    return f"-{name}" if len(name) == 1 else f"--{name}"


def canonical_name(name: str) -> str:
    """What all spellings of an option name share: `--number-of-runs`, `numberOfRuns`, `NUMBER_OF_RUNS`.

    The case of a single letter counts: `-p` and `-P` are two options.
    """
    bare = name.lstrip("-/").replace("-", "").replace("_", "")
    return bare if len(bare) == 1 else bare.lower()


class OptionTable:
    """All options, found by any name in any spelling.

    Raises ValueError when two options share a name.
    """

    __slots__ = ("_by_key", "_by_name", "_spelling", "options")

    def __init__(self, options: Iterable[Option]) -> None:
        self.options = tuple(options)
        self._by_name: Mapping[str, Option] = MappingProxyType({o.name: o for o in self.options})
        self._by_key: dict[str, Option] = {}
        self._spelling: dict[str, str] = {}
        for option in self.options:
            for name in option.names:
                self._add(name, option)

    def _add(self, name: str, option: Option) -> None:
        key = canonical_name(name)
        owner = self._by_key.setdefault(key, option)
        if owner is not option:
            raise ValueError(f"{name!r} names both {owner.name!r} and {option.name!r}")
        self._spelling.setdefault(key, name)

    def __getitem__(self, name: str) -> Option:
        """The option whose primary name is exactly `name`; KeyError when there is none."""
        return self._by_name[name]

    def find(self, name: str) -> Option | None:
        """The option that a user means by `name`, with or without leading dashes."""
        return self._by_key.get(canonical_name(name))

    def nearest(self, name: str) -> tuple[str, ...]:
        """The known names most like `name`, best first, at most one for each option."""
        keys = nearest(canonical_name(name), self._by_key, limit=6)
        by_option: dict[str, str] = {}
        for key in keys:
            by_option.setdefault(self._by_key[key].name, self._spelling[key])
        return tuple(by_option.values())[:3]

    def sections(self, level: Level) -> dict[str, tuple[Option, ...]]:
        """The options up to `level` by section, both in the order of the table."""
        found: dict[str, tuple[Option, ...]] = {}
        for option in self.options:
            if option.level <= level:
                found[option.section] = (*found.get(option.section, ()), option)
        return found


@cache
def option_table() -> OptionTable:
    """The table of this version, read once."""
    return OptionTable(map(Option.of, read_rows(Path(__file__).with_name("options.tsv"))))


def read_rows(path: Path) -> Iterator[dict[str, str]]:
    """The rows of the table in the file `path`, by the names of its columns."""
    lines = path.read_text(encoding="utf-8").splitlines()
    columns = lines[0].split("\t")
    return (dict(zip(columns, line.split("\t"), strict=True)) for line in lines[1:])
