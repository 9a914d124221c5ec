"""Commands as jobs of a batch system: dask-jobqueue's job scripts with these in place of its worker."""

from __future__ import annotations

import contextlib
import os
import re
import shlex
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from unittest import mock

from bbopt.batch_job import BATCH_JOB, BatchJob
from bbopt.errors import BboptError, InputError
from bbopt.executors.cluster_options import job_options
from bbopt.executors.dask_jobs import add_settings, check_commands, cluster_class, make_job, parameters
from bbopt.scenario.clusters import ClusterSettings

__all__ = ["BatchScripts"]

_PATIENCE_S = 120.0
_HANDED_ON = ("PATH", "PYTHONPATH")
"""Variables that commands are found by; not every batch system hands on the environment."""

_WALLTIME_OF_DASK = frozenset(["00:30:00", "00:30"])
"""What dask-jobqueue comes with, for workers that nobody minds: no bound that anybody has set."""

_MEMORY = {
    "slurm": ("#SBATCH --mem=",),
    "lsf": ("#BSUB -M ",),
    "htcondor": ("RequestMemory", "MY.DaskWorkerMemory"),
}
_WALLTIME = {
    "slurm": ("#SBATCH -t ",),
    "pbs": ("#PBS -l walltime=",),
    "sge": ("#$ -l h_rt=",),
    "lsf": ("#BSUB -W ",),
}
_DISK = ("RequestDisk", "MY.DaskWorkerDisk")
_DASK_WORKER = ("MY.DaskWorkerName",)


class BatchScripts:
    """Makes job scripts for a batch system, and submits them from the current folder.

    Memory, disk and time that nobody has asked for are left to the batch system.  InputError where
    dask-jobqueue does not take the settings.
    """

    def __init__(self, settings: ClusterSettings) -> None:
        import dask.config

        self.kind = kind = settings.kind
        self._class = cluster_class(kind).job_cls
        self._options = options = job_options(settings, parameters(self._class))
        self._unsaid = list(_DASK_WORKER)
        has_walltime = "walltime" in parameters(self._class)
        add_settings(options, settings, has_walltime=has_walltime)
        self._prologue: list[str] = options.pop("job_script_prologue", None) or dask.config.get(
            f"jobqueue.{kind}.job-script-prologue", []
        )
        options["job_script_prologue"] = []
        own_walltime = dask.config.get(f"jobqueue.{kind}.walltime", None) not in {None, *_WALLTIME_OF_DASK}
        if not (settings.worker_walltime or own_walltime):
            self._unsaid += _WALLTIME.get(kind, ())
        if not (settings.worker_memory or dask.config.get(f"jobqueue.{kind}.memory", None)):
            self._leave_out_memory(settings)
        if kind == "htcondor" and not ("disk" in options or dask.config.get("jobqueue.htcondor.disk", None)):
            options["disk"] = "1MB"
            self._unsaid += _DISK
        self._job("trial", [["true"]])

    def _leave_out_memory(self, settings: ClusterSettings) -> None:
        """It has to be named to dask-jobqueue, whose line about it is left out then."""
        self._options["memory"] = "1MB"
        self._unsaid += _MEMORY.get(self.kind, ())
        if self.kind == "pbs":
            self._options.setdefault("resource_spec", f"select=1:ncpus={settings.worker_cores}")

    def refuse_missing_commands(self) -> None:
        """InputError where this machine can't submit to it."""
        check_commands(self._class, self.kind, "; --dry-run shows what would be submitted")

    def script(self, name: str, commands: Sequence[Sequence[str]]) -> str:
        """The text of a job that runs the commands, one after the other, in the current folder."""
        return str(self._job(name, commands).job_script())

    def submit(self, name: str, commands: Sequence[Sequence[str]]) -> BatchJob:
        """Submit a job that does so.  BboptError where the batch system refuses it."""
        job = self._job(name, commands)
        with tempfile.NamedTemporaryFile("w", suffix=".sh", encoding="utf-8") as file:
            file.write(job.job_script())
            file.flush()
            text = self._submitted(job, Path(file.name))
        try:
            return BatchJob(self.kind, job._job_id_from_submit_output(text))
        except ValueError as error:
            raise BboptError(
                f"what {self.kind} says of a job that was submitted is not understood", got=text.strip()
            ) from error

    def _submitted(self, job: Any, script: Path) -> str:
        command = shlex.split(job.submit_command)
        reads_input = bool(getattr(job, "use_stdin", False))
        try:
            with script.open("rb") as text:
                done = subprocess.run(
                    command if reads_input else [*command, str(script)],
                    stdin=text if reads_input else subprocess.DEVNULL,
                    capture_output=True, timeout=_PATIENCE_S, check=False,
                )  # fmt: skip
        except subprocess.TimeoutExpired as error:
            raise BboptError(
                f"{command[0]} has not answered for {_PATIENCE_S:g} s",
                remedy="look whether the job is there before it is submitted again",
            ) from error
        except OSError as error:
            raise BboptError(f"{command[0]} can't be called", got=error.strerror) from error
        if done.returncode:
            complaint = (done.stderr or done.stdout).decode(errors="replace").strip()
            raise BboptError(
                f"{command[0]} has refused a job", got=complaint or f"exit code {done.returncode}"
            )
        return done.stdout.decode(errors="replace")

    def cancel(self, jobs: Sequence[BatchJob]) -> None:
        """Cancel jobs, as far as that is possible; those that are over do not matter."""
        if jobs:
            command = [*shlex.split(self._class.cancel_command), *(job.number for job in jobs)]
            with contextlib.suppress(OSError, subprocess.TimeoutExpired):
                subprocess.run(
                    command, stdin=subprocess.DEVNULL, capture_output=True, timeout=_PATIENCE_S, check=False
                )

    def _job(self, name: str, commands: Sequence[Sequence[str]]) -> Any:
        with mock.patch("os.makedirs"):  # whoever submits makes the folder for what jobs print
            job = make_job(self.kind, name, {**self._options, "job_name": name})
        is_condor = self.kind == "htcondor"
        job._command_template = _shell_text(
            commands, [*self._prologue], os.environ, Path.cwd(), is_line=is_condor
        )
        if is_condor:
            job.job_header_dict = _without(job.job_header_dict, self._unsaid)
        else:
            lines = job.job_header.splitlines()
            job.job_header = "\n".join(line for line in lines if not line.startswith(tuple(self._unsaid)))
        return job


def _without(header: Mapping[str, Any], names: Sequence[str]) -> dict[str, Any]:
    return {name: value for name, value in header.items() if name not in names}


def _shell_text(
    commands: Sequence[Sequence[str]],
    prologue: Sequence[str],
    environment: Mapping[str, str],
    folder: Path,
    *,
    is_line: bool,
) -> str:
    """What a POSIX shell is to do; `is_line` for HTCondor, whose description of a job is one of lines."""
    exports = [f"export {n}={shlex.quote(environment[n])}" for n in _HANDED_ON if n in environment]
    exports += [f"unset {BATCH_JOB}"] * (BATCH_JOB in environment)  # the job is another one
    lines = [shlex.join(command) for command in commands]
    lines[-1] = f"exec {lines[-1]}"  # so that it hears the batch system's signals
    parts = [f"cd {shlex.quote(str(folder))} || exit 1", *exports, *prologue, *lines]
    if not is_line:
        return "\n".join(parts)
    if any(re.search(r"[\n\r]", part) for part in parts):
        raise InputError("HTCondor takes no command with line breaks in it", got=repr(" ".join(lines)))
    return "; ".join(parts).replace("$", "$(DOLLAR)")
