"""What a scenario names as earlier runs: tables of results, searches to go on with if there are any."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from bbopt.earlier.earlier_runs import EarlierRuns
from bbopt.earlier.wanted_runs import best_of, runs_to_go_on_from, runs_to_learn_from
from bbopt.errors import InputError, InputErrors, StateError
from bbopt.planning.setup import Setup, build_setup, results_of
from bbopt.runs import NO_BUDGET, NO_INSTANCE, Origin, RunRequest, RunResult, RunStatus
from bbopt.scenario import load_scenario, read_command_line
from bbopt.stores import RecordedRun

PCS = """lr real [1e-5, 1] [0.1] log
layers integer [1, 8] [2]
opt categorical {sgd, adam} [sgd]
mom real [0, 0.99] [0.9]
mom | opt in {sgd}
"""
KNOWN = """lr,layers,opt,mom,loss
0.01,3,sgd,0.5,0.99
0.002,5,adam,,0.04
0.1,2,sgd,0.9,3.5
"""
BASE = ["--tae", "CONSTANT", "--pcs-file", "params.pcs"]


def setup(folder: Path, *words: str, pcs: str = PCS) -> Setup:
    (folder / "params.pcs").write_text(pcs)
    usual = {"--run-obj": "QUALITY", "--deterministic": "true", "--use-instances": "false"}
    missing = [word for name, value in usual.items() if name not in words for word in (name, value)]
    words = (*BASE, *missing, *words)
    return build_setup(load_scenario(read_command_line(words), cwd=folder, home=folder, search_path=""))


def learnt(folder: Path, table: str, *words: str) -> EarlierRuns:
    (folder / "known.csv").write_text(table)
    (earlier,) = runs_to_learn_from(setup(folder, "--warmstart", "known.csv", *words))
    return earlier


def results(earlier: EarlierRuns) -> list[tuple[str, str, float, float, int]]:
    return [
        (
            run.request.configuration.call_text(), run.result.status.value,
            run.result.quality, run.result.runtime_s, run.request.seed,
        )
        for run in earlier.runs
    ]  # fmt: skip


@pytest.mark.parametrize(
    "table", [KNOWN, KNOWN.replace(",", ";"), KNOWN.replace(",", "\t"), "\ufeff" + KNOWN]
)
def test_a_table_whose_only_other_column_has_the_results(tmp_path: Path, table: str) -> None:
    earlier = learnt(tmp_path, table)
    assert results(earlier) == [
        ("-layers '3' -lr '0.01' -mom '0.5' -opt 'sgd'", "SAT", 0.99, 0.0, -1),
        ("-layers '5' -lr '0.002' -opt 'adam'", "SAT", 0.04, 0.0, -1),
        ("-layers '2' -lr '0.1' -mom '0.9' -opt 'sgd'", "SAT", 3.5, 0.0, -1),
    ]
    assert earlier.remarks == ()
    (best,) = best_of([earlier], setup(tmp_path))
    assert best.values["lr"] == "0.002"
    assert best_of([earlier], setup(tmp_path, "--search-subspace", "lr=0.1"))[0].values["lr"] == "0.1"


def test_all_facts_of_runs(tmp_path: Path) -> None:
    table = (
        "lr,status,quality,runtime,seed,cutoff,note\n"
        "0.01,SUCCESS,0.5,12.5,7,60,first\n"
        "0.02,crashed,,3,8,,\n"
        "0.03,,nan,,,,\n"
        "0.04,,,,,,\n"
        "7,SAT,1,1,1,1,\n"
    )
    earlier = learnt(tmp_path, table, "--deterministic", "false")
    base = "-layers '2' -lr '{}' -mom '0.9' -opt 'sgd'"
    assert results(earlier) == [
        (base.format("0.01"), "SAT", 0.5, 12.5, 7),
        (base.format("0.02"), "CRASHED", 1e9, 3.0, 8),
        (base.format("0.03"), "CRASHED", 1e9, 0.0, 4),
    ]
    assert earlier.runs[0].request.cutoff_s == 60.0
    assert earlier.remarks == (
        "left out 1 of 4 earlier runs with values outside of this space: lr (1)",
        "took runs that do not name them as made with layers=2, mom=0.9, opt=sgd (see earlier-settings)",
        "left out 1 rows without a result",
        "passed over columns that are no parameter here: note",
    )


def test_what_bbopt_export_writes(tmp_path: Path) -> None:
    """Seconds in the names, `run_` before those that a parameter has; runs taken over are there twice."""
    pcs = "seed integer [1, 9] [1]\nlr real [0, 1] [0.5]\n"
    table = (
        "lr,seed,status,quality,runtime_s,run_seed,cutoff_s,budget,a,b,c,d,e,f\n"
        "0.25,3,SAT,1.5,2.5,11,20.0,7,,,,,,\n"
        "0.25,3,SAT,1.5,2.5,11,20.0,7,,,,,,\n"
        "0.25,3,SAT,1.25,2.5,12,,,,,,,,\n"
    )
    (tmp_path / "known.csv").write_text(table)
    (earlier,) = runs_to_learn_from(
        setup(tmp_path, "--warmstart", "known.csv", "--deterministic", "false", pcs=pcs)
    )
    call = "-lr '0.25' -seed '3'"
    assert results(earlier) == [(call, "SAT", 1.5, 2.5, 11), (call, "SAT", 1.25, 2.5, 12)]
    assert (earlier.runs[0].request.cutoff_s, earlier.runs[0].request.runlength) == (20.0, 7)
    assert earlier.remarks == ("passed over columns that are no parameter here: a, b, c, d, e and 1 more",)


def test_values_of_what_a_table_does_not_name(tmp_path: Path) -> None:
    earlier = learnt(tmp_path, "lr,quality\n0.01,1\n", "--earlier-settings", "-layers 4 -opt adam")
    assert results(earlier)[0][0] == "-layers '4' -lr '0.01' -opt 'adam'"
    with pytest.raises(InputErrors, match="unknown parameter 'depth'"):
        learnt(tmp_path, "lr,quality\n0.01,1\n", "--earlier-settings", "-depth 4")
    with pytest.raises(InputErrors, match="illegal value for parameter 'layers'"):
        learnt(tmp_path, "lr,quality\n0.01,1\n", "--earlier-settings", "-layers 9")


def test_larger_is_better(tmp_path: Path) -> None:
    assert results(learnt(tmp_path, "lr,-quality\n0.1,0.75\n"))[0][2] == -0.75
    (tmp_path / "t.sh").write_text("#!/bin/sh\n")
    (tmp_path / "t.sh").chmod(0o755)
    words = ("--algo", "./t.sh", "--call-format", "argparse", "--result-pattern", "-quality: acc: (.*)")
    assert results(learnt(tmp_path, "lr,accuracy\n0.1,0.75\n", *words))[0][2] == -0.75


def test_runtimes_over_instances(tmp_path: Path) -> None:
    (tmp_path / "train.txt").write_text("a\nb\n")
    words = (
        "--use-instances", "true", "--instances", "train.txt", "--run-obj", "RUNTIME", "--cutoff-time", "10",
    )  # fmt: skip
    table = "lr,runtime,status,instance\n0.1,2,,a\n0.1,,,b\n0.1,9,TIMEOUT,b\n0.1,3,SAT,c\n"
    earlier = learnt(tmp_path, table, *words)
    assert [(run.request.instance.name, run.result.status, run.result.runtime_s) for run in earlier.runs] == [
        ("a", RunStatus.SAT, 2.0),
        ("b", RunStatus.TIMEOUT, 9.0),
    ]
    assert "left out 1 runs on instances that this scenario does not have: c" in earlier.notes[0]
    with pytest.raises(InputError, match="does not say its instance"):
        learnt(tmp_path, "lr,runtime\n0.1,2\n", *words)


@pytest.mark.parametrize(
    ("table", "texts"),
    [
        ("", ["known.csv: the table of known results is empty", "the names of columns"]),
        ("rate,quality\n1,2\n", ["has no column for any parameter", "rate, quality"]),
        ("lr\n0.1\n", ["does not say which column has the results", "the name quality"]),
        ("lr,layer\n0.1,2\n", ["does not say which column has the results", "did you mean layers?"]),
        ("lr,a,b\n0.1,2,3\n", ["does not say which column has the results"]),
        ("lr,lr,quality\n0.1,2,3\n", ["two columns have the name 'lr'"]),
        (
            "lr,quality\n0.1,x\n0.1\n",
            ["known.csv:2: quality is no number", "known.csv:3: the row has not as many", "2: lr, quality"],
        ),
        ("lr,quality\n\n0.1,x\n0.1,y\n", ["known.csv:3: quality is no number", "known.csv:4"]),
        ("lr,quality,status\n0.1,1,FINE\n", ["known.csv:2: the status is none", "FINE", "one of SAT"]),
    ],
)
def test_tables_that_can_not_be_understood(tmp_path: Path, table: str, texts: list[str]) -> None:
    with pytest.raises(InputError) as caught:
        learnt(tmp_path, table)
    for text in texts:
        assert text in str(caught.value)


def test_going_on_needs_a_seed_and_no_other_folder(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="needs the number of the search"):
        runs_to_go_on_from(setup(tmp_path, "--resume", "auto"))
    assert runs_to_go_on_from(setup(tmp_path, "--resume", "auto", "--seeds", "1-3")) is None
    assert runs_to_go_on_from(setup(tmp_path, "--resume", "auto", "--seed", "3")) is None
    (tmp_path / "state-run3").mkdir()
    with pytest.raises(InputError, match="goes on with the runs of the output folder"):
        runs_to_go_on_from(setup(tmp_path, "--resume", "auto", "--restore-state-from", "state-run3"))


def keep(made: Setup, seed: int, qualities: Mapping[str, float], *, is_hidden: bool = False) -> None:
    """Runs that a search of the scenario has kept, by their lr."""
    store = results_of(made.scenario).store(is_hidden=is_hidden)
    with store.open(seed, made.identity, made.space) as recorder:
        for lr, quality in qualities.items():
            request = RunRequest(
                made.space.configuration({**made.space.default.values, "lr": lr}),
                NO_INSTANCE, -1, made.scenario.cutoff_s, NO_BUDGET, Origin("model", 0),
            )  # fmt: skip
            recorder.record(RecordedRun(request, RunResult(RunStatus.SAT, 0.1, -1.0, quality)))


def learnt_qualities(made: Setup) -> list[list[float]]:
    return [[run.result.quality for run in earlier.runs] for earlier in runs_to_learn_from(made)]


def test_all_seeds_of_a_study_teach(tmp_path: Path) -> None:
    storage = ("--storage", "sqlite:///runs.db", "--study")
    first = setup(tmp_path, *storage, "first one")
    keep(first, 10, {"0.1": 1.0, "0.2": 2.0})
    keep(first, 2, {"0.3": 3.0, "0.2": 4.0})
    keep(first, 4, {"0.4": 5.0}, is_hidden=True)
    other = setup(tmp_path, *storage, "other", "--warmstart", "sqlite:///runs.db?study=first%20one")
    assert learnt_qualities(other) == [[3.0, 4.0], [5.0], [1.0]]  # 0.2 counts once
    (best,) = best_of(runs_to_learn_from(other), other)
    assert best.values["lr"] == "0.1"
    shorter = setup(tmp_path, "--warmstart", "sqlite:///runs.db", "--warmstart-iteration", "0")
    assert learnt_qualities(shorter) == [[3.0], [5.0], [1.0]]  # the only study need not be named
    own = setup(tmp_path, *storage, "first one", "--seed", "2", "--warmstart", "sqlite:///runs.db")
    assert learnt_qualities(own) == [[5.0], [1.0, 2.0]]
    keep(other, 1, {"0.5": 1.0})
    with pytest.raises(InputError, match="it is to be said which study") as caught:
        runs_to_learn_from(shorter)
    assert "one of first one, other (or ?study= behind the address)" in str(caught.value)


def test_earlier_runs_of_another_space_in_a_database(tmp_path: Path) -> None:
    keep(setup(tmp_path, "--storage", "sqlite:///runs.db"), 1, {"0.1": 1.0, "0.5": 2.0})
    narrower = PCS.replace("[1e-5, 1] [0.1]", "[1e-5, 0.3] [0.1]")
    (earlier,) = runs_to_learn_from(setup(tmp_path, "--warmstart", "sqlite:///runs.db", pcs=narrower))
    assert [run.request.configuration.values["lr"] for run in earlier.runs] == ["0.1"]
    assert "left out 1 of 2 earlier runs" in earlier.remarks[0]


def test_going_on_with_a_seed_in_a_database(tmp_path: Path) -> None:
    keep(setup(tmp_path, "--storage", "sqlite:///runs.db", "--study", "first"), 3, {"0.1": 1.0, "0.2": 2.0})
    words = ("--restore-state-from", "sqlite:///runs.db?study=first")
    earlier = runs_to_go_on_from(setup(tmp_path, *words, "--seed", "3"))
    assert earlier is not None
    assert [run.result.quality for run in earlier.runs] == [1.0, 2.0]
    assert earlier.record.source.startswith("seed 3 of study first in sqlite:///")
    with pytest.raises(InputError, match="needs the number of the search"):
        runs_to_go_on_from(setup(tmp_path, *words))
    with pytest.raises(InputError, match="there is no such search"):
        runs_to_go_on_from(setup(tmp_path, *words, "--seed", "4"))
    with pytest.raises(InputError, match="goes on with the runs of the output folder"):
        runs_to_go_on_from(setup(tmp_path, *words, "--seed", "3", "--resume", "auto"))
    with pytest.raises(StateError, match="does not reach iteration 9"):
        runs_to_go_on_from(setup(tmp_path, *words, "--seed", "3", "--restore-iteration", "9"))


@pytest.mark.parametrize("option", ["--warmstart", "--restore-state-from"])
def test_databases_that_are_not_there(tmp_path: Path, option: str) -> None:
    read = runs_to_learn_from if option == "--warmstart" else runs_to_go_on_from
    with pytest.raises(InputError, match="there is no such database"):
        read(setup(tmp_path, option, "sqlite:///none.db", "--seed", "1"))
    with pytest.raises(InputErrors, match="this is no address of a database"):
        setup(tmp_path, option, "mysql://me:sEcret@here/x")
    keep(setup(tmp_path, "--storage", "sqlite:///runs.db"), 1, {"0.1": 1.0})
    with pytest.raises(InputError, match="there is no such study"):
        read(setup(tmp_path, option, "sqlite:///runs.db?study=x", "--seed", "1"))


def test_runs_without_a_budget_say_nothing_of_those_with_one(tmp_path: Path) -> None:
    words = ("--racer", "hyperband", "--budget-max", "27")
    in_full = learnt(tmp_path, KNOWN, *words)
    assert {run.request.runlength for run in in_full.runs} == {27}  # a table tells of runs in full
    assert in_full.remarks == ()
    table = KNOWN.replace("loss", "budget,loss").replace("0.99", "3,0.99").replace("0.04", ",0.04")
    at_some = learnt(tmp_path, table.replace(",3.5", ",2147483647,3.5"), *words)
    assert [run.request.runlength for run in at_some.runs] == [3, 27, 2147483647]
    assert at_some.remarks == ("1 runs count for nothing here: nobody knows their budgets",)
