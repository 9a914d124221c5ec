"""Where bbopt reads what SMAC v2 refuses (or was never seen to accept): every case, and its meaning."""

import numpy as np
import pytest

from bbopt.space import parse_pcs

ABX = "a categorical {p, q} [p]\nx real [0, 1] [0.5]\n"
SAME_MEANING = [
    # why, text, the same in SMAC v2's own form
    ("blanks inside brackets", "x real [ 0 , 1 ] [ 0.5 ]", "x real [0,1] [0.5]"),
    ("blanks inside braces", "x categorical { p , q } [ p ]", "x categorical {p,q} [p]"),
    ("a byte order mark", "\ufeffx real [0,1] [0.5]", "x real [0,1] [0.5]"),
    ("indented lines", "  x real [0,1] [0.5]", "x real [0,1] [0.5]"),
    ("glued type words", "x real[1,2][1]log", "x real [1,2] [1] log"),
    ("conditions without blanks", ABX + "x|a==q", ABX + "x | a == q"),
    ("joins without blanks", ABX + "x|a==q||a!=p", ABX + "x | a == q || a != p"),
    ("comparisons without blanks", ABX + "{a==q&&x>=0.7}", ABX + "{ a == q && x >= 0.7 }"),
    ("in without a blank", ABX + "x | a in{q}", ABX + "x | a in {q}"),
]


@pytest.mark.parametrize(("why", "text", "plain"), SAME_MEANING, ids=[case[0] for case in SAME_MEANING])
def test_means_the_same(why, text, plain):
    space, other = parse_pcs(text), parse_pcs(plain)
    assert space.names == other.names
    assert [p.domain for p in space.parameters] == [p.domain for p in other.parameters]
    unit = np.random.default_rng(1).random((200, space.n_params))
    values = space.decode(unit)
    assert np.array_equal(values, other.decode(unit))
    assert np.array_equal(space.active(values), other.active(values))
    assert np.array_equal(space.is_forbidden(values), other.is_forbidden(values))


def test_unicode_names_and_values():
    space = parse_pcs("é real [0,1] [0.5]\nx categorical {ä, ö} [ä]")
    assert space.configuration({"é": "0.25", "x": "ö"}).call_text() == "-x 'ö' -é '0.25'"


def test_ordinals_that_contradict_each_other_where_no_expression_compares_them():
    space = parse_pcs("o ordinal {3, 1} [3]\nx real [0, 1] [0.5]\n{x > 0.7}")
    assert space.is_forbidden(np.array([[0.0, 0.8], [1.0, 0.6]])).tolist() == [True, False]
