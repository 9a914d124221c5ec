from __future__ import annotations

import numpy as np
import pytest

from bbopt.java_numbers import format_double, parse_double
from bbopt.runs import BLACK_BOX, NO_INSTANCE, Instance, InstanceSet

A = Instance("a", "SAT", (("size", 3.0), ("ratio", -512.0)))
B = Instance("b", "UNKNOWN", (("size", -1024.0), ("ratio", 4.5)))


def test_the_black_box() -> None:
    assert BLACK_BOX.is_black_box
    assert BLACK_BOX.instances == (NO_INSTANCE,)
    assert BLACK_BOX.feature_names == ()
    assert BLACK_BOX.features().shape == (1, 0)
    assert not InstanceSet((A,)).is_black_box


def test_features_are_columns_with_nan_where_smac2_has_a_code_for_missing() -> None:
    instances = InstanceSet((A, B))
    assert instances.feature_names == ("size", "ratio")
    np.testing.assert_array_equal(instances.features(), [[3.0, np.nan], [np.nan, 4.5]])
    assert instances.instances[0].features[1] == ("ratio", -512.0)


def test_lookup() -> None:
    instances = InstanceSet((A, B))
    assert (instances.number_of("b"), instances.named("b")) == (1, B)
    assert ("a" in instances, "c" in instances, len(instances)) == (True, False, 2)
    with pytest.raises(KeyError):
        instances.named("c")


def test_pairs_come_in_the_order_of_the_file() -> None:
    assert InstanceSet((A, B)).pairs == ()
    instances = InstanceSet((A, B), ((7, 5), (6,)), seed_order=(0, 1, 0))
    assert instances.pairs == ((A, 7), (B, 6), (A, 5))


def test_expected_answers_are_known_only_when_all_are() -> None:
    assert InstanceSet((A, B)).answers_are_known
    assert not InstanceSet((Instance("a", "SAT"), Instance("b", "0"))).answers_are_known
    assert not InstanceSet((Instance("a", "sat"),)).answers_are_known  # as SMAC v2: capitals


@pytest.mark.parametrize(
    ("instances", "seeds", "order", "message"),
    [
        ((), None, (), "at least one"),
        ((A, A), None, (), "same name"),
        ((A, Instance("c")), None, (), "different features"),
        ((A, B), ((1,), (2, 3)), (0, 1), "disagree"),
        ((A, B), None, (0,), "disagree"),
        ((A, B), ((1,), ()), (0,), "without a seed"),
    ],
)
def test_what_does_not_fit_together(
    instances: tuple[Instance, ...],
    seeds: tuple[tuple[int, ...], ...] | None,
    order: tuple[int, ...],
    message: str,
) -> None:
    with pytest.raises(ValueError, match=message):
        InstanceSet(instances, seeds, order)


def test_what_is_not_finite_is_missing_and_equal_to_what_was_read_again() -> None:
    read = [
        Instance(name, "0", (("size", parse_double(text)),))
        for name, text in (("a", "NaN"), ("b", "Infinity"))
    ]
    instances = InstanceSet(tuple(read))
    assert np.isnan(instances.features()).all()
    again = tuple(
        Instance(one.name, "0", (("size", parse_double(format_double(one.features[0][1]))),)) for one in read
    )
    assert instances.instances == again
