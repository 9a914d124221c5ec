"""The deep belief network in phases, as its README says, with fewer epochs."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from bbopt.database_address import StudyAddress
from bbopt.jobs.experiment_jobs import row_state
from bbopt.stores import JobChoice, job_table_at

pytest.importorskip("sklearn")
SCENARIO = Path(__file__).resolve().parents[2] / "scenarios" / "dbn_phases"


def test_the_phases_follow_each_other(tmp_path: Path) -> None:
    """With two folds and one rate of the machines in place of three and two."""
    folder = tmp_path / "dbn_phases"
    shutil.copytree(SCENARIO, folder)
    conf = (folder / "dbn_jobman.conf").read_text()
    (folder / "dbn_jobman.conf").write_text(re.sub("_iter = .*", "_iter = 4", conf))
    typed = re.findall(r"^    ([^\s#].*(?:\n        .*)*)$", (folder / "README.md").read_text(), re.MULTILINE)
    script = "\n".join(typed[1:])
    for usual, small in (("{{0,1,2}}", "{{0,1}}"), ("nb_cross_fold=3", "nb_cross_fold=2")):
        script = script.replace(usual, small)
    script = script.replace("'rbm_rate={{0.03,0.1}}'", "rbm_rate=0.1").replace(
        "sql -n 0", "sql -n 0 --cores 2"
    )
    done = subprocess.run(
        ["bash", "-c", 'set -e\nbbopt() { "$PYTHON" -m bbopt "$@"; }\n' + script],
        cwd=folder, capture_output=True, text=True, timeout=300,
        env={"PATH": "/usr/bin:/bin", "PYTHON": sys.executable},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    status = [line for line in done.stdout.splitlines() if line.startswith("Job id")]
    assert sum("waits for 1 job of group n_hidden=" in line for line in status) == 8
    assert status[-2].endswith("waits for 8 jobs of group phase=supervised")
    table = StudyAddress.read_table("sqlite:///jobs.db?table=dbn", folder)
    states = [row_state(row) for row in job_table_at(table).jobs(JobChoice())]
    assert [one["jobman.status"] for one in states] == [2] * 14
    means: dict[tuple[int, float], list[float]] = {}
    for one in states[4:12]:
        means.setdefault((one["n_hidden"], one["learning_rate"]), []).append(one["validation_loss"])
    assert [len(losses) for losses in means.values()] == [2] * 4
    best = min(means, key=lambda setting: sum(means[setting]))
    assert (states[13]["n_hidden"], states[13]["learning_rate"]) == best
    assert states[13]["test_score"] < 0.4
    supervised = done.stdout.splitlines()[-4:]
    assert all(line.split()[0] == "2" and " supervised " in line for line in supervised)
