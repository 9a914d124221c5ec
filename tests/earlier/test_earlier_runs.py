"""Which record of an earlier search is believed: the journal, the tables, or both together."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from bbopt.earlier.earlier_runs import read_earlier_runs
from bbopt.earlier.merge_sources import find_states
from bbopt.errors import InputError, StateError
from bbopt.space import Space, read_pcs
from bbopt.stores import RecordedRun

GOLDEN_RUN = Path(__file__).parent.parent / "golden" / "smac2-run"
JOURNAL, TABLE = "live-rundata-1.json", "runs_and_results-it13.csv"


@pytest.fixture
def space() -> Space:
    return read_pcs(GOLDEN_RUN / "params.pcs")


@pytest.fixture
def output(tmp_path: Path) -> Path:
    """SMAC v2's output folder, to be spoilt."""
    folder = tmp_path / "output"
    (folder / "state-run1").mkdir(parents=True)
    for file in (GOLDEN_RUN / "output").rglob("*"):
        if file.is_file():
            (folder / file.relative_to(GOLDEN_RUN / "output")).write_bytes(file.read_bytes())
    return folder


def outcomes(runs: tuple[RecordedRun, ...]) -> list[tuple[object, ...]]:
    return [
        (run.request.configuration, run.request.instance.name, run.request.seed, run.result) for run in runs
    ]


def test_journal_and_tables_of_one_search_hold_the_same_runs(output: Path, space: Space) -> None:
    from_journal = read_earlier_runs(output / "state-run1", space, ())
    (output / JOURNAL).unlink()
    from_tables = read_earlier_runs(output / "state-run1", space, ())
    assert (Path(from_journal.record.source).name, Path(from_tables.record.source).name) == (JOURNAL, TABLE)
    assert outcomes(from_journal.record.runs) == outcomes(from_tables.record.runs)
    assert from_tables.elapsed == from_journal.elapsed
    assert from_tables.elapsed.wallclock_s == pytest.approx(15.8, abs=1.0)


def test_each_configuration_has_a_proposal_of_its_own(output: Path, space: Space) -> None:
    (output / JOURNAL).unlink()
    runs = read_earlier_runs(output / "state-run1", space, ()).record.runs
    numbers = {run.request.configuration: run.request.origin.proposal for run in runs}
    assert sorted(numbers.values()) == list(range(26))
    assert all(numbers[run.request.configuration] == run.request.origin.proposal for run in runs)


@pytest.mark.parametrize(("n_rows", "name"), [(61, JOURNAL), (60, JOURNAL), (1, JOURNAL)])
def test_the_journal_wins_with_the_same_or_more_runs(
    output: Path, space: Space, n_rows: int, name: str
) -> None:
    table = output / "state-run1" / TABLE
    table.write_text("".join(table.read_text().splitlines(keepends=True)[:n_rows]))
    earlier = read_earlier_runs(output / "state-run1", space, ())
    assert Path(earlier.record.source).name == name
    assert len(earlier.record.runs) == 60


def cut_journal(output: Path) -> None:
    journal = output / JOURNAL
    text = journal.read_text()
    journal.write_text(text[: text.index('"r-runtime"', len(text) // 2)])


def test_the_tables_win_with_more_runs(output: Path, space: Space) -> None:
    cut_journal(output)
    earlier = read_earlier_runs(output / "state-run1", space, ())
    assert Path(earlier.record.source).name == TABLE
    assert len(earlier.record.runs) == 60
    assert earlier.record.identity is not None
    assert earlier.notes == ()


def test_torn_tables_do_not_cost_the_journal(output: Path, space: Space) -> None:
    cut_journal(output)
    table = output / "state-run1" / TABLE
    table.write_text(table.read_text()[:-20])
    earlier = read_earlier_runs(output / "state-run1", space, ())
    assert Path(earlier.record.source).name == JOURNAL
    assert 20 < len(earlier.record.runs) < 60
    assert "the state folder lists more runs, but can't be used" in earlier.losses[0]
    assert f"{table}:61" in earlier.losses[0]


def test_iterations_of_smac2s_runs_stand_in_the_tables(output: Path, space: Space) -> None:
    earlier = read_earlier_runs(output / "state-run1", space, (), 5)
    assert (len(earlier.record.runs), earlier.is_cut) == (29, True)
    assert not read_earlier_runs(output / "state-run1", space, (), 13).is_cut
    with pytest.raises(StateError, match="does not reach iteration 14"):
        read_earlier_runs(output / "state-run1", space, (), 14)
    assert len(read_earlier_runs(output / "state-run1", space, (), 14, must_reach=False).record.runs) == 60


def test_runs_of_a_peer_are_told_from_own_ones(output: Path, space: Space) -> None:
    """All of seed 2's runs stand in seed 1's journal, but for one that took longer."""
    shutil.copytree(output / "state-run1", output / "state-run2")
    table = output / "state-run2" / TABLE
    table.write_text(table.read_text().replace(",h=0.395,0.157,", ",h=0.395,0.158,"))
    runs = read_earlier_runs(output / "state-run2", space, ()).record.runs
    assert [run.reused_from for run in runs] == [None if number == 2 else 1 for number in range(60)]
    (output / JOURNAL).unlink()
    assert {run.reused_from for run in read_earlier_runs(output / "state-run2", space, ()).record.runs} == {
        None
    }


@pytest.mark.parametrize("name", ["state-run01", f"state-run{'9' * 5000}", f"live-rundata-{'9' * 5000}.json"])
def test_other_numbers_are_no_seeds(tmp_path: Path, space: Space, name: str) -> None:
    with pytest.raises(InputError, match="this is no state"):
        find_states([tmp_path / name])


def test_folders_without_runs(tmp_path: Path, space: Space) -> None:
    (tmp_path / "state-run3").mkdir()
    with pytest.raises(StateError, match="the run data of this state folder is missing") as caught:
        read_earlier_runs(tmp_path / "state-run3", space, ())
    assert caught.value.exit_code == 3
    with pytest.raises(InputError, match="this is no state folder") as no_state:
        read_earlier_runs(tmp_path, space, ())
    assert no_state.value.remedy == f"did you mean {tmp_path / 'state-run3'}?"
