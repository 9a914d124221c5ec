"""A parameter space as people hand it to Python: text, a file, a mapping, or an object."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias, TypeGuard

from bbopt.errors import InputError
from bbopt.space import Space, from_configspace, parse_pcs, read_pcs

if TYPE_CHECKING:
    import ConfigSpace

__all__ = ["GivenSpace", "space_of"]

GivenSpace: TypeAlias = "str | os.PathLike[str] | Mapping[str, str] | Space | ConfigSpace.ConfigurationSpace"
"""The text of a parameter file, the path of one, its declarations by name, or a space."""

_SOURCE = "space"


def space_of(given: GivenSpace, folder: Path) -> Space:
    """The space that is meant; paths are looked up from `folder`.

    Of a mapping each value is what stands behind the name in a parameter file, as in
    `{"lr": "real [1e-5, 1] [0.01] log"}`.  A text with a blank is no path.  InputError (InputErrors) for what
    is no space.
    """
    if isinstance(given, Space):
        return given
    if _is_configspace(given):
        return from_configspace(given)
    if isinstance(given, Mapping):
        return parse_pcs("".join(f"{name} {declaration}\n" for name, declaration in given.items()), _SOURCE)
    if isinstance(given, str) and len(given.split()) > 1 and not os.path.isfile(folder / given):
        return parse_pcs(given, _SOURCE)
    if isinstance(given, (str, os.PathLike)):
        return read_pcs(folder / given)
    raise InputError(
        "this is no parameter space",
        got=repr(given)[:200],
        expected="the text or the path of a parameter file, declarations by name, a Space, or a ConfigSpace",
        remedy='{"lr": "real [1e-5, 1] [0.01] log"}, say',
    )


def _is_configspace(given: object) -> TypeGuard[ConfigSpace.ConfigurationSpace]:
    """A mapping, too; who has made one has imported the library."""
    return hasattr(given, "forbidden_clauses")
