"""What is searched of arguments, what is kept, and how values are passed."""

from __future__ import annotations

from typing import Any

import pytest

from bbopt.init.arguments import Argument, Kind, Level, Program, Source
from bbopt.init.proposing import Proposal, propose
from bbopt.init.roles import BUDGET, SEED, reason_to_keep
from bbopt.space import parse_pcs


def program(*arguments: Argument) -> Program:
    return Program("argparse", Source.PARSER, (Level("", None, arguments),))


def one(flag: str, kind: Kind, default: Any = None, **more: Any) -> Argument:
    return Argument(flag.lstrip("-"), (flag,), kind, default, **more)


def options(proposal: Proposal) -> list[str]:
    parse_pcs("".join(f"{tuned.line}\n" for tuned in proposal.tuned))
    return [option for tuned in proposal.tuned for option in tuned.options]


def lines(proposal: Proposal) -> list[str]:
    return [tuned.line for tuned in proposal.tuned]


def test_switches() -> None:
    found = propose(
        program(
            one("--fast", Kind.CONSTANT, False, const=True),
            one("--nesterov", Kind.PAIR, True, off_flags=("--no-nesterov",)),
            one("--upper", Kind.PAIR, None, off_flags=("--lower",)),
            one("-x", Kind.CONSTANT, False, const=True),
            one("--always", Kind.CONSTANT, True, const=True),
        )
    )
    assert lines(found) == [
        "fast categorical {true, false} [false]",
        "nesterov categorical {true, false} [true]",
        "upper categorical {none, true, false} [none]",
        "x categorical {true, false} [false]",
    ]
    assert options(found) == [
        "flag-style = fast: store_true",
        "flag-style = nesterov: BooleanOptionalAction",
        "param-template = upper=none:",
        "param-template = upper=true: --upper",
        "param-template = upper=false: --lower",
        "param-template = x=true: -x",
        "param-template = x=false:",
    ]
    assert [kept.argument.name for kept in found.kept] == ["always"]


def test_several_flags_for_one_thing() -> None:
    on = Argument("bias", ("--bias",), Kind.CONSTANT, True, const=True)
    off = Argument("bias", ("--no-bias",), Kind.CONSTANT, True, const=False)
    found = propose(program(on, off))
    assert lines(found) == ["bias categorical {true, false} [true]"]
    assert options(found) == ["flag-style = bias: BooleanOptionalAction"]
    flags = [one(f"--{name}", Kind.CONSTANT, False, const=True, exclusive=0) for name in ("adam", "sgd")]
    found = propose(program(*flags))
    assert lines(found) == ["adam-or-sgd categorical {none, adam, sgd} [none]"]
    assert "param-template = adam-or-sgd=none:" in options(found)


def test_values_that_a_parameter_file_can_not_hold() -> None:
    found = propose(program(one("--a", Kind.CHOICE, "", choices=("u v", "w,x", "", "{y}"))))
    assert lines(found) == ["a categorical {u_v, w_x, empty, y} [empty]"]
    assert options(found) == [
        "param-template = a=u_v: --a='u v'",
        "param-template = a=w_x: --a=w,x",
        "param-template = a=empty: --a=",
        "param-template = a=y: --a='{{y}}'",
    ]
    same = propose(
        program(one("--a", Kind.CHOICE, "a b", choices=("a b", "a_b")), one("--lr", Kind.REAL, 0.1))
    )
    assert [tuned.name for tuned in same.tuned] == ["lr"]


def test_lists_and_truths() -> None:
    found = propose(
        program(
            one("--betas", Kind.REAL, [0.9, 0.999], nargs=2),
            one("--flag", Kind.TRUTH, False, words=("True", "")),
        )
    )
    assert [tuned.name for tuned in found.tuned] == ["betas.1", "betas.2", "flag"]
    assert options(found) == [
        "param-template = betas.1: --betas {param:betas.1} {param:betas.2}",
        "param-template = flag=false: --flag=",
    ]


def test_what_stands_in_the_command() -> None:
    level0 = Level("", None, (one("--rate", Kind.REAL, 0.1), one("--fast", Kind.CONSTANT, False, const=True)))
    level1 = Level(
        "fit", 1, (Argument("alpha", (), Kind.REAL, None, required=True), one("--seed", Kind.INTEGER, 0))
    )
    of = Program("argparse", Source.PARSER, (level0, level1))
    found = propose(of)
    assert found.command(["python3", "t.py"], ["-q", "fit", "d"], of) == [
        *("python3", "t.py", "-q", "--rate={param:rate}", "fit", "d", "{param:alpha}", "--seed", "{seed}"),
    ]
    assert [kept.argument.name for kept in found.kept] == ["fast", "seed"]


def test_what_is_missing_given_or_without_a_default() -> None:
    found = propose(
        program(
            one("--data", Kind.TEXT, required=True),
            one("--lr", Kind.REAL, required=True),
            one("--clip", Kind.REAL),
            one("--n", Kind.INTEGER, 3, given=True),
        )
    )
    assert [missing.name for missing in found.missing] == ["data"]
    assert [tuned.name for tuned in found.tuned] == ["lr"]
    assert [(kept.argument.name, bool(kept.tuned)) for kept in found.kept] == [("clip", True)]


def test_names_of_another_form() -> None:
    found = propose(program(one("-rate", Kind.REAL, 0.1, joint="="), one("-k", Kind.INTEGER, 3, joint="=")))
    assert found.param_format == "-{name}={value}"
    assert options(found) == []


@pytest.mark.parametrize(
    ("flag", "kind", "reason"),
    [
        ("--seed", Kind.INTEGER, SEED),
        ("--epochs", Kind.INTEGER, BUDGET),
        ("--max_steps", Kind.INTEGER, BUDGET),
        ("--warmup_epochs", Kind.INTEGER, ""),
        ("--log-interval", Kind.INTEGER, "what is shown or logged"),
        ("--num_workers", Kind.INTEGER, "the machine"),
        ("--no-cuda", Kind.CONSTANT, "the machine"),
        ("--save_model", Kind.CONSTANT, "files"),
        ("--dataset", Kind.CHOICE, "the data"),
        ("--test-batch-size", Kind.INTEGER, "what the program does"),
        ("--model-name", Kind.CHOICE, ""),
        ("--loss", Kind.CHOICE, "what is measured"),
        ("--loss_weight", Kind.REAL, ""),
        ("--batch-size", Kind.INTEGER, ""),
        ("--nesterov", Kind.CONSTANT, ""),
        ("--min_samples_split", Kind.INTEGER, ""),
    ],
)
def test_reasons_to_keep(flag: str, kind: Kind, reason: str) -> None:
    assert reason_to_keep(one(flag, kind)) == reason
