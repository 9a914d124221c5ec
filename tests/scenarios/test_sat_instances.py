"""The generators of satisfiability problems: what they promise, and that a seed always gives the same."""

from __future__ import annotations

import csv
import hashlib
import itertools
import random
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.scenarios.satisfiability import models, satisfiable
from tests.targets.target_calls import ROOT, environment

sys.path.insert(0, str(ROOT / "scenarios"))
from sat_instances.crafted_families import factoring, latin_square, parity, pigeonhole
from sat_instances.features import FEATURES, features
from sat_instances.formula import Formula
from sat_instances.instance_set import SPLITS, Family, draw_split, write_set
from sat_instances.random_families import colouring, random_clauses

SEEDS = st.integers(0, 2**32)


@given(st.integers(1, 5), st.booleans())
def test_parity_counts_true_literals(length: int, odd: bool) -> None:
    formula = Formula()
    literals = formula.new_variables(length)
    literals[0] *= -1
    formula.parity(literals, odd)
    found = models(formula.clauses, length)
    expected = [
        values
        for values in itertools.product((False, True), repeat=length)
        if (sum(values[1:]) + (not values[0])) % 2 == odd
    ]
    assert found == expected


def test_gates_are_functions_of_their_inputs() -> None:
    formula = Formula()
    a, b, c = formula.new_variables(3)
    formula.conjunction(a, b)
    formula.exclusive_or(a, b, c)
    formula.majority(a, b, c)
    assert models(formula.clauses, 6) == [
        (x, y, z, x and y, x ^ y ^ z, x + y + z >= 2)
        for x, y, z in itertools.product((False, True), repeat=3)
    ]


def test_exactly_one() -> None:
    formula = Formula()
    formula.exactly_one(formula.new_variables(4))
    assert [sum(model) for model in models(formula.clauses, 4)] == [1] * 4


@given(SEEDS)
def test_shuffling_keeps_the_problem(seed: int) -> None:
    rng = random.Random(seed)
    formula = random_clauses(rng, 7, 3, 3.0)
    shuffled = formula.shuffled(rng)
    assert len(shuffled.clauses) == len(formula.clauses)
    assert len(models(shuffled.clauses, 7)) == len(models(formula.clauses, 7))


@given(SEEDS, st.integers(5, 30), st.integers(2, 5))
def test_random_clauses_are_distinct_and_of_one_length(seed: int, variables: int, length: int) -> None:
    formula = random_clauses(random.Random(seed), variables, length, 2.0)
    assert len(formula.clauses) == 2 * variables
    assert len({frozenset(clause) for clause in formula.clauses}) == 2 * variables
    assert all(len({abs(literal) for literal in clause}) == length for clause in formula.clauses)


@given(SEEDS)
def test_a_planted_colouring_exists(seed: int) -> None:
    formula = colouring(random.Random(seed), nodes=12, edges=30, colours=3, planted=True)
    assert satisfiable(formula.clauses)
    assert len(formula.clauses) == 12 * 4 + 30 * 3


def test_a_complete_graph_has_no_colouring_with_too_few_colours() -> None:
    for colours in (3, 4):
        formula = colouring(random.Random(1), nodes=4, edges=6, colours=colours, planted=False)
        assert satisfiable(formula.clauses) == (colours == 4)


@given(SEEDS, st.integers(1, 7), st.floats(0, 1))
def test_a_latin_square_can_be_completed(seed: int, order: int, share: float) -> None:
    assert satisfiable(latin_square(random.Random(seed), order, round(share * order * order)).clauses)


def test_an_empty_latin_square_has_all_completions() -> None:
    formula = latin_square(random.Random(1), 2, 4)
    assert len(models(formula.clauses, formula.variables)) == 2


@given(SEEDS, st.integers(2, 5), st.integers(1, 5))
def test_pigeons_do_not_fit(seed: int, holes: int, choices: int) -> None:
    formula = pigeonhole(random.Random(seed), holes, min(choices, holes))
    assert not satisfiable(formula.clauses)
    without_one = [clause for clause in formula.clauses if any(literal < 0 for literal in clause)]
    assert satisfiable(without_one)


@given(SEEDS, st.sampled_from([(6, 3), (8, 3), (6, 4), (7, 4)]), st.booleans())
def test_parities_are_satisfiable_as_promised(seed: int, size: tuple[int, int], wanted: bool) -> None:
    nodes, degree = size
    formula = parity(random.Random(seed), nodes, degree, wanted)
    assert (formula.variables, len(formula.clauses)) == (nodes * degree // 2, nodes * 2 ** (degree - 1))
    assert satisfiable(formula.clauses) == wanted


@pytest.mark.parametrize("bits", [2, 3, 4, 5])
@pytest.mark.parametrize("wanted", [True, False])
def test_products_have_factors_and_primes_have_none(bits: int, wanted: bool) -> None:
    for seed in range(3):
        assert satisfiable(factoring(random.Random(seed), bits, wanted).clauses) == wanted


def test_features_of_a_formula_by_hand() -> None:
    formula = Formula()
    formula.new_variables(3)
    formula.add(1, 2)
    formula.add(-1, 2, 3)
    formula.add(-1)
    formula.add(-2, -3, -1, 2)
    values = features(formula)
    assert tuple(values) == FEATURES
    assert values["variables"] == 3
    assert values["clauses"] == 4
    assert values["clauses-per-variable"] == pytest.approx(4 / 3)
    assert values["clause-length-mean"] == 2.5
    assert values["clause-length-deviation"] == pytest.approx(1.25**0.5)
    assert values["clause-length-most"] == 4
    assert (values["binary-share"], values["ternary-share"]) == (0.25, 0.25)
    assert values["horn-share"] == 0.5
    assert (values["degree-least"], values["degree-most"]) == (2, 4)
    assert values["degree-mean"] == pytest.approx(10 / 3)
    assert values["degree-entropy"] == pytest.approx(0.636514)
    assert values["positive-share-mean"] == pytest.approx((1 / 4 + 3 / 4 + 1 / 2) / 3)


def test_an_instance_depends_on_seed_and_name_only() -> None:
    easy = Family("easy", 2, lambda rng: random_clauses(rng, 9, 3, 2.0))
    alone = draw_split([easy], "test", 4)
    after_another = draw_split([Family("other", 1, lambda rng: Formula()), easy], "test", 4)[1:]
    assert [one.formula.clauses for one in alone] == [one.formula.clauses for one in after_another]
    texts = {
        one.formula.dimacs("")
        for split in SPLITS
        for seed in (4, 5)
        for one in draw_split([easy], split, seed)
    }
    assert len(texts) == 8


def test_a_set_is_written_with_its_lists(tmp_path: Path) -> None:
    families = [
        Family("random", 2, lambda rng: random_clauses(rng, 9, 3, 2.0)),
        Family("pigeons", 1, lambda rng: pigeonhole(rng, 3, 3), "UNSATISFIABLE"),
    ]
    write_set(families, 1, tmp_path / "set", "set", with_features=True)
    lines = (tmp_path / "set" / "training.txt").read_text().splitlines()
    assert lines == [
        "set/training-random-1.cnf 0",
        "set/training-random-2.cnf 0",
        "set/training-pigeons-1.cnf UNSATISFIABLE",
    ]
    rows = list(csv.reader((tmp_path / "set" / "features.csv").read_text().splitlines()))
    assert rows[0] == ["instance", *FEATURES]
    assert [row[0] for row in rows[1:4]] == [line.split()[0] for line in lines]
    assert rows[3][2] == "22"
    text = (tmp_path / "set" / "test-pigeons-1.cnf").read_text().splitlines()
    assert text[:2] == ["c test-pigeons-1.cnf, seed 1", "p cnf 12 22"]
    assert all(line.endswith(" 0") for line in text[2:])


@pytest.mark.parametrize("scenario", ["minisat", "clasp"])
def test_a_scenarios_instances_are_the_same_everywhere(scenario: str, tmp_path: Path) -> None:
    """On every Python: the digests were taken with Python 3.11 and checked with 3.10 and 3.13."""
    done = subprocess.run(
        [ROOT / "scenarios" / scenario / "generate.py", "--folder", tmp_path / "set"],
        env=environment(),
        capture_output=True,
        text=True,
        timeout=110,
    )
    assert (done.returncode, done.stderr) == (0, "")
    files = sorted((tmp_path / "set").glob("*.cnf"))
    assert len(files) == 40
    digest = hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()
    assert digest[:16] == {"minisat": "2e076b5bac889b3f", "clasp": "8e09d06baafb55e8"}[scenario]
