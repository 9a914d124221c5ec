"""The article's black-box part: its scenario, its training script's flags and answer, its wrapper's steps."""

from __future__ import annotations

import os
import signal
import subprocess
import time
import uuid
from pathlib import Path

import pytest

from bbopt.space import read_pcs
from tests.journals import read_journal
from tests.target.processes import alive_with
from tests.targets.target_calls import NO_INSTANCE, ROOT, environment, load_script

WRAPPER = ROOT / "wrappers" / "submit_run.py"
wrapper = load_script(WRAPPER)

PARAMS = """nb_filters integer [4, 256] [32]
nb_conv integer [1, 20] [3]
nb_pool integer [1, 20] [2]
dropout1 real [0, 1] [0.25]
dropout2 real [0, 1] [0.5]
"""

TRAINING = """import argparse, os, time
t0 = time.time()
parser = argparse.ArgumentParser()
parser.add_argument('-nb_filters', dest='nb_filters', type=int)
parser.add_argument('-nb_pool', dest='nb_pool', type=int)
parser.add_argument('-nb_conv', dest='nb_conv', type=int)
parser.add_argument('-dropout1', dest='dropout1', type=float)
parser.add_argument('-dropout2', dest='dropout2', type=float)
parser.add_argument('other', nargs='+')
args = parser.parse_args()
satisfiable = args.nb_conv <= 8
open('mnist_model.json', 'w').write('{}')
print('data:', open('data.txt').read().strip())
print('Test error:', 0.05)
print('Val error:', args.dropout1)
print('Result of algorithm run: {0}, {1}, {2}, {3}, {4},'.format(
    'SAT' if satisfiable else 'UNSAT', time.time() - t0, 1, args.dropout1, 1337))
"""

SCENARIO = """use-instances = false
runObj = QUALITY
numberOfRunsLimit = 3
pcs-file = params.pcs
algo = ./submit_run.py 'python3 mnist_cnn_smac.py "$@" | python3 format_results.py'
check-sat-consistency = false
check-sat-consistency-exception = false
"""

ARGUMENTS = (*NO_INSTANCE, "-1", "-dropout1", "0.25", "-dropout2", "0.5")
ARGUMENTS += ("-nb_conv", "3", "-nb_filters", "32", "-nb_pool", "2")
COMMAND = 'python3 mnist_cnn_smac.py "$@"'


@pytest.fixture
def article(tmp_path: Path) -> Path:
    """The folder of the article's input.tar.gz, and what is beside it."""
    (tmp_path / "input").mkdir()
    (tmp_path / "input" / "mnist_cnn_smac.py").write_text(TRAINING)
    (tmp_path / "input" / "format_results.py").write_text("import sys\nsys.stdout.write(sys.stdin.read())\n")
    (tmp_path / "input" / "data.txt").write_text("digits\n")
    (tmp_path / "params.pcs").write_text(PARAMS)
    (tmp_path / "scenario.txt").write_text(SCENARIO)
    os.symlink(WRAPPER, tmp_path / "submit_run.py")
    return tmp_path


def submit(
    folder: Path, *options: str, arguments: tuple[str, ...] = ARGUMENTS, **extra: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [WRAPPER, *options, *arguments], cwd=folder, env={**environment(), **extra}, text=True,
        capture_output=True, timeout=60,
    )  # fmt: skip


def test_the_articles_search(article: Path) -> None:
    done = subprocess.run(
        ["python3", "-m", "bbopt", "--scenario", "scenario.txt", "--seed", "1", "--run-folders", "true",
         "--metric", "valerr"],
        cwd=article, env=environment(), text=True, capture_output=True, timeout=110,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    (journal,) = article.glob("bbopt-output/*/live-rundata-1.json")
    runs = read_journal(journal, read_pcs(article / "params.pcs")).runs
    assert len(runs) == 3
    for run in runs:
        values = run.request.configuration.values
        assert run.result.quality == float(values["dropout1"])
        assert run.result.metrics == {"valerr": run.result.quality, "testerr": 0.05}
        assert run.result.status.value == ("SAT" if int(values["nb_conv"]) <= 8 else "UNSAT")
    printed = (journal.parent / "runs" / "1-1" / "process_output.log").read_text().splitlines()
    assert printed[:3] == ["data: digits", "Test error: 0.05", "Val error: 0.25"]
    assert printed[-1].startswith("Result of algorithm run: SAT, ")
    assert (journal.parent / "runs" / "1-1" / "mnist_model.json").exists()
    assert sorted(os.listdir(article / "input")) == ["data.txt", "format_results.py", "mnist_cnn_smac.py"]


def test_the_result_line_comes_unchanged_and_the_numbers_are_metrics(article: Path) -> None:
    done = submit(article, COMMAND, BBOPT_RESULT_FILE=str(article / "results"))
    assert done.returncode == 0, done.stderr
    last = done.stdout.splitlines()[-1]
    assert last.startswith("Result of algorithm run: SAT, ")
    assert last.endswith(", 1, 0.25, 1337,")
    assert (article / "results").read_text() == "testerr\t0.05\nvalerr\t0.25\n"
    assert not list(article.glob("run-*"))


def test_values_never_reach_the_shell(article: Path) -> None:
    (article / "input" / "mnist_cnn_smac.py").write_text("import sys; print(sys.argv[6:])\n")
    done = submit(article, COMMAND, arguments=(*NO_INSTANCE, "-1", "-note", "$(touch hacked); `x` 'y'"))
    assert done.stdout == "['-note', \"$(touch hacked); `x` 'y'\"]\n"
    assert done.returncode == 1


def test_a_batch_system_gets_a_script_and_a_name(article: Path) -> None:
    batch = 'echo "$1" > "$0"; exec /bin/sh "$2"'
    submitter = ["/bin/sh", "-c", batch, str(article / "submitted"), "{name}"]
    done = submit(article, "--submit", wrapper.shlex.join(submitter), "--keep", COMMAND)
    assert done.returncode == 0, done.stderr
    (folder,) = article.glob("run-*")
    assert (article / "submitted").read_text().strip() == folder.name
    assert {"job.sh", "output.txt", "mnist_model.json"} <= set(os.listdir(folder))


def test_an_executable_stays_one(article: Path) -> None:
    tool = article / "input" / "tool.sh"
    tool.write_text("#!/bin/sh\necho 'Result for SMAC: SAT, 1, 2, 3, 4'\n")
    tool.chmod(0o755)
    assert "Result for SMAC: SAT" in submit(article, "./tool.sh").stdout


def test_a_signal_ends_the_run_and_cancels_the_job(article: Path) -> None:
    marker = f"marker-{uuid.uuid4()}"
    (article / "input" / "mnist_cnn_smac.py").write_text(
        "import time; open('../started', 'w'); time.sleep(600)\n"
    )
    cancel = wrapper.shlex.join(["touch", str(article / "cancelled")])
    process = subprocess.Popen(
        [WRAPPER, "--cancel", cancel, f"exec python3 mnist_cnn_smac.py {marker}", *ARGUMENTS],
        cwd=article, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    deadline_s = time.monotonic() + 20
    while not (article / "started").exists():
        assert time.monotonic() < deadline_s
        time.sleep(0.01)
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=20)
    assert (article / "cancelled").exists()
    for pid in alive_with(marker):  # the shell that was started; in a run, bbopt ends what is left
        os.kill(pid, signal.SIGKILL)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--input", "nowhere", COMMAND], "there is no folder nowhere to pack"),
        (["--metric", "testerr", COMMAND], "is not NAME: regular expression with a group"),
        (["--submit", "no-such-batch-system", COMMAND], "can't start 'no-such-batch-system'"),
    ],
)
def test_what_can_never_work_stops_the_search(article: Path, options: list[str], message: str) -> None:
    done = submit(article, *options)
    assert done.returncode == 2
    assert message in done.stderr
    assert done.stdout.startswith("Result of algorithm run: ABORT, ")
