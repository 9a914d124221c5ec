"""`bbopt dispatch` and `jobdispatch`: what is submitted, what is run here, and what is refused."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from bbopt.cli.main import run
from tests.executors.stand_ins import stand_in, stand_in_for_condor_submit


@dataclass
class Said:
    code: int
    out: str
    err: str


Called = Callable[..., Said]


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def called(here: Path, capsys: pytest.CaptureFixture[str]) -> Called:
    def call(*argv: str) -> Said:
        capsys.readouterr()
        code = run(argv)
        return Said(code, *capsys.readouterr())

    return call


@pytest.fixture
def condor(here: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of what was submitted."""
    stand_in_for_condor_submit(here.parent / "bin", monkeypatch)
    submitted = here.parent / "submitted"
    submitted.mkdir()
    return submitted


def logs(here: Path) -> dict[str, str]:
    """What was printed, by the ends of the files' names."""
    (folder,) = (here / "LOGS").iterdir()
    return {path.name: path.read_text() for path in sorted(folder.iterdir())}


def test_the_command_of_the_tutorial_is_submitted(
    called: Called, condor: Path, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stand_in(here.parent / "bin", "bbopt", 'echo "$@"', monkeypatch)
    url = "postgres://ift6266h10:pw@gershwin/ift6266h10_sandbox_db?table=mlp_dumi"
    said = called("jobdispatch", "--condor", "--repeat_jobs=3", "bbopt", "sql", "-n", "5", url, ".")
    assert said.code == 0
    shown = f'bbopt sql -n 5 "{url.replace(":pw", "")}" .'
    assert said.out.splitlines() == [f"{n}.0 {shown}" for n in range(3)]
    assert said.err.startswith("What they print goes to LOGS/bbopt_sql_-n_5_postgres_ift6266h10_gershwin")
    assert logs(here) == {f"worker-{n}.0.out": f"sql -n 5 {url} .\n" for n in range(3)}


def test_choices_and_shares(called: Called, condor: Path, here: Path) -> None:
    said = called(
        "dispatch", "--cluster", "htcondor", "--nb-proc", "2", "--", "echo", "{{a,b}}-{{1,2}}", "{{x}}"
    )
    assert said.out.splitlines() == ["0.0 echo a-1 x; echo b-1 x", "1.0 echo a-2 x; echo b-2 x"]
    assert logs(here) == {"worker-0.0.out": "a-1 x\nb-1 x\n", "worker-1.0.out": "a-2 x\nb-2 x\n"}


def test_commands_that_are_run_here(called: Called, here: Path) -> None:
    said = called(
        "dispatch", "--local", "--nb-proc", "2", "--repeat", "2", "sh", "-c", "echo hi; exit {{0,3}}"
    )
    assert said.code == 1
    assert sorted(said.out.splitlines()) == [
        '1 sh -c "echo hi; exit 3": ended with exit status 3',
        '3 sh -c "echo hi; exit 3": ended with exit status 3',
        "4 commands: 2 done, 2 failed.",
    ]
    printed = logs(here)
    assert {name: printed[name] for name in printed if name.endswith(".out")} == {
        f"{n}.out": "hi\n" for n in range(4)
    }
    assert called("jobdispatch", "--local=3", "true").out == "1 command: 1 done, 0 failed.\n"


@pytest.mark.parametrize(
    ("argv", "lines"),
    [
        (("dispatch", "--local"), ["train.py 1", "train.py 2"]),
        (("jobdispatch", "--local", "--test"), ["train.py 1", "train.py 2"]),
        (
            ("dispatch", "--cluster", "slurm"),
            ["#SBATCH -J train.py.0", "#SBATCH -J train.py.1", "exec train.py 2"],
        ),
        (("jobdispatch", "--slurm=1"), ["#SBATCH -J train.py.0", "train.py 1", "exec train.py 2"]),
        (
            ("jobdispatch", "--torque", "--cpu=2", "--mem=950", "--duree=1:0:0", "--queue=q", "--raw=-V"),
            ["#PBS -l nodes=1:ppn=2,mem=950mb", "#PBS -l walltime=1:0:0", "#PBS -q q", "#PBS -V"],
        ),
        (
            ("jobdispatch", "--pbs", "--mem=4G", "--project=p"),
            ["#PBS -l select=1:ncpus=1:mem=4096MB", "#PBS -A p"],
        ),
        (("jobdispatch", "--lsf", "--project=p"), ['#BSUB -P "p"', "#BSUB -J train.py.0"]),
        (("jobdispatch", "--sge", "--project=p"), ["#$ -P p"]),
        (("dispatch", "--local", "--watch", "URL"), ['train.py "{{1,2}}"']),
    ],
    ids=" ".join,
)
def test_a_dry_run_shows_what_would_be_done(
    argv: tuple[str, ...], lines: list[str], called: Called, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stand_in(here.parent / "bin", "train.py", "exit 1", monkeypatch)
    called("jobs", "add", f"sqlite:///{here.parent}/jobs.db", "--", "true")
    url = f"sqlite:///{here.parent}/jobs.db"
    said = called(*(word.replace("URL", url) for word in argv), "--dry-run", "train.py", "{{1,2}}")
    assert (said.code, said.err) == (0, "")
    for line in lines:
        assert line in said.out.splitlines()
    assert list(here.iterdir()) == []


LOCAL, SLURM = ("dispatch", "--local"), ("dispatch", "--cluster", "slurm")


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (("dispatch", "true"), "where the jobs are to run must be said once"),
        (("dispatch", "--local", "--cluster", "slurm", "true"), "must be said once"),
        (("jobdispatch", "true"), "must be said once"),
        (("jobdispatch", "--condor", "--local", "true"), "must be said once"),
        ((*LOCAL,), "no command is given"),
        ((*LOCAL, "no-such-program"), "this program is not found"),
        ((*LOCAL, "echo", "{{a"), "braces are not closed"),
        ((*LOCAL, "--repeat", "500001", "echo", "{{a,b}}"), "got:      1,000,002"),
        ((*LOCAL, "--worker-memory", "4GB", "true"), "worker-memory has no meaning on this machine"),
        (("jobdispatch", "--local", "--queue=q", "true"), "queue has no meaning on this machine"),
        (("jobdispatch", "--sge", "--nb_proc=0", "true"), "nb-proc is the number of commands at a time"),
        (("jobdispatch", "--sge", "--mem=much", "true"), "mem is no amount of memory"),
        ((*LOCAL, "--max-workers", "3", "true"), "max-workers has no meaning without --watch"),
        ((*LOCAL, "--watch", "sqlite:///x.db", "--nb-proc", "3"), "nb-proc has no meaning with --watch"),
        ((*LOCAL, "--watch", "sqlite:///x.db"), "there is no such database"),
        ((*SLURM, "--worker-memory", "much", "true"), "does not take the settings"),
        ((*SLURM, "--cluster-option", "qeue=fast", "true"), "did you mean queue?"),
        ((*SLURM, "true"), "the command sbatch is not found"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_what_is_refused(
    argv: tuple[str, ...], said: str, called: Called, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(here.parent / "bin"))
    for program in ("true", "echo"):
        stand_in(here.parent / "bin", program, "exit 0", monkeypatch)
    answer = called(*argv)
    assert (answer.code, answer.out) == (1, "")
    assert said in answer.err
    assert list(here.iterdir()) == []


def test_a_batch_system_that_refuses(called: Called, here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    submit = (
        "[ -e ../second ] && { echo 'the queue is full' >&2; exit 1; }; touch ../second; echo Your job 17"
    )
    stand_in(here.parent / "bin", "qsub", submit, monkeypatch)
    stand_in(here.parent / "bin", "qdel", "exit 1", monkeypatch)
    said = called("dispatch", "--cluster", "sge", "--repeat-jobs", "3", "--", "true")
    assert (said.code, said.out) == (255, "17 true\n")
    assert "1 of 3 jobs were submitted.\nbbopt: error: qsub has refused a job\n" in said.err
    assert "the queue is full" in said.err


def test_a_server_is_not_trusted_by_its_workers_unless_that_is_said(
    called: Called, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = here.parent / "jobs.db"
    called("jobs", "add", f"sqlite:///{database}", "--", "true")
    database.chmod(0o666)
    said = called("dispatch", "--local", "--watch", f"sqlite:///{database}")
    assert (said.code, said.out) == (1, "")
    assert "a file that everybody may write to" in said.err
    assert "-- bbopt worker URL --trust" in said.err
