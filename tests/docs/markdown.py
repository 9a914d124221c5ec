"""The documents as the tests see them: prose, headings, links, names of files, fenced blocks."""

from __future__ import annotations

import re
import textwrap
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
README = ROOT / "README.md"
USER_PAGES = sorted((ROOT / "docs").glob("*.md"))
PAGES = [*sorted(ROOT.glob("*.md")), *USER_PAGES]
for _folder in ("benchmarks", "scenarios", "targets"):
    PAGES += sorted((ROOT / _folder).rglob("*.md"))

_FENCE = re.compile(
    r"^(?:<!-- (?P<note>.+?) -->\n)?```(?P<language>\w*)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL
)
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_INDENTED = re.compile(r"(?:^\n(?: {4}.*\n|\n)+)", re.MULTILINE)
_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
_CODE = re.compile(r"`([^`]+)`")
_HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block; `note` is the comment in the line before it."""

    note: str
    language: str
    text: str


def name_of(page: Path) -> str:
    return str(page.relative_to(ROOT))


def blocks(page: Path) -> list[Block]:
    found = _FENCE.finditer(page.read_text())
    return [Block(match["note"] or "", match["language"], match["text"]) for match in found]


def indented_blocks(page: Path) -> list[str]:
    text = _FENCE.sub("", page.read_text())
    return [textwrap.dedent(match[0]) for match in _INDENTED.finditer(text)]


def prose(page: Path) -> str:
    """What is left without blocks and comments."""
    return _INDENTED.sub("\n", _COMMENT.sub("", _FENCE.sub("", page.read_text())))


def links(page: Path) -> list[str]:
    return _LINK.findall(_CODE.sub("", prose(page)))


def code_spans(page: Path) -> list[str]:
    return [" ".join(text.split()) for text in _CODE.findall(prose(page))]


def headings(page: Path) -> list[str]:
    return [_CODE.sub(r"\1", heading) for heading in _HEADING.findall(prose(page))]


def anchor(heading: str) -> str:
    """The anchor that a code forge gives to a heading."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def site_anchor(heading: str) -> str:
    """The anchor that MkDocs gives to it."""
    ascii_only = unicodedata.normalize("NFKD", heading).encode("ascii", "ignore").decode()
    return re.sub(r"[-\s]+", "-", re.sub(r"[^\w\s-]", "", ascii_only).strip().lower())


def example_files(page: Path) -> dict[str, str]:
    """The complete files that a page shows, by name."""
    return {
        block.note.removeprefix("file: "): block.text
        for block in blocks(page)
        if block.note.startswith("file: ")
    }


def commands(page: Path) -> Iterator[str]:
    """The lines that start bbopt, of shell blocks and of indented ones; continued lines are joined."""
    texts = [block.text for block in blocks(page) if block.language in {"", "sh"}]
    for text in (*texts, *indented_blocks(page)):
        for line in text.replace("\\\n", " ").splitlines():
            if line.startswith("bbopt "):
                yield line
