"""Starting Python without taking files of the current folder for modules, `random.py` or `numpy.py`, say."""

from __future__ import annotations

import os
import sys

__all__ = ["HOME", "isolated_python", "search_path"]

HOME = os.path.dirname(os.path.dirname(os.path.realpath(__file__)))
"""The folder that this package is in."""


def isolated_python(*flags: str) -> tuple[str, ...]:
    """The words that start this interpreter so.

    It looks into neither PYTHONPATH nor the user's own site-packages: HOME has to be added to its search path
    at least, or all of `search_path`.
    """
    return (sys.executable, "-I", "-X", f"utf8={sys.flags.utf8_mode}", *flags)


def search_path() -> list[str]:
    """Where this process finds modules, without the current folder, but with the package's home."""
    try:
        here = os.path.realpath(os.curdir)
    except OSError:
        here = None  # it is gone
    found = [entry for entry in sys.path if os.path.isabs(entry) and os.path.realpath(entry) != here]
    return found if HOME in found else [*found, HOME]
