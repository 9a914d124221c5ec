"""Instances as a scenario names them: files, folders, features and test sets together."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from bbopt.errors import InputErrors
from bbopt.runs import BLACK_BOX
from bbopt.scenario import Scenario, load_scenario, read_command_line

FEATURES = "name,f\na.cnf,1\nb.cnf,2\nt.cnf,3\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "ex"
    folder.mkdir()
    for name, text in {
        "scenario.txt": "algo = ./s\npcs-file = p.pcs\nrun-obj = QUALITY\ninstances = train.txt\n",
        "p.pcs": "x real [0, 1] [0.5]\n",
        "train.txt": "a.cnf\nb.cnf\n",
        "test.txt": "t.cnf\n",
        "features.csv": FEATURES,
        "s": "#!/bin/sh\n",
    }.items():
        (folder / name).write_text(text)
    (folder / "s").chmod(0o755)
    return folder


def load(folder: Path, *argv: str, cwd: Path | None = None) -> Scenario:
    path = str(folder / "scenario.txt")
    command_line = read_command_line(("--scenario", path, "--seed", "1", *argv))
    return load_scenario(command_line, cwd=cwd or folder, home=folder.parent, search_path="")


def refusals(folder: Path, *argv: str, cwd: Path | None = None) -> list[str]:
    with pytest.raises(InputErrors) as caught:
        load(folder, *argv, cwd=cwd)
    return [str(error) for error in caught.value.errors]


def names(scenario: Scenario) -> list[str]:
    return [instance.name for instance in scenario.instances.instances]


def instance_folder(folder: Path, *files: str) -> None:
    (folder / "inst").mkdir()
    for name in files:
        (folder / "inst" / name).touch()


def test_a_line_that_is_there_twice(folder: Path) -> None:
    (folder / "train.txt").write_text("a.cnf\nb.cnf\na.cnf\n")
    scenario = load(folder, "--test-instances", "train.txt", "--feature-file", "features.csv")
    assert names(scenario) == ["a.cnf", "b.cnf"]
    assert scenario.test_instances is not None
    assert len(scenario.test_instances) == 2
    assert [w for w in scenario.warnings if "train.txt:3: a.cnf stands also in line 1" in w] != []


def test_without_features_or_tests(folder: Path) -> None:
    scenario = load(folder)
    assert names(scenario) == ["a.cnf", "b.cnf"]
    assert scenario.instances.feature_names == ()
    assert scenario.instances.seeds is None
    assert scenario.test_instances is None
    assert scenario.instance_files.instances == b"a.cnf\nb.cnf\n"
    assert scenario.instance_files.features is None


def test_a_black_box_is_its_own_test_set(folder: Path) -> None:
    scenario = load(folder, "--use-instances", "false", "--test-instances", "test.txt")
    assert scenario.instances == BLACK_BOX == scenario.test_instances
    assert scenario.instance_files.instances == b"no_instance\n"


def test_seeds(folder: Path) -> None:
    (folder / "train.txt").write_text("1 a.cnf\n2 b.cnf\n3 a.cnf\n")
    instances = load(folder).instances
    assert instances.seeds == ((1, 3), (2,))
    assert [(instance.name, seed) for instance, seed in instances.pairs] == [
        ("a.cnf", 1),
        ("b.cnf", 2),
        ("a.cnf", 3),
    ]


def test_no_instance_file(folder: Path) -> None:
    (folder / "scenario.txt").write_text("algo = ./s\npcs-file = p.pcs\nrun-obj = QUALITY\n")
    found = refusals(folder)
    assert len(found) == 1
    assert "no instances are named" in found[0]
    assert "set use-instances = false" in found[0]


class TestFeatures:
    def test_they_go_to_both_sets(self, folder: Path) -> None:
        scenario = load(folder, "--feature-file", "features.csv", "--test-instances", "test.txt")
        assert scenario.warnings == ()
        assert scenario.instances.features().tolist() == [[1.0], [2.0]]
        assert scenario.test_instances is not None
        assert scenario.test_instances.features().tolist() == [[3.0]]
        assert scenario.instance_files.features == FEATURES.encode()

    def test_skipped(self, folder: Path) -> None:
        scenario = load(folder, "--feature-file", "nowhere.csv", "--skip-features", "true")
        assert scenario.instances.feature_names == ()
        assert scenario.instance_files.features is None

    def test_a_missing_row_names_the_instance_and_the_nearest_row(self, folder: Path) -> None:
        (folder / "features.csv").write_text("name,f\na.cnf,1\nbb.cnf,2\n")
        (found,) = refusals(folder, "--feature-file", "features.csv")
        assert found.startswith(f"{folder}/train.txt:2: an instance has no features")
        assert f"{folder}/features.csv:3 has bb.cnf" in found
        assert "skip-features = true" in found

    def test_many_missing_rows_are_summed_up(self, folder: Path) -> None:
        (folder / "train.txt").write_text("".join(f"i{i}\n" for i in range(50)))
        found = refusals(folder, "--feature-file", "features.csv")
        assert len(found) == 21
        assert "50 instances in all have no features" in found[-1]

    def test_rows_of_unknown_instances_are_told(self, folder: Path) -> None:
        scenario = load(folder, "--feature-file", "features.csv")
        (warning,) = scenario.warnings
        assert warning == f"{folder}/features.csv:4: features of unknown instances have no effect: t.cnf"

    def test_test_instances_without_rows_have_no_features(self, folder: Path) -> None:
        (folder / "test.txt").write_text("t.cnf\nu.cnf\n")
        scenario = load(folder, "--feature-file", "features.csv", "--test-instances", "test.txt")
        assert scenario.test_instances is not None
        assert scenario.test_instances.feature_names == ()
        assert scenario.instances.feature_names == ("f",)


class TestFolders:
    def test_its_files_sorted(self, folder: Path) -> None:
        instance_folder(folder, "z.cnf", "a b.cnf", ".hidden")
        (folder / "inst" / "more.cnf").mkdir()
        scenario = load(folder, "--instances", "inst")
        assert names(scenario) == ["inst/a b.cnf", "inst/z.cnf"]
        assert scenario.instance_files.instances == b'"inst/a b.cnf"\ninst/z.cnf\n'
        assert names(load(folder, "--instances", "inst/")) == names(scenario)

    def test_a_suffix_is_a_regular_expression_for_the_end(self, folder: Path) -> None:
        instance_folder(folder, "a.cnf", "b.txt", "c.cnf.gz", "d10.cnf")
        argv = ("--instances", "inst", "--instance-suffix")
        assert names(load(folder, *argv, ".cnf")) == ["inst/a.cnf", "inst/d10.cnf"]
        assert names(load(folder, *argv, r"\d\.cnf|txt")) == ["inst/b.txt", "inst/d10.cnf"]
        assert "is no regular expression" in refusals(folder, *argv, "(")[0]
        (found,) = refusals(folder, *argv, ".sat")
        assert "the folder has no instances in it" in found
        assert "4 files, such as a.cnf" in found

    def test_without_a_suffix_there_is_one_extension(self, folder: Path) -> None:
        instance_folder(folder, "a.cnf", "README")
        assert names(load(folder, "--instances", "inst")) == ["inst/a.cnf"]
        (folder / "inst" / "b.txt").touch()
        (found,) = refusals(folder, "--instances", "inst")
        assert "different extensions" in found
        assert "set instance-suffix = .cnf" in found

    def test_the_test_folder_has_a_suffix_of_its_own_or_the_same(self, folder: Path) -> None:
        instance_folder(folder, "a.cnf", "b.txt")
        argv = ("--instances", "inst", "--instance-suffix", "cnf", "--test-instances", "inst")
        same = load(folder, *argv).test_instances
        other = load(folder, *argv, "--test-instance-suffix", "txt").test_instances
        assert same is not None
        assert other is not None
        assert (same.instances[0].name, other.instances[0].name) == ("inst/a.cnf", "inst/b.txt")

    def test_the_target_finds_the_files_wherever_it_runs(self, folder: Path, tmp_path: Path) -> None:
        instance_folder(folder, "a.cnf")
        from_elsewhere = load(folder, "--instances", "inst", cwd=tmp_path)
        assert from_elsewhere.exec_dir == folder
        assert names(from_elsewhere) == ["inst/a.cnf"]
        (folder / "bin").mkdir()
        (folder / "s").rename(folder / "bin" / "s")
        assert names(load(folder, "--instances", "inst", "--execdir", "bin")) == [f"{folder}/inst/a.cnf"]


class TestChecks:
    def test_names_become_absolute_as_in_smac2(self, folder: Path, tmp_path: Path) -> None:
        (folder / "a.cnf").touch()
        (folder / "b.cnf").touch()
        argv = ("--check-instances-exist", "true", "--feature-file", "features.csv")
        scenario = load(folder, *argv, cwd=tmp_path)
        assert names(scenario) == [f"{folder}/a.cnf", f"{folder}/b.cnf"]
        assert scenario.instances.features().tolist() == [[1.0], [2.0]]

    def test_what_is_missing_is_told_with_its_line(self, folder: Path) -> None:
        (folder / "a.cnf").touch()
        (found,) = refusals(folder, "--check-instances-exist", "true")
        assert found.startswith(f"{folder}/train.txt:2: an instance does not exist")

    def test_two_names_of_one_file(self, folder: Path) -> None:
        (folder / "a.cnf").touch()
        (folder / "train.txt").write_text(f"a.cnf\n{folder}/a.cnf\n")
        (found,) = refusals(folder, "--check-instances-exist", "true")
        assert "an instance is listed twice" in found

    @pytest.mark.parametrize("option", ["instances", "test-instances", "feature-file"])
    def test_files_that_are_not_there(self, folder: Path, option: str) -> None:
        (found,) = refusals(folder, f"--{option}", "tests.txt")
        assert "does not exist" in found.splitlines()[0]
        assert "did you mean test.txt?" in found

    @pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
    def test_a_test_set_that_can_not_be_read(self, folder: Path) -> None:
        (folder / "test.txt").chmod(0)
        (found,) = refusals(folder, "--test-instances", "test.txt")
        assert "can't be read" in found

    def test_a_test_set_that_is_no_text(self, folder: Path) -> None:
        (folder / "test.txt").write_bytes(b"a\n\xff\xfe\n")
        (found,) = refusals(folder, "--test-instances", "test.txt")
        assert found.startswith(f"{folder}/test.txt:2:1: the file of test instances is not UTF-8 text")

    def test_all_problems_of_all_files_come_at_once(self, folder: Path) -> None:
        (folder / "train.txt").write_text("a\na b\n")
        (folder / "test.txt").write_text("")
        (folder / "features.csv").write_text("name,f\na,x\n")
        found = refusals(folder, "--test-instances", "test.txt", "--feature-file", "features.csv")
        assert [line.splitlines()[0].removeprefix(f"{folder}/") for line in found] == [
            "train.txt:2:3: the lines have different forms",
            "test.txt:1:1: the file lists no instances",
            "features.csv:2:3: the feature f is no number",
        ]


def test_a_state_folder_has_its_own_copies(folder: Path) -> None:
    state = folder / "bbopt-output" / "ex" / "state-run1"
    state.mkdir(parents=True)
    for name, copy in {"train.txt": "instances.txt", "features.csv": "instance-features.txt"}.items():
        (folder / name).rename(state / copy)
    text = (folder / "scenario.txt").read_text() + "feature-file = features.csv\n"
    (state / "scenario.txt").write_text(text)
    command_line = read_command_line(("--restore-scenario", str(state)))
    scenario = load_scenario(command_line, cwd=folder, home=folder, search_path="")
    assert names(scenario) == ["a.cnf", "b.cnf"]
    assert scenario.instances.feature_names == ("f",)


def test_large_files(folder: Path) -> None:
    """Work that grows with the square of their size would run into the time limit of a test."""
    (folder / "train.txt").write_text("".join(f"{i} inst/{i % 20000}.cnf SAT\r\n" for i in range(40000)))
    header = "name," + ",".join(f"f{j}" for j in range(50)) + "\r\n"
    rows = (f"inst/{i}.cnf," + ",".join(str(i + j) for j in range(50)) + "\r\n" for i in range(20000))
    (folder / "features.csv").write_text(header + "".join(rows))
    scenario = load(folder, "--feature-file", "features.csv")
    assert len(scenario.instances) == 20000
    assert scenario.instances.features().shape == (20000, 50)
    assert scenario.answers.are_verified
