from __future__ import annotations

from pathlib import Path

import pytest

from bbopt.batch_job import BATCH_JOB, BatchJob, own_batch_job


@pytest.mark.parametrize(
    ("environment", "text"),
    [
        ({"SLURM_JOB_ID": "17"}, "slurm 17"),
        ({"PBS_JOBID": "17.server.example.org"}, "pbs 17"),
        ({"LSB_JOBID": "17"}, "lsf 17"),
        ({"JOB_ID": "17", "SGE_TASK_ID": "undefined"}, "sge 17"),
        ({"JOB_ID": "17", "SGE_TASK_ID": "3"}, "sge 17.3"),
        ({BATCH_JOB: "local 4121.0", "SLURM_JOB_ID": "17"}, "local 4121.0"),
        ({"JOB_ID": "17"}, "None"),  # any program may call something of its own so
        ({"_CONDOR_JOB_AD": "/nonexistent/ad"}, "None"),
        ({BATCH_JOB: "local"}, "None"),
        ({}, "None"),
    ],
)
def test_the_environment_tells_the_job(environment: dict[str, str], text: str) -> None:
    assert str(own_batch_job(environment)) == text


def test_a_job_of_htcondor_stands_in_a_file(tmp_path: Path) -> None:
    ad = tmp_path / ".job.ad"
    ad.write_text('Cmd = "/bin/sh"\nClusterId = 17\nMyClusterId = 4\nProcId = 2\n')
    assert own_batch_job({"_CONDOR_JOB_AD": str(ad)}) == BatchJob("htcondor", "17.2")
    ad.write_text("ClusterId = 17\n")
    assert own_batch_job({"_CONDOR_JOB_AD": str(ad)}) is None


def test_a_job_is_read_as_it_is_written() -> None:
    job = BatchJob("sge", "17.3")
    assert BatchJob.read(str(job)) == job
    assert BatchJob.read(None) is None
