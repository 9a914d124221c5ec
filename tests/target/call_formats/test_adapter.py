"""What is shown of calls through the adapter is what the adapter does."""

from __future__ import annotations

import pytest

from bbopt.java_numbers import LARGEST_DOUBLE
from bbopt.runs import NO_BUDGET, Instance, Origin, RunRequest
from bbopt.space import parse_pcs
from bbopt.target.call_formats import SmacCall, adapted_words
from tests.targets.target_calls import ROOT, load_script

ADAPTER = str(ROOT / "wrappers" / "argparse_adapter.py")
adapter = load_script(ROOT / "wrappers" / "argparse_adapter.py")
SPACE = parse_pcs(
    """batch_size integer [1, 512] [32]
lr real [-1, 1] [-1e-5]
nesterov categorical {True, false} [True]
opt categorical {sgd, adam} [sgd]
warm categorical {true, false} [false]
warm | opt in {adam}
"""
)
NOTHING_KNOWN = RunRequest(
    SPACE.default, Instance("no_instance"), -1, LARGEST_DOUBLE, NO_BUDGET, Origin("", 0)
)
ADAM = SPACE.configuration(
    {"batch_size": "8", "lr": "0.5", "nesterov": "false", "opt": "adam", "warm": "true"}
)
ALL_KNOWN = RunRequest(ADAM, Instance("a b.csv"), 7, 30.0, 9, Origin("", 0))


@pytest.mark.parametrize("request_", [NOTHING_KNOWN, ALL_KNOWN])
@pytest.mark.parametrize(
    "options",
    [
        (),
        ("--flag-style", "switch", "--value-style=separate"),
        ("--flag-style=pair", "--hyphens", "--take", "min", "--maximize"),
        ("--seed-argument", "seed", "--instance-argument=data", "--cutoff-argument", "t"),
        ("--runlength-argument", "epochs", "--additional-pattern", "x y", "--value-style", "separate"),
    ],
)
def test_it_is_what_the_adapter_starts(options: tuple[str, ...], request_: RunRequest) -> None:
    own = ("--quality-pattern", r"loss: (\S+)", *options, "--", "python3", "train.py", "--", "-x", "1")
    starter = ("python3", ADAPTER)
    argv = SmacCall().argv((*starter, *own), request_)
    started = adapter.command_line(*adapter.prepare(argv[len(starter) :]))
    assert adapted_words((*starter, *own), request_) == started
    assert adapted_words((ADAPTER, *own), request_) == started


@pytest.mark.parametrize(
    "algo",
    [
        ("./solver", "--", "x"),
        (ADAPTER, "--quality-pattern", "x"),
        ("--", ADAPTER),
        (ADAPTER, "--hyphens=1", "--", "x"),
    ],
)
def test_other_programs_are_shown_as_they_are(algo: tuple[str, ...]) -> None:
    assert adapted_words(algo, NOTHING_KNOWN) is None
