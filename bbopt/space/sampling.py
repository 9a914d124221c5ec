"""Drawing legal rows: rejection sampling that ends."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from bbopt.errors import InputError
from bbopt.space.forbidden import ForbiddenRules, clause_label

__all__ = ["MOST_DRAWS", "draw_legal"]

MOST_DRAWS = 1_000_000
"""So many draws may be forbidden before sampling gives up, as in SMAC v2."""

_LARGEST_BATCH_CELLS = 2_000_000


class _Decoder(Protocol):
    """What sampling needs of a space."""

    @property
    def n_params(self) -> int: ...
    @property
    def forbidden(self) -> ForbiddenRules: ...
    def decode_free(self, unit: NDArray[np.float64]) -> NDArray[np.float64]: ...


def draw_legal(space: _Decoder, n: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """`n` rows of native values, uniform in the unit cube among those that no clause forbids.

    Raises InputError once MOST_DRAWS draws were forbidden.
    """
    kept: list[NDArray[np.float64]] = []
    n_kept = n_rejected = 0
    largest = max(1, _LARGEST_BATCH_CELLS // max(1, space.n_params))
    batch = max(n, 1)
    while n_kept < n:
        size = min(batch, largest, MOST_DRAWS)
        drawn = space.decode_free(rng.random((size, space.n_params)))
        is_forbidden = space.forbidden.is_forbidden(drawn)
        legal = drawn[~is_forbidden][: n - n_kept]
        kept.append(legal)
        n_kept += len(legal)
        n_rejected += int(np.count_nonzero(is_forbidden))
        if n_kept < n and n_rejected >= MOST_DRAWS:
            raise _no_legal_rows(space.forbidden, drawn, n, n_kept, n_rejected)
        batch = max(64, 2 * size) if is_forbidden.all() else max(64, n - n_kept)
    return np.concatenate(kept) if kept else np.empty((0, space.n_params))


def _no_legal_rows(
    rules: ForbiddenRules, drawn: NDArray[np.float64], n: int, n_kept: int, n_rejected: int
) -> InputError:
    counts = rules.counts(drawn)
    worst = sorted(range(len(counts)), key=lambda index: -counts[index])[:3]
    shares = [f"{clause_label(rules.clauses[index])}: {counts[index] / len(drawn):.1%}" for index in worst]
    return InputError(
        f"no {n} legal configurations found: {n_rejected:,} of {n_rejected + n_kept:,} draws were forbidden",
        got="shares of the last draws by clause: " + "; ".join(shares),
        expected=f"fewer than {MOST_DRAWS:,} forbidden draws",
        remedy="loosen the forbidden clauses, or turn them into conditions or other bounds",
    )
