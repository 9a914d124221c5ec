"""What this machine is found to offer, and what is said where it offers less."""

from __future__ import annotations

import os
import re
from importlib import metadata
from pathlib import Path

import pytest

from bbopt.cli.main import run
from bbopt.errors import BboptError
from bbopt.planning import machine
from bbopt.planning.machine import Finding, Verdict, look_at_folder


def by_subject(findings: object) -> dict[str, Finding]:
    return {one.subject: one for one in findings}  # type: ignore[attr-defined]


def test_a_machine_on_which_these_tests_run_is_not_broken(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["doctor", str(tmp_path)]) == 0
    out = capsys.readouterr().out
    for subject in ("bbopt", "runs", "control groups", "memory limits", "batch systems", "locks", "terminal"):
        assert any(line.split("  ", 1)[-1].strip().startswith(subject) for line in out.splitlines()), subject
    assert list(tmp_path.iterdir()) == []
    assert run(["doctor", str(tmp_path / "no")]) == 1
    assert "there is no such folder" in capsys.readouterr().err


def test_what_the_trial_run_leaves_behind_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    found = machine._trial_run()
    assert found is not None
    assert (found.exit_status, found.n_strays, found.n_survivors) == (0, 1, 0)


def test_a_run_that_can_not_be_started_is_broken(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> None:
        raise BboptError("no process can be started")

    monkeypatch.setattr(machine, "_trial_run", fail)
    (found,) = machine._supervision()
    assert (found.verdict, found.found) == (Verdict.BROKEN, "no process can be started")


@pytest.mark.parametrize(
    ("control", "groups", "memory"),
    [
        ("the process tree", Verdict.MISSING, Verdict.MISSING),
        ("the process tree and a control group (cpu, kill)", Verdict.GOOD, Verdict.MISSING),
        ("the process tree and a control group (cpu, memory, kill)", Verdict.GOOD, Verdict.GOOD),
    ],
)
def test_control_groups(control: str, groups: Verdict, memory: Verdict) -> None:
    found = by_subject(machine._control_groups(control))
    assert (found["control groups"].verdict, found["memory limits"].verdict) == (groups, memory)
    assert all(one.remedy for one in found.values() if one.verdict is not Verdict.GOOD)


def test_a_folder_that_takes_no_files(tmp_path: Path) -> None:
    (found,) = look_at_folder(tmp_path / "none")
    assert (found.subject, found.verdict) == ("folder", Verdict.BROKEN)
    assert "No such file or directory" in found.found


def test_extras_and_libraries_that_are_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = ["numpy>=1.24", "no-such-library>=2", "no-such-extra[a]>=3; extra == 'tpe'", "x; extra == 'test'"]
    monkeypatch.setattr(metadata, "requires", lambda _: lines)
    (library,) = machine._libraries()
    assert (library.verdict, library.found) == (Verdict.BROKEN, "not installed: no-such-library")
    (extra,) = machine._extras()
    assert (extra.subject, extra.verdict) == ("extra tpe", Verdict.MISSING)
    assert extra.found == "not installed: no-such-extra"
    assert "pip install 'bbopt-smac[tpe]'" in extra.remedy


def test_all_extras_for_people_are_looked_at() -> None:
    text = (Path(__file__).parents[2] / "pyproject.toml").read_text()
    section = text.partition("[project.optional-dependencies]")[2].partition("\n[")[0]
    extras = set(re.findall(r"^(\w+) = ", section, re.MULTILINE))
    assert set(machine._EXTRAS) == extras - {"benchmark", "test", "all"}


def test_programs_that_are_not_on_the_path(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert machine._batch_systems().verdict is Verdict.MISSING
    assert machine._solvers().remedy == "apt-get install minisat clasp"
    for name in ("sbatch", "scancel"):
        (tmp_path / name).write_text("#!/bin/sh\n")
        os.chmod(tmp_path / name, 0o755)
    assert machine._batch_systems().found == "slurm"
