"""Job scripts for each batch system, and submitting them: to stand-ins, to a SLURM and to a Grid Engine."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bbopt.batch_job import BATCH_JOB, BatchJob
from bbopt.errors import BboptError, InputError
from bbopt.executors import batch_scripts
from bbopt.executors.batch_scripts import BatchScripts
from bbopt.scenario.clusters import ClusterSettings
from tests.executors.stand_ins import stand_in, stand_in_for_condor_submit

COMMAND = ["sh", "-c", """printf '%s|' "$0" "$@" """, "$HOME", "a  b", """it's "so" """, "", "$(X)"]
PRINTED = """$HOME|a  b|it's "so" ||$(X)|"""
UNSAID = {
    "slurm": (r"--mem|-t ", ["#SBATCH -J train.0", "#SBATCH --cpus-per-task=1"]),
    "pbs": (r"mem=|walltime", ["#PBS -N train.0", "#PBS -l select=1:ncpus=1"]),
    "sge": (r"h_rt|-l ", ["#$ -N train.0", "#$ -cwd"]),
    "lsf": (r"-M|-W", ["#BSUB -J train.0", "#BSUB -n 1"]),
    "htcondor": (r"Memory|Disk|Name =", ["RequestCpus = MY.DaskWorkerCores", "MY.DaskWorkerCores = 1"]),
}
SAID = {
    "slurm": ["#SBATCH --mem=4G", "#SBATCH -t 02:00:00", "#SBATCH -p fast", "#SBATCH --gres=gpu:1"],
    "pbs": ["#PBS -l select=1:ncpus=3:mem=4096MB", "#PBS -l walltime=02:00:00", "#PBS -q fast"],
    "sge": ["#$ -l h_rt=02:00:00", "#$ -q fast"],
    "lsf": ["#BSUB -n 3", "#BSUB -M 4295", "#BSUB -W 02:00:00", "#BSUB -q fast"],
    "htcondor": ["MY.DaskWorkerMemory = 4294967296", "MY.DaskWorkerDisk = 1000000000", "getenv = True"],
}
OPTIONS = {
    "slurm": (("queue", "fast"), ("job_extra_directives", "--gres=gpu:1")),
    "htcondor": (("disk", "1GB"), ("job_extra_directives", "getenv = True")),
    "lsf": (("queue", "fast"), ("lsf_units", "MB")),
}


def settings(kind: str, **given: object) -> ClusterSettings:
    return ClusterSettings(kind, log_directory=Path("LOGS/x"), **given)  # type: ignore[arg-type]


def script(kind: str, *commands: list[str], **given: object) -> str:
    return BatchScripts(settings(kind, **given)).script("train.0", commands or (["train"],))


@pytest.mark.parametrize("kind", UNSAID)
def test_what_nobody_has_asked_for_is_left_to_the_batch_system(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    text = script(kind)
    absent, present = UNSAID[kind]
    head = text.partition("cd ")[0]
    assert not re.search(absent, head), head
    for line in present:
        assert f"{line}\n" in head
    assert "LOGS/x" in head
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("kind", SAID)
def test_what_is_asked_for_is_in_the_script(kind: str) -> None:
    walltime = None if kind == "htcondor" else "02:00:00"
    options = OPTIONS.get(kind, (("queue", "fast"),))
    text = script(kind, worker_cores=3, worker_memory="4GiB", worker_walltime=walltime, options=options)
    for line in SAID[kind]:
        assert f"{line}\n" in text


def test_commands_follow_each_other_in_the_current_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "a b"
    folder.mkdir()
    monkeypatch.chdir(folder)
    monkeypatch.setenv("PYTHONPATH", "/x y")
    monkeypatch.setenv(BATCH_JOB, "local 1.0")
    options = (("job_script_prologue", "module load python"),)
    lines = script("pbs", ["one", "a b"], ["two"], options=options).splitlines()
    at = lines.index(f"cd '{folder}' || exit 1")
    assert lines[at + 1].startswith("export PATH=")
    assert lines[at + 2 : at + 4] == ["export PYTHONPATH='/x y'", f"unset {BATCH_JOB}"]
    assert lines[at + 4 :] == ["module load python", "one 'a b'", "exec two"]


@pytest.mark.parametrize(
    "name", ["nanny", "worker_extra_args", "job_name", "scheduler_options.port", "memory", "qeue"]
)
def test_settings_of_dask_workers_are_refused(name: str) -> None:
    with pytest.raises(InputError, match="cluster-option"):
        script("slurm", options=((name, "1"),))


def test_a_job_of_htcondor_runs_the_command_as_it_was_given(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stand_in_for_condor_submit(tmp_path / "bin", monkeypatch)
    (tmp_path / "submitted").mkdir()
    logs = tmp_path / "logs"
    logs.mkdir()
    monkeypatch.chdir(tmp_path)
    prologue = (("job_script_prologue", "X=1"),)
    scripts = BatchScripts(ClusterSettings("htcondor", log_directory=logs, options=prologue))
    scripts.refuse_missing_commands()
    assert scripts.submit("train.0", [["true"], COMMAND]) == BatchJob("htcondor", "0.0")
    assert (logs / "worker-0.0.out").read_text() == PRINTED
    with pytest.raises(InputError, match="no command with line breaks"):
        scripts.submit("train.1", [["sh", "-c", "a\nb"]])


@pytest.mark.parametrize("kind", ["lsf", "pbs"])
def test_the_script_reaches_the_command_that_submits(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("bsub", "qsub", "bkill", "qdel"):
        stand_in(
            tmp_path / "bin", name, "cat ${1:-/dev/stdin} | sh > out; echo 'Job <17.server> is'", monkeypatch
        )
    job = BatchScripts(settings(kind)).submit("train.0", [COMMAND])
    assert job == BatchJob(kind, "17")
    assert (tmp_path / "out").read_text() == PRINTED


@pytest.mark.parametrize(
    ("script_text", "said", "got"),
    [
        ("echo 'no such queue' >&2; exit 1", "sbatch has refused a job", "no such queue"),
        ("echo Thanks", "is not understood", "Thanks"),
        ("exec sleep 60", "sbatch has not answered for 0.3 s", None),
    ],
)
def test_a_job_that_is_refused(
    script_text: str, said: str, got: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batch_scripts, "_PATIENCE_S", 0.3)
    stand_in(tmp_path / "bin", "sbatch", script_text, monkeypatch)
    with pytest.raises(BboptError, match=said) as caught:
        BatchScripts(settings("slurm")).submit("train.0", [["true"]])
    assert caught.value.got == got


def test_commands_that_are_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(InputError, match="the command qsub is not found") as caught:
        BatchScripts(settings("sge")).refuse_missing_commands()
    assert "--dry-run" in str(caught.value.remedy)
