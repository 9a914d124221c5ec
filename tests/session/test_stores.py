"""A search keeps its runs in whatever store its plan names: here one without any file."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from bbopt.output_folder import SeedFile
from bbopt.scenario import load_scenario, read_command_line
from bbopt.session.plan import Plan, plan_session
from bbopt.session.session import Session
from bbopt.tuning import Outcome
from tests.stores.memory_store import MemoryStore

SCENARIO = """pcs-file = params.pcs
tae = ANALYTIC
analytic-function = BRANINS
use-instances = false
run-obj = QUALITY
deterministic = true
engine = random
shared-model-mode = true
rungroup = out
"""


def plan(folder: Path, seed: int, n_runs: int) -> Plan:
    (folder / "params.pcs").write_text("x0 real [-5, 10] [2.5]\nx1 real [0, 15] [7.5]\n")
    (folder / "scenario.txt").write_text(SCENARIO)
    words = ["--scenario", "scenario.txt", "--seed", str(seed), "--runcount-limit", str(n_runs)]
    return plan_session(load_scenario(read_command_line(words), cwd=folder, home=folder, search_path=""))


def search(plan: Plan) -> Outcome:
    with Session(plan) as session:
        return session.run()


def test_searches_share_a_store_without_files(tmp_path: Path) -> None:
    store = MemoryStore()
    first = replace(plan(tmp_path, 1, 12), store=store)
    search(first)
    second = search(replace(plan(tmp_path, 2, 5), store=store))
    assert [(seed.seed, seed.is_alive) for seed in store.status().seeds] == [(1, False), (2, False)]
    records = [store.runs(seed, first.space) for seed in (1, 2)]
    assert [record and {run.reused_from for run in record.runs} for record in records] == [{None}, {None, 1}]
    assert (second.progress.n_runs, second.progress.n_foreign) == (5, 12)
    log = first.scenario.output.file(SeedFile.LOG, 2).read_text()
    assert "Detected new source(s) of run data which we will read from : [the record of seed 1" in log
    assert first.scenario.output.files(SeedFile.RECORD) == {}
    assert not first.scenario.output.claims.exists()


def test_a_fresh_search_sets_the_earlier_record_aside(tmp_path: Path) -> None:
    store = MemoryStore()
    for n_runs in (6, 3):
        search(replace(plan(tmp_path, 1, n_runs), store=store))
        record = store.runs(1, plan(tmp_path, 1, 1).space)
        assert record is not None
        assert len(record.runs) == n_runs
