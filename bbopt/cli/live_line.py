"""One line on a terminal that moves, and is gone at the end."""

from __future__ import annotations

from collections.abc import Callable

from rich.console import Console, RenderableType
from rich.live import Live

__all__ = ["live_line"]

_REFRESHES_PER_S = 4


def live_line(console: Console, render: Callable[[], RenderableType]) -> Live:
    """A display of what `render` gives, several times a second once it is started."""
    return Live(
        get_renderable=render,
        console=console,
        refresh_per_second=_REFRESHES_PER_S,
        transient=True,
        redirect_stdout=False,
        redirect_stderr=False,
    )
