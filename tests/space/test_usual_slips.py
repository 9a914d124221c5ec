"""What is written in place of what a parameter file has gets the line that was meant."""

from __future__ import annotations

import pytest

from bbopt.errors import InputError
from bbopt.space import parse_pcs


@pytest.mark.parametrize(
    ("text", "remedy"),
    [
        ("f float [0,1][0.1]", "did you mean real?"),
        ("f Double [0,1][0.1]", "did you mean real?"),
        ("f UniformFloatHyperparameter [0,1][0.1]", "did you mean real?"),
        ("f uniform_int [0,1][0]", "did you mean integer?"),
        ("f CategoricalHyperparameter {a,b}[a]", "did you mean categorical?"),
        ("f bool {true,false}[true]", "did you mean categorical?"),
        ("f c {a,b}[a]", "did you mean categorical?"),
        ("x real [0..1] [0.5]", "write [0, 1]"),
        ("x [-1.5 .. 1e3] [0.5]", "write [-1.5, 1e3]"),
        ("x [1:10] [5]i", "write [1, 10]"),
        ("x integer 1..10 [5]", "write [1, 10]"),
        ("x real 0...1", "write [0, 1]"),
        ("x categorical {1..5} [3]", "write [1, 5]"),
        ("x real [0,5, 1,5] [0.7]", "decimals have a point: [0.5, 1.5]"),
        ("x real [0,5; 1,5] [0.7]", "decimals have a point: [0.5, 1.5]"),
        ("x real [0,1, 1] [0.7]", "decimals have a point: [0.1, 1]"),
        ("x real [0.5, 1.5] [0,7]", "decimals have a point: 0.7"),
        ("l categorical {1 2, 3} [3]", "param-template = l=1-2: --l 1 2"),
        ('l categorical {"1,2", "3"} ["3"]', "param-template = l=1-2: --l 1 2"),
        ("l {[1, 2],[3]} [[3]]", "param-template = l=1-2: --l 1 2"),
        ("l {(a,b,c),d} [d]", "param-template = l=a-b-c: --l a b c"),
    ],
)
def test_the_remedy_is_what_was_meant(text: str, remedy: str) -> None:
    with pytest.raises(InputError) as caught:
        parse_pcs("y real [0, 1] [0.5]\n" + text)
    assert caught.value.remedy is not None
    assert remedy in caught.value.remedy


@pytest.mark.parametrize(
    "text", ["x real [] [0]", "x real [1, 2, 3, 4, 5] [2]", "x real [a, b] [c]", "x frob [0,1][0]"]
)
def test_no_hint_where_nothing_is_plain(text: str) -> None:
    with pytest.raises(InputError) as caught:
        parse_pcs(text)
    assert [error.remedy for error in caught.value.errors] == [None]


@pytest.mark.parametrize(
    "text", ['x {"a","b"} ["a"]', "x {(a),b} [b]", "x {(a,b} [b]", "x {a),(b} [(b]", "x {',b} [b]"]
)
def test_values_that_hold_quotes_and_brackets(text: str) -> None:
    assert parse_pcs(text).n_params == 1
