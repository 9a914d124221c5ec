"""`bbopt report FOLDER ...`: a page for people, a figure of it, or its essentials here."""

from __future__ import annotations

import shutil
import sys
import time
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from bbopt.cli.command import Arguments
from bbopt.cli.output_words import named_results
from bbopt.cli.signals import handling_signals, interrupt
from bbopt.durable_files import atomic_write, output_exists
from bbopt.errors import InputError, UnavailableError
from bbopt.options import COMMAND_LINE

if TYPE_CHECKING:
    from bbopt.report import Report
    from bbopt.stores import Results

__all__ = ["report"]

_SHOWN_PROBLEMS = 3
_FORMS = ("pdf", "svg", "terminal", "watch")
_DEFAULT_WIDTH = 100


def report(arguments: Arguments) -> int:
    """Write the page, or what else is asked for."""
    own = arguments.own
    asked = [name for name in _FORMS if own.is_given(name)]
    if len(asked) > 1:
        raise InputError(
            "only one of these can be had at a time",
            place=COMMAND_LINE,
            got=" ".join(f"--{name}" for name in asked),
            expected="--pdf, --svg FIGURE, --terminal or --watch",
        )
    places = [named_results(arguments, number) for number in range(len(arguments.given.words))]
    svg, output = own.optional_text("svg"), own.optional_text("output")
    if svg is not None:
        _write_figure(places, svg, output)
    elif own.flag("terminal"):
        _show(places, output)
    elif own.flag("pdf"):
        _write_pdf(places, _target(places, output, "report.pdf"))
    else:
        path = _target(places, output, "report.html")
        _write_page(places, path, own.number("interval") if own.flag("watch") else None)
    return 0


def _target(places: Sequence[Results], output: str | None, name: str) -> Path:
    """Where the report goes; InputError where another file is in the way."""
    is_in_folder = len(places) == 1 and places[0].study is None
    path = Path(output) if output is not None else places[0].folder / name if is_in_folder else Path(name)
    from bbopt.report import MARK

    if path.is_dir() or (path.exists() and not _begins_with(path, MARK)):
        raise output_exists(path, "a report")
    return path


def _begins_with(path: Path, mark: str) -> bool:
    if not path.is_file():  # a pipe would wait
        return False
    with path.open("rb") as file:
        return file.read(len(mark)) == mark.encode()


def _write_figure(places: Sequence[Results], key: str, output: str | None) -> None:
    if output is not None and Path(output).exists():
        raise output_exists(Path(output), "a figure")
    from bbopt.report import one_figure

    text = one_figure(places, key).render(alone=True)
    if output is None:
        print(text)
    else:
        atomic_write(Path(output), text + "\n")


def _show(places: Sequence[Results], output: str | None) -> None:
    if output is not None:
        raise InputError("--terminal writes no file", place=COMMAND_LINE, got=f"--output {output}")
    from bbopt.report import build_report, show_report

    found = build_report(places)
    width = shutil.get_terminal_size((_DEFAULT_WIDTH, 24)).columns
    for line in show_report(found, width):
        print(line)


def _write_pdf(places: Sequence[Results], path: Path) -> None:
    if path.exists():
        raise output_exists(path, "a report")
    from bbopt.report import build_report, html_page, print_to_pdf

    found = build_report(places)
    atomic_write(path, print_to_pdf(html_page(found, datetime.now())))
    _tell(found, path)


def _write_page(places: Sequence[Results], path: Path, interval_s: float | None) -> None:
    """Write it, with an interval again and again until no search runs there any more."""
    from bbopt.report import build_report, html_page

    if interval_s is None:
        found = build_report(places)
        atomic_write(path, html_page(found, datetime.now()))
        _tell(found, path)
        return
    seen, has_told = None, False
    with handling_signals(interrupt):
        while True:
            try:
                found = build_report(places)
            except UnavailableError:
                if not has_told:
                    raise
                time.sleep(interval_s)
                continue
            state = [len(part.study.runs) for part in found.parts], found.is_running
            if state != seen:
                every = interval_s if found.is_running else None
                atomic_write(path, html_page(found, datetime.now(), every), durable=False)
                seen = state
            if not has_told:
                _tell(found, path)
                has_told = True
            if not found.is_running:
                return
            time.sleep(interval_s)


def _tell(found: Report, path: Path) -> None:
    print(path, flush=True)
    for problem in found.problems[:_SHOWN_PROBLEMS]:
        print(f"warning: {problem}", file=sys.stderr)
    if not any(part.study.runs for part in found.parts):
        print("warning: no run has finished yet", file=sys.stderr)
