from __future__ import annotations

import csv
import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from bbopt import durable_files
from bbopt.errors import StateError
from bbopt.exports import (
    StateInputs,
    StateRun,
    StateSnapshot,
    StateWriter,
    write_state,
)
from bbopt.java_numbers import LARGEST_DOUBLE, LARGEST_INT
from bbopt.runs.values import NO_INSTANCE, Origin, RunRequest, RunResult, RunStatus
from bbopt.space import Space, parse_pcs
from tests.journals import read_journal

GOLDEN = Path(__file__).parent.parent / "golden"
GOLDEN_STATE = GOLDEN / "smac2-run" / "output" / "state-run1"
RUNS = "runs_and_results"


@pytest.fixture(scope="module")
def space() -> Space:
    return parse_pcs((GOLDEN / "smac2-run" / "params.pcs").read_text())


@pytest.fixture(scope="module")
def snapshot(space: Space) -> StateSnapshot:
    """The golden run, its iterations taken from its own table (the journal has none)."""
    journal = read_journal(GOLDEN / "smac2-run" / "output" / "live-rundata-1.json", space)
    with (GOLDEN_STATE / f"{RUNS}-it13.csv").open(newline="") as file:
        iterations = [int(row["SMAC Iteration"]) for row in csv.DictReader(file)]
    runs = [
        StateRun(run.request, run.result, iteration)
        for run, iteration in zip(journal.runs, iterations, strict=True)
    ]
    return StateSnapshot(runs, journal.instances, cutoff_s=2.0, is_quality_objective=False)


def black_box(space: Space, *results: RunResult, quality: bool = True, **changes: object) -> StateSnapshot:
    origin = Origin("default", 0)
    request = RunRequest(space.default, NO_INSTANCE, -1, LARGEST_DOUBLE, LARGEST_INT, origin)
    request = replace(request, **changes)  # type: ignore[arg-type]
    return StateSnapshot(
        [StateRun(request, result, 1) for result in results], (NO_INSTANCE,), LARGEST_DOUBLE, quality
    )


def complete_sets(folder: Path) -> list[int]:
    """The iterations of which all three tables are there."""
    tables = ("runs_and_results-it*.csv", "paramstrings-it*.txt", "uniq_configurations-it*.csv")
    found = [{int(path.stem.rpartition("-it")[2]) for path in folder.glob(name)} for name in tables]
    return sorted(set.intersection(*found))


def table(folder: Path, iteration: int = 1) -> list[dict[str, str]]:
    """As programs do that split at commas."""
    head, *rows = (folder / f"{RUNS}-it{iteration}.csv").read_bytes().decode().split("\n")[:-1]
    return [dict(zip(head.split(","), row.split(","), strict=True)) for row in rows]


RESULT = RunResult(RunStatus.SAT, runtime_s=0.5, runlength=-1.0, quality=0.25, wallclock_s=0.75)


class TestGolden:
    @pytest.mark.parametrize("name", [f"{RUNS}-it13.csv", "paramstrings-it13.txt"])
    def test_tables_are_regenerated(self, tmp_path: Path, snapshot: StateSnapshot, name: str) -> None:
        write_state(tmp_path, 13, snapshot)
        assert (tmp_path / name).read_bytes() == (GOLDEN_STATE / name).read_bytes()

    def test_numeric_rows_are_regenerated(self, tmp_path: Path, snapshot: StateSnapshot) -> None:
        name = "uniq_configurations-it13.csv"
        write_state(tmp_path, 13, snapshot)
        ours, theirs = (
            [line.split(",") for line in (folder / name).read_text().split("\n")]
            for folder in (tmp_path, GOLDEN_STATE)
        )
        assert [row[0] for row in ours] == [row[0] for row in theirs]
        numbers = [np.array([list(map(float, row)) for row in rows[:-1]]) for rows in (ours, theirs)]
        np.testing.assert_allclose(numbers[0], numbers[1], rtol=0, atol=1e-12)
        assert [row[-1] for row in ours] == [row[-1] for row in theirs]

    def test_the_whole_folder(self, tmp_path: Path, snapshot: StateSnapshot) -> None:
        example = GOLDEN / "smac2-run"
        inputs = StateInputs(
            pcs=(example / "params.pcs").read_bytes(),
            scenario=(example / "scenario.txt").read_bytes(),
            instances=(example / "train.txt").read_bytes(),
            features=(example / "features.csv").read_bytes(),
        )
        folder = tmp_path / "out" / "state-run1"
        writer = StateWriter(folder, inputs)
        writer.write(13, snapshot)
        assert folder.name == "state-run1"
        assert sorted(os.listdir(folder)) == sorted(os.listdir(GOLDEN_STATE))
        for name in ("param.pcs", "scenario.txt", "instances.txt", "instance-features.txt"):
            assert (folder / name).read_bytes() == (GOLDEN_STATE / name).read_bytes()


class TestColumns:
    @pytest.mark.parametrize(
        ("status", "cutoff_s", "response", "censored", "code"),
        [
            (RunStatus.SAT, 5.0, "1.5", "0", "1"),
            (RunStatus.UNSAT, 5.0, "1.5", "0", "2"),
            (RunStatus.TIMEOUT, 5.0, "5.0", "0", "0"),
            (RunStatus.TIMEOUT, 2.0, "2.0", "1", "0"),
            (RunStatus.KILLED, 5.0, "1.5", "1", "-3"),
            (RunStatus.CRASHED, 2.0, "5.0", "0", "-1"),
            (RunStatus.ABORT, 2.0, "5.0", "0", "-2"),
        ],
    )
    def test_the_runtime_objective(
        self, tmp_path: Path, space: Space, status: RunStatus, cutoff_s: float, response: str,
        censored: str, code: str,
    ) -> None:  # fmt: skip
        result = replace(RESULT, status=status, runtime_s=1.5)
        snapshot = black_box(space, result, quality=False, cutoff_s=cutoff_s)
        write_state(tmp_path, 1, replace(snapshot, cutoff_s=5.0))
        row = table(tmp_path)[0]
        assert (row["Response Value (y)"], row["Censored?"]) == (response, censored)
        assert (row["Run Result Code"], row["Run Result"]) == (code, status.value)
        assert row["Cutoff Time Used"] == f"{cutoff_s}"

    def test_the_quality_objective(self, tmp_path: Path, space: Space) -> None:
        write_state(tmp_path, 1, black_box(space, RESULT, replace(RESULT, quality=1e9)))
        rows = table(tmp_path)
        assert [row["Response Value (y)"] for row in rows] == ["0.25", "1.0E9"]
        assert [row["SMAC Cumulative Runtime"] for row in rows] == ["0.5", "1.0"]
        assert rows[0]["Cutoff Time Used"] == "1.7976931348623157E308"
        assert rows[0]["Seed"] == "-1"

    @pytest.mark.parametrize(
        ("text", "shown"),
        [
            ("a,b,,c", "a;b;;c"),
            ("two\nlines\r\n", "two\\nlines\\r\\n"),
            ('say "x"', "say 'x'"),
            ("ü \udc80", "ü \\udc80"),
            ("back\\slash", "back\\slash"),
        ],
    )
    def test_additional_data_stays_in_its_column(
        self, tmp_path: Path, space: Space, text: str, shown: str
    ) -> None:
        write_state(tmp_path, 1, black_box(space, replace(RESULT, additional=text), RESULT))
        rows = table(tmp_path)
        assert rows[0]["Additional Algorithm Run Data"] == shown
        assert rows[0]["Wall Clock Time"] == "0.75"
        with (tmp_path / f"{RUNS}-it1.csv").open(newline="", encoding="utf-8") as file:
            assert [row["Wall Clock Time"] for row in csv.DictReader(file)] == ["0.75", "0.75"]

    def test_no_run_yet(self, tmp_path: Path, space: Space) -> None:
        write_state(tmp_path, 0, black_box(space))
        assert table(tmp_path, 0) == []
        assert (tmp_path / "paramstrings-it0.txt").read_text() == ""
        assert complete_sets(tmp_path) == [0]


class TestReplacing:
    def test_other_iterations_go_and_other_files_stay(self, tmp_path: Path, space: Space) -> None:
        others = ["java_obj_dump-it3.obj", "paramstrings-it3.txt.bak", "my-paramstrings-it3.txt", "notes"]
        for name in others:
            (tmp_path / name).write_text("")
        for iteration in (3, 9, 10):
            write_state(tmp_path, iteration, black_box(space, RESULT))
            assert complete_sets(tmp_path) == [iteration]
        assert len(os.listdir(tmp_path)) == len(others) + 3

    def test_the_same_iteration_again(self, tmp_path: Path, space: Space) -> None:
        write_state(tmp_path, 3, black_box(space, RESULT))
        write_state(tmp_path, 3, black_box(space, RESULT, RESULT))
        assert len(table(tmp_path, 3)) == 2

    @pytest.mark.parametrize("successes", range(6))
    def test_a_crash_at_any_step_leaves_a_complete_set(
        self, tmp_path: Path, space: Space, monkeypatch: pytest.MonkeyPatch, successes: int
    ) -> None:
        """Three replacements and three removals; the process dies after so many of them."""
        write_state(tmp_path, 1, black_box(space, RESULT))
        done = 0

        class DeathError(BaseException):
            pass

        def mortal(action: object) -> object:
            def act(*arguments: object, **options: object) -> object:
                nonlocal done
                if done == successes:
                    raise DeathError
                done += 1
                return action(*arguments, **options)  # type: ignore[operator]

            return act

        monkeypatch.setattr(durable_files.os, "replace", mortal(os.replace))
        monkeypatch.setattr(Path, "unlink", mortal(Path.unlink))
        with pytest.raises(DeathError):
            write_state(tmp_path, 2, black_box(space, RESULT, RESULT))
        monkeypatch.undo()
        newest = complete_sets(tmp_path)[-1]
        assert newest == (1 if successes < 3 else 2)
        assert len(table(tmp_path, newest)) == newest

    def test_a_full_disk_keeps_the_old_set(
        self, tmp_path: Path, space: Space, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def full_disk(_descriptor: int, _data: object) -> int:
            raise OSError(28, "No space left on device")

        write_state(tmp_path, 1, black_box(space, RESULT))
        before = sorted(os.listdir(tmp_path))
        monkeypatch.setattr(durable_files.os, "write", full_disk)
        with pytest.raises(StateError, match="No space left on device"):
            write_state(tmp_path, 2, black_box(space, RESULT))
        assert sorted(os.listdir(tmp_path)) == before

    def test_a_file_in_the_way(self, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("")
        with pytest.raises(StateError, match="cannot create the state folder"):
            StateWriter(tmp_path / "file" / "state-run1", StateInputs(b"", b""))

    def test_without_instances_there_are_no_instance_files(self, tmp_path: Path) -> None:
        StateWriter(tmp_path / "s", StateInputs(b"p", b"s"))
        assert sorted(os.listdir(tmp_path / "s")) == ["param.pcs", "scenario.txt"]
