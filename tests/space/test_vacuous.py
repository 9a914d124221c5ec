"""Conditions and clauses that can never hold are told, and no others."""

from __future__ import annotations

from itertools import product
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bbopt.space import never_holding, parse_pcs, read_pcs
from tests.space.golden_files import PCS_NAMES, space_of

BASE = """a categorical {x, y, z} [x]
o ordinal {lo, mid, hi} [lo]
r real [0, 10] [1]
i integer [0, 1000] [1]
c real [0, 1] [0.5]
d real [0, 1] [0.5]
"""


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ("c | a in {x}\nc | a in {y}", "c is never active: c | a in {x} (line 7) and c | a in {y} (line 8)"),
        ("c | a == x && a == y", "c is never active: c | a == x && a == y (line 7)"),
        ("c | r > 5 && r < 3 || o < lo", "c is never active: c | r > 5 && r < 3 || o < lo (line 7)"),
        ("c | r > 10", "c is never active: c | r > 10 (line 7)"),
        ("c | i > 999 && i < 1000", "c is never active: c | i > 999 && i < 1000 (line 7)"),
        ("c | a == x\nd | c > 0.5 && a == y", "d is never active: d | c > 0.5 && a == y (line 8)"),
        ("{a=x, a=y}", "the forbidden clause {a=x, a=y} (line 7)"),
        ("{i=6, r=1, i=5}", "the forbidden clause {i=6, r=1, i=5} (line 7)"),
        ("{r > 5 && r < 3}", "the forbidden clause {r > 5 && r < 3} (line 7)"),
        ("{c < -0.5}", "the forbidden clause {c < -0.5} (line 7)"),
        ("{c > d && d > c}", "the forbidden clause {c > d && d > c} (line 7)"),
        ("{r < c && r > 1}", "the forbidden clause {r < c && r > 1} (line 7)"),
        ("{i * 2 == 3}", "the forbidden clause {i * 2 == 3} (line 7)"),
        ("{a == x && o > hi}", "the forbidden clause {a == x && o > hi} (line 7)"),
        ("{1 > 2}", "the forbidden clause {1 > 2} (line 7)"),
    ],
)
def test_what_can_never_hold(lines: str, expected: str) -> None:
    (told,) = never_holding(parse_pcs(BASE + lines))
    assert told.startswith(f"{expected} can never hold")
    assert ("only all together" in told) == lines.startswith(("{a=", "{i="))


@pytest.mark.parametrize(
    "lines",
    [
        "c | a == x && r > 9.99999",
        "c | a == x && r == 3.5",
        "c | i > 998 && i < 1000",
        "c | o > mid\nd | c > 0.99999 && o == hi",
        "{a=x, r=1.5}",
        "{a=y, a=y}",
        "{r > 5 && r < 5.0000001}",
        "{c > d && d > 0.99999 && r > c}",
        "{i == 5 && a == y && r > 9.9999}",
        "{r + c > 10.99999}",
        "{log(r) > 5}",  # it never does, but that takes more than a look
    ],
)
def test_what_may_hold_or_is_not_known(lines: str) -> None:
    assert list(never_holding(parse_pcs(BASE + lines))) == []


@pytest.mark.parametrize("stem", PCS_NAMES)
def test_real_files(stem: str) -> None:
    expected = {"examples": ["x2 is never active: x2 | x1 > yellow (line 7) can never hold"]}
    assert list(never_holding(space_of(stem))) == expected.get(stem, [])


SMALL = "p integer [0, 3] [0]\nq integer [0, 60] [0]\ns ordinal {1, 2, 3} [1]\nt categorical {u, v} [u]\n"
ATOMS = st.one_of(
    st.tuples(
        st.sampled_from(["p", "q", "s"]), st.sampled_from(["<", ">", "==", "!="]), st.sampled_from("0123")
    ),
    st.tuples(st.sampled_from(["p", "q", "s"]), st.sampled_from(["<", ">", "=="]), st.sampled_from("pqs")),
    st.tuples(st.just("t"), st.sampled_from(["==", "!="]), st.sampled_from("uv")),
).map(" ".join)
JOINED = st.lists(ATOMS, min_size=1, max_size=4).flatmap(
    lambda atoms: st.lists(
        st.sampled_from([" && ", " || "]), min_size=len(atoms) - 1, max_size=len(atoms) - 1
    ).map(lambda signs: "".join(map("".join, zip(atoms, [*signs, ""], strict=True))))
)


@settings(max_examples=60, deadline=None)
@given(JOINED)
def test_expressions_against_brute_force(expression: str) -> None:
    space = parse_pcs(f"{SMALL}z {{k, l}} [k]\n{{z == l && ({expression})}}\n")
    every = np.array(list(product(range(4), range(61), range(3), range(2), range(2))), dtype=float)
    holds = bool(space.is_forbidden(every).any())
    assert bool(list(never_holding(space))) == (not holds)


ABOVE_Z = ["p > 1", "p < 3", "q > 58", "q == 7", "q < 1", "t == v", "t != u", "s > 2"]
ABOVE_Y = ["z == k", "z == l", "p == 2", "q > 3"]


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.sampled_from(ABOVE_Z), min_size=1, max_size=4),
    st.lists(st.sampled_from(ABOVE_Y), min_size=1, max_size=3),
)
def test_conditions_against_brute_force(above_z: list[str], above_y: list[str]) -> None:
    conditions = f"z | {' && '.join(above_z)}\ny | {' && '.join(above_y)}\n"
    space = parse_pcs(f"{SMALL}z {{k, l}} [k]\ny real [0,1][0]\n{conditions}")
    numbers = {"p": range(4), "q": range(61), "s": range(3), "t": range(2), "y": range(1), "z": range(2)}
    every = np.array(list(product(*(numbers[name] for name in space.names))), dtype=float)
    idle = {name for name, seen in zip(space.names, space.active(every).any(axis=0), strict=True) if not seen}
    assert {told.partition(" ")[0] for told in never_holding(space)} == idle


def test_too_many_rows_are_not_looked_at(tmp_path: Path) -> None:
    names = [f"n{i}" for i in range(8)]
    path = tmp_path / "p.pcs"
    path.write_text(
        "".join(f"{name} integer [1, 40] [1]\n" for name in names)
        + f"{{{' + '.join(names)} > 320}}\nn0 | {' && '.join(f'{n} > 40' for n in names[1:])}\n"
    )
    assert list(never_holding(read_pcs(path))) == []
