"""Forbidden expressions against a second, scalar evaluator, and the rules of the language one by one."""

import math
import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bbopt.space import parse_pcs

DECLARATIONS = (
    "x real [-2, 2] [0.5]\ny real [-2, 2] [0.25]\nn integer [-3, 3] [1]\n"
    "o ordinal {cold, warm, hot} [cold]\nc categorical {red, green} [red]\n"
)


def is_forbidden(expression, declarations=DECLARATIONS, **settings_):
    """Whether the clause forbids; a guard that is false for the defaults keeps the file legal."""
    space = parse_pcs(
        declarations + "guard categorical {off, on} [off]\n{ guard == on && (" + expression + ") }"
    )
    full = {**space.default.values, **{name: str(value) for name, value in settings_.items()}}
    return space.configuration({**full, "guard": "on"}).is_forbidden


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("2 + 3 * 4 == 14", True),
        ("(2 + 3) * 4 == 20", True),
        ("2 ^ 3 ^ 2 == 512", True),
        ("-2 ^ 2 == -4", True),
        ("2 ^ -1 == 0.5", True),
        ("2 * -3 == -6", True),
        ("10 - 4 - 3 == 3", True),
        ("16 / 4 / 2 == 2", True),
        ("-7 % 3 == -1", True),
        ("7 % -3 == 1", True),
        ("+5 == 5", True),
        ("--5 == 5", True),
        ("1 < 2 == 3 > 2", True),  # comparisons of order bind tighter than equality
        ("0 && 0 || 1", True),
        ("0 && (0 || 1)", False),
        ("-1 && 1", False),  # only positive numbers are true
        ("-1 || 0", False),
        ("0.5 && 0.1", True),
        ("log(-1) > 0", False),  # not a number
        ("log(-1) <= 0", False),
        ("log(-1) != 0", False),
        ("log(-1) == log(-1)", False),
        ("1 / 0 > 1e300", True),
        ("log(exp(2)) == 2", True),
        ("log10(1000) > 2.99", True),
        ("log2(8) == 3", True),
        ("cbrt(-8) == -2", True),
        ("sqrt(9) == 3", True),
        ("abs(-3) == 3", True),
        ("ceil(1.2) == 2", True),
        ("floor(-1.2) == -2", True),
        ("signum(-3) == -1", True),
        ("sin(0) + cos(0) + tan(0) == 1", True),
        ("asin(1) > 1.57 && acos(1) == 0 && atan(1) > 0.78", True),
        ("sinh(0) + cosh(0) + tanh(0) == 1", True),
        ("expm1(0) + log1p(0) == 0", True),
        ("1e2 == 100 && .5 == 0.5 && 1. == 1", True),
        ("o > cold", False),
        ("o < warm", True),
        ("o == cold", True),
        ("c == red", True),
        ("c != red", False),
        ("cold < hot && warm < hot", True),
    ],
)
def test_rules(expression, expected):
    assert is_forbidden(expression) is expected


@pytest.mark.parametrize("clause", ["{log(x)}", "{sqrt(x) + 1}", "{x - 0.5}"])
def test_the_value_of_a_whole_clause(clause):
    """Anything but 0 and undefined forbids, negative numbers too."""
    space = parse_pcs("x real [-2, 2] [" + ("0.5" if "0.5" in clause else "-1") + "]\n" + clause)
    verdicts = space.is_forbidden(np.array([[-1.0], [0.5], [0.25]]))
    expected = {"{log(x)}": [False, True, True], "{sqrt(x) + 1}": [False, True, True]}
    assert verdicts.tolist() == expected.get(clause, [True, False, True])


def test_values_that_are_numbers_stand_for_themselves():
    declarations = "s ordinal {none, 1, few, 10, many} [1]\nk categorical {2, 5, -1} [2]\n"
    assert is_forbidden("none < 1 && few > 1 && few < 10 && many > 10", declarations)
    assert is_forbidden("s > 1 && s < 10", declarations, s="few")
    assert is_forbidden("k + 1 == 6", declarations, k="5")
    assert is_forbidden("s > k", declarations, s="10", k="5")
    assert is_forbidden("k == -1", declarations, k="-1")
    assert is_forbidden("k-1 == 4", declarations, k="5")


def test_ordinals_share_one_order():
    declarations = "s ordinal {low, mid} [low]\nt ordinal {mid, high} [mid]\n"
    assert is_forbidden("s < t", declarations, s="mid", t="high")
    assert not is_forbidden("s < t", declarations, s="mid", t="mid")
    assert is_forbidden("low < high", declarations)


def test_names_with_signs_win_by_length():
    declarations = (
        "sp real [0, 1] [0]\nsp-max real [0, 1] [0]\nmax real [0, 1] [0]\n@1:a.b integer [0, 9] [0]\n"
    )
    assert is_forbidden("sp-max > 0.5", declarations, **{"sp-max": 1})
    assert not is_forbidden("sp-max > 0.5", declarations, sp=1)
    assert is_forbidden("sp - max > 0.5", declarations, sp=1)
    assert is_forbidden("@1:a.b*2 == 6", declarations, **{"@1:a.b": 3})


def test_parameters_may_be_called_like_functions():
    declarations = "log real [0, 9] [1]\nexp real [0, 9] [0]\n"
    assert is_forbidden("log(log) > 1 && exp == 2", declarations, log=8, exp=2)


@pytest.mark.parametrize("clause", ["{x>=1}", "{x==1}", "{ x >= 1 }", "{x == 1}"])
def test_comparisons_without_blanks_are_no_combinations(clause):
    space = parse_pcs("x real [0, 1] [0]\n" + clause)
    assert space.is_forbidden(np.array([[1.0], [0.5]])).tolist() == [True, False]


def test_nothing_warns_and_long_expressions_are_no_problem():
    space = parse_pcs(DECLARATIONS + "{ 0 * (" + "+".join(["x"] * 5000) + ") + x / 0 == y % 0 }")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        space.is_forbidden(space.sample(100, np.random.default_rng(0)))


# A second evaluator: trees that know their text and compute with scalars.


def guarded(function):
    def call(*arguments):
        try:
            return float(function(*arguments))
        except (ValueError, OverflowError, ZeroDivisionError):
            return None  # where Python refuses, the two need not agree

    return call


UNARY = {
    "abs": abs,
    "sin": math.sin,
    "cos": math.cos,
    "atan": math.atan,
    "tanh": math.tanh,
    "floor": math.floor,
}
UNARY |= {"ceil": math.ceil, "exp": math.exp, "-": lambda a: -a, "+": lambda a: a}
INFIX = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": lambda a, b: a / b,
    "%": math.fmod,
    "^": math.pow,
    "<": lambda a, b: a < b,
    ">": lambda a, b: a > b,
    "<=": lambda a, b: a <= b,
    ">=": lambda a, b: a >= b,
    "==": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
    "&&": lambda a, b: a > 0 and b > 0,
    "||": lambda a, b: a > 0 or b > 0,
}
LEAVES = st.one_of(
    st.sampled_from(["x", "y", "n"]), st.floats(0, 5).map(lambda value: repr(round(value, 3)))
).map(lambda text: (text,))
ROUND = st.floats(-2, 2).map(lambda value: round(value, 3))
TREES = st.recursive(
    LEAVES,
    lambda trees: st.one_of(
        st.tuples(st.sampled_from(sorted(UNARY)), trees),
        st.tuples(st.sampled_from(sorted(INFIX)), trees, trees),
    ),
    max_leaves=8,
)


def text_of(tree):
    match tree:
        case (leaf,):
            return leaf
        case (sign, operand):
            return f"{sign}({text_of(operand)})"
        case (sign, left, right):
            return f"({text_of(left)}){sign}({text_of(right)})"


def value_of(tree, names):
    operands = [value_of(part, names) for part in tree[1:]]
    if None in operands:
        return None
    if not operands:
        return names[tree[0]] if tree[0] in names else float(tree[0])
    return guarded((UNARY if len(operands) == 1 else INFIX)[tree[0]])(*operands)


@settings(max_examples=300, deadline=None)
@given(TREES, ROUND, ROUND, st.integers(-3, 3))
def test_against_the_second_evaluator(tree, x, y, n):
    expected = value_of(tree, {"x": x, "y": y, "n": float(n)})
    if expected is None:
        return
    space = parse_pcs(
        DECLARATIONS + "guard categorical {off, on} [off]\n{ (guard == on) * (" + text_of(tree) + ") }"
    )
    got = space.configuration(
        {"x": repr(x), "y": repr(y), "n": str(n), "o": "cold", "c": "red", "guard": "on"}
    )
    assert got.is_forbidden == (expected != 0 and not math.isnan(expected))
