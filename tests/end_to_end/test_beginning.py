"""How searches over instances begin: initial challengers, `init-mode`, and the seeds of `-S`."""

from __future__ import annotations

import itertools
import shutil
from pathlib import Path

import pytest

from bbopt.runs import RunRequest
from bbopt.space import read_pcs
from tests.end_to_end.conftest import ScenarioFolder
from tests.journals import read_journal

GOLDEN_RUN = Path(__file__).parent.parent / "golden" / "smac2-run"
CHALLENGERS = (
    *("--initial-challengers", "-heur slow -alpha 0.25"),
    *("--initial-challengers", "-heur fast -alpha 0.5 -beta 7"),
)
ONE_MORE = ("--initial-challengers", "DEFAULT")
TWO_RUNS = ("--initial-incumbent-runs", "2")
UNBIASED = ("--init-mode", "UNBIASED_TABLE", "--unbiased-capping-runs-per-challenger", "3")


@pytest.fixture
def reference(folder: ScenarioFolder) -> ScenarioFolder:
    """The reference run's scenario, every run of which takes 0.6 s without any program."""
    shutil.copytree(GOLDEN_RUN, folder.path, dirs_exist_ok=True)
    shutil.rmtree(folder.path / "output")
    return folder


def requests(folder: ScenarioFolder, *words: str, seed: int = 1, n: int = 26) -> list[RunRequest]:
    """The first `n` runs of a search in their order."""
    done = folder.tune(
        *("--tae", "CONSTANT", "--constant-run-time", "0.6", "--validation", "false"),
        *("--runcount-limit", str(n), *words),
        seed=seed,
    )
    assert done.returncode == 0, done.stderr
    space = read_pcs(folder.path / "params.pcs")
    return [run.request for run in read_journal(folder.output / f"live-rundata-{seed}.json", space).runs]


def blocks(runs: list[RunRequest]) -> list[tuple[str, int]]:
    """Where each row of runs of one configuration comes from, and how many they are."""
    return [(of.kind, len(list(rows))) for of, rows in itertools.groupby(run.origin for run in runs)]


def test_initial_challengers_race_on_twelve_pairs(reference: ScenarioFolder) -> None:
    runs = requests(reference, *CHALLENGERS, "--max-incumbent-runs", "12", n=36)
    assert blocks(runs)[:3] == [("default", 12), ("given", 12), ("given", 12)]
    pairs = [{(run.instance.name, run.seed) for run in runs[begin : begin + 12]} for begin in (0, 12, 24)]
    assert pairs[0] == pairs[1] == pairs[2]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ((*CHALLENGERS, *TWO_RUNS), [("default", 2), ("given", 2), ("given", 2)]),
        ((*CHALLENGERS, "--engine-preset", "smac2"), [("default", 1), ("given", 1)]),
        ((), [("default", 1), ("initial design", 1)]),
        (UNBIASED, [("default", 3), ("given", 3), ("given", 3)]),
        ((*UNBIASED, "--unbiased-capping-challengers", "4"), [("default", 3), *[("given", 3)] * 4]),
        (
            (
                "--initial-incumbent",
                "RANDOM",
                *CHALLENGERS[2:],
                "--initial-challengers",
                "DEFAULT",
                *TWO_RUNS,
            ),
            [("given", 2), ("given", 2), ("default", 2)],
        ),
        ((*UNBIASED, *CHALLENGERS), [("default", 3), *[("given", 3)] * 4]),
        ((*UNBIASED, "--initial-incumbent-runs", "5"), [("default", 5), ("given", 5), ("given", 5)]),
        (
            (*UNBIASED, "--unbiased-capping-cpulimit", "1"),
            [("default", 3), ("given", 3), ("initial design", 3)],
        ),
        (
            ("--init-mode", "iterative_capping", "--doubling-capping-challengers", "1"),
            [("default", 2), ("given", 2), ("initial design", 2)],
        ),
    ],
)
def test_what_begins_a_search(
    words: tuple[str, ...], expected: list[tuple[str, int]], reference: ScenarioFolder
) -> None:
    n = expected[0][1]  # more than they begin with would only blur it
    assert blocks(requests(reference, *words, "--max-incumbent-runs", str(n)))[: len(expected)] == expected


def test_named_seeds_replace_the_runs_own(reference: ScenarioFolder) -> None:
    def shown(*words: str, seed: int) -> tuple[list[int], str]:
        runs = requests(reference, "--initial-incumbent", "RANDOM", *words, seed=seed)
        return [run.seed for run in runs if run.origin == runs[0].origin], runs[0].configuration.call_text()

    words = ("--initial-incumbent-runs", "6")
    own = shown(*words, seed=1), shown(*words, seed=2)
    assert own[0][0] != own[1][0]
    assert own[0][1] != own[1][1]
    words = (*words, "-SINSTANCE_SEEDS=7", "-S", "INITIAL_INCUMBENT_SELECTION=3")
    again = shown(*words, seed=3), shown(*words, seed=4)
    assert again[0] == again[1]
    assert again[0][0] not in (own[0][0], own[1][0])


def test_random_configurations_follow_from_their_seed(reference: ScenarioFolder) -> None:
    def proposed(*words: str, seed: int) -> set[str]:
        runs = requests(reference, "--exec-mode", "ROAR", *words, seed=seed)
        return {run.configuration.call_text() for run in runs if run.origin.kind == "random"}

    words = ("-SRANDOM_CONFIG_POOL=5", "-SINSTANCE_SEEDS=5")
    assert proposed(*words, seed=1) == proposed(*words, seed=2)
    assert proposed(seed=5) != proposed(seed=6)


def test_a_name_without_a_stream_is_warned_of(reference: ScenarioFolder) -> None:
    done = reference.tune("--tae", "CONSTANT", "--runcount-limit", "2", "-SCONFIG=2")
    assert done.returncode == 0
    assert (
        "command line: S CONFIG has no effect; the random streams are INSTANCE_SEEDS, "
        "INITIAL_INCUMBENT_SELECTION, RANDOM_CONFIG_POOL"
    ) in done.stdout


def test_what_is_no_seed(reference: ScenarioFolder) -> None:
    done = reference.tune("--tae", "CONSTANT", "-SINSTANCE_SEEDS=seven", "-SRANDOM_CONFIG_POOL=2147483648")
    assert done.returncode == 1
    assert "command line: S INSTANCE_SEEDS is no seed" in done.stderr
    assert "got:      'seven'" in done.stderr
    assert "expected: an integer in [0, 2147483647]" in done.stderr
    assert "S RANDOM_CONFIG_POOL is no seed" in done.stderr
