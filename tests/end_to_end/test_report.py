"""`bbopt report` as a command: where the page goes, what it never replaces, renewal while a search runs."""

from __future__ import annotations

import subprocess
from pathlib import Path

from bbopt.report import MARK
from bbopt.space import parse_pcs
from bbopt.stores import store_in
from tests.end_to_end.conftest import ScenarioFolder
from tests.end_to_end.test_interruptions import wait_for
from tests.report.histories import UNIFORM, identity, of_function, run, sampled


def test_page_figure_and_essentials(folder: ScenarioFolder) -> None:
    place = folder.path / "out"
    of_function(place, lambda at: at["a"], 40)
    for _ in range(2):  # an earlier report is replaced
        done = folder.bbopt("report", "out")
        assert (done.returncode, done.stdout, done.stderr) == (0, "out/report.html\n", "")
    assert (place / "report.html").read_text().startswith(MARK)
    notes = folder.write("notes.html", "mine")
    done = folder.bbopt("report", "out", "--output", "notes.html")
    assert (done.returncode, notes.read_text()) == (1, "mine")
    assert "exists already" in done.stderr
    done = folder.bbopt("report", "out", "--svg", "importance")
    assert done.stdout.startswith("<svg ")
    done = folder.bbopt("report", "out", "out", "--terminal")
    assert done.stdout.count("Which parameters matter") == 2
    done = folder.bbopt("report", "out", "--terminal", "--pdf")
    assert done.returncode == 1
    assert "--terminal" in done.stderr
    done = folder.bbopt("report", "out", "--pdf", PATH=str(folder.path))
    assert done.returncode == 1
    assert "Chromium" in done.stderr
    assert not (place / "report.pdf").exists()


def test_nothing_to_report_on(folder: ScenarioFolder) -> None:
    (folder.path / "empty").mkdir()
    done = folder.bbopt("report", "empty")
    assert done.returncode == 1
    assert "no seed has written here" in done.stderr
    with store_in(folder.path / "begun").open(1, identity(UNIFORM), parse_pcs(UNIFORM)):
        pass
    done = folder.bbopt("report", "begun")
    assert (done.returncode, done.stdout) == (0, "begun/report.html\n")
    assert "no run has finished yet" in done.stderr


def n_runs(page: Path) -> int:
    text = page.read_text() if page.exists() else ""
    return int(text.partition("<dt>runs</dt><dd>")[2].partition(" ")[0] or 0)


def test_watching_renews_the_page_until_the_search_has_ended(folder: ScenarioFolder) -> None:
    space, page = parse_pcs(UNIFORM), folder.path / "out" / "report.html"
    first, second, third = sampled(space, 3)
    with store_in(folder.path / "out").open(1, identity(UNIFORM), space) as recorder:
        recorder.record(run(0, first, 1.0))
        watching = subprocess.Popen(
            folder.command("report", "out", "--watch", "--interval", "1"),
            cwd=folder.path,
            env=folder.environment(),
            stdout=subprocess.PIPE,
            text=True,
        )
        wait_for(lambda: n_runs(page) == 1, 100.0)
        assert 'data-seconds="1"' in page.read_text()
        recorder.record(run(1, second, 2.0))
        wait_for(lambda: n_runs(page) == 2, 100.0)
        recorder.record(run(2, third, 3.0))
    assert watching.communicate(timeout=100)[0] == "out/report.html\n"
    assert watching.returncode == 0
    assert n_runs(page) == 3
    assert "data-seconds" not in page.read_text().partition("<script")[0]
