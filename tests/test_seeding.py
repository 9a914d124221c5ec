"""Named random streams."""

from __future__ import annotations

import numpy as np

from bbopt.seeding import stream


def draws(*arguments: object) -> np.ndarray:
    return stream(*arguments).random(4)  # type: ignore[arg-type]


def test_equal_arguments_give_equal_draws() -> None:
    np.testing.assert_array_equal(draws(1, "proposal", 7), draws(1, "proposal", 7))


def test_every_argument_matters() -> None:
    streams = [draws(1, "a", 0), draws(2, "a", 0), draws(1, "b", 0), draws(1, "a", 1), draws(1, "a", 0, 0)]
    assert len({tuple(numbers) for numbers in streams}) == len(streams)


def test_the_numbers_are_the_same_in_every_version() -> None:
    """A run restored by a later version must go on with the same numbers."""
    np.testing.assert_allclose(
        stream(1, "proposal", 7).random(3), [0.5281007497642719, 0.9870893038558016, 0.9880611127121454]
    )
