"""State folders without their journal: moved, SMAC v2's own, cut at an iteration, merged."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from bbopt.runs import RunStatus
from bbopt.space import read_pcs
from bbopt.stores import RecordedRun
from tests.end_to_end.conftest import ScenarioFolder
from tests.journals import read_journal

GOLDEN_RUN = Path(__file__).parent.parent / "golden" / "smac2-run"

TARGET = """#!/bin/sh
# A randomised target: the runtime and the quality grow with the distance of x from 0.3, the number in the
# instance's name, and a little with the seed; it ends at the cutoff.
instance=$1; cutoff=$3; seed=$5
shift 5
x=0
while [ $# -gt 0 ]; do
  case "$1" in -x) x=$2 ;; esac
  shift 2
done
awk -v x="$x" -v i="${instance#*-}" -v s="$seed" -v c="$cutoff" 'BEGIN {
  t = 0.2 + 3 * (x - 0.3) * (x - 0.3) + 0.1 * i + (s % 97) / 500
  status = "SAT"
  if (t >= c) { status = "TIMEOUT"; t = c }
  printf "Result of this algorithm run: %s, %.6f, 0, %.6f, 0, n=%d\\n", status, t, 10 * t, i
}'
"""

SCENARIO = """algo = ./target.sh
pcs-file = params.pcs
instances = train.txt
run-obj = {objective}
cutoff-time = 2.5
ac-add-slack = 0.01
deterministic = false
runcount-limit = 20
"""


@pytest.fixture(params=["QUALITY", "RUNTIME"])
def solver(folder: ScenarioFolder, request: pytest.FixtureRequest) -> ScenarioFolder:
    """A search over three instances, with either objective (the runtime one caps runs)."""
    return over_instances(folder, request.param)


@pytest.fixture
def quality(folder: ScenarioFolder) -> ScenarioFolder:
    return over_instances(folder, "QUALITY")


def over_instances(folder: ScenarioFolder, objective: str) -> ScenarioFolder:
    folder.write("target.sh", TARGET, executable=True)
    folder.write("scenario.txt", SCENARIO.format(objective=objective))
    folder.write("train.txt", "i-1\ni-2\ni-3\n")
    return folder


def recorded(folder: ScenarioFolder, path: Path) -> list[RecordedRun]:
    journal = read_journal(path, read_pcs(folder.path / "params.pcs"))
    assert journal.problems == ()
    return list(journal.runs)


def warnings(log: Path) -> list[str]:
    """The warnings but the one that the target's runtimes are made up."""
    lines = log.read_text().splitlines()
    return [line for line in lines if "the target reports a runtime" not in line]


def bare(runs: list[RecordedRun]) -> list[tuple[object, ...]]:
    """What a state folder keeps of the runs; the additional data without commas."""
    return [
        (r.request.configuration, r.request.instance, r.request.seed, r.request.cutoff_s, r.result.status,
         r.result.runtime_s, r.result.quality, r.result.additional, r.result.wallclock_s)
        for r in runs
    ]  # fmt: skip


def test_a_moved_state_folder_goes_on_without_its_journal(solver: ScenarioFolder) -> None:
    assert solver.tune().returncode == 0
    journal = solver.output / "live-rundata-1.json"
    before = recorded(solver, journal)
    moved = solver.path / "elsewhere" / "state-run1"
    shutil.copytree(solver.output / "state-run1", moved)
    shutil.rmtree(solver.output)
    kept = {path: path.read_bytes() for path in moved.iterdir()}
    done = solver.bbopt("--restore-scenario", str(moved), "--runcount-limit", "40", "--rungroup", "work")
    assert done.returncode == 0, done.stderr
    assert "Restored 20 runs from" in done.stdout
    after = recorded(solver, journal)
    assert len(after) == 40
    assert bare(after[:20]) == bare(before)
    assert {run.request.origin.kind for run in after[:20]} == {"unknown"}
    pairs = [(run.request.configuration, run.request.instance.name, run.request.seed) for run in after]
    if "QUALITY" in (solver.path / "scenario.txt").read_text():
        assert len(set(pairs)) == 40, "a run was made again"
    else:
        capped = [run for run in before if run.request.cutoff_s < 2.5]
        assert capped, "the search should have capped runs"
    assert warnings(solver.output / "log-warn1.txt") == []
    assert {path: path.read_bytes() for path in moved.iterdir()} == kept


def test_a_renamed_state_folder_needs_a_seed(quality: ScenarioFolder) -> None:
    quality.tune("--runcount-limit", "6")
    kept = quality.path / "kept"
    (quality.output / "state-run1").rename(kept)
    done = quality.bbopt("--scenario", "scenario.txt", "--restore-state-from", str(kept))
    assert done.returncode == 1
    assert "give --seed N" in done.stderr
    done = quality.tune("--restore-state-from", str(kept), "--runcount-limit", "8", seed=5)
    assert done.returncode == 0, done.stderr
    assert len(recorded(quality, quality.output / "live-rundata-5.json")) == 8
    done = quality.tune("--warmstart", str(kept), "--runcount-limit", "2", seed=6)
    assert "The model knows 6 earlier runs" in done.stdout


def test_a_journal_with_fewer_runs_than_the_tables(quality: ScenarioFolder) -> None:
    quality.tune()
    journal = quality.output / "live-rundata-1.json"
    before = recorded(quality, journal)
    lines = journal.read_text().splitlines(keepends=True)
    journal.write_text("".join(lines[:9]))
    state = str(quality.output / "state-run1")
    done = quality.tune("--restore-scenario", state, "--runcount-limit", "22")
    assert done.returncode == 0, done.stderr
    after = recorded(quality, journal)
    assert bare(after[:20]) == bare(before)
    assert after[:8] == before[:8], "what the journal still has is taken from it"
    assert len(after) == 22
    assert len(list(quality.output.glob("previous/run-1-1/live-rundata-1.json"))) == 1


def test_going_back_to_an_iteration(quality: ScenarioFolder) -> None:
    quality.tune()
    journal = quality.output / "live-rundata-1.json"
    before = recorded(quality, journal)
    table = next((quality.output / "state-run1").glob("runs_and_results-it*.csv"))
    iterations = [int(line.split(",")[11]) for line in table.read_text().splitlines()[1:]]
    kept = sum(iteration <= 2 for iteration in iterations)
    assert 0 < kept < 17
    state = str(quality.output / "state-run1")
    done = quality.tune("--restore-scenario", state, "--restore-iteration", "2", "--runcount-limit", "17")
    assert done.returncode == 0, done.stderr
    assert f"Restored {kept} runs" in done.stdout
    after = recorded(quality, journal)
    assert after[:kept] == before[:kept]
    assert len(after) == 17
    assert recorded(quality, quality.output / "previous/run-1-1/live-rundata-1.json") == before
    done = quality.tune("--restore-scenario", state, "--restore-iteration", "99")
    assert done.returncode == 3
    assert "does not reach iteration 99" in done.stderr
    warm = quality.tune("--warmstart", state, "--warmstart-iteration", "0", "--runcount-limit", "2", seed=2)
    assert f"The model knows {iterations.count(0)} earlier runs" in warm.stdout


def test_other_instances_are_refused_or_left_out(quality: ScenarioFolder) -> None:
    quality.tune()
    n_known = sum(
        run.request.instance.name != "i-2"
        for run in recorded(quality, quality.output / "live-rundata-1.json")
    )
    quality.write("train.txt", "i-3\ni-4\ni-1\n")
    for kept in ("with its journal", "alone"):
        if kept == "alone":
            (quality.output / "live-rundata-1.json").unlink()
        state = str(quality.output / "state-run1")
        done = quality.tune("--restore-scenario", state)
        assert done.returncode == 1, kept
        for text in ("had other instances", "i-2 only there", "i-4 only in this scenario"):
            assert text in done.stderr
        done = quality.tune("--warmstart", state, "--runcount-limit", "4", "--rungroup", kept)
        assert done.returncode == 0, done.stderr
        assert f"The model knows {n_known} earlier runs" in done.stdout
        warned = warnings(quality.output.parent / kept / "log-warn1.txt")
        assert len(warned) == 1
        assert f"left out {20 - n_known} runs on instances that this scenario does not have: i-2" in warned[0]


def test_a_list_in_another_order_is_the_same(quality: ScenarioFolder) -> None:
    quality.tune()
    before = recorded(quality, quality.output / "live-rundata-1.json")
    (quality.output / "live-rundata-1.json").unlink()
    quality.write("train.txt", "i-3\ni-2 \ni-1\n")
    done = quality.tune("--restore-scenario", str(quality.output / "state-run1"), "--runcount-limit", "21")
    assert done.returncode == 0, done.stderr
    assert bare(recorded(quality, quality.output / "live-rundata-1.json")[:20]) == bare(before)


def test_a_torn_state_folder(quality: ScenarioFolder) -> None:
    quality.tune()
    (quality.output / "live-rundata-1.json").unlink()
    table = next((quality.output / "state-run1").glob("runs_and_results-it*.csv"))
    table.write_bytes(table.read_bytes()[:-30])
    done = quality.tune("--restore-scenario", str(quality.output / "state-run1"))
    assert done.returncode == 3
    assert f"{table}:21: the line is cut off" in done.stderr
    assert "Traceback" not in done.stderr


def test_without_context(quality: ScenarioFolder) -> None:
    quality.tune("--runcount-limit", "4", "--save-context", "false")
    state = quality.output / "state-run1"
    assert {path.suffix for path in state.iterdir()} == {".csv", ".txt"}
    assert len(list(state.iterdir())) == 3
    (quality.output / "live-rundata-1.json").unlink()
    done = quality.tune("--restore-state-from", str(state), "--runcount-limit", "6")
    assert done.returncode == 0, done.stderr
    assert "Restored 4 runs" in done.stdout


@pytest.fixture
def smac2(tmp_path: Path) -> ScenarioFolder:
    """SMAC v2's scenario with a little program in the place of its target, and its state folder, moved."""
    path = tmp_path / "ex"
    path.mkdir()
    folder = ScenarioFolder(path)
    for file in GOLDEN_RUN.iterdir():
        if file.is_file():
            (path / file.name).write_bytes(file.read_bytes())
    state = path / "old" / "state-run1"
    state.mkdir(parents=True)
    for file in (GOLDEN_RUN / "output" / "state-run1").iterdir():
        (state / file.name).write_bytes(file.read_bytes())
    folder.write("solver.py", TARGET.replace("${instance#*-}", "1"), executable=True)
    return folder


def smac2s_runs(folder: ScenarioFolder, path: Path) -> list[RecordedRun]:
    return list(read_journal(path, read_pcs(folder.path / "params.pcs")).runs)


@pytest.mark.parametrize("objective", ["RUNTIME", "QUALITY"])
def test_smac2s_state_folder_is_restored(smac2: ScenarioFolder, objective: str) -> None:
    arguments = ["--run-obj", objective]
    if objective == "QUALITY":
        arguments += ["--overall-obj", "MEAN"]
    done = smac2.bbopt(
        "--restore-scenario", "old/state-run1", "--runcount-limit", "70", "--validation", "false", *arguments
    )
    assert done.returncode == 0, done.stderr
    theirs = smac2s_runs(smac2, GOLDEN_RUN / "output" / "live-rundata-1.json")
    ours = smac2s_runs(smac2, smac2.path / "bbopt-output/old/live-rundata-1.json")
    assert bare(ours[:60]) == bare(theirs)
    assert [run.result for run in ours[:60]] == [run.result for run in theirs]
    assert len(ours) == 70
    assert "Restored 60 runs" in done.stdout


def test_smac2s_capped_runs_are_restored(smac2: ScenarioFolder) -> None:
    """As SMAC v2 writes them: the bound as the cutoff, the run TIMEOUT or KILLED, and censored."""
    table = smac2.path / "old/state-run1/runs_and_results-it13.csv"
    lines = table.read_text().splitlines(keepends=True)
    lines[59] = lines[59].replace("1.5395,0,2.0,", "1.25,1,1.25,").replace("1.5395,0.0,1,", "1.25,0.0,0,")
    lines[59] = lines[59].replace(",SAT,", ",TIMEOUT,")
    lines[57] = lines[57].replace("1.6873,0,2.0,", "0.75,1,1.5,").replace("1.6873,0.0,1,", "0.75,0.0,-3,")
    lines[57] = lines[57].replace(",SAT,", ",KILLED,")
    table.write_text("".join(lines))
    done = smac2.bbopt(
        "--restore-scenario", "old/state-run1", "--runcount-limit", "64", "--validation", "false"
    )
    assert done.returncode == 0, done.stderr
    ours = smac2s_runs(smac2, smac2.path / "bbopt-output/old/live-rundata-1.json")
    for number, status, cutoff_s, runtime_s in (
        (58, RunStatus.TIMEOUT, 1.25, 1.25),
        (56, RunStatus.KILLED, 1.5, 0.75),
    ):
        run = ours[number]
        assert (run.result.status, run.request.cutoff_s, run.result.runtime_s) == (
            status,
            cutoff_s,
            runtime_s,
        )
    assert len(ours) == 64


def merge(folder: ScenarioFolder, *arguments: str, expected: int = 0) -> str:
    done = folder.bbopt("merge", "--scenario", "scenario.txt", *arguments)
    assert done.returncode == expected, (done.stdout, done.stderr)
    assert "Traceback" not in done.stderr
    return done.stdout + done.stderr


def test_merged_states_are_learned_from_and_gone_on_from(solver: ScenarioFolder) -> None:
    for seed in (1, 2):
        assert solver.tune(seed=seed).returncode == 0
    journals = [solver.output / f"live-rundata-{seed}.json" for seed in (1, 2)]
    before = {path: path.read_bytes() for path in solver.output.rglob("*") if path.is_file()}
    said = merge(solver, "--directories", str(solver.output), "--output", "both")
    assert {path: path.read_bytes() for path in solver.output.rglob("*") if path.is_file()} == before
    merged = recorded(solver, solver.path / "both/live-rundata-1.json")
    ours = [recorded(solver, path) for path in journals]
    assert f"{len(merged)} runs in " in said
    assert sorted(map(repr, bare(merged))) == sorted(map(repr, {*bare(ours[0]), *bare(ours[1])}))
    times = [(run.result.started_at or 0.0) + run.result.wallclock_s for run in merged]
    assert times == sorted(times)
    spent = [run.elapsed.wallclock_s for run in merged if run.elapsed]
    assert len(spent) == len(merged)
    assert spent == sorted(spent)
    assert spent[-1] == pytest.approx(sum(runs[-1].elapsed.wallclock_s for runs in ours if runs[-1].elapsed))
    state = solver.path / "both/state-run1"
    assert sorted(path.name for path in state.parent.iterdir()) == ["live-rundata-1.json", "state-run1"]
    warm = solver.tune("--warmstart", str(state), "--rungroup", "warm", "--runcount-limit", "6", seed=3)
    assert warm.returncode == 0, warm.stderr
    assert f"The model knows {len(merged)} earlier runs" in warm.stdout
    on = solver.bbopt(
        "--scenario", "scenario.txt", "--restore-state-from", str(state), "--rungroup", "on",
        "--runcount-limit", str(len(merged) + 6),
    )  # fmt: skip
    assert on.returncode == 0, on.stderr
    assert bare(recorded(solver, solver.path / "bbopt-output/on/live-rundata-1.json"))[:-6] == bare(merged)


def test_runs_in_common_are_taken_once(quality: ScenarioFolder) -> None:
    quality.tune()
    state = str(quality.output / "state-run1")
    quality.tune("--restore-scenario", state, "--rungroup", "longer", "--runcount-limit", "25")
    longer = quality.output.parent / "longer"
    tables_only = quality.path / "tables-only"
    shutil.copytree(longer / "state-run1", tables_only)
    for sources in (
        [str(quality.output), str(longer)],
        [str(longer / "live-rundata-1.json"), state],
        [str(tables_only), str(quality.output / "live-rundata-1.json")],
        [str(quality.output.parent), "--directories", state],
    ):
        said = merge(quality, "--directories", *sources, "--output", "merged", "--seed", "9")
        assert "25 runs in " in said
        assert "(20 that occurred before were left out)" in said
        merged = recorded(quality, quality.path / "merged/live-rundata-9.json")
        known = recorded(quality, longer / "live-rundata-1.json")
        assert sorted(map(repr, bare(merged))) == sorted(map(repr, bare(known)))
        shutil.rmtree(quality.path / "merged")


def test_merging_up_to_a_bound(quality: ScenarioFolder) -> None:
    quality.tune()
    runs = recorded(quality, quality.output / "live-rundata-1.json")
    table = next((quality.output / "state-run1").glob("runs_and_results-it*.csv"))
    iterations = [int(line.split(",")[11]) for line in table.read_text().splitlines()[1:]]
    common = ("--directories", str(quality.output), "--output")
    merge(quality, *common, "m1", "--up-to-iteration", "2")
    assert len(recorded(quality, quality.path / "m1/live-rundata-1.json")) == sum(i <= 2 for i in iterations)
    merge(quality, *common, "m2", "--upToTunertime", "2.5")
    spent = [sum(run.result.runtime_s for run in runs[:n]) for n in range(len(runs))]
    assert len(recorded(quality, quality.path / "m2/live-rundata-1.json")) == sum(s <= 2.5 for s in spent)
    merge(quality, *common, "m3", "--up-to-iteration", "1000")
    assert len(recorded(quality, quality.path / "m3/live-rundata-1.json")) == 20


def test_smac2s_states_are_merged(smac2: ScenarioFolder) -> None:
    both = ["--directories", "old/state-run1", str(GOLDEN_RUN / "output" / "live-rundata-1.json")]
    said = merge(smac2, *both, "--outdir", "merged", "--repair", "false")
    assert "60 runs in " in said
    assert "(60 that occurred before" in said
    theirs = smac2s_runs(smac2, GOLDEN_RUN / "output" / "live-rundata-1.json")
    ours = smac2s_runs(smac2, smac2.path / "merged/live-rundata-1.json")
    assert bare(ours) == bare(theirs)
    assert [run.result for run in ours] == [run.result for run in theirs]
    table = (smac2.path / "merged/state-run1/runs_and_results-it13.csv").read_text().splitlines()
    golden = (GOLDEN_RUN / "output/state-run1/runs_and_results-it13.csv").read_text().splitlines()
    assert [line.split(",")[:10] for line in table] == [line.split(",")[:10] for line in golden]


@pytest.mark.parametrize(
    ("change", "texts"),
    [
        (("i-3", "i-5"), ["other instances", "i-3 only there", "i-5 only in this scenario"]),
        (("x real [0, 1]", "x real [0, 2]"), ["another scenario", "other parameters", "[0, 2]"]),
        (("algo = ./target.sh", "algo = ./target.sh --fast"), ["another scenario", "other algo-exec"]),
        (("cutoff-time = 2.5", "cutoff-time = 3.0"), ["another scenario", "cutoff", "2.5", "3"]),
        (("run-obj = QUALITY", "run-obj = RUNTIME"), ["another scenario", "other run-obj: QUALITY"]),
        (("deterministic = false", "deterministic = true"), ["deterministic"]),
    ],
)
@pytest.mark.parametrize("with_journal", [True, False])
def test_states_of_other_scenarios_are_refused(
    quality: ScenarioFolder, change: tuple[str, str], texts: list[str], with_journal: bool
) -> None:
    quality.tune("--runcount-limit", "5")
    if not with_journal:
        (quality.output / "live-rundata-1.json").unlink()
    for name in ("train.txt", "params.pcs", "scenario.txt"):
        text = (quality.path / name).read_text()
        quality.write(name, text.replace(*change))
    said = merge(quality, "--directories", str(quality.output), "--output", "merged", expected=1)
    for text in texts:
        assert text in said
    assert not (quality.path / "merged").exists()


@pytest.mark.parametrize(
    ("arguments", "texts"),
    [
        ([], ["--output is missing"]),
        (["--directories", "."], ["--output is missing"]),
        (["--directories", "nowhere", "--output", "new"], ["nowhere: this is no state"]),
        (["--directories", "empty", "--output", "new"], ["empty: there is no state in this folder"]),
        (["--directories", "train.txt", "--output", "new"], ["train.txt: this is no state"]),
        (["--directories", "empty", "--output", "train.txt"], ["the output of a merge exists already"]),
        (["--directories", "empty", "--output", "new", "--up-to-iteration", "x"], ["an integer in [0"]),
        (["--directories", "empty", "--output", "new", "--up-to-tunertime", "-1"], ["seconds"]),
        (["--directories", "empty", "--output", "new", "--frobnicate", "1"], ["frobnicate"]),
    ],
)
def test_merging_nonsense(quality: ScenarioFolder, arguments: list[str], texts: list[str]) -> None:
    (quality.path / "empty").mkdir()
    before = sorted(quality.path.rglob("*"))
    said = merge(quality, *arguments, expected=1)
    for text in texts:
        assert text in said
    assert sorted(quality.path.rglob("*")) == before


LIAR = TARGET.replace('status = "SAT"', 'status = (x == 0.9) ? "SAT" : "UNSAT"')


def test_contradicting_answers_stop_the_search(quality: ScenarioFolder) -> None:
    quality.write("target.sh", LIAR, executable=True)
    done = quality.tune()
    assert done.returncode == 255
    assert "contradict each other" in done.stderr
    commands = [line for line in done.stderr.splitlines() if "./target.sh i-" in line]
    assert len(commands) == 2
    assert "-x '0.9'" in commands[0]
    runs = recorded(quality, quality.output / "live-rundata-1.json")
    assert {run.result.status for run in runs} == {RunStatus.SAT, RunStatus.UNSAT}
    assert runs[-1].result.status is RunStatus.UNSAT
    table = next((quality.output / "state-run1").glob("runs_and_results-it*.csv")).read_text()
    assert len(table.splitlines()) == len(runs) + 1
    state = str(quality.output / "state-run1")
    assert quality.tune("--restore-scenario", state).returncode == 255
    warned = quality.tune("--restore-scenario", state, "--check-sat-consistency-exception", "false")
    assert warned.returncode == 0, warned.stderr
    assert "contradict each other" in (quality.output / "log-warn1.txt").read_text()


def test_wrong_answers_are_errors_in_the_log_only(quality: ScenarioFolder) -> None:
    quality.write("train.txt", "i-1 SAT\ni-2 UNSATISFIABLE\ni-3 UNKNOWN\n")
    done = quality.tune()
    assert done.returncode == 0, done.stderr
    errors = (quality.output / "log-err1.txt").read_text()
    assert "wrong answer to instance i-2: the instance file expects UNSATISFIABLE" in errors
    assert "i-1" not in errors
    assert "i-3" not in errors
    silent = quality.tune("--verify-sat", "false", "--rungroup", "silent")
    assert silent.returncode == 0
    assert (quality.output.parent / "silent/log-err1.txt").read_text() == ""
