"""Names of a package that are imported when they are first asked for (PEP 562).

For packages with light modules and heavy ones, so that who needs a light one does not wait for the others.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from importlib import import_module
from typing import Any

__all__ = ["lazy_names"]


def lazy_names(package: str, *modules: str) -> Callable[[str], Any]:
    """The `__getattr__` of a package: a name is looked for in these modules of it, the lightest first."""

    def find(name: str) -> Any:
        if name in sys.modules[package].__all__:
            for module in modules:
                found = import_module(f"{package}.{module}")
                if name in found.__all__:
                    return getattr(found, name)
        raise AttributeError(f"module {package!r} has no attribute {name!r}")

    return find
