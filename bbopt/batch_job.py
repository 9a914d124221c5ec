"""Jobs of batch systems by their names: which one this process is in, told by its environment."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

__all__ = ["BATCH_JOB", "BatchJob", "own_batch_job"]

BATCH_JOB = "BBOPT_BATCH_JOB"
"""The variable by which `bbopt dispatch` names the job to what it runs on this machine."""

_VARIABLES = {"slurm": "SLURM_JOB_ID", "pbs": "PBS_JOBID", "lsf": "LSB_JOBID"}
_CONDOR_AD = "_CONDOR_JOB_AD"
"""Names a file of lines such as `ClusterId = 17`, which HTCondor puts beside each job."""


@dataclass(frozen=True, slots=True)
class BatchJob:
    """A job of a batch system: `slurm 1234`, `htcondor 17.0`; the `number` is as that system writes it."""

    system: str
    number: str

    def __str__(self) -> str:
        return f"{self.system} {self.number}"

    @classmethod
    def read(cls, text: str | None) -> BatchJob | None:
        """What `str` has made; None for anything else."""
        system, _, number = (text or "").partition(" ")
        return cls(system, number) if number else None


def own_batch_job(environment: Mapping[str, str]) -> BatchJob | None:
    """The job that a process with this environment is in; None outside of any."""
    if (own := BatchJob.read(environment.get(BATCH_JOB))) is not None:
        return own
    for system, name in _VARIABLES.items():
        if number := environment.get(name, "").partition(".")[0]:  # PBS adds the name of its server
            return BatchJob(system, number)
    if (number := environment.get("JOB_ID", "")) and (task := environment.get("SGE_TASK_ID")):
        return BatchJob("sge", number if task == "undefined" else f"{number}.{task}")
    if path := environment.get(_CONDOR_AD):
        return _condor_job(Path(path))
    return None


def _condor_job(ad: Path) -> BatchJob | None:
    try:
        found = dict(re.findall(r"^(ClusterId|ProcId)\s*=\s*(\d+)\s*$", ad.read_text(), re.MULTILINE))
    except (OSError, UnicodeDecodeError):
        return None
    cluster, process = found.get("ClusterId"), found.get("ProcId")
    return BatchJob("htcondor", f"{cluster}.{process}") if cluster and process else None
