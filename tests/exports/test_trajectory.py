from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bbopt import append_file
from bbopt.errors import InputError, StateError
from bbopt.exports import TrajectoryRow, TrajectoryWriter, first_row, read_trajectory
from bbopt.output_folder import OutputFolder

GOLDEN = Path(__file__).parent.parent / "golden" / "smac2-run" / "output"
NAMES = ("traj-run-1.txt", "detailed-traj-run-1.csv")
ROW = TrajectoryRow(1.5, 0.25, 2.0, 3, 0.125, "a='1', b='x'", predicted=0.5)


def without_predictions(rows: tuple[TrajectoryRow, ...]) -> list[TrajectoryRow]:
    return [replace(row, predicted=0.0) for row in rows]


def texts(folder: Path) -> list[bytes]:
    return [(folder / name).read_bytes() for name in NAMES]


class TestGolden:
    def test_both_files_tell_the_same(self) -> None:
        plain, detailed = (read_trajectory(GOLDEN / name) for name in NAMES)
        assert without_predictions(plain) == without_predictions(detailed)
        assert len(plain) == 31
        assert all(math.isnan(row.predicted) for row in plain)
        assert detailed[2].predicted == 20.000000000000004

    def test_regenerated(self, tmp_path: Path) -> None:
        with TrajectoryWriter(OutputFolder(tmp_path), 1) as writer:
            for row in read_trajectory(GOLDEN / NAMES[1]):
                writer.add(row)
        assert texts(tmp_path) == texts(GOLDEN)

    def test_regenerated_with_a_new_start_before_every_row(self, tmp_path: Path) -> None:
        rows = read_trajectory(GOLDEN / NAMES[1])
        for number, row in enumerate(rows):
            with TrajectoryWriter(OutputFolder(tmp_path), 1) as writer:
                assert len(writer.rows) == number
                writer.add(row)
        assert texts(tmp_path) == texts(GOLDEN)

    def test_the_first_row(self) -> None:
        row = first_row("alpha='0.9', beta='50', heur='slow'")
        golden = [(GOLDEN / name).read_text().splitlines()[1] for name in NAMES]
        assert [row.text(), row.detailed_text()] == golden


class TestWriting:
    def test_every_row_is_in_both_files_at_once(self, tmp_path: Path) -> None:
        with TrajectoryWriter(OutputFolder(tmp_path), 7) as writer:
            writer.add(ROW)
            plain = read_trajectory(tmp_path / "traj-run-7.txt")
            assert without_predictions(plain) == without_predictions((ROW,))
            assert read_trajectory(tmp_path / "detailed-traj-run-7.csv") == (ROW,)

    @pytest.mark.parametrize("name", NAMES)
    def test_a_crash_at_any_byte_of_a_row(self, tmp_path: Path, name: str) -> None:
        with TrajectoryWriter(OutputFolder(tmp_path), 1) as writer:
            writer.add(ROW)
            before = texts(tmp_path)
            writer.add(replace(ROW, incumbent=4))
            whole = texts(tmp_path)
        torn = NAMES.index(name)
        for end in range(len(before[torn]), len(whole[torn])):
            # the detailed row is written first, so the other file never has more rows
            (tmp_path / NAMES[0]).write_bytes(before[0] if torn == 1 else whole[0][:end])
            (tmp_path / NAMES[1]).write_bytes(whole[1][:end] if torn == 1 else whole[1])
            with TrajectoryWriter(OutputFolder(tmp_path), 1) as writer:
                assert len(writer.rows) == (1 if torn == 1 else 2)
            assert texts(tmp_path) == (before if torn == 1 else whole)

    def test_a_full_disk(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        def full_disk(_descriptor: int, _data: object) -> int:
            raise OSError(28, "No space left on device")

        with TrajectoryWriter(OutputFolder(tmp_path), 1) as writer:
            before = texts(tmp_path)
            monkeypatch.setattr(append_file.os, "write", full_disk)
            with pytest.raises(StateError, match="No space left"):
                writer.add(ROW)
            monkeypatch.undo()
            assert texts(tmp_path) == before
            writer.add(ROW)

    def test_a_file_that_is_no_trajectory_is_left_alone(self, tmp_path: Path) -> None:
        (tmp_path / NAMES[1]).write_text("my diary\n")
        with pytest.raises(StateError, match=r"cannot continue .*this is no trajectory file"):
            TrajectoryWriter(OutputFolder(tmp_path), 1)
        assert (tmp_path / NAMES[1]).read_text() == "my diary\n"


class TestReading:
    @settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
    @given(
        numbers=st.lists(st.floats(allow_nan=False), min_size=5, max_size=5),
        incumbent=st.integers(1, 10**9),
        value=st.text(alphabet=st.characters(codec="utf-8", exclude_characters="\n\r"), max_size=12),
    )
    def test_what_was_written_is_read(
        self, tmp_path: Path, numbers: list[float], incumbent: int, value: str
    ) -> None:
        times = numbers[:3]
        row = TrajectoryRow(*times, incumbent, numbers[3], f"a='1', b='{value}'", predicted=numbers[4])
        (tmp_path / NAMES[1]).unlink(missing_ok=True)
        (tmp_path / NAMES[0]).unlink(missing_ok=True)
        with TrajectoryWriter(OutputFolder(tmp_path), 1) as writer:
            writer.add(row)
        assert read_trajectory(tmp_path / NAMES[1]) == (row,)
        assert without_predictions(read_trajectory(tmp_path / NAMES[0])) == without_predictions((row,))

    @pytest.mark.parametrize(
        "line", ["1.0, 2.0", "x, 1.0, 1.0, 1, 1.0,  a='1'", "1.0, 1.0, 1.0, 1.5, 1.0,  a"]
    )
    def test_a_line_that_is_no_row(self, tmp_path: Path, line: str) -> None:
        path = tmp_path / NAMES[0]
        path.write_text((GOLDEN / NAMES[0]).read_text() + line + "\n")
        with pytest.raises(InputError, match="this is no row of a trajectory") as caught:
            read_trajectory(path)
        assert caught.value.place is not None
        assert caught.value.place.line == 33
        assert caught.value.got == line

    def test_an_empty_file(self, tmp_path: Path) -> None:
        (tmp_path / "f").write_text("")
        with pytest.raises(InputError, match="no trajectory file"):
            read_trajectory(tmp_path / "f")

    def test_a_missing_file(self, tmp_path: Path) -> None:
        with pytest.raises(InputError, match="No such file"):
            read_trajectory(tmp_path / "f")
