"""What the model learns from: canonical rows, whenever they are looked at."""

from __future__ import annotations

import numpy as np

from bbopt.engines.smbo.training import TrainingData
from bbopt.space import parse_pcs
from tests.engines.spaces import MIXED


def test_rows_are_canonical_whenever_they_are_looked_at() -> None:
    space = parse_pcs(MIXED)
    rng = np.random.default_rng(0)
    rows = space.decode(rng.random((200, space.n_params)))  # inactive parameters anywhere
    canonical = space.canonical(rows)
    assert (canonical != rows).any(axis=1).sum() > 50
    data = TrainingData(space.n_params)
    for n, configuration in enumerate(space.configurations(rows), start=1):
        if n % 7:
            data.add_run(configuration, float(n), failed=n % 5 == 0)
        else:
            data.add(canonical[n - 1], float(n), failed=n % 5 == 0)
        if n in {1, 2, 3, 60, 64, 65, 66, 130}:  # it grows at 64 and 128
            assert np.array_equal(data.rows, canonical[:n])
    assert np.array_equal(data.best_rows(3), canonical[:3])
    assert np.array_equal(data.rows, canonical)
    assert np.array_equal(data.rows, canonical)
    assert np.array_equal(data.costs, np.arange(1.0, 201.0))
    assert data.failed.sum() == 40


def test_rows_of_configurations_are_left_alone() -> None:
    space = parse_pcs(MIXED)
    raw = space.configuration({"algo": "three", "depth": "7", "rate": "0.5", "size": "s"})
    before = raw.row.copy()
    data = TrainingData(space.n_params)
    data.add_run(raw, 1.0, failed=False)
    assert not np.array_equal(data.rows[0], before)
    assert np.array_equal(raw.row, before)
