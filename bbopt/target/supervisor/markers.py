"""Markers: files that say of a folder that it was made here, and for what; others are nobody's to remove."""

from __future__ import annotations

import json
import os
from typing import Any

__all__ = ["read_marker"]


def read_marker(folder: str, name: str) -> dict[str, Any] | None:
    """What the file `name` in a folder says; None where there is none, or the folder is a link."""
    if os.path.islink(folder):
        return None
    try:
        with open(os.path.join(folder, name), "rb") as file:
            found = json.loads(file.read())
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) else None
