"""The report as one HTML file that needs nothing else: no network, no other file.

Everything that comes from outside is escaped; the data of table and figures are compressed JSON in base64.
"""

from __future__ import annotations

import base64
import gzip
import html
import json
import math
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from bbopt.report.figures import Figure
from bbopt.report.figures.figure import plural
from bbopt.report.report import Part, Report
from bbopt.report.run_columns import Columns, run_columns, wanted_runs
from bbopt.report.svg import STYLE_FILE, short
from bbopt.report.words import Result
from bbopt.runs import Cell

__all__ = ["MARK", "html_page"]

MARK = "<!DOCTYPE html><!-- bbopt report -->"
"""What a page begins with; a file that does not is none of ours."""

_MOST_CELLS = 400_000
_FEWEST_ROWS = 100
_MOST_BYTES = 800_000
_TABLE_ROWS = 200
_HERE = Path(__file__).parent


def html_page(report: Report, made_at: datetime, renewed_every_s: float | None = None) -> str:
    """The page; `renewed_every_s` while somebody writes it again and again."""
    style = STYLE_FILE.read_text() + (_HERE / "page.css").read_text()
    script = (_HERE / "page.js").read_text()
    title = html.escape(report.title)
    renewal = ""
    if renewed_every_s is not None:
        renewal = (
            f'<label id="renew" data-seconds="{renewed_every_s:g}" hidden><input type="checkbox"> '
            f"renewed every {renewed_every_s:g} s</label>"
        )
    data, told = _packed(report)
    body = "".join(
        _part(part, number, told[number], len(report.parts) > 1) for number, part in enumerate(report.parts)
    )
    compared = _figure(report.comparison, "all") if report.comparison is not None else ""
    if len(report.parts) > 1:
        compared = f'<section id="all"><h2>Side by side</h2>{_overview(report)}{compared}</section>'
    shown_at = made_at.strftime("%Y-%m-%d %H:%M")
    return (
        f'{MARK}\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f'<link rel="icon" href="data:,"><title>{title}</title><style>{style}</style></head><body>'
        f'<header><h1>{title}</h1><span class="soft">{shown_at}</span>{renewal}'
        f'<button id="theme" type="button" hidden>Dark</button></header>{_navigation(report)}'
        f"<main>{compared}{body}</main><footer>Made by bbopt report. Whatever it says of parameters comes "
        "from a "
        "model of the runs, and none of it is tested but where it says so.</footer>"
        f'<script type="application/octet-stream" id="data">{data}</script>'
        f"<script>{script}</script></body></html>\n"
    )


def _navigation(report: Report) -> str:
    if len(report.parts) == 1:
        sections = ["Result", *(title for title, _ in report.parts[0].sections), "All runs"]
        links = [(f"s0-{_anchor(one)}", one) for one in sections]
    else:
        links = [
            ("all", "Side by side"),
            *((f"s{n}", part.study.label) for n, part in enumerate(report.parts)),
        ]
    inside = "".join(f'<a href="#{anchor}">{html.escape(text)}</a>' for anchor, text in links)
    return f'<nav aria-label="Sections">{inside}</nav>'


def _anchor(title: str) -> str:
    return title.lower().replace(" ", "-")


def _part(part: Part, number: int, n_told: int, is_one_of_many: bool) -> str:
    key, study = f"s{number}", part.study
    head = f"<h2>{html.escape(study.label)}</h2>" if is_one_of_many else ""
    texts = [f'<section id="{key}">{head}']
    warning = '<p class="warn">Not everything could be read: '
    texts += [f"{warning}{html.escape(problem)}</p>" for problem in study.problems[:5]]
    if not study.runs:
        texts.append(f'<p class="big">No run yet</p><p>{html.escape(study.where)}</p></section>')
        return "".join(texts)
    texts.append(_result(part, key))
    for title, figures in part.sections:
        texts.append(f'<h2 id="{key}-{_anchor(title)}">{html.escape(title)}</h2>')
        texts += [_figure(figure, key, part) for figure in figures]
    texts.append(_runs(part, key, n_told))
    return "".join(texts) + "</section>"


def _result(part: Part, key: str) -> str:
    study, result = part.study, part.result
    facts = "".join(f"<dt>{html.escape(n)}</dt><dd>{html.escape(t)}</dd>" for n, t in part.facts)
    searched = f"<div><h3>What was searched</h3><dl>{facts}</dl></div>"
    if result is None:
        failed = (
            f"No run has worked: all {len(study.runs):,} failed."
            if len(study.runs) > 1
            else "The only run failed."
        )
        text = f'<p class="big">{failed}</p><p>The section on failures says why.</p>'
        return f'<h2 id="{key}-result">Result</h2>{text}<div class="pair">{searched}</div>'
    why = "".join(f"<li>{html.escape(one)}</li>" for one in part.reasons)
    reasons = f"<div><h3>Why this configuration</h3><ul>{why}</ul></div>" if why else ""
    return (
        f'<h2 id="{key}-result">Result</h2>'
        f'<p class="big">{html.escape(study.metric)} {html.escape(result.value)}</p>'
        f"<p>{html.escape(result.spread[0].upper() + result.spread[1:])}. {html.escape(result.default)}</p>"
        '<div class="command"><pre tabindex="0" aria-label="the best '
        f'command"><code>{html.escape(result.command)}'
        '</code></pre><button type="button" class="copy" hidden>Copy</button></div>'
        f'<div class="pair">{searched}{reasons}</div>{_settings(result, study.label)}'
    )


def _settings(result: Result, label: str) -> str:
    rows = "".join(
        f"<tr{' class=changed' if before != after else ''}><th scope=row>{html.escape(name)}</th>"
        f'<td class="long">{html.escape(before) or "inactive"}</td>'
        f'<td class="long">{html.escape(after) or "inactive"}</td></tr>'
        for name, before, after in result.settings
    )
    return (
        "<details open><summary><strong>Settings</strong></summary>"
        '<div class="scroll" tabindex="0" role="region" aria-label="settings, '
        f'{html.escape(label, quote=True)}">'
        "<table><thead><tr><th scope=col>parameter</th><th scope=col>default</th><th "
        "scope=col>best</th></tr></thead>"
        f"<tbody>{rows}</tbody></table></div></details>"
    )


def _overview(report: Report) -> str:
    rows = []
    for number, part in enumerate(report.parts):
        study, result = part.study, part.result
        cells = [
            study.metric if study.runs else "",
            result.estimate if result else "no run has worked" if study.runs else "no run yet",
            f"{len(study.runs):,}",
            f"{int(study.failed.sum()):,}" if study.runs else "0",
            str(len(study.seeds)),
        ]
        texts = "".join(f'<td class="long">{html.escape(cell)}</td>' for cell in cells)
        rows.append(f'<tr><th scope=row><a href="#s{number}">{html.escape(study.label)}</a></th>{texts}</tr>')
    head = "".join(
        f"<th scope=col>{n}</th>" for n in ("where", "metric", "best", "runs", "failed", "searches")
    )
    return (
        '<div class="scroll" tabindex="0" role="region" aria-label="overview"><table><thead><tr>'
        f"{head}</tr></thead><tbody>{''.join(rows)}</tbody></table></div>"
    )


def _figure(figure: Figure, key: str, part: Part | None = None) -> str:
    name = f"{key}-{figure.key}"
    caption = (
        f"<figcaption><h3>{html.escape(figure.title)}</h3><p "
        f"class=how>{html.escape(figure.how)}</p></figcaption>"
    )
    if not figure.rows:
        return f'<figure id="{name}">{caption}</figure>'
    picture = figure.svg.render() if figure.svg is not None else _table(figure)
    named = html.escape(f"{figure.title}, {part.study.label}" if part else figure.title, quote=True)
    region = f'<div class="scroll" tabindex="0" role="region" aria-label="{named}">'
    choose = '<span class="choose"></span>' if figure.key in {"scatter", "distribution"} else ""
    kept = '<span class="kept soft" role="status"></span>' if figure.key == "parallel" else ""
    across = ""
    if part is not None and choose:
        started = figure.columns[1:3] if figure.key == "scatter" else (part.study.metric,)
        across = f' data-across="{html.escape(chr(10).join(started), quote=True)}"'
    return (
        f'<figure id="{name}" class="{figure.key}" data-key="{key}"{across}>{caption}'
        f'<div class="bar interactive" hidden>{choose}{kept}<button type="button" class="csv" '
        f'data-figure="{name}" aria-label="CSV of {named}">CSV</button></div>'
        f"{region}{picture}</div></figure>"
    )


def _table(figure: Figure) -> str:
    head = "".join(f"<th scope=col>{html.escape(name)}</th>" for name in figure.columns)
    rows = "".join(
        "<tr>" + "".join(_cell(cell) for cell in row) + "</tr>" for row in figure.rows[:_TABLE_ROWS]
    )
    more = ""
    if len(figure.rows) > _TABLE_ROWS:
        more = f"<caption>The first {_TABLE_ROWS} of {len(figure.rows):,} rows; the CSV has all.</caption>"
    return f"<table>{more}<thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"


def _cell(cell: Cell) -> str:
    if cell is None:
        return "<td></td>"
    if isinstance(cell, str):
        return f'<td class="long">{html.escape(cell)}</td>'
    return f'<td class="n">{short(cell) if isinstance(cell, float) else f"{cell:,}"}</td>'


def _runs(part: Part, key: str, n_told: int) -> str:
    study = part.study
    static = "".join("<tr>" + "".join(_cell(cell) for cell in row) + "</tr>" for row in _first_rows(part))
    return (
        f'<h2 id="{key}-all-runs">All runs</h2><p class="how">Words in the search field choose runs that '
        "have "
        "them in any column; conditions such as <code>status=SAT</code> or <code>lr&lt;0.01</code> "
        "compare. A "
        f"click on a column's name sorts. {_held_back(len(study.runs), n_told)}</p>"
        f'<div class="runs interactive" data-key="{key}" hidden><div class="bar"><label>search '
        '<input type="search" spellcheck="false"></label><span class="status soft" role="status"></span>'
        '<button type="button" class="save">CSV</button></div><div class="tall" tabindex="0" role="region" '
        f'aria-label="all runs, {html.escape(study.label, quote=True)}"><table><thead><tr></tr></thead>'
        "<tbody></tbody></table></div>"
        '<div class="bar"><button type="button" class="more" hidden>More</button></div></div>'
        f"<noscript><p>The first of {plural(len(study.runs), 'run')}; the whole table needs JavaScript.</p>"
        f"<table><tbody>{static}</tbody></table></noscript>"
    )


def _first_rows(part: Part) -> Iterable[tuple[Cell, ...]]:
    columns = run_columns(part.analysis, wanted_runs(part.analysis, 20))
    yield tuple(columns)
    yield from zip(*columns.values(), strict=True)


def _held_back(total: int, n_told: int) -> str:
    if n_told < total:
        return f"Of {total:,} runs the page has {n_told:,}, half of them the best; bbopt export gives all."
    return ""


def _packed(report: Report) -> tuple[str, list[int]]:
    """The data for the script, and how many runs of each part are among them: as many as fit."""
    share = max(1, sum(bool(part.study.runs) for part in report.parts))
    most_cells = _MOST_CELLS // share
    while True:
        told, runs = [], {}
        for number, part in enumerate(report.parts):
            wanted = wanted_runs(
                part.analysis, max(_FEWEST_ROWS, most_cells // (part.study.space.n_params + 6))
            )
            told.append(len(wanted))
            if len(wanted):
                columns = run_columns(part.analysis, wanted)
                failed = part.study.failed[wanted].astype(int).tolist()
                runs[f"s{number}"] = {
                    "names": [*columns],
                    "columns": [*columns.values()],
                    "failed": failed,
                    "logs": _scales(part, columns),
                }
        figures = {
            f"s{number}-{figure.key}": _told(figure)
            for number, part in enumerate(report.parts)
            for _, some in part.sections
            for figure in some
        }
        if report.comparison is not None:
            figures["all-comparison"] = _told(report.comparison)
        text = json.dumps({"runs": runs, "figures": figures}, separators=(",", ":"), allow_nan=False)
        packed = base64.b64encode(gzip.compress(text.encode(), 6, mtime=0)).decode("ascii")
        if len(packed) <= _MOST_BYTES or max(told) <= _FEWEST_ROWS:
            return packed, told
        most_cells //= 2


def _scales(part: Part, columns: Columns) -> list[bool | None]:
    """Which columns are drawn on a logarithmic scale; None where nobody has said."""
    logs: dict[str, bool] = {one.name: one.log for one in part.study.space.parameters}
    logs.setdefault(part.study.metric, part.analysis.scale.is_log)
    return [logs.get(name) for name in columns]


def _told(figure: Figure) -> dict[str, object]:
    rows = [[_plain(cell) for cell in row] for row in figure.rows]
    return {"columns": figure.columns, "rows": rows}


def _plain(cell: Cell) -> Cell:
    """What JSON can hold."""
    return None if isinstance(cell, float) and not math.isfinite(cell) else cell
