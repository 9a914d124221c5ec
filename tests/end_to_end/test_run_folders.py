"""Searches whose runs have folders of their own, as a user meets them."""

from __future__ import annotations

import csv
import io
import json
import os
import signal
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bbopt.space import read_pcs
from bbopt.stores import RecordedRun
from tests.end_to_end.conftest import ScenarioFolder
from tests.end_to_end.test_interruptions import kill_all_in, processes_in, wait_for
from tests.journals import read_journal

ARTICLE_PCS = "nb_filters integer [16, 256] [32]\nnb_conv_size integer [1, 10] [3]\n"
ARTICLE_TEMPLATE = """#!/bin/sh
# ${note}
model='Convolution2D(${nb_filters}, ${nb_conv_size}, ${nb_conv_size})'
echo "$model"
printf 'accuracy\\t0.${nb_filters?string("000")}\\n'
"""
ARTICLE_CSV = (
    'Nb_filters, nb_conv_size, note\n16, 3, first\n45, 8, "  second, with blanks "\n032, 4,\n16, 3, again\n'
)
ARTICLE = """algo-template = sh ./train.sh
template = train.sh.template -> train.sh
post-process = tail -n 1 process_output.log
metric = accuracy
maximize = true
pcs-file = params.pcs
use-instances = false
run-obj = QUALITY
deterministic = true
engine = csv
design = design.csv
"""


@pytest.fixture
def article(folder: ScenarioFolder) -> ScenarioFolder:
    """As in Rescale's article, with a shell in place of Keras."""
    folder.write("params.pcs", ARTICLE_PCS)
    folder.write("train.sh.template", ARTICLE_TEMPLATE)
    folder.write("design.csv", ARTICLE_CSV)
    folder.write("scenario.txt", ARTICLE)
    return folder


@pytest.fixture
def folders(folder: ScenarioFolder) -> Iterator[ScenarioFolder]:
    """The usual target, in run folders; nothing outlives the test."""
    folder.write("scenario.txt", (folder.path / "scenario.txt").read_text() + "run-folders = true\n")
    yield folder
    kill_all_in(folder.path)


def kept(folder: ScenarioFolder, name: str = "runs") -> list[str]:
    runs = folder.output / name
    return sorted(os.listdir(runs), key=lambda one: int(one.split("-")[1])) if runs.is_dir() else []


def recorded(folder: ScenarioFolder, seed: int = 1) -> tuple[RecordedRun, ...]:
    journal = folder.output / f"live-rundata-{seed}.json"
    return read_journal(journal, read_pcs(folder.path / "params.pcs")).runs


def text(folder: ScenarioFolder, run: str, name: str) -> str:
    return (folder.output / "runs" / run / name).read_text()


def test_the_articles_template_and_table_as_they_stand(article: ScenarioFolder) -> None:
    done = article.tune()
    assert done.returncode == 0, done.stderr
    runs = recorded(article)
    assert [run.result.metrics for run in runs] == [{"accuracy": x} for x in (0.016, 0.045, 0.032, 0.016)]
    assert "estimated mean accuracy: 0.045" in done.stdout
    assert f"cd {article.output}/runs/1-2; sh ./train.sh\n" in done.stdout
    assert [run.result.run_id for run in runs] == ["1-1", "1-2", "1-3", "1-4"] == kept(article)
    exported = article.bbopt("export", str(article.output), "--to", "csv").stdout
    assert [row["note"] for row in csv.DictReader(io.StringIO(exported))] == [
        "first",
        "  second, with blanks ",
        "",
        "again",
    ]
    again = article.bbopt("best", "bbopt-output/" + article.output.name, "--command").stdout
    assert again == f"cd {article.output}/runs/1-2; sh ./train.sh\n"
    lines = [text(article, run, "train.sh").splitlines()[1:3] for run in kept(article)]
    assert lines[1] == ["#   second, with blanks ", "model='Convolution2D(45, 8, 8)'"]
    assert lines[2] == ["# ", "model='Convolution2D(032, 4, 4)'"]
    assert text(article, "1-2", "process_output.log") == "Convolution2D(45, 8, 8)\n" + 2 * "accuracy\t0.045\n"
    assert (article.path / "train.sh.template").read_text() == ARTICLE_TEMPLATE


def test_an_unknown_column_is_an_error_unless_a_template_uses_it(article: ScenarioFolder) -> None:
    article.write("train.sh.template", ARTICLE_TEMPLATE.replace("${note}", ""))
    done = article.tune()
    assert done.returncode == 1
    assert "design.csv:1:27" in done.stderr
    assert "unknown parameter" in done.stderr
    assert not article.output.exists()


def test_all_that_is_wrong_with_files_is_told_before_anything_runs(article: ScenarioFolder) -> None:
    article.write("train.sh.template", ARTICLE_TEMPLATE.replace("${nb_filters}", "${nb_filter}"))
    done = article.tune("--copy-files", "weights.h5")
    assert done.returncode == 1
    assert "copy-files names a file that does not exist" in done.stderr
    done = article.tune()
    assert "train.sh.template:3:22: the template has a placeholder that is no parameter" in done.stderr
    assert "did you mean nb_filters?" in done.stderr
    assert not article.output.exists()


def test_a_program_with_files_and_without_flags(folder: ScenarioFolder) -> None:
    """It is found beside the scenario, and so are its instances; what it needs is linked.

    A shell understands the calls that are shown.
    """
    folder.write(
        "simulate.sh", 'cat "$1" params.txt table.txt; echo "{\\"loss\\": 2, \\"size\\": 7}" > out.json\n'
    )
    folder.write("table.txt", "table\n")
    folder.write("mesh.in", "mesh\n")
    folder.write("instances.txt", "mesh.in\n")
    folder.write(
        "scenario.txt",
        "algo-template = sh -e {scenario-folder}/simulate.sh {instance}\n"
        "parameters-file = {run-folder}/params.txt\n"
        "link-files = table.txt\nresults-file = out.json\nmetric = loss\npcs-file = params.pcs\n"
        "instances = instances.txt\nrun-obj = QUALITY\ndeterministic = true\nruncount-limit = 2\n"
        "validation = false\nparameters-format = blanks\n",
    )
    done = folder.tune()
    assert done.returncode == 0, done.stderr
    assert text(folder, "1-1", "process_output.log") == "mesh\ncolour green\nx 0.9\ntable\n"
    assert recorded(folder)[0].result.metrics == {"loss": 2.0, "size": 7.0}
    shown = folder.bbopt("best", f"bbopt-output/{folder.output.name}", "--command").stdout.strip()
    assert f"\n{shown}" in done.stdout
    called = subprocess.run(["sh"], input=shown, capture_output=True, text=True, check=True, timeout=60)
    assert called.stdout == (Path(shown[3:].partition(";")[0]) / "process_output.log").read_text()


def test_a_failed_post_processing_is_the_reason_of_a_crash(folders: ScenarioFolder) -> None:
    done = folders.tune("--post-process", "cat result.out", "--validation", "false")
    assert done.returncode == 255
    assert "post-process ended with exit status 1: cat result.out" in done.stderr
    assert "cat: result.out: No such file or directory" in done.stderr


@pytest.mark.parametrize(("option", "n"), [("none", 0), ("best:3", 3)])
def test_folders_that_are_kept(folders: ScenarioFolder, option: str, n: int) -> None:
    done = folders.tune("--keep-run-folders", option, "--cores", "2")
    assert done.returncode == 0, done.stderr
    assert len(kept(folders)) == n
    best = min(recorded(folders), key=lambda run: run.result.quality)
    assert (best.result.run_id in kept(folders)) is (n > 0)


def test_two_searches_in_one_folder_and_a_fresh_start(folders: ScenarioFolder) -> None:
    for seed in (1, 2):
        assert folders.tune("--runcount-limit", "3", seed=seed).returncode == 0
    assert sorted(kept(folders)) == ["1-1", "1-2", "1-3", "2-1", "2-2", "2-3"]
    assert folders.tune("--runcount-limit", "1").returncode == 0
    assert sorted(kept(folders)) == ["1-1", "2-1", "2-2", "2-3"]
    assert kept(folders, "previous/run-1-1/runs") == ["1-1", "1-2", "1-3"]


@pytest.mark.parametrize("option", ["all", "none"])
def test_killed_between_the_folder_and_the_record(
    sleeping: Callable[[float], ScenarioFolder], option: str
) -> None:
    """Of the run that was under way, there is a folder and no record; the names go on behind it."""
    folder = sleeping(600)
    arguments = ("--run-folders", "true", "--keep-run-folders", option, "--resume", "auto")
    process = folder.start(*arguments)
    try:
        wait_for(lambda: kept(folder) and (folder.output / "runs/1-1/started").exists())
        process.send_signal(signal.SIGKILL)
        process.communicate(timeout=20)
        wait_for(lambda: not processes_in(folder.output / "runs" / "1-1"))
    finally:
        process.kill()
        kill_all_in(folder.path)
    (folder.output / "runs" / "1-3").mkdir()  # somebody's own
    folder.write("target.sh", (folder.path / "target.sh").read_text().replace("sleep 600\n", ""))
    assert folder.tune(*arguments, "--runcount-limit", "3").returncode == 0
    assert [run.result.run_id for run in recorded(folder)] == ["1-4", "1-5", "1-6"]
    assert kept(folder) == (["1-1", "1-3", "1-4", "1-5", "1-6"] if option == "all" else ["1-3"])


def test_slots_have_values_of_their_own_also_among_searches(folders: ScenarioFolder) -> None:
    target = (folders.path / "target.sh").read_text()
    folders.write("target.sh", target.replace("shift 5\n", 'echo "$GPU" > gpu; sleep 0.1\nshift 5\n', 1))
    done = folders.bbopt(
        *(
            "--scenario",
            "scenario.txt",
            "--seeds",
            "1,2",
            "--slot-env",
            "GPU=a,b,c:d,e",
            "--runcount-limit",
            "6",
        )
    )
    assert done.returncode == 0, done.stderr
    found = {(run.split("-")[0], text(folders, run, "gpu").strip()) for run in kept(folders)}
    assert found == {("1", "a"), ("1", "b"), ("2", "c,d"), ("2", "e")}


def test_too_few_values_for_the_searches(folders: ScenarioFolder) -> None:
    done = folders.bbopt("--scenario", "scenario.txt", "--seeds", "1-3", "--slot-env", "GPU=0,1")
    assert done.returncode == 1
    assert "slot-env has too few values for all searches" in done.stderr


def test_runs_work_on_another_disk(folders: ScenarioFolder, tmp_path: Path) -> None:
    root = tmp_path / "scratch"
    target = (folders.path / "target.sh").read_text()
    folders.write("target.sh", target.replace("shift 5\n", "pwd > where\nshift 5\n", 1))
    done = folders.tune("--run-folder-root", str(root), "--runcount-limit", "2")
    assert done.returncode == 0, done.stderr
    assert text(folders, "1-1", "where").startswith(f"{root}/1-1-")
    assert os.listdir(root) == []


def test_a_single_call_has_a_folder_too(folders: ScenarioFolder) -> None:
    done = folders.bbopt("call", "--scenario", "scenario.txt", "--config", "DEFAULT")
    assert done.returncode == 0, done.stderr
    assert kept(folders) == ["call-1"]
    about = json.loads(text(folders, "call-1", ".bbopt-run.json"))
    assert about["settings"] == {"colour": "green", "x": "0.9"}


def test_what_is_shown_of_a_run_with_a_folder_can_be_pasted(folders: ScenarioFolder) -> None:
    words = "echo loss=1 {parameters-file} {run-id} {slot} {configuration-id}"
    given = ("--algo-template", words, "--parameters-file", "{run-folder}/in/p.txt", "--metric", "loss")
    done = folders.bbopt("call", "--scenario", "scenario.txt", *given)
    folder = folders.output / "runs" / "call-1"
    assert "Command, in a folder of its own:\necho loss=1 " in done.stdout
    assert f"once more:  cd {folder}; echo loss=1 {folder}/in/p.txt call-1 0 0\n" in done.stdout
    assert folders.tune(*given, "--runcount-limit", "1").returncode == 0
    best = folders.bbopt("best", str(folders.output), "--command").stdout
    assert best == f"cd {folder.parent}/1-1; echo loss=1 {folder.parent}/1-1/in/p.txt 1-1 0 0\n"


def test_links_are_no_copies(folders: ScenarioFolder) -> None:
    """Ten large inputs: links lead to them, and removing the folders leaves them."""
    for number in range(10):
        folders.write(f"part{number}.dat", "x")
    done = folders.tune("--link-files", "part*.dat", "--keep-run-folders", "best", "--runcount-limit", "3")
    assert done.returncode == 0, done.stderr
    (run,) = kept(folders)
    assert os.readlink(folders.output / "runs" / run / "part7.dat") == str(folders.path / "part7.dat")
    assert len(list(folders.path.glob("part*.dat"))) == 10
