"""Instance files in all their forms, and what is said about wrong ones."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bbopt.errors import InputError, InputErrors, Place
from bbopt.scenario.instance_lists import InstanceList, parse_instance_list
from bbopt.scenario.instance_names import tidy_name

GOLDEN = Path(__file__).parent.parent / "golden" / "smac2-run"


def parse(text: str) -> InstanceList:
    return parse_instance_list(text, "train.txt")


def listed(text: str) -> list[tuple[str, str, list[int]]]:
    return [(entry.name, entry.info, entry.seeds) for entry in parse(text).instances]


def problems(text: str) -> tuple[InputError, ...]:
    with pytest.raises(InputError) as caught:
        parse(text)
    error = caught.value
    return error.errors if isinstance(error, InputErrors) else (error,)


def test_the_golden_list() -> None:
    text = (GOLDEN / "train.txt").read_text()
    assert listed(text) == [(f"inst/{x}.cnf", "0", []) for x in "abcd"]


FORMS = {
    "name": ("a", "b", [("a", "0", []), ("b", "0", [])]),
    "seed name": ("7 a", "8 b", [("a", "0", [7]), ("b", "0", [8])]),
    "name info": ("a SAT", "b UNSAT", [("a", "SAT", []), ("b", "UNSAT", [])]),
    "seed name info": ("7 a SAT", "8 b UNSAT", [("a", "SAT", [7]), ("b", "UNSAT", [8])]),
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("separator", [" ", "\t", "   ", ",", ", "])
@pytest.mark.parametrize("quotes", [False, True])
@pytest.mark.parametrize("line_end", ["\n", "\r\n", " \r\n\r\n", "\t\n  \n"])
def test_all_forms(form: str, separator: str, quotes: bool, line_end: str) -> None:
    one, other, expected = FORMS[form]
    lines = [separator.join(f'"{w}"' if quotes else w for w in line.split()) for line in (one, other)]
    assert listed(line_end.join([*lines, ""])) == expected
    assert listed(line_end + line_end.join(lines)) == expected


def test_seeds_belong_to_instances_in_the_order_of_the_file() -> None:
    found = parse("5 a x\n3 b y\n4 a x\n-1 b y\n")
    assert [(e.name, e.info, e.seeds, e.line) for e in found.instances] == [
        ("a", "x", [5, 4], 1),
        ("b", "y", [3, -1], 2),
    ]
    assert found.seed_order == (0, 1, 0, 1)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1 a\n2 3\n", [("a", "0", [1]), ("3", "0", [2])]),
        ("a 1\n2 3\n", [("a", "1", []), ("2", "3", [])]),
        ("1\n2\n", [("1", "0", []), ("2", "0", [])]),
        ('"my file.cnf" "is sat, I think"\n', [("my file.cnf", "is sat, I think", [])]),
        ('3,"my file.cnf"\n', [("my file.cnf", "0", [3])]),
        ("n=1,k=2\nn=1\n", [("n=1,k=2", "0", []), ("n=1", "0", [])]),
        ('"n=1,k=2"\n"n=1,k=3"\n', [("n=1,k=2", "0", []), ("n=1,k=3", "0", [])]),
        ("7 n=1,k=2\n8 n=1,k=3\n", [("n=1,k=2", "0", [7]), ("n=1,k=3", "0", [8])]),
        ("a //x/b//c\n", [("a", "//x/b//c", [])]),
        ("x//y.cnf\nhttp://h//z\n", [("x/y.cnf", "0", []), ("http://h/z", "0", [])]),
    ],
)
def test_readings(text: str, expected: list[tuple[str, str, list[int]]]) -> None:
    assert listed(text) == expected


def test_a_comma_that_smac2_would_read_otherwise_is_told() -> None:
    (warning,) = parse("a,SAT\nb,UNSAT\n").warnings
    assert warning.startswith("train.txt:1: read as a name and its info")
    for text in ('"a","SAT"\n', "1,a\n", "a SAT\n"):
        assert parse(text).warnings == ()


ONCE = "what is listed twice counts once, as in SMAC v2"


@pytest.mark.parametrize(
    ("text", "expected", "told"),
    [
        ("a\nb\n a\n", [("a", "0", []), ("b", "0", [])], f"3: a stands also in line 1; {ONCE}"),
        ("a x\na x\n", [("a", "x", [])], f"2: a stands also in line 1; {ONCE}"),
        ("a/b\na//b\n", [("a/b", "0", [])], f"2: a/b stands also in line 1; {ONCE}"),
        ("1 a\n2 a\n1 a\n", [("a", "0", [1, 2])], f"3: 1 a stands also in line 1; {ONCE}"),
        ("a\na\na\n", [("a", "0", [])], f"2: a stands also in line 1; {ONCE} (1 more line like this)"),
        ("a\n" * 600, [("a", "0", [])], f"2: a stands also in line 1; {ONCE} (598 more lines like this)"),
    ],
)
def test_what_is_listed_twice_counts_once(
    text: str, expected: list[tuple[str, str, list[int]]], told: str
) -> None:
    assert listed(text) == expected
    assert parse(text).warnings == (f"train.txt:{told}",)


def test_the_order_of_seeds_passes_over_duplicates() -> None:
    assert parse("1 a\n1 a\n1 b\n2 a\n1 b\n").seed_order == (0, 1, 0)


@pytest.mark.parametrize(
    ("text", "line", "column", "what"),
    [
        ("", 1, 1, "lists no instances"),
        ("\n \r\n", 1, 1, "lists no instances"),
        ("a\nb c\n", 2, 3, "different forms"),
        ("1 a\n\nb\n", 3, 1, "different forms"),
        ("a x\n1 b y\n", 2, 5, "different forms"),
        ("1 a x\n2 b\n", 2, 3, "different forms"),
        ("1,a\nb\n", 2, 1, "different forms"),
        ("1 a\nx b\n", 2, 1, "no seed"),
        ("1 a x\n2.5 b x\n", 2, 1, "no seed"),
        ("1 a\n-2 b\n", 2, 1, "no seed"),
        ("1 a\n  9223372036854775808 b\n", 2, 3, "no seed"),
        ("x a b\n", 1, 1, "no seed"),
        ("a b c d\n", 1, 7, "too many fields"),
        ("a x\na y\n", 2, 3, "different info"),
        ("1 a x\n2 a y\n", 2, 5, "different info"),
        ('a\n"b\n', 2, 1, "does not end"),
        ('a "x y\n', 1, 3, "does not end"),
        ('1 ""\n', 1, 3, "can't be an instance's name"),
        ("a\nb\0\n", 2, 1, "can't be an instance's name"),
    ],
)
def test_problems_have_their_place(text: str, line: int, column: int, what: str) -> None:
    first = problems(text)[0]
    assert first.place == Place("train.txt", line, column)
    assert what in first.what


def test_all_problems_come_at_once_but_not_thousands() -> None:
    assert len(problems("1 a\nb c\nd\n1 a\n")) == 2
    assert len(problems("1 a\n" + "x a\n" * 5000)) == 20


TEXTS = st.text(
    alphabet=st.characters(exclude_categories=("Cs",), exclude_characters="\n\r\0"), min_size=1, max_size=12
)
NAMES = TEXTS.filter(lambda text: text.strip() != "")
ENTRIES = st.lists(st.tuples(NAMES, TEXTS), min_size=1, max_size=6, unique_by=lambda e: tidy_name(e[0]))


def quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


@given(ENTRIES, st.sampled_from([" ", ","]), st.booleans(), st.sampled_from(["\n", "\r\n", "\r"]))
def test_any_quoted_names_and_infos_come_back(
    entries: list[tuple[str, str]], separator: str, has_seeds: bool, line_end: str
) -> None:
    lines = [
        separator.join([*([f'"{i}"'] if has_seeds else []), quoted(name), quoted(info)])
        for i, (name, info) in enumerate(entries)
    ]
    if not has_seeds and entries[0][0].lstrip("+-").isdecimal():
        return  # a number at the beginning of the first line is a seed
    found = parse(line_end.join(lines))
    assert [(e.name, e.info) for e in found.instances] == [(tidy_name(n), i) for n, i in entries]
    assert [e.seeds for e in found.instances] == [[i] if has_seeds else [] for i in range(len(entries))]


@given(st.text(alphabet=st.sampled_from('ab1 ,"\\\t\r\n-/'), max_size=40))
def test_whatever_the_text_it_is_read_or_refused_with_a_place(text: str) -> None:
    try:
        found = parse(text)
    except InputError:
        assert all(error.place is not None and error.place.line for error in problems(text))
    else:
        assert found.instances
        assert len({entry.name for entry in found.instances}) == len(found.instances)
        assert len(found.seed_order) == sum(len(entry.seeds) for entry in found.instances)
