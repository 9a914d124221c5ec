"""The parameters that a journal says its runs have: SMAC v2 writes the parameter file's text into each."""

from __future__ import annotations

import json
import re
from pathlib import Path

from bbopt.errors import StateError
from bbopt.space import Space
from bbopt.stores.identity import declared_space

__all__ = ["journal_head", "pcs_text_in", "space_of_journal"]

_PCS_TEXT = re.compile(rb'"pcs-text"\s*:\s*"')
_SEARCHED_BYTES = 1 << 22


def space_of_journal(path: Path, space: Space) -> Space:
    """`space`, or the journal's own where that declares other parameters.

    Raises StateError when it can't be read.
    """
    text = pcs_text_in(journal_head(path)) if path.is_file() else None
    return space if text is None else declared_space(text, str(path), space)


def journal_head(path: Path) -> bytes:
    """The beginning of the journal, in which the text stands; StateError when it can't be read."""
    try:
        with path.open("rb") as file:
            return file.read(_SEARCHED_BYTES)
    except OSError as error:
        raise StateError(f"cannot read {path}: {error.strerror or error}") from error


def pcs_text_in(head: bytes) -> str | None:
    """The first such text in a journal's head; None before the first run."""
    for match in _PCS_TEXT.finditer(head):
        try:
            value, _ = json.JSONDecoder().raw_decode(head[match.end() - 1 :].decode("utf-8", "replace"))
        except ValueError:
            continue
        return str(value)
    return None
