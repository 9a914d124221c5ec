"""Scenarios that go to other nodes through a database."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from bbopt.errors import InputError
from bbopt.scenario import PortableScenario, portable_command, portable_scenario, read_command_line
from bbopt.text_files import read_text

SCENARIO = """algo = ./target.sh
pcs-file = params.pcs
instances = lists/train.txt
execdir = programs
run-obj = QUALITY
algo-cutoff-time = 7
memory-limit = 200
metric = loss
runcount-limit = 20
executor = queue
storage = postgresql://me:secret@host/db
engine = random
seed = 3
"""


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Where the one is who adds jobs."""
    for name in ("home/lists", "home/programs"):
        (tmp_path / name).mkdir(parents=True)
    home = tmp_path / "home"
    (home / "programs/target.sh").write_text("#!/bin/sh\n")
    (home / "programs/target.sh").chmod(0o755)
    (home / "params.pcs").write_text("x real [0, 1] [0.5]\n")
    (home / "lists/train.txt").write_text("a easy\nb hard\n")
    (home / "scenario.txt").write_text(SCENARIO)
    return home


def portable(home: Path, *options: str) -> PortableScenario:
    made = portable_scenario(read_command_line(["--scenario", "scenario.txt", *options]), home)
    return PortableScenario.read(json.loads(json.dumps(made.content)))


def test_its_files_need_not_be_there_any_more(home: Path) -> None:
    made = portable(home)
    for path in (home / "scenario.txt", home / "params.pcs", home / "lists/train.txt"):
        path.unlink()
    with made.loaded() as scenario:
        assert read_text(scenario.pcs_path, "file") == "x real [0, 1] [0.5]\n"
        assert scenario.exec_dir == home / "programs"
        assert scenario.program == home / "programs/target.sh"
        named = [(one.name, one.info) for one in scenario.instances.instances]
        assert named == [("a", "easy"), ("b", "hard")]
        assert (scenario.cutoff_s, scenario.execution.memory_limit_bytes) == (7, 200_000_000)
        assert scenario.call.metrics.optimised == "loss"
        assert scenario.folder == home
        assert scenario.study == "home"
    assert not scenario.pcs_path.exists()


def test_what_only_searches_need_is_left_out(home: Path) -> None:
    kept = {entry[0] for entry in portable(home).options}
    assert kept == {
        *("algo-exec", "pcs-file", "instances", "algo-exec-dir", "run-obj"),
        *("algo-cutoff-time", "memory-limit", "metric"),
    }
    assert "secret" not in json.dumps(portable(home).content)


def test_on_a_node_with_other_paths_a_folder_takes_their_place(home: Path, tmp_path: Path) -> None:
    made = portable(home)
    there = tmp_path / "there"
    shutil.move(home / "programs", there)
    with pytest.raises(InputError, match=r"scenario\.txt:1:8: the folder to run"), made.loaded():
        pass
    with made.loaded(there) as scenario:
        assert scenario.exec_dir == there
        assert scenario.output_root == there / "bbopt-output/home"


def test_the_folder_where_they_were_added_need_not_be_there(home: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    line = read_command_line(["--scenario", str(home / "scenario.txt"), "--execdir", str(home / "programs")])
    made = portable_scenario(line, tmp_path / "elsewhere")
    (tmp_path / "elsewhere").rmdir()
    with made.loaded() as scenario:
        assert scenario.exec_dir == home / "programs"


def test_the_options_given_besides_count(home: Path) -> None:
    with portable(home, "--memory-limit", "5", "--study", "other").loaded() as scenario:
        assert scenario.execution.memory_limit_bytes == 5_000_000
        assert scenario.study == "other"


def test_equal_ones_have_the_same_digest(home: Path) -> None:
    before = portable(home).digest
    (home / "scenario.txt").write_text("# a comment\n" + SCENARIO.replace("limit = 20\n", "limit = 30\n"))
    assert portable(home).digest == before
    (home / "scenario.txt").write_text(SCENARIO.replace("time = 7", "time = 8"))
    assert portable(home).digest != before
    (home / "scenario.txt").write_text(SCENARIO)
    (home / "params.pcs").write_text("x real [0, 2] [0.5]\n")
    assert portable(home).digest != before


def test_a_password_that_runs_would_need_is_refused(home: Path) -> None:
    text = SCENARIO.replace("./target.sh", "./target.sh postgresql://me:hidden@host/db")
    (home / "scenario.txt").write_text(text)
    with pytest.raises(InputError, match="password") as failure:
        portable(home)
    assert "hidden" not in str(failure.value)


def test_of_a_command_only_how_it_runs_and_answers_is_kept(home: Path) -> None:
    line = read_command_line(["--scenario", "scenario.txt", "--kill-grace", "1"])
    made = portable_command(line, home)
    assert made.files == {"pcs-file": ""}
    assert "./target.sh" not in json.dumps(made.content)
    with made.loaded() as scenario:
        assert scenario.call.metrics.optimised == "loss"
        assert (scenario.cutoff_s, scenario.execution.grace_s) == (7, 1)
        assert scenario.exec_dir == home / "programs"


@pytest.mark.parametrize("name", ["--cores", "--runcount-limit", "--validation-seed"])
def test_what_is_typed_must_have_a_meaning_for_runs(home: Path, name: str) -> None:
    with pytest.raises(InputError, match=f"{name} has no meaning here"):
        portable(home, name, "3")


def test_how_a_scenarios_target_is_called_is_nothing_to_commands(home: Path) -> None:
    with pytest.raises(InputError, match="--instances has no meaning here"):
        portable_command(read_command_line(["--instances", "lists/train.txt"]), home)


def test_a_command_needs_no_scenario(home: Path) -> None:
    with portable_command(read_command_line([]), home).loaded() as scenario:
        assert scenario.exec_dir == home
        assert not scenario.call.metrics.are_wanted
        assert scenario.output_root == home / "bbopt-output/jobs"


def test_what_is_no_scenario(home: Path) -> None:
    with pytest.raises(InputError, match="no scenario that can be read"):
        PortableScenario.read({"name": "x"})


def test_only_files_of_known_options_are_written(home: Path, tmp_path: Path) -> None:
    content = portable(home).content
    content["files"] = {**content["files"], "../../escaped": "x"}
    with PortableScenario.read(content).loaded() as scenario:
        assert sorted(path.name for path in scenario.pcs_path.parent.iterdir()) == ["instances", "pcs-file"]
