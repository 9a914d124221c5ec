"""Searches that go on, or begin, with what earlier ones have found out."""

from __future__ import annotations

import json
import shutil

import pytest

from bbopt.space import read_pcs
from tests.end_to_end.conftest import ScenarioFolder
from tests.journals import read_journal

NARROW = "x real [0, 0.5] [0.4]\ncolour categorical {red, blue, green} [green]\nzoom real [0, 1] [0]\n"


def calls(folder: ScenarioFolder, rungroup: str = "work", seed: int = 1) -> list[str]:
    journal = folder.output.parent / rungroup / f"live-rundata-{seed}.json"
    runs = read_journal(journal, read_pcs(folder.path / "params.pcs")).runs
    return [run.request.configuration.call_text() for run in runs]


def test_jobs_that_are_queued_again_make_one_search(folder: ScenarioFolder) -> None:
    folder.tune("--rungroup", "whole", "--runcount-limit", "9")
    for n_runs in (3, 6, 6, 9):
        done = folder.tune("--resume", "auto", "--runcount-limit", str(n_runs))
        assert done.returncode == 0, done.stderr
    assert "Restored 6 runs" in done.stdout
    assert calls(folder) == calls(folder, "whole")
    assert list(folder.output.glob("previous/run-*")) == []


def test_tpe_goes_on_as_if_it_had_not_stopped(folder: ScenarioFolder) -> None:
    pytest.importorskip("optuna", reason="the extra tpe is not installed")
    how = ("--engine", "tpe", "--deterministic", "false")
    folder.tune("--rungroup", "whole", "--runcount-limit", "26", *how)
    for n_runs in (9, 19, 26):
        done = folder.tune("--resume", "auto", "--runcount-limit", str(n_runs), *how)
        assert done.returncode == 0, done.stderr
        assert "trial" not in done.stdout + done.stderr, "Optuna is silent"
    assert calls(folder) == calls(folder, "whole")


def test_one_whose_state_folder_was_never_written_goes_on(folder: ScenarioFolder) -> None:
    folder.tune("--runcount-limit", "3")
    shutil.rmtree(folder.output / "state-run1")
    done = folder.tune("--resume", "auto", "--runcount-limit", "4")
    assert done.returncode == 0, done.stderr
    assert "Restored 3 runs" in done.stdout
    assert len(calls(folder)) == 4


def test_several_seeds_go_on_with_one_command(folder: ScenarioFolder) -> None:
    for n_runs in (3, 5):
        done = folder.bbopt(
            "--scenario",
            "scenario.txt",
            "--seeds",
            "1-2",
            "--resume",
            "auto",
            "--runcount-limit",
            str(n_runs),
        )
        assert done.returncode == 0, done.stderr
    assert list(folder.output.glob("previous/run-*")) == []
    assert all(len(calls(folder, seed=seed)) >= 5 for seed in (1, 2))


def test_a_search_goes_on_in_a_space_that_has_changed(folder: ScenarioFolder) -> None:
    folder.tune("--runcount-limit", "12")
    before = calls(folder)
    folder.write("params.pcs", NARROW)
    kept = [f"{call} -zoom '0'" for call in before if float(call.split("'")[3]) <= 0.5]
    assert 0 < len(kept) < 12
    for journal in ("with its journal", "alone"):
        if journal == "alone":
            (folder.output / "live-rundata-1.json").unlink()
        state = str(folder.output / "state-run1")
        done = folder.tune("--restore-scenario", state, "--runcount-limit", "14", "--rungroup", journal)
        assert done.returncode == 0, done.stderr
        left_out = f"left out {12 - len(kept)} of 12 earlier runs with values outside of this space: x "
        assert left_out in done.stdout
        assert "as made with zoom=0" in done.stdout
        assert calls(folder, journal)[: len(kept)] == kept
        assert len(calls(folder, journal)) == 14
        assert "left out" not in (folder.output.parent / journal / "log-warn1.txt").read_text()


def test_in_its_own_folder_the_earlier_record_is_set_aside(folder: ScenarioFolder) -> None:
    folder.tune("--runcount-limit", "5")
    folder.write("params.pcs", NARROW)
    done = folder.tune("--resume", "auto", "--runcount-limit", "6")
    assert done.returncode == 0, done.stderr
    assert len(calls(folder)) == 6
    assert (folder.output / "previous/run-1-1/live-rundata-1.json").exists()
    lines = (folder.output / "live-rundata-1.json").read_text().splitlines()
    assert all("zoom" in json.dumps(line) for line in lines[1:])


def test_a_warm_start_takes_what_fits_and_tables(folder: ScenarioFolder) -> None:
    folder.tune("--runcount-limit", "6")
    folder.write("params.pcs", NARROW)
    folder.write("known.csv", "x,colour,result\n0.31,red,0.0001\n0.9,red,0.36\n")
    for given, said in (
        (folder.output / "state-run1", "The model knows"),
        (folder.output / "live-rundata-1.json", "The model knows"),
        ("known.csv", "The model knows 1 earlier runs"),
    ):
        done = folder.tune("--warmstart", str(given), "--rungroup", "warm", "--runcount-limit", "2")
        assert done.returncode == 0, done.stderr
        assert said in done.stdout
        assert "with values outside of this space: x (" in done.stdout
    assert calls(folder, "warm")[1] == "-colour 'red' -x '0.31' -zoom '0'"
