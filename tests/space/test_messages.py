"""What a user is told about a faulty parameter file: where, what, got, expected, remedy."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bbopt.errors import BboptError, InputError, InputErrors
from bbopt.space import parse_pcs, read_pcs

AB = "a categorical {x, y} [x]\nb real [0, 1] [0.5]\n"
CASES = [
    # text, line, column, words of the message
    ("x real [1, 0] [0.5]", 1, 8, "range is empty"),
    ("x integer [5, 4] [5]", 1, 11, "range is empty"),
    ("x real [0, 1] [2]", 1, 16, "default is outside the range"),
    ("x integer [0, 9] [2.5]", 1, 19, "not a whole number"),
    ("x integer [0.5, 9] [2]", 1, 12, "not a whole number"),
    ("x [1, 9] [2.5]i", 1, 11, "not a whole number"),
    ("x real [0, 1_0] [0]", 1, 12, "not a number"),
    ("x real [0, inf] [0]", 1, 12, "not a number"),
    ("x real [0, Infinity] [0]", 1, 12, "not a finite number"),
    ("x real [0, NaN] [0]", 1, 12, "not a finite number"),
    ("x real [-1e308, 1e308] [0]", 1, 8, "too wide"),
    ("x real [0, 1, 2] [0]", 1, 8, "two bounds"),
    ("x real [0, ] [0]", 1, 12, "not a number"),
    ("x real [0, 1] 0.5", 1, 8, "malformed range"),
    ("x real (0, 1) [0.5]", 1, 7, "malformed range"),
    ("x real [0, 1] [0.5] lin", 1, 21, "unexpected text after the default"),
    ("x [0, 1] [0.5] log", 1, 16, "unexpected text after the default"),
    ("x [0, 1] [0.5] ii", 1, 16, "unexpected text after the default"),
    ("x real [0, 1] [0.5] log", 1, 8, "positive range"),
    ("x [0,9][1]il", 1, 3, "positive range"),
    ("x real [0, 1] [0.5] uniform", 1, 21, "leave it out"),
    ("x real [0, 1] [0.5] quniform(0.1)", 1, 21, "write step(size)"),
    ("x real [0, 1] [0.5] nomal(0.5, 0.1)", 1, 21, "did you mean normal(mean, sd)?"),
    ("x real [0, 1] [0.5]  normal(0.5, 0.1", 1, 22, "unexpected text after the default"),
    ("x real [0, 1] [0.5] normal(0.5)", 1, 21, "normal can't be read"),
    ("x real [0, 1] [0.5] normal", 1, 21, "expected: normal(mean, sd)"),
    ("x real [0, 1] [0.5] step(0.1, 2)", 1, 21, "step can't be read"),
    ("x real [0.1, 1] [0.5] log(2)", 1, 23, "log can't be read"),
    ("x real [0, 1] [0.5] normal(a, 1)", 1, 28, "not a number"),
    ("x real [0, 1] [0.5] normal(0.5, inf)", 1, 33, "not a number"),
    ("x real [0, 1] [0.5] normal(0.5, 0)", 1, 33, "deviation is not positive"),
    ("x real [0.1, 1] [0.5] lognormal(0.5, -1)", 1, 38, "deviation is not positive"),
    ("x real [0, 1] [0.5] normal(1e300, 1)", 1, 28, "nowhere near the range"),
    ("x real [0, 1] [0.5] normal(-2, 1e-300)", 1, 28, "nowhere near the range"),
    ("x real [1e-5, 1] [0.5] lognormal(1e9, 2)", 1, 34, "mu and sigma are those of log x"),
    ("x real [0, 1] [0.5] step(0)", 1, 26, "step is not positive"),
    ("x real [0, 1] [0.5] step(1.5)", 1, 26, "larger than the range"),
    ("x real [0, 1] [0.5] step(1e300)", 1, 26, "larger than the range"),
    ("x real [0, 1] [0] step(1e-25)", 1, 24, "too fine"),
    ("x real [0, 1e9] [0] step(1e-9)", 1, 26, "too fine"),
    ("x real [1e9, 1.001e9] [1e9] log step(1e-6)", 1, 38, "too fine"),
    ("x real [0, 1] [0.35] step(0.1)", 1, 16, "write 0.3 or 0.4"),
    ("x real [0, 1] [1] step(0.3)", 1, 16, "write 0.9, or begin"),
    ("x integer [0, 9] [3] step(1.5)", 1, 27, "not a whole number"),
    ("x real [0, 1] [0.5] lognormal(-3, 1)", 1, 8, "exp(mu - 3 sigma) = 0.0025"),
    ("x real [0, 1] [0.5] lognormal(0.5, 0.1)", 1, 8, "normal(mean, sd) is of x itself"),
    ("x real [0.1, 1] [0.5] log normal(0.5, 0.1)", 1, 27, "lognormal(mu, sigma) is normal in the logarithm"),
    ("x real [0.1, 1] [0.5] lognormal(0, 1) normal(0.5, 0.1)", 1, 39, "two distributions at once"),
    ("x real [0, 1] [0.5] step(0.1) step(0.5)", 1, 31, "step is there twice"),
    ("x real [0.5, 1] [0.5] log_near_one", 1, 8, "needs a range below 1"),
    ("x integer [-9, 0] [0] log_near_one", 1, 23, "for real parameters"),
    ("x [0, 1] [0.5] step(0.1)", 1, 16, "name a type for the new syntax"),
    ("x categorical {a, b} [a] normal(0, 1)", 1, 26, "only integers and reals"),
    ("x real {a, b} [a]", 1, 8, "range in brackets"),
    ("x categorical [0, 1] [0]", 1, 15, "values in braces"),
    ("x reel [0, 1] [0.5]", 1, 3, "did you mean real?"),
    ("x Real [0, 1] [0.5]", 1, 3, "did you mean real?"),
    ("x categorical {a, b", 1, 20, "not closed"),
    ("x categorical {a, b}", 1, 21, "no default"),
    ("x categorical {a, b} a", 1, 22, "no default"),
    ("x categorical {a, b} [a] log", 1, 26, "unexpected text after the default"),
    ("x categorical {a, , b} [a]", 1, 19, "empty value"),
    ("x categorical {a b, c} [c]", 1, 16, "blank inside a value"),
    ("x categorical {a, b, a} [a]", 1, 22, "occurs twice"),
    ("x categorical {apple, pear} [aple]", 1, 30, "did you mean apple?"),
    ("x\x01 real [0, 1] [0.5]", 1, 1, "unprintable"),
    ("x {a} []", 1, 8, "default is not one of the values"),
    ("a | b in {c}", 1, 1, "there are none"),
    ("| in {}", 1, 1, "unknown parameter ''"),
    (AB + "{=y}", 3, 2, "unknown parameter ''"),
    (AB + "{a=}", 3, 4, "not a value of 'a'"),
    (AB + "{b < 0.1, a = y}", 3, 9, "unexpected text"),
    ("nonsense", 1, 1, "not a line of a parameter file"),
    ("\n\n   nonsense # comment", 3, 4, "not a line of a parameter file"),
    (AB + "a real [0, 1] [0.5]", 3, 1, "declared twice"),
    (AB + "b | q in {x}", 3, 5, "unknown parameter 'q'"),
    (AB + "q | a in {x}", 3, 1, "unknown parameter 'q'"),
    (AB + "b | a in {z}", 3, 11, "not a value of 'a'"),
    (AB + "b | a in {x, x}", 3, 14, "occurs twice"),
    (AB + "b | a in x", 3, 10, "list of values"),
    (AB + "b | a in {x", 3, 10, "list of values"),
    (AB + "b | a < x", 3, 7, "ordered parent"),
    (AB + "b | a = x", 3, 7, "no operator"),
    (AB + "b | a <= x", 3, 7, "no operator"),
    (AB + "b | a", 3, 6, "no operator"),
    (AB + "b |", 3, 4, "needs a parent"),
    (AB + "b | a == x &&", 3, 14, "needs a parent"),
    (AB + "b | a == x a == y", 3, 12, "unexpected text"),
    (AB + "b | a ==", 3, 9, "not a value of 'a'"),
    (AB + "a | b > 2", 3, 9, "not a value of 'b'"),
    (AB + "b | a == x\nb | a == y", 4, 1, "the first is in line 3"),
    (AB + "b | b > 0", 3, 1, "b -> b"),
    (AB + "a | b > 0\nb | a == x", 3, 1, "conditions run in a circle"),
    (AB + "{a=x", 3, 5, "not closed"),
    (AB + "{a=x} b", 3, 7, "text after a forbidden clause"),
    (AB + "{ }", 3, 2, "empty forbidden clause"),
    (AB + "{q=x, a=y}", 3, 2, "unknown parameter 'q'"),
    (AB + "{a=y, b=2}", 3, 9, "not a value of 'b'"),
    (AB + "{a=z, b=1}", 3, 4, "not a value of 'a'"),
    (AB + "{a=x}", 3, 1, "default configuration is forbidden"),
    (AB + "{b > 0.2}", 3, 1, "default configuration is forbidden"),
    (AB + "b | a == y\n{b = 0.5, a = x}", 4, 1, "default configuration is forbidden"),
    (AB + "{b > }", 3, 6, "incomplete expression"),
    (AB + "{b > (0.5}", 3, 10, "parenthesis of column 5"),
    (AB + "{b 0.5}", 3, 4, "unexpected text"),
    (AB + "{b > 0.5)}", 3, 9, "unexpected text"),
    (AB + "{b >> 0.5}", 3, 5, "incomplete expression"),
    (AB + "{bb > 0.5}", 3, 2, "did you mean b?"),
    (AB + "{sine(b) > 0.5}", 3, 2, "did you mean sin?"),
    (AB + "{2b > 0.5}", 3, 2, "unknown name '2b'"),
    (AB + "{" + "(" * 200 + "b" + ")" * 200 + " > 2}", 3, 102, "nested too deeply"),
    ("x real [0, 1] [0]\nc categorical {x, y} [y]\n{x > 0.5}", 3, 2, "both a parameter and a value"),
    ("o ordinal {3, 1} [3]\n{o > 5}", 2, 2, "ordinals contradict"),
    ("o ordinal {p, q} [p]\nr ordinal {q, p} [p]\n{o > r}", 3, 2, "ordinals contradict"),
]


@pytest.mark.parametrize(("text", "line", "column", "words"), CASES, ids=[case[0][:60] for case in CASES])
def test_message(text, line, column, words):
    with pytest.raises(InputError) as caught:
        parse_pcs(text, "params.pcs")
    error = caught.value
    assert not isinstance(error, InputErrors), error
    assert words in str(error)
    assert str(error).startswith(f"params.pcs:{line}:{column}: ")
    assert "got:" in str(error)
    assert "expected:" in str(error)


def test_all_problems_at_once_in_order():
    text = "b real [0, 1] [7]\na reel [0, 1] [0]\nc {x, y} [x]\n{c=z}\nc | d in {1}\n"
    with pytest.raises(InputErrors) as caught:
        parse_pcs(text)
    assert [error.place.line for error in caught.value.errors] == [1, 2, 4, 5]


def test_a_faulty_declaration_is_reported_once():
    text = "a real [0, 1] [7]\nb {x, y} [x]\nb | a > 0.5\na | b in {x}\n{a = 0.1}\n{a > 0.1}\n"
    with pytest.raises(InputError) as caught:
        parse_pcs(text)
    assert not isinstance(caught.value, InputErrors)


def test_forbidden_default_names_every_clause():
    with pytest.raises(InputErrors) as caught:
        parse_pcs(AB + "{a=x, b=0.5}\n{a == y}\n{b < 0.6}\n")
    assert [error.place.line for error in caught.value.errors] == [3, 5]


def test_missing_file(tmp_path):
    with pytest.raises(InputError, match=r"params\.pcs: the parameter file can't be read"):
        read_pcs(tmp_path / "params.pcs")


def test_not_text(tmp_path):
    path = tmp_path / "params.pcs"
    path.write_bytes(b"a real [0,1] [0.5]\n\xff\xfe\n")
    with pytest.raises(InputError, match=r"params\.pcs:2:1: the parameter file is not UTF-8 text"):
        read_pcs(path)


PIECES = st.sampled_from(
    [
        "a",
        "b",
        "x",
        "{",
        "}",
        "[",
        "]",
        "|",
        "||",
        "&&",
        "==",
        "=",
        "<",
        ">",
        "in",
        "1",
        "0.5",
        "-",
        "#",
        "é",
        "real",
        "categorical",
        "integer",
        "ordinal",
        "log",
        "il",
        "sin(",
        ")",
        "^",
        "^-",
        " ",
        ",",
        "\n",
        "\r",
    ]
)


@settings(deadline=None)
@given(st.one_of(st.text(), st.lists(PIECES, max_size=40).map("".join)))
def test_any_text_is_read_or_refused(text):
    for prefix in ("", AB):
        try:
            space = parse_pcs(prefix + text)
        except BboptError:
            continue
        assert not space.default.is_forbidden


@settings(deadline=None)
@given(st.lists(PIECES, max_size=20).map("".join))
def test_any_clause_is_read_or_refused(inside):
    try:
        parse_pcs(AB + "{" + inside.replace("\n", " ") + "}")
    except BboptError:
        return
