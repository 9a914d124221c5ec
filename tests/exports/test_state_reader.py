"""State folders read: SMAC v2's gives the runs of its journal, ours what was written, a torn one an error."""

from __future__ import annotations

import math
import re
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bbopt.errors import StateError
from bbopt.exports import (
    StateInputs,
    StateRun,
    StateSnapshot,
    StateWriter,
    count_saved_runs,
    read_state,
    saved_iterations,
)
from bbopt.java_numbers import LARGEST_DOUBLE, LARGEST_INT
from bbopt.runs.values import NO_INSTANCE, Instance, Origin, RunRequest, RunResult, RunStatus
from bbopt.space import Space, parse_pcs
from bbopt.stores import RecordedRun
from tests.journals import read_journal

GOLDEN_RUN = Path(__file__).parent.parent / "golden" / "smac2-run"
GOLDEN_STATE = GOLDEN_RUN / "output" / "state-run1"
RUNS, STRINGS, ROWS = (
    "runs_and_results-it13.csv",
    "paramstrings-it13.txt",
    "uniq_configurations-it13.csv",
)
SPACE = parse_pcs((GOLDEN_RUN / "params.pcs").read_text())


@pytest.fixture
def state(tmp_path: Path) -> Path:
    """A copy of SMAC v2's state folder, without its journal."""
    folder = tmp_path / "moved"
    shutil.copytree(GOLDEN_STATE, folder)
    for path in (folder, *folder.iterdir()):
        path.chmod(0o755 if path.is_dir() else 0o644)
    return folder


def bare(runs: tuple[RecordedRun, ...]) -> list[tuple[object, ...]]:
    """What identifies the runs, and what came out of them; a table knows the instances by name only."""
    return [
        (r.request.configuration, r.request.configuration.values, r.request.instance.name, r.request.seed,
         r.request.cutoff_s, r.result)
        for r in runs
    ]  # fmt: skip


def edit(path: Path, change: Callable[[list[str]], None]) -> None:
    lines = path.read_text().split("\n")
    change(lines)
    path.write_text("\n".join(lines))


class TestSmac2sFolder:
    def test_the_runs_are_those_of_the_journal(self, state: Path) -> None:
        journal = read_journal(GOLDEN_RUN / "output" / "live-rundata-1.json", SPACE)
        saved = read_state(state, SPACE, ())
        assert saved.is_whole
        assert bare(saved.runs) == bare(journal.runs)
        assert [instance.name for instance in saved.instances] == [one.name for one in journal.instances]
        assert {run.request.origin.kind for run in saved.runs} == {"unknown"}
        assert saved.path.name == RUNS
        assert count_saved_runs(state) == len(saved.runs) == 60

    def test_numeric_rows_do_where_the_texts_are_missing(self, state: Path) -> None:
        exact = read_state(state, SPACE, ())
        (state / STRINGS).unlink()
        numeric = read_state(state, SPACE, ())
        for one, other in zip(exact.runs, numeric.runs, strict=True):
            texts, numbers = one.request.configuration.values, other.request.configuration.values
            assert (texts["heur"], texts["beta"]) == (numbers["heur"], numbers["beta"])
            assert float(texts["alpha"]) == pytest.approx(float(numbers["alpha"]), abs=1e-12)

    def test_without_a_list_numbers_stand_for_the_given_instances(self, state: Path) -> None:
        (state / "instances.txt").unlink()
        instances = [Instance(name) for name in "wxyz"]
        saved = read_state(state, SPACE, instances)
        assert [run.request.instance.name for run in saved.runs[:5]] == ["x", "z", "x", "z", "w"]

    @pytest.mark.parametrize(("iteration", "n_runs"), [(0, 1), (1, 6), (12, 57), (13, 60), (5, 29)])
    def test_an_earlier_iteration(self, state: Path, iteration: int, n_runs: int) -> None:
        saved = read_state(state, SPACE, (), iteration)
        assert len(saved.runs) == n_runs
        assert saved.is_whole == (n_runs == 60)

    def test_an_iteration_that_was_never_reached(self, state: Path) -> None:
        with pytest.raises(StateError, match="does not reach iteration 14") as caught:
            read_state(state, SPACE, (), 14)
        assert caught.value.expected == "an iteration up to 13"

    def test_the_nearest_table_is_read(self, state: Path) -> None:
        for name in (RUNS, STRINGS, ROWS):
            lines = (state / name).read_text().splitlines(keepends=True)
            kept = lines[:30] if name == RUNS else lines
            (state / name.replace("it13", "it5")).write_text("".join(kept))
        (state / "runs_and_results-it99.csv").write_text("without configurations\n")
        assert saved_iterations(state) == [5, 13]
        assert read_state(state, SPACE, (), 4).path.name == "runs_and_results-it5.csv"
        assert read_state(state, SPACE, (), 6).path.name == RUNS
        assert len(read_state(state, SPACE, ()).runs) == 60

    def test_additional_data_with_commas(self, state: Path) -> None:
        """SMAC v2 writes them as the target gave them."""

        def spoil(lines: list[str]) -> None:
            lines[3] = lines[3].replace("h=0.395", 'h="0,39", 5,')

        edit(state / RUNS, spoil)
        result = read_state(state, SPACE, ()).runs[2].result
        assert (result.additional, result.wallclock_s) == ('h="0,39", 5,', 0.157)

    def test_tables_of_early_versions_lack_columns(self, state: Path) -> None:
        def shorten(lines: list[str]) -> None:
            lines[:-1] = [",".join(line.split(",")[:13]) + "," for line in lines[:-1]]

        whole = read_state(state, SPACE, ()).runs
        edit(state / RUNS, shorten)
        short = read_state(state, SPACE, ()).runs
        assert [run.result.status for run in short] == [run.result.status for run in whole]
        assert {(run.result.additional, run.result.wallclock_s) for run in short} == {("", 0.0)}

    def test_windows_line_ends(self, state: Path) -> None:
        whole = read_state(state, SPACE, ())
        for name in (RUNS, STRINGS):
            (state / name).write_bytes((state / name).read_bytes().replace(b"\n", b"\r\n"))
        assert read_state(state, SPACE, ()) == whole


def swap(line: int, old: str, new: str) -> Callable[[list[str]], None]:
    def change(lines: list[str]) -> None:
        assert old in lines[line - 1]
        lines[line - 1] = lines[line - 1].replace(old, new, 1)

    return change


def cut(lines: list[str]) -> None:
    lines[-2:] = [lines[-2][:-4]]


DAMAGED: dict[str, tuple[str, Callable[[list[str]], None], int, str]] = {
    "torn line": (RUNS, cut, 61, "the line is cut off"),
    "lost line": (RUNS, lambda lines: lines.pop(7), 8, "of run 8, where run 7 should stand"),
    "other columns": (RUNS, swap(1, "Seed", "Sead"), 1, "the columns are not those of a state"),
    "unknown configuration": (RUNS, swap(5, "4,2,4,", "4,27,4,"), 5, "configuration 27, which the folder"),
    "unknown instance": (RUNS, swap(5, "4,2,4,", "4,2,5,"), 5, "instance 5; there are 4"),
    "instance zero": (RUNS, swap(5, "4,2,4,", "4,2,0,"), 5, "instance 0; there are 4"),
    "no such code": (RUNS, swap(4, "1.3732,0.0,1,", "1.3732,0.0,7,"), 4, "Run Result Code is 7"),
    "code and word disagree": (RUNS, swap(4, ",SAT,", ",UNSAT,"), 4, "Run Result is UNSAT"),
    "no number": (RUNS, swap(4, "8765092", "87x"), 4, "Seed should be a whole number, it is '87x'"),
    "no time": (RUNS, swap(4, "0.157", "fast"), 4, "Wall Clock Time should be a number"),
    "no runtime": (RUNS, swap(4, "1.3732,0.0", "NaN,0.0"), 4, "runtime_s must be finite"),
    "no cutoff": (RUNS, swap(4, "0,2.0,8765", "0,-2.0,8765"), 4, "cutoff_s must be positive"),
    "torn settings": (STRINGS, cut, 26, "no configuration of this parameter space"),
    "no settings": (STRINGS, swap(3, "3:", "3"), 3, "the line is no configuration"),
    "a long number": (STRINGS, swap(3, "3:", "3" * 5000 + ":"), 3, "the line is no configuration"),
    "other parameter": (STRINGS, swap(3, "beta", "gamma"), 3, "gamma"),
    "other value": (STRINGS, swap(2, "'mixed'", "'medium'"), 2, "medium"),
    "twice": (STRINGS, swap(3, "3:", "2:"), 3, "configuration 2 is listed twice"),
}


def test_a_run_that_smac2_capped_to_nothing_is_none(state: Path) -> None:
    """It writes such rows, without having called the target."""
    whole = read_state(state, SPACE, ()).runs
    row = (state / RUNS).read_text().splitlines()[3].split(",")
    cutoff, runtime, code, word, wallclock = 5, 7, 9, 13, 15
    for place, text in (
        (cutoff, "0.0"),
        (runtime, "0.0"),
        (code, "0"),
        (word, "TIMEOUT"),
        (wallclock, "0.0"),
    ):
        row[place] = text
    edit(state / RUNS, lambda lines: lines.__setitem__(3, ",".join(row)))
    assert bare(read_state(state, SPACE, ()).runs) == bare((*whole[:2], *whole[3:]))


@pytest.mark.parametrize("name", DAMAGED)
def test_damage_is_told_with_its_place(state: Path, name: str) -> None:
    file, change, line, message = DAMAGED[name]
    edit(state / file, change)
    with pytest.raises(StateError, match=re.escape(message)) as caught:
        read_state(state, SPACE, ())
    assert str(caught.value).startswith(f"{state / file}:{line}: ")
    assert caught.value.exit_code == 3


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("0.9,", "", "the line has 2 values"),
        ("0.9,", "0.9x,", "not a number"),
        ("0.9,", "1.5,", "the value of alpha is out of range"),
        (",2.0", ",4.0", "the value of heur is out of range"),
        (",2.0", ",0.0", "the value of heur is out of range"),
        (",2.0", ",1.5", "the value of heur is out of range"),
    ],
)
def test_damaged_numbers_are_told_with_their_place(state: Path, old: str, new: str, message: str) -> None:
    (state / STRINGS).unlink()
    edit(state / ROWS, swap(1, old, new))
    with pytest.raises(StateError, match=message) as caught:
        read_state(state, SPACE, ())
    assert str(caught.value).startswith(f"{state / ROWS}:1: ")


def test_a_bad_list_of_instances(state: Path) -> None:
    (state / "instances.txt").write_text("a one\na two\n")
    with pytest.raises(StateError, match=r"instances\.txt:2"):
        read_state(state, SPACE, ())


def test_an_empty_folder(tmp_path: Path) -> None:
    assert saved_iterations(tmp_path) == []
    assert count_saved_runs(tmp_path) == 0
    with pytest.raises(StateError, match="there is no state in this folder"):
        read_state(tmp_path, SPACE, ())
    assert saved_iterations(tmp_path / "nowhere") == []
    (tmp_path / "file").touch()
    with pytest.raises(StateError, match="cannot look into"):
        saved_iterations(tmp_path / "file")


def test_an_empty_table(state: Path) -> None:
    (state / RUNS).write_text("")
    with pytest.raises(StateError, match="the file is empty"):
        read_state(state, SPACE, ())


WIDE = parse_pcs(
    "a categorical {x, y=1, it's} [x]\n"
    "b real [1e-9, 1e9] [1] log\n"
    "c integer [-5, 5] [0]\n"
    "d ordinal {lo, mid, hi} [mid]\n"
    "e real [-1, 1] [0.25]\n"
    "e | a in {x}\n"
)
FINITE = st.floats(min_value=0, max_value=1e12)


@st.composite
def some_runs(draw: st.DrawFn, space: Space) -> list[StateRun]:
    rows = space.from_unit(
        np.array(draw(st.lists(st.lists(st.floats(0, 1), min_size=5, max_size=5), min_size=1, max_size=6)))
    )
    configurations = space.configurations(rows)
    instances = [Instance("i/a", "0"), Instance("i b", "info, more"), Instance("c", "0")]
    runs = []
    for iteration in range(draw(st.integers(0, 12))):
        request = RunRequest(
            configuration=draw(st.sampled_from(configurations)),
            instance=draw(st.sampled_from(instances)),
            seed=draw(st.integers(-1, LARGEST_INT)),
            cutoff_s=draw(st.sampled_from([0.1, 5.0, LARGEST_DOUBLE])),
            runlength=LARGEST_INT,
            origin=Origin("model", iteration),
        )
        result = RunResult(
            status=draw(st.sampled_from(RunStatus)),
            runtime_s=draw(FINITE),
            runlength=draw(st.one_of(st.just(-1.0), FINITE)),
            quality=draw(st.floats(allow_nan=False)),
            additional=draw(st.text(st.characters(exclude_characters=',"\n\r\x00', codec="utf-8"))),
            wallclock_s=draw(FINITE),
        )
        runs.append(StateRun(request, result, iteration // 2))
    return runs


@settings(max_examples=60, deadline=None)
@given(some_runs(WIDE), st.booleans())
def test_what_was_written_is_read(runs: list[StateRun], is_quality: bool) -> None:
    instances = (Instance("i/a"), Instance("i b", "info, more"), Instance("c"))
    inputs = StateInputs(b"", b"", b'"i/a" "0"\n"i b" "info, more"\n"c" "0"\n')
    with TemporaryDirectory() as name:
        folder = Path(name) / "state-run1"
        StateWriter(folder, inputs).write(6, StateSnapshot(runs, instances, 5.0, is_quality))
        saved = read_state(folder, WIDE, ())
    assert saved.instances == instances
    origin = Origin("unknown", 0)
    assert saved.runs == tuple(RecordedRun(replace(run.request, origin=origin), run.result) for run in runs)
    for one, other in zip(saved.runs, runs, strict=True):
        written, read = one.request.configuration.row, other.request.configuration.row
        assert written.tolist() == read.tolist(), "inactive parameters differ"


def test_a_black_box(tmp_path: Path) -> None:
    request = RunRequest(SPACE.default, NO_INSTANCE, -1, LARGEST_DOUBLE, LARGEST_INT, Origin("default", 0))
    result = RunResult(RunStatus.SAT, 0.5, -1.0, -math.inf)
    snapshot = StateSnapshot([StateRun(request, result, 0)], (NO_INSTANCE,), LARGEST_DOUBLE, True)
    StateWriter(tmp_path / "s", None).write(0, snapshot)
    assert sorted(path.name for path in (tmp_path / "s").iterdir()) == [
        "paramstrings-it0.txt", "runs_and_results-it0.csv", "uniq_configurations-it0.csv",
    ]  # fmt: skip
    (run,) = read_state(tmp_path / "s", SPACE, ()).runs
    assert (run.request.instance, run.request.seed, run.result) == (NO_INSTANCE, -1, result)
