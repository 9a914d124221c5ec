"""The instances of the reference run of SMAC v2 in what a session writes."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from bbopt.scenario import load_scenario, read_command_line
from bbopt.session.output_files import OutputFiles
from bbopt.session.plan import Plan, plan_session
from bbopt.stores.folder.encoder import header_text
from tests.journals import read_journal

GOLDEN_RUN = Path(__file__).parent.parent / "golden" / "smac2-run"
GOLDEN_JOURNAL = GOLDEN_RUN / "output" / "live-rundata-1.json"


@pytest.fixture
def plan(tmp_path: Path) -> Plan:
    folder = tmp_path / "ex"
    shutil.copytree(GOLDEN_RUN, folder)
    (folder / "solver.py").write_text("#!/bin/sh\n")
    (folder / "solver.py").chmod(0o755)
    command_line = read_command_line(("--scenario", "scenario.txt", "--seed", "1"))
    return plan_session(load_scenario(command_line, cwd=folder, home=tmp_path, search_path=""))


def test_the_journal_begins_with_smac2s_array(plan: Plan) -> None:
    theirs, _ = json.JSONDecoder().raw_decode(GOLDEN_JOURNAL.read_text())
    ours = json.loads(header_text(plan.identity.instances))
    assert ours == theirs
    assert [list(instance) for instance in ours] == [list(instance) for instance in theirs]


def test_smac2s_runs_are_runs_of_this_scenario(plan: Plan) -> None:
    peer = read_journal(GOLDEN_JOURNAL, plan.space)
    assert peer.identity is not None
    assert peer.instances == plan.scenario.instances.instances
    assert plan.identity.refusal_of(peer.identity) is None
    assert {run.request.instance for run in peer.runs} <= set(plan.scenario.instances.instances)


@pytest.mark.parametrize("name", ["instances.txt", "instance-features.txt", "scenario.txt", "param.pcs"])
def test_the_state_folder_keeps_copies(plan: Plan, name: str) -> None:
    plan.scenario.output_root.mkdir(parents=True)
    OutputFiles(plan.scenario, plan.space).close()
    written = plan.scenario.output_root / "state-run1" / name
    assert written.read_bytes() == (GOLDEN_RUN / "output" / "state-run1" / name).read_bytes()
