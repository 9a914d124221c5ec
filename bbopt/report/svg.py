"""Drawing in SVG: axes with ticks, and marks on panels between them.

Colours and widths are those of classes, in `figure.css`.  Points are
one path with round ends of no length: a point takes ten bytes, so that thousands fit on a page.
"""

from __future__ import annotations

import html
import math
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bbopt.space import Space
from bbopt.surrogate import FloatArray

__all__ = ["STYLE_FILE", "Axis", "Panel", "Svg", "number_axis", "parameter_axis", "short"]

STYLE_FILE = Path(__file__).with_name("figure.css")
"""Its first line has the colours of light pages."""

_MOST_TICKS = 6
_MOST_CHOICES = 12
_LONGEST_LABEL = 18


def short(value: float) -> str:
    """A number for people, of at most four digits."""
    if value == 0 or not math.isfinite(value):
        return "0" if value == 0 else str(value)
    text = f"{value:.4g}"
    return text.replace("e+0", "e").replace("e-0", "e-").replace("e+", "e")


def _cut(text: str, most: int = _LONGEST_LABEL) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"


@dataclass(frozen=True, slots=True)
class Axis:
    """Where values are between 0 and 1, and which are named; `ticks` are places and texts."""

    label: str
    place: Callable[[FloatArray], FloatArray]
    ticks: tuple[tuple[float, str], ...]

    def at(self, values: Iterable[float]) -> FloatArray:
        """The places of the values; what lies beyond the ends is at them."""
        found: FloatArray = np.clip(self.place(np.asarray(list(values), dtype=float)), 0.0, 1.0)
        return found


def number_axis(label: str, low: float, high: float, *, log: bool = False, whole: bool = False) -> Axis:
    """From `low` to `high`, on a logarithmic scale where both are positive and it is asked for."""
    if not low < high:
        room = abs(low) * 0.1 or 1.0
        low, high = low - room, high + room
        log = log and low > 0
    if log:
        first, last = math.log10(low), math.log10(high)
        ticks = tuple(((math.log10(t) - first) / (last - first), short(t)) for t in _log_ticks(first, last))
        tiny = np.finfo(float).tiny

        def on_log(values: FloatArray) -> FloatArray:
            logs: FloatArray = np.log10(np.maximum(values, tiny))
            return (logs - first) / (last - first)

        return Axis(label, on_log, ticks)
    found = tuple(((t - low) / (high - low), short(t)) for t in _plain_ticks(low, high, whole))
    return Axis(label, lambda values: (values - low) / (high - low), found)


def _plain_ticks(low: float, high: float, whole: bool) -> list[float]:
    step = 10.0 ** math.floor(math.log10((high - low) / _MOST_TICKS))
    step *= next((f for f in (1, 2, 5, 10) if (high - low) / (step * f) <= _MOST_TICKS), 10)
    if whole:
        step = max(1.0, step)
    first = math.ceil(low / step - 1e-9)
    count = math.floor(high / step + 1e-9) - first + 1
    return [round((first + n) * step, 12) + 0.0 if step > 1e-9 else (first + n) * step for n in range(count)]


def _log_ticks(first: float, last: float) -> list[float]:
    decades = range(math.ceil(first - 1e-9), math.floor(last + 1e-9) + 1)
    if len(decades) >= 3:
        return [10.0**d for d in decades[:: math.ceil(len(decades) / _MOST_TICKS)]]
    ticks: list[float] = []
    for steps in ((1, 2, 5), (1, 1.5, 2, 3, 4, 5, 7), tuple(n / 10 for n in range(10, 100, 2))):
        every = [step * 10.0**d for d in range(math.floor(first), math.ceil(last) + 1) for step in steps]
        ticks = [tick for tick in every if first - 1e-9 <= math.log10(tick) <= last + 1e-9]
        if len(ticks) >= 3:
            return ticks[:: math.ceil(len(ticks) / _MOST_TICKS)]
    return ticks if len(ticks) >= 2 else [10.0**first, 10.0**last]


def parameter_axis(space: Space, column: int, label: str | None = None) -> Axis:
    """Native values of a parameter on its own scale: logarithmic where it is searched so, choices apart."""
    parameter = space.parameters[column]

    def place(values: FloatArray) -> FloatArray:
        rows = np.repeat(space.default_row, len(values), axis=0)
        rows[:, column] = np.clip(values, parameter.low, parameter.high)
        encoded: FloatArray = space.encode(rows)[:, column]
        return encoded

    def place_choices(values: FloatArray) -> FloatArray:
        return (values + 0.5) / len(parameter.choices)

    if parameter.kind.is_discrete:
        wanted = [float(n) for n in range(len(parameter.choices))][: _MOST_CHOICES + 1]
        texts = [_cut(parameter.choices[int(n)], 12) for n in wanted]
        if len(parameter.choices) > _MOST_CHOICES:
            wanted, texts = wanted[:0], texts[:0]
    else:
        if parameter.log and parameter.low > 0 and parameter.high / parameter.low >= 5:
            wanted = _log_ticks(math.log10(parameter.low), math.log10(parameter.high))
        else:
            wanted = _plain_ticks(parameter.low, parameter.high, parameter.size < 1e9)
        texts = [short(value) for value in wanted]
    of = place_choices if parameter.kind.is_discrete else place
    places: list[float] = of(np.array(wanted)).tolist() if wanted else []
    ticks = tuple(zip(places, texts, strict=True))
    return Axis(label or parameter.name, of, ticks)


def _n(value: float) -> str:
    """A coordinate, to a tenth of a pixel."""
    text = f"{value:.1f}"
    return text[:-2] if text.endswith(".0") else text


class Svg:
    """A drawing of this size; `name` is what a screen reader says."""

    def __init__(self, width: float, height: float, name: str) -> None:
        self.width, self.height, self._name = width, height, name
        self._parts: list[str] = []

    def add(self, part: str) -> None:
        """Draw a part, which is text in SVG."""
        self._parts.append(part)

    def path(self, d: str, kind: str, tip: str = "", *, extra: str = "") -> None:
        """A path of a class; nothing for an empty one."""
        if d:
            title = f"<title>{html.escape(tip)}</title>" if tip else ""
            self.add(
                f'<path class="{kind}"{extra} d="{d}">{title}</path>'
                if title
                else f'<path class="{kind}"{extra} d="{d}"/>'
            )

    def text(self, x: float, y: float, text: str, kind: str = "t", *, turned: bool = False) -> None:
        """A text; its anchor is that of the class (`m` middle, `e` end)."""
        turn = f' transform="rotate(-90 {_n(x)} {_n(y)})"' if turned else ""
        self.add(f'<text class="{kind}" x="{_n(x)}" y="{_n(y)}"{turn}>{html.escape(text)}</text>')

    def rect(
        self, x: float, y: float, w: float, h: float, kind: str, *, tip: str = "", fill: str = ""
    ) -> None:
        """A rectangle."""
        title = f"<title>{html.escape(tip)}</title>" if tip else ""
        colour = f' fill="{fill}"' if fill else ""
        size = f'width="{_n(max(w, 0))}" height="{_n(max(h, 0))}"'
        box = f'<rect class="{kind}"{colour} x="{_n(x)}" y="{_n(y)}" {size}'
        self.add(f"{box}>{title}</rect>" if title else f"{box}/>")

    def legend(self, x: float, y: float, entries: Sequence[tuple[str, str]]) -> None:
        """Marks and what they are, side by side; a mark is a class of lines, points or areas."""
        for kind, text in entries:
            first = kind.split()[0]
            if first in {"p", "x", "v", "o"}:
                self.path(_mark(first, x + 8, y - 4), kind)
            elif first in {"b", "b1", "b2", "b3", "band"}:
                self.rect(x, y - 9, 16, 10, kind)
            else:
                self.path(f"M{_n(x)} {_n(y - 4)}h16", kind)
            self.text(x + 21, y, text)
            x += 40 + 6.6 * len(text)

    def render(self, *, alone: bool = False) -> str:
        """The SVG; `alone` with a style of its own."""
        space = ' xmlns="http://www.w3.org/2000/svg"' if alone else ""
        size = f' width="{_n(self.width)}" height="{_n(self.height)}"' if alone else ""
        style = f"<style>{style_alone()}</style>" if alone else ""
        ground = '<rect width="100%" height="100%" fill="#fff"/>' if alone else ""
        name = html.escape(self._name, quote=True)
        box = f"0 0 {_n(self.width)} {_n(self.height)}"
        inside = "".join(self._parts)
        return (
            f'<svg{space} role="img" aria-label="{name}" viewBox="{box}"{size}>{style}{ground}{inside}</svg>'
        )


def _mark(kind: str, x: float, y: float) -> str:
    if kind == "x":
        return f"M{_n(x - 3)} {_n(y - 3)}l6 6m0-6l-6 6"
    if kind == "v":
        return f"M{_n(x)} {_n(y - 4)}l4 7h-8z"
    if kind == "o":
        return f"M{_n(x - 4)} {_n(y)}a4 4 0 1 0 8 0a4 4 0 1 0 -8 0"
    return f"M{_n(x)} {_n(y)}h0"


@dataclass(slots=True)
class Panel:
    """A part of a drawing between two axes; (x, y) is its upper left corner inside of the axes."""

    svg: Svg
    x: float
    y: float
    w: float
    h: float
    across: Axis
    up: Axis
    names_up: bool = True
    title: str = ""
    has_grid: bool = True

    def frame(self) -> Panel:
        """Draw the axes, their ticks and labels."""
        svg, bottom = self.svg, self.y + self.h
        svg.path(f"M{_n(self.x)} {_n(self.y)}v{_n(self.h)}h{_n(self.w)}", "axis")
        crowded = sum(len(text) * 6.5 + 8 for _, text in self.across.ticks) > self.w
        for number, (at, text) in enumerate(self.across.ticks):
            x = self.x + at * self.w
            if self.has_grid:
                svg.path(f"M{_n(x)} {_n(self.y)}v{_n(self.h)}", "grid")
            drop = 27 if crowded and number % 2 else 15
            svg.text(x, bottom + drop, text, "t m")
        svg.text(self.x + self.w / 2, bottom + (45 if crowded else 33), self.across.label, "t m l")
        for at, text in self.up.ticks:
            y = bottom - at * self.h
            if self.has_grid:
                svg.path(f"M{_n(self.x)} {_n(y)}h{_n(self.w)}", "grid")
            if self.names_up:
                svg.text(self.x - 6, y + 4, text, "t e")
        if self.names_up:
            svg.text(self.x - 46, self.y + self.h / 2, self.up.label, "t m l", turned=True)
        if self.title:
            svg.text(self.x + self.w / 2, self.y - 8, self.title, "t m l")
        return self

    def across_at(self, values: Iterable[float]) -> FloatArray:
        """Where values of the horizontal axis are on the drawing."""
        return self.x + self.across.at(values) * self.w

    def up_at(self, values: Iterable[float]) -> FloatArray:
        """Where values of the vertical axis are on the drawing."""
        return self.y + self.h - self.up.at(values) * self.h

    def marks(self, x: Iterable[float], y: Iterable[float], kind: str) -> None:
        """Points (`p`), crosses (`x`), triangles (`v`) or rings (`o`), by the first word of the class."""
        first = kind.split(maxsplit=1)[0]
        places = zip(self.across_at(x), self.up_at(y), strict=True)
        self.svg.path("".join(_mark(first, px, py) for px, py in places), kind)

    def line(self, x: Iterable[float], y: Iterable[float], kind: str, tip: str = "") -> None:
        """Straight from point to point."""
        places = [f"{_n(px)} {_n(py)}" for px, py in zip(self.across_at(x), self.up_at(y), strict=True)]
        self.svg.path("M" + "L".join(places) if len(places) > 1 else "", kind, tip)

    def steps(self, x: Iterable[float], y: Iterable[float], end: float, kind: str, tip: str = "") -> None:
        """A value stands until the next one, the last until `end`."""
        px, py = self.across_at(x), self.up_at(y)
        if not len(px):
            return
        parts = [f"M{_n(px[0])} {_n(py[0])}"]
        parts += [f"H{_n(nx)}V{_n(ny)}" for nx, ny in zip(px[1:], py[1:], strict=True)]
        self.svg.path("".join(parts) + f"H{_n(self.across_at([end])[0])}", kind, tip)

    def band(
        self, x: Sequence[float], low: Sequence[float], high: Sequence[float], kind: str = "band"
    ) -> None:
        """The area between two lines."""
        px = self.across_at(x)
        there = [f"{_n(a)} {_n(b)}" for a, b in zip(px, self.up_at(high), strict=True)]
        back = [f"{_n(a)} {_n(b)}" for a, b in zip(px[::-1], self.up_at(low)[::-1], strict=True)]
        self.svg.path("M" + "L".join(there + back) + "z" if len(px) > 1 else "", kind)


def style_alone() -> str:
    """The style of light pages, without variables, which few programs but browsers know."""
    text = STYLE_FILE.read_text()
    colours, _, rules = text.partition("\n")
    values = dict(re.findall(r"--([\w]+):([^;}]+)", colours))
    rules = re.sub(r"var\(--(\w+)\)", lambda found: values[found[1]], rules)
    return rules.replace("svg ", "").replace("\n", "")
