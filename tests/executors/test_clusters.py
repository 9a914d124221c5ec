from __future__ import annotations

import asyncio
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from bbopt.errors import BboptError, InputError
from bbopt.executors.clusters import open_cluster, start_cluster
from bbopt.scenario.clusters import KINDS, ClusterSettings

EXTRA = {
    "htcondor": (("disk", "1GB"),),
    "lsf": (("lsf_units", "MB"),),
    "oar": (("memory_per_core_property_name", "not_applicable"),),
}
DIRECTIVES = {
    "slurm": [
        r"#SBATCH --cpus-per-task=3\b",
        r"#SBATCH --mem=4G\b",
        r"#SBATCH -t 02:00:00",
        r"#SBATCH -p fast",
    ],
    "pbs": [r"#PBS -l select=1:ncpus=3:mem=", r"#PBS -l walltime=02:00:00", r"#PBS -q fast"],
    "sge": [r"#\$ -l h_rt=02:00:00", r"#\$ -q fast"],
    "lsf": [r"#BSUB -n 3\b", r"#BSUB -M 4000\b", r"#BSUB -W 02:00:00", r"#BSUB -q fast"],
    "oar": [r"#OAR -l /nodes=1/core=3,walltime=02:00:00", r"#OAR -q fast"],
    "htcondor": [r"RequestCpus = MY.DaskWorkerCores", r"MY.DaskWorkerCores = 3\b"],
}


def batch(kind: str, *options: tuple[str, str], **settings: object) -> ClusterSettings:
    given = {"worker_memory": "4GB", "worker_cores": 3, **settings}
    return ClusterSettings(kind, options=(*EXTRA.get(kind, ()), *options), **given)  # type: ignore[arg-type]


def job_script(settings: ClusterSettings) -> str:
    async def write() -> str:
        with open_cluster(settings) as cluster:
            script = str(cluster.job_script())  # type: ignore[attr-defined]
            await cluster.close()
        return script

    return asyncio.run(write())


def refusal(settings: ClusterSettings) -> str:
    with pytest.raises(InputError) as caught:
        job_script(settings)
    return str(caught.value)


@pytest.mark.parametrize("kind", DIRECTIVES)
def test_job_script(kind: str) -> None:
    options = () if kind == "htcondor" else (("queue", "fast"),)
    script = job_script(batch(kind, *options, worker_walltime=None if kind == "htcondor" else "02:00:00"))
    for pattern in (*DIRECTIVES[kind], r"--nthreads 3\b", r"--nanny\b"):
        assert re.search(pattern, script), f"{pattern} is not in\n{script}"


def test_every_batch_system_has_its_test() -> None:
    assert {"local", *DIRECTIVES} == set(KINDS)


def test_lists_and_spellings_and_log_directory(tmp_path: Path) -> None:
    logs = tmp_path / "logs"
    settings = batch(
        "slurm",
        ("job-extra-directives", "--gres=gpu:1"),
        ("Job_Extra_Directives", "--exclusive"),
        ("job_script_prologue", "module load python"),
        ("death-timeout", "90"),
        ("nanny", "false"),
        log_directory=logs,
    )
    script = job_script(settings)
    assert "#SBATCH --gres=gpu:1\n#SBATCH --exclusive\n" in script
    assert "\nmodule load python\n" in script
    assert "--no-nanny --death-timeout 90" in script
    assert f"#SBATCH -o {logs}/" in script


def test_job_cpu_is_an_integer() -> None:
    assert "--cpus-per-task=7" in job_script(batch("slurm", ("job_cpu", "7")))
    assert "expected: an integer" in refusal(batch("slurm", ("job_cpu", "seven")))
    assert "expected: true or false" in refusal(batch("slurm", ("nanny", "perhaps")))
    assert "expected: a number" in refusal(batch("slurm", ("death_timeout", "soon")))


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("qeue", ["unknown cluster-option qeue for a slurm cluster", "did you mean queue?"]),
        ("memory", ["use --worker-memory"]),
        ("walltime", ["use --worker-walltime"]),
        ("loop", ["unknown cluster-option"]),
        ("protocol", ["unknown cluster-option"]),
        ("scheduler_options.prt", ["did you mean scheduler_options.port"]),
    ],
)
def test_names_that_are_refused(name: str, parts: list[str]) -> None:
    text = refusal(batch("slurm", (name, "x")))
    for part in parts:
        assert part in text


def test_what_dask_jobqueue_misses_is_said_in_its_words() -> None:
    assert "how much cores and memory" in refusal(ClusterSettings("pbs"))
    text = refusal(ClusterSettings("htcondor", worker_memory="4GB"))
    assert "how much disk" in text
    assert "cluster-option" in text


def test_htcondor_knows_no_walltime() -> None:
    assert "htcondor knows no walltime" in refusal(batch("htcondor", worker_walltime="01:00"))


@pytest.mark.parametrize("memory", ["lots", "0", "-1GB"])
def test_wrong_memory(memory: str) -> None:
    assert "such as 4GB" in refusal(batch("slurm", worker_memory=memory))
    assert "such as 4GB" in refusal(ClusterSettings("local", worker_memory=memory))


@pytest.mark.parametrize(
    ("settings", "problem"),
    [
        ({"kind": "kubernetes"}, "one of local, slurm"),
        ({"kind": "local", "workers": 0}, "at least one worker"),
        ({"kind": "local", "worker_cores": 0}, "at least one worker"),
        ({"kind": "local", "workers": 2, "workers_minimum": 3}, "from 0 to 2"),
        ({"kind": "local", "workers_minimum": -1}, "from 0 to 1"),
        ({"kind": "local", "worker_walltime": "1:00"}, "no walltime"),
    ],
)
def test_settings_that_make_no_sense(settings: dict[str, object], problem: str) -> None:
    with pytest.raises(InputError, match=problem):
        ClusterSettings(**settings)  # type: ignore[arg-type]


def test_local_cluster_refuses_options_of_batch_systems() -> None:
    assert "unknown cluster-option queue" in refusal(ClusterSettings("local", options=(("queue", "fast"),)))


@pytest.mark.parametrize("name", ["host", "interface", "protocol"])
def test_local_cluster_is_on_the_loopback(name: str) -> None:
    assert f"unknown cluster-option {name}" in refusal(ClusterSettings("local", options=((name, "x"),)))


def test_jobs_use_tls_with_files_that_are_there(tmp_path: Path) -> None:
    with_shared = batch("slurm", ("shared_temp_directory", str(tmp_path / "shared")), log_directory=tmp_path)
    for settings, folder in (
        (batch("slurm", log_directory=tmp_path), tmp_path),
        (with_shared, tmp_path / "shared"),
    ):
        script = job_script(settings)
        assert re.search(r"--protocol tls://", script)
        for option in ("--tls-ca-file", "--tls-cert", "--tls-key"):
            assert re.search(rf"{option} {folder}/\.tls-\w+/(certificate|key)\.pem", script)


def test_address_for_jobs_is_one_of_tls() -> None:
    async def contact() -> str:
        settings = batch("slurm", ("scheduler_options.contact_address", "tcp://head:1234"))
        with open_cluster(settings) as cluster:
            await cluster.close()
            return str(cluster.scheduler_spec["options"]["contact_address"])  # type: ignore[attr-defined]

    assert asyncio.run(contact()) == "tls://head:1234"


def start(settings: ClusterSettings) -> None:
    async def open_and_start() -> None:
        with open_cluster(settings) as cluster:
            try:
                await start_cluster(cluster, settings, lambda: 0)
            finally:
                await cluster.close()

    asyncio.run(open_and_start())


def test_without_the_batch_systems_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(InputError, match="the command sbatch is not found"):
        start(batch("slurm"))


def test_refused_job_is_explained(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("sbatch", "scancel"):
        program = tmp_path / name
        program.write_text("#!/bin/sh\necho 'sbatch: error: invalid partition specified: fats' >&2\nexit 1\n")
        program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    with pytest.raises(BboptError, match="invalid partition specified: fats"):
        start(batch("slurm", ("queue", "fats")))


def test_signal_handlers_stay() -> None:
    code = (
        "import signal, bbopt.executors.dask_jobs as dask_jobs\n"
        "before = [signal.getsignal(n) for n in (signal.SIGINT, signal.SIGTERM)]\n"
        "dask_jobs.cluster_class('slurm')\n"
        "assert before == [signal.getsignal(n) for n in (signal.SIGINT, signal.SIGTERM)]\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
