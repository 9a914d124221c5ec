"""Choices in arguments: the tutorial's lists to the letter, and every slip in writing them."""

from __future__ import annotations

import contextlib
import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bbopt.errors import InputError
from bbopt.jobs.products import LARGEST_PRODUCT, Product, product_of, variants
from bbopt.jobs.texts import product_line


def test_the_lists_of_the_tutorial() -> None:
    product = product_of(["mlp_jobman.conf", "n_hidden={{20,30}}"])
    assert product_line(product) == (
        "[['mlp_jobman.conf', 'n_hidden=20'], ['mlp_jobman.conf', 'n_hidden=30']] "
        "[['n_hidden=20'], ['n_hidden=30']]"
    )


def test_the_first_choice_varies_slowest() -> None:
    product = product_of(["first={{1,2}}", "second=3", "third={{3,5,6}}"])
    assert [" ".join(one) for one in product.lists] == [
        "first=1 second=3 third=3",
        "first=1 second=3 third=5",
        "first=1 second=3 third=6",
        "first=2 second=3 third=3",
        "first=2 second=3 third=5",
        "first=2 second=3 third=6",
    ]
    assert product.varying == tuple((one[0], one[2]) for one in product.lists)


@pytest.mark.parametrize(
    ("argument", "meant"),
    [
        ("plain", ["plain"]),
        ("", [""]),
        ("n={{20}}", ["n=20"]),
        ("n={{20,30}}", ["n=20", "n=30"]),
        ("n={{ 20 , 30 }}", ["n=20", "n=30"]),
        ("n={{a b,c}}", ["n=a b", "n=c"]),
        ("{{a,b}}-{{1,2}}.conf", ["a-1.conf", "a-2.conf", "b-1.conf", "b-2.conf"]),
        ("{{a,b}}{{c,d}}", ["ac", "ad", "bc", "bd"]),
        ("""n={{"a,b",'c,d'}}""", ['n="a,b"', "n='c,d'"]),
        (r"""n={{"a\",b",c}}""", [r'n="a\",b"', "n=c"]),
        ("""n={{"}}",c}}""", ['n="}}"', "n=c"]),
        ("""n={{"",a}}""", ['n=""', "n=a"]),
        ("n={{it's,isn't}}", ["n=it's", "n=isn't"]),
        ("n={{[1,2],(3,[4,5])}}", ["n=[1,2]", "n=(3,[4,5])"]),
        ("""n={{['a]',1],2}}""", ["n=['a]',1]", "n=2"]),
        ("n={{{'a':1},{'a':2}}}", ["n={'a':1}", "n={'a':2}"]),
        ("n={'a':{{1,2}}}", ["n={'a':1}", "n={'a':2}"]),
        ("x:={{@math.pow(2,3),@math.exp(1)}}", ["x:=@math.pow(2,3)", "x:=@math.exp(1)"]),
        ("n={'a':{'b':1}}", ["n={'a':{'b':1}}"]),
        ("n={20,30}", ["n={20,30}"]),
        ("{{x,y}}.lr={{0.1,1e-3}}", ["x.lr=0.1", "x.lr=1e-3", "y.lr=0.1", "y.lr=1e-3"]),
    ],
)
def test_what_an_argument_stands_for(argument: str, meant: list[str]) -> None:
    assert variants(argument) == meant


@pytest.mark.parametrize(
    ("argument", "what"),
    [
        ("n={{20,30", "braces are not closed"),
        ("n={{20,30}", "a } in choices was not opened"),
        ("n={20,30}}", "braces are closed that were not opened"),
        ("n=20,30}}", "braces are closed that were not opened"),
        ("n={{1}} 2}}", "braces are closed that were not opened"),
        ("n={{}}", "a choice is empty"),
        ("n={{ }}", "a choice is empty"),
        ("n={{1,,2}}", "a choice is empty"),
        ("n={{1,}}", "a choice is empty"),
        ("n={{1,{{2,3}}}}", "choices within choices"),
        ("n={{'a,b}}", "a quote ' in choices is not closed"),
        ("n={{[1,2}}", "a } in choices"),
        ("n={{1],2}}", "a ] in choices"),
        ("n={{(1],2}}", "a ] in choices"),
    ],
)
def test_slips(argument: str, what: str) -> None:
    with pytest.raises(InputError) as caught:
        variants(argument)
    assert what in caught.value.what
    assert caught.value.got == argument


def test_what_does_not_vary() -> None:
    assert product_of(["a=1", "b={{2}}"]) == Product((("a=1", "b=2"),), ())
    assert product_line(product_of(["a=1"])) == "[['a=1']] []"
    assert product_line(product_of([])) == "[[]] []"


def test_equal_choices_stay_two() -> None:
    assert product_of(["a={{1,1}}"]).lists == (("a=1",), ("a=1",))


def test_too_many_combinations_are_refused_before_they_are_made() -> None:
    ten = "{{0,1,2,3,4,5,6,7,8,9}}"
    assert LARGEST_PRODUCT < 10**7
    for arguments in ([f"a{i}={ten}" for i in range(7)], [ten * 30]):
        with pytest.raises(InputError, match="too many combinations"):
            product_of(arguments)


WORD = st.text("abc=.0-", min_size=1, max_size=4)


@given(st.lists(st.tuples(WORD, st.lists(st.lists(WORD, min_size=1, max_size=3), max_size=2)), max_size=4))
def test_products_against_nested_loops(written: list[tuple[str, list[list[str]]]]) -> None:
    arguments = [
        word + "".join("{{" + ",".join(some) + "}}" for some in choices) for word, choices in written
    ]
    every = [[word + "".join(chosen) for chosen in itertools.product(*choices)] for word, choices in written]
    product = product_of(arguments)
    assert list(product.lists) == list(itertools.product(*every))
    varying = [some for some in every if len(some) > 1]
    assert list(product.varying) == (list(itertools.product(*varying)) if varying else [])


@given(st.text("a,{}[]()'\" ", max_size=14))
def test_any_text_is_read_or_refused(argument: str) -> None:
    if "{{" in argument or "}}" in argument:
        with contextlib.suppress(InputError):
            assert variants(argument)
    else:
        assert variants(argument) == [argument]
