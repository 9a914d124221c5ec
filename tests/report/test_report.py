"""What a report says and shows: of made-up histories it is known what that has to be."""

from __future__ import annotations

import base64
import gzip
import json
import math
import re
import shutil
from datetime import datetime
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from bbopt.errors import InputError
from bbopt.report import MARK, Report, build_report, html_page, one_figure, show_report
from bbopt.report.facts import read_studies
from bbopt.report.figures import Figure
from bbopt.report.svg import number_axis
from bbopt.runs import Curve, RunStatus, RuntimeObjective
from bbopt.space import parse_pcs
from bbopt.stores import Results, results_at, store_in
from tests.journals import journal_path
from tests.report.histories import (
    MARKUP,
    identity,
    of_accuracies,
    of_folds,
    of_function,
    of_runtimes,
    recorded,
    run,
    sampled,
)

GOLDEN = Path(__file__).parent.parent / "golden" / "smac2-run" / "output"
NOW = datetime(2026, 1, 2, 3, 4)


@pytest.fixture(scope="module")
def accuracies(tmp_path_factory: pytest.TempPathFactory) -> Results:
    return of_accuracies(tmp_path_factory.mktemp("accuracies"))


@pytest.fixture(scope="module")
def report(accuracies: Results) -> Report:
    return build_report([accuracies])


@pytest.fixture(scope="module")
def page(report: Report) -> str:
    return html_page(report, NOW)


@pytest.fixture(scope="module")
def runtimes(tmp_path_factory: pytest.TempPathFactory) -> Report:
    return build_report([of_runtimes(tmp_path_factory.mktemp("runtimes"))])


def figures(report: Report) -> dict[str, Figure]:
    return {figure.key: figure for part in report.parts for _, some in part.sections for figure in some}


def data_of(page: str) -> Any:
    packed = re.search(r'id="data">([^<]+)<', page)
    assert packed is not None
    return json.loads(gzip.decompress(base64.b64decode(packed[1])))


def test_a_maximised_metric_is_told_as_the_user_knows_it(report: Report) -> None:
    (part,) = report.parts
    best = max(run.result.metrics.get("accuracy", 0.0) for run in part.study.runs)
    assert part.result is not None
    assert part.result.value == f"{best:.4g}"
    last = figures(report)["progress"].rows[-1]
    assert last[-1] == pytest.approx(best)
    assert part.analysis.scale.label == "accuracy (higher is better)"


def test_markup_in_names_is_text(page: str) -> None:
    assert MARKUP not in page
    assert page.count("<script") == 2  # data and script, both ours
    assert "&lt;script&gt;" in page


def test_page_needs_nothing_from_outside(page: str) -> None:
    assert page.startswith(MARK)
    without_script = re.sub(r"<script>.*?</script>", "", page, flags=re.DOTALL)
    assert not re.findall(r"""(?:src|href)\s*=\s*["']?(?!#|data:)[^"'\s>]+""", without_script)
    assert "@import" not in page
    assert "url(" not in page


def test_data_are_those_of_the_runs(page: str, report: Report) -> None:
    runs = data_of(page)["runs"]["s0"]
    table = dict(zip(runs["names"], runs["columns"], strict=True))
    assert len(table["run"]) == 60
    assert table["status"].count("CRASHED") == 6
    assert table["accuracy"][9] is None
    assert table["loss"][0] == pytest.approx(1 - table["accuracy"][0], abs=1e-6)
    assert all((m is None) == (opt != "sgd") for m, opt in zip(table["m"], table["opt"], strict=True))
    assert table["reason"][9] == MARKUP
    for key, figure in figures(report).items():
        assert len(data_of(page)["figures"][f"s0-{key}"]["rows"]) == len(figure.rows)


def test_every_figure_says_how_to_read_it(report: Report, runtimes: Report) -> None:
    for figure in (*figures(report).values(), *figures(runtimes).values()):
        assert figure.how.endswith((".", ")"))
        assert all(len(row) == len(figure.columns) for row in figure.rows)
        if figure.svg is not None:
            drawn = figure.svg.render(alone=True)
            ElementTree.fromstring(drawn)
            assert "var(" not in drawn
            assert "nan" not in drawn


def test_failures_are_counted_by_reason(report: Report) -> None:
    assert figures(report)["failures"].rows == [("CRASHED", MARKUP, 6, "1-10 1-20 1-30 1-40 1-50")]


def test_of_too_many_runs_the_best_half_and_others_are_told(
    report: Report, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bbopt.report.page._FEWEST_ROWS", 20)
    monkeypatch.setattr("bbopt.report.page._MOST_CELLS", 0)
    page = html_page(report, NOW)
    runs = data_of(page)["runs"]["s0"]
    told = runs["columns"][runs["names"].index("accuracy")]
    worked = sorted(
        (c for c in report.parts[0].study.shown_costs.tolist() if not math.isnan(c)), reverse=True
    )
    assert len(told) == 20
    assert sorted((c for c in told if c is not None), reverse=True)[:10] == pytest.approx(
        worked[:10], abs=1e-6
    )
    assert "Of 60 runs the page has 20" in page


def test_runtimes_are_recognised_and_compared(runtimes: Report) -> None:
    (part,) = runtimes.parts
    assert part.study.objective == RuntimeObjective(10.0, 10)
    assert part.study.metric == "PAR10"
    rows = figures(runtimes)["instances"].rows
    assert len(rows) == 8
    assert rows[0][1] == pytest.approx(2 * rows[0][2])  # type: ignore[operator]
    assert rows[-1][1:3] == (100.0, 100.0)
    assert any("better than the default on 7 of 8 instances" in text for text in part.reasons)
    solved = [row for row in figures(runtimes)["cumulated"].rows if row[0] == "best"]
    assert [row[2] for row in solved] == [1, 2, 3, 4, 5, 6, 7]


def test_folds_are_called_folds(tmp_path: Path) -> None:
    (part,) = build_report([of_folds(tmp_path)]).parts
    shown = {figure.key: figure for figure in dict(part.sections)["Folds"]}
    assert set(shown) == {"instances", "spread", "instance-table"}
    texts = [(*one.columns, one.title, one.how, one.svg and one.svg.render()) for one in shown.values()]
    assert "instance" not in str((texts, part.reasons, part.facts, part.result))


def test_objective_is_what_the_trajectory_says(tmp_path: Path) -> None:
    for name in ("live-rundata-1.json", "detailed-traj-run-1.csv"):
        shutil.copy(GOLDEN / name, tmp_path / name)
    (study,) = read_studies([Results(tmp_path)])
    assert isinstance(study.objective, RuntimeObjective)
    assert study.best is not None
    assert study.best.best_cost is not None
    costs = study.costs_of(study.incumbent)
    assert sum(costs.values()) / len(costs) == pytest.approx(study.best.best_cost, rel=0.2)


def test_what_is_not_known_is_not_said(tmp_path: Path) -> None:
    (part,) = build_report([of_function(tmp_path, lambda at: at["a"], 1)]).parts
    assert part.result is not None
    assert part.result.default == "The best configuration is the default."
    assert part.reasons == ("1 configuration has run: too few to say anything of parameters; it takes 20.",)
    shown = {figure.key for _, some in part.sections for figure in some if figure.rows}
    assert not shown & {"importance", "ablation", "effects", "parallel", "spread", "instances"}


def test_without_a_run_that_worked_failures_are_all(tmp_path: Path) -> None:
    space = parse_pcs("a real [0, 1] [0.5]\n")
    crashed = [run(n, one, 1e9, status=RunStatus.CRASHED) for n, one in enumerate(sampled(space, 3))]
    report = build_report([recorded(tmp_path, identity(space.text), crashed)])
    assert set(figures(report)) == {"time", "failures"}
    assert "all 3 failed" in html_page(report, NOW)
    with pytest.raises(InputError, match="nothing to draw"):
        one_figure([Results(tmp_path)], "progress")


def test_two_spaces_in_a_folder_are_two_studies(tmp_path: Path) -> None:
    of_function(tmp_path, lambda at: at["a"], 3)
    space = parse_pcs("other integer [1, 9] [3]\n")
    recorded(tmp_path, identity(space.text), [run(0, space.default, 1.0)], seed=2)
    report = build_report([Results(tmp_path)])
    assert [part.study.label for part in report.parts] == [f"{tmp_path.name}, seed {n}" for n in (1, 2)]
    assert "Side by side" in html_page(report, NOW)


def test_studies_of_one_metric_are_drawn_together(tmp_path: Path, accuracies: Results) -> None:
    one, two = (of_function(tmp_path / str(n), lambda at: at["a"], 5 + n) for n in range(2))
    together = build_report([one, two]).comparison
    assert together is not None
    assert {row[0] for row in together.rows} == {"0", "1"}
    apart = build_report([one, accuracies]).comparison
    assert apart is not None
    assert not apart.rows
    assert "no common axis" in apart.how


def test_a_damaged_journal_is_told_as_far_as_it_goes(tmp_path: Path) -> None:
    of_function(tmp_path, lambda at: at["a"], 6)
    path = journal_path(tmp_path, 1)
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join([*lines[:3], b'{"r-rc": damaged\n', *lines[4:]]))
    report = build_report([Results(tmp_path)])
    assert report.problems
    assert len(report.parts[0].study.runs) >= 2
    assert "Not everything could be read" in html_page(report, NOW)


def test_a_database_tells_the_same(tmp_path: Path) -> None:
    results = of_function(tmp_path / "folder", lambda at: at["a"], 4)
    ((_, record),) = results.store().records()
    address = f"sqlite:///{tmp_path}/runs.db?study=one"
    from bbopt.database_address import DatabaseAddress, StudyAddress

    study = StudyAddress(DatabaseAddress.read(address, tmp_path), "one")
    assert record.identity is not None
    space = record.runs[0].request.configuration.space
    with store_in(tmp_path / "folder", study).open(1, record.identity, space) as recorder:  # type: ignore[arg-type]
        recorder.record(*record.runs)
    (part,) = build_report([results_at(address)]).parts
    (same,) = build_report([results]).parts
    assert part.result == same.result
    assert part.study.label == "one"


def test_budgets_and_curves(tmp_path: Path) -> None:
    space = parse_pcs("a real [0, 1] [0.5]\n")
    runs = []
    for n, one in enumerate(sampled(space, 12)):
        for budget in (1, 4)[: 1 + (n % 3 == 0)]:
            value = float(one.values["a"]) / budget
            steps = range(1, budget + 1)
            curve = Curve(steps, [float(one.values["a"]) / step for step in steps])
            runs.append(run(len(runs), one, value, budget=budget, metrics={"loss": value}, curve=curve))
    report = build_report([recorded(tmp_path, identity(space.text, metric="loss"), runs)])
    found = figures(report)
    assert [row[:3] for row in found["brackets"].rows] == [(1, 12, 4), (4, 4, 0)]
    assert len(found["curves"].rows) == 12 + 4 * 4
    drawn = found["curves"].svg
    assert drawn is not None
    assert len(re.findall(r'class="pc q\d"', drawn.render())) == 4  # no line through a single point


def test_terminal_has_the_essentials(report: Report) -> None:
    lines = list(show_report(report, 80))
    assert any(line.startswith("accuracy 0.8") for line in lines)
    assert any(re.match(r" +6 CRASHED", line) for line in lines)
    (part,) = report.parts
    assert part.result is not None
    assert part.result.command in lines
    assert all(len(line) <= 80 for line in lines if line != part.result.command)


def test_unknown_figure(accuracies: Results) -> None:
    with pytest.raises(InputError, match="no such figure") as caught:
        one_figure([accuracies], "importence")
    assert "importance" in str(caught.value)


@pytest.mark.parametrize(
    ("low", "high", "log"),
    [(0.0, 1.0, False), (3.0, 3.0, False), (-1e9, 2.0, False), (0.22, 0.65, True), (1e-9, 1e5, True)],
)
def test_axes_name_some_places(low: float, high: float, log: bool) -> None:
    axis = number_axis("x", low, high, log=log)
    assert 2 <= len(axis.ticks) <= 8
    assert all(-1e-6 <= at <= 1 + 1e-6 for at, _ in axis.ticks)
    assert list(axis.at([low, high])) == sorted(axis.at([low, high]))
