"""Calls in settings: a fixed list of functions with literals, and nothing else."""

from __future__ import annotations

import math
import random
from typing import Any

import numpy as np
import pytest

from bbopt.errors import InputError
from bbopt.jobs.expressions import FUNCTIONS, Draws, Expression


def draws(seed: int = 1) -> Draws:
    return Draws(np.random.default_rng(seed))


def value(text: str, seed: int = 1) -> Any:
    return draws(seed).value(Expression.read(text))


def test_the_tutorials_learning_rate() -> None:
    expression = Expression.read("@numpy.random.uniform(1e-6, 1e-1)")
    source = draws()
    drawn = [source.value(expression) for _ in range(200)]
    assert len(set(drawn)) == 200
    assert all(type(one) is float and 1e-6 <= one < 1e-1 for one in drawn)
    again = draws()
    assert [again.value(expression) for _ in range(200)] == drawn
    assert value(expression.text, seed=2) not in drawn


@pytest.mark.parametrize("text", ["@random.random()", "@numpy.random.rand()"])
def test_equal_generators_give_equal_values(text: str) -> None:
    assert value(text) == value(text) != value(text, seed=2)


def test_whole_numbers() -> None:
    source = draws()
    for text, numbers in (
        ("@random.randint(1, 9)", range(1, 10)),
        ("@numpy.random.randint(1, 9)", range(1, 9)),
    ):
        drawn = [source.value(Expression.read(text)) for _ in range(300)]
        assert set(drawn) == set(numbers)
        assert {type(one) for one in drawn} == {int}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("@math.sqrt(16)", 4.0),
        (" @math.floor( 2.5 ) ", 2),
        ("@math.log(8, 2)", 3.0),
        ("@math.exp(-inf)", 0.0),
        ("@random.choice(['relu'])", "relu"),
        ("@random.choice([(1, [2])])", (1, [2])),
        ("@random.choice([None])", None),
        ("@numpy.random.choice(['relu'])", "relu"),
        ("@random.sample([3], k=1)", [3]),
        ("@numpy.random.uniform(low=2, high=2, size=2)", [2.0, 2.0]),
        ("@numpy.random.permutation(1)", [0]),
        ("@numpy.random.randint(5, 6, size=(1, 2))", [[5, 5]]),
    ],
)
def test_values(text: str, expected: Any) -> None:
    found = value(text)
    assert found == expected
    assert type(found) is type(expected)


def test_global_generators_are_left_alone() -> None:
    random.seed(3)
    np.random.seed(3)
    states = random.getstate(), np.random.get_state()[1].tolist()  # type: ignore[index, union-attr]
    value("@random.random()")
    value("@numpy.random.rand()")
    assert states == (random.getstate(), np.random.get_state()[1].tolist())  # type: ignore[index, union-attr]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "3",
        "random.random()",
        "@",
        "@random.random",
        "@math.pi",
        "@random.random() * 2",
        "-@random.random()",
        "@random.random() if 1 else 2",
        "@random.random(); 1",
        "@[1][0]",
        "@lambda: 1",
        "@@random.random()",
    ],
)
def test_what_is_no_call(text: str) -> None:
    with pytest.raises(InputError, match="no expression that can be evaluated") as caught:
        Expression.read(text)
    assert caught.value.got == text
    assert "@random.randint(1, 9)" in str(caught.value.expected)


@pytest.mark.parametrize(
    "text",
    [
        "@os.system('false')",
        "@eval('1')",
        "@open('/tmp/x', 'w')",
        "@scipy.stats.norm()",
        "@numpy.save('/tmp/x', [1])",
        "@numpy.random.mtrand.uniform(0, 1)",
        "@random._os.system('false')",
        "@random.Random().random()",
        "@random.random()()",
        "@random.random()[0]()",
        "@random()",
        "@(random).random.__self__.seed(1)",
        "@math.__loader__.load_module('os')",
        "@[].append(1)",
    ],
)
def test_other_modules(text: str) -> None:
    with pytest.raises(InputError, match="this module can't be used"):
        Expression.read(text)


@pytest.mark.parametrize("names", [20, 90, 3000])
def test_endless_names(names: int) -> None:
    with pytest.raises(InputError):
        Expression.read("@" + "a." * names + "b()")


@pytest.mark.parametrize(
    ("text", "remedy"),
    [
        ("@numpy.random.seed(1)", None),
        ("@numpy.random.set_state(1)", None),
        ("@numpy.random.shuffle([1])", None),
        ("@numpy.random.bytes(1)", None),
        ("@numpy.random.__dir__()", None),
        ("@random.seed(1)", None),
        ("@random.setstate(1)", None),
        ("@random.shuffle([1])", None),
        ("@random.SystemRandom()", None),
        ("@random.unifrom(0, 1)", "did you mean uniform?"),
        ("@math.factorial(1000000000)", None),
        ("@math.sine(1)", "did you mean sin?"),
    ],
)
def test_other_functions(text: str, remedy: str | None) -> None:
    with pytest.raises(InputError, match="can't be called in an expression") as caught:
        Expression.read(text)
    assert "uniform" in str(caught.value.expected) or "sqrt" in str(caught.value.expected)
    if remedy is not None:
        assert caught.value.remedy == remedy


@pytest.mark.parametrize(
    "argument",
    [
        "x",
        "1 + 1",
        "@random.random()",
        "*[1, 2]",
        "**{'a': 1}",
        "random.random()",
        "a=x",
        "f'{x}'",
        "(y := 1)",
    ],
)
def test_arguments_that_are_no_literals(argument: str) -> None:
    with pytest.raises(InputError):
        Expression.read(f"@random.uniform(0, {argument})")


@pytest.mark.parametrize("argument", ["{1, 2}", "b'x'", "1j"])
def test_arguments_that_no_state_may_hold(argument: str) -> None:
    with pytest.raises(InputError, match="can't hold such a value"):
        Expression.read(f"@random.choice({argument})")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("@random.randint(9, 1)", "randrange"),
        ("@random.randint(1)", "argument"),
        ("@random.choice([])", "IndexError|index|empty"),
        ("@random.uniform(0, 1, colour=2)", "colour"),
        ("@math.sqrt(-1)", "math domain error|nonnegative"),
        ("@math.exp(1e9)", "math range error"),
        ("@numpy.random.normal(0, -1)", "scale < 0"),
        ("@numpy.random.uniform(size=-1)", "negative"),
        ("@math.sqrt('x')", "real number"),
    ],
)
def test_arguments_that_the_function_refuses(text: str, reason: str) -> None:
    expression = Expression.read(text)
    with pytest.raises(InputError, match="an expression has no value") as caught:
        draws().value(expression)
    assert str(caught.value.got).startswith(f"{text}: ")
    assert any(one in str(caught.value.got) for one in reason.split("|"))


@pytest.mark.parametrize(
    ("module", "function"), [(module, one) for module, names in FUNCTIONS.items() for one in sorted(names)]
)
def test_what_is_allowed_is_there_and_changes_nothing(module: str, function: str) -> None:
    of_module: dict[str, Any] = {"numpy.random": np.random.RandomState, "random": random.Random, "math": math}
    assert callable(getattr(of_module[module], function))
    assert function not in {
        "seed",
        "get_state",
        "set_state",
        "getstate",
        "setstate",
        "shuffle",
        "bytes",
        "randbytes",
    }
