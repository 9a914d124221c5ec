"""What batch systems say of their jobs, by stand-ins that print what the real commands print."""

from __future__ import annotations

from pathlib import Path

import pytest

from bbopt.batch_job import BatchJob
from bbopt.executors import batch_states
from bbopt.executors.batch_states import BatchState, Stage, UnansweredError, ask, ask_each
from tests.executors.stand_ins import stand_in

SQUEUE = (
    """echo '1 COMPLETED'; echo '2 OUT_OF_MEMORY'; echo '3 RUNNING'; echo '4 PENDING'; echo '5 SUSPENDED'"""
)
SACCT = """[ "$5" = --jobs=6,99 ] || exit 1; echo '6|CANCELLED by 0'"""
QSTAT_XML = """\
<?xml version='1.0'?>
<job_info xmlns:xsd="http://arc.liv.ac.uk/repos/darcs/sge/source/dist/util/resources/schemas/qstat/qstat.xsd">
  <queue_info>
    <job_list state="running"><JB_job_number>1</JB_job_number><state>r</state><slots>1</slots></job_list>
    <job_list state="running"><JB_job_number>3</JB_job_number><state>dr</state><tasks>2</tasks></job_list>
  </queue_info>
  <job_info>
    <job_list state="pending"><JB_job_number>2</JB_job_number><state>Eqw</state><slots>1</slots></job_list>
    <job_list state="pending"><JB_job_number>3</JB_job_number><state>qw</state><tasks>3-7:1</tasks></job_list>
  </job_info>
</job_info>"""
QSTAT = """\
Job id            Name             User              Time Use S Queue
----------------  ---------------- ----------------  -------- - -----
1.server          train.0          me                00:00:01 R workq
2.server          train.1          me                       0 Q workq
3.server          train.2          me                00:00:01 F workq"""
BJOBS = """echo '1 RUN'; echo '2 PEND'; echo '3 EXIT'; echo 'Job <4> is not found' >&2; exit 255"""
CONDOR_Q = """echo '1 0 2'; echo '2 0 5'; echo '2 1 1'"""

OVER, RUNS, WAITS = Stage.OVER, Stage.RUNNING, Stage.WAITING


@pytest.mark.parametrize(
    ("system", "scripts", "states"),
    [
        (
            "slurm",
            {"squeue": SQUEUE, "sacct": SACCT},
            {
                "1": (OVER, "COMPLETED"),
                "2": (OVER, "OUT_OF_MEMORY"),
                "3": (RUNS, "RUNNING"),
                "4": (WAITS, "PENDING"),
                "5": (RUNS, "SUSPENDED"),
                "6": (OVER, "CANCELLED"),
                "99": (OVER, ""),
            },
        ),
        (
            "slurm",
            {
                "squeue": "echo 'slurm_load_jobs error: Invalid job id specified' >&2; exit 1",
                "sacct": "echo 'Slurm accounting storage is disabled' >&2; exit 1",
            },
            {"7": (OVER, "")},
        ),
        (
            "sge",
            {"qstat": f"cat <<'END'\n{QSTAT_XML}\nEND"},
            {
                "1": (RUNS, "r"),
                "2": (WAITS, "Eqw"),
                "3.2": (RUNS, "dr"),
                "3.5": (WAITS, "qw"),
                "4": (OVER, ""),
            },
        ),
        (
            "pbs",
            {"qstat": f"cat <<'END'\n{QSTAT}\nEND\necho 'qstat: Unknown Job Id 4.server' >&2; exit 153"},
            {
                "1": (RUNS, "R"),
                "2": (WAITS, "Q"),
                "3": (OVER, "F"),
                "4": (OVER, ""),
            },
        ),
        (
            "lsf",
            {"bjobs": BJOBS},
            {"1": (RUNS, "RUN"), "2": (WAITS, "PEND"), "3": (OVER, "EXIT"), "4": (OVER, "")},
        ),
        (
            "htcondor",
            {"condor_q": CONDOR_Q},
            {"1.0": (RUNS, "running"), "2.0": (WAITS, "held"), "2.1": (WAITS, "idle"), "3.0": (OVER, "")},
        ),
    ],
    ids=["slurm", "slurm without accounting", "sge", "pbs", "lsf", "htcondor"],
)
def test_each_system_is_understood(
    system: str,
    scripts: dict[str, str],
    states: dict[str, tuple[Stage, str]],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, script in scripts.items():
        stand_in(tmp_path / "bin", name, script, monkeypatch)
    assert ask(system, set(states)) == states


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("exec sleep 60", "qstat has not answered for 0.3 s"),
        ("echo 'cannot connect to server' >&2; exit 1", "qstat has failed"),
        ("echo no xml", "qstat was not understood"),
    ],
)
def test_a_command_that_hangs_or_fails_is_an_error(
    script: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batch_states, "_PATIENCE_S", 0.3)
    stand_in(tmp_path / "bin", "qstat", script, monkeypatch)
    with pytest.raises(UnansweredError, match=said):
        ask("sge", ["1"])


def test_systems_that_do_not_answer_are_told_beside_those_that_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    stand_in(tmp_path / "bin", "condor_q", CONDOR_Q, monkeypatch)
    stand_in(tmp_path / "bin", "bjobs", "exit 1", monkeypatch)
    jobs = [BatchJob("htcondor", "1.0"), BatchJob("lsf", "1"), BatchJob("local", "7.0"), BatchJob("oar", "1")]
    states, errors = ask_each(jobs)
    assert states == {jobs[0]: BatchState(RUNS, "running")}
    assert [error.what for error in errors] == ["bjobs has failed"]


def test_a_command_that_is_not_there_is_not_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert ask_each([BatchJob("slurm", "1")]) == ({}, [])
    with pytest.raises(UnansweredError, match="squeue can't be called"):
        ask("slurm", ["1"])
