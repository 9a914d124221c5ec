"""Drawing legal rows: rejection sampling that ends."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from bbopt.errors import InputError
from bbopt.space.compiled import CompiledSpace
from bbopt.space.forbidden import ForbiddenClauses, clause_label

__all__ = ["MOST_DRAWS", "draw_legal", "with_legal_inactive"]

MOST_DRAWS = 1_000_000
"""So many draws without one legal row make sampling give up, as in SMAC v2."""

_DRAWS_PER_ROW = 100
"""After so many draws for each row wanted, those found have to do."""

_LARGEST_BATCH_CELLS = 2_000_000

_INACTIVE_TRIES = 256


def draw_legal(space: CompiledSpace, n: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """Rows of native values, distributed as the parameters say among those that no clause forbids.

    They are `n`, or fewer (at least one) where _DRAWS_PER_ROW draws for each did not yield so many.  Raises
    InputError when MOST_DRAWS draws yield none.
    """
    kept: list[NDArray[np.float64]] = []
    n_kept = n_drawn = 0
    largest = max(1, _LARGEST_BATCH_CELLS // max(1, space.n_params))
    batch = max(n, 1)
    while n_kept < n and n_drawn < (_DRAWS_PER_ROW * n if n_kept else MOST_DRAWS):
        size = min(batch, largest, MOST_DRAWS)
        drawn = space.decode_free(space.spread(rng.random((size, space.n_params))))
        is_forbidden = space.is_forbidden(drawn)
        legal = drawn[~is_forbidden][: n - n_kept]
        kept.append(legal)
        n_kept += len(legal)
        n_drawn += size
        batch = max(64, 2 * size if is_forbidden.mean() > 0.5 else n - n_kept)
    if n_kept == 0 < n:
        raise _no_legal_rows(space.forbidden, drawn, n_drawn)
    return np.concatenate(kept) if kept else np.empty((0, space.n_params))


def with_legal_inactive(space: CompiledSpace, row: NDArray[np.float64]) -> NDArray[np.float64]:
    """The row (1, n_params), with other inactive values where they alone make a clause match.

    Clauses look at inactive parameters too.  A row that stays forbidden is returned as it was.
    """
    if not space.is_forbidden(row)[0]:
        return row
    rng = np.random.Generator(np.random.PCG64(0))  # always the same values for the same row
    drawn = space.decode_free(space.spread(rng.random((_INACTIVE_TRIES, space.n_params))))
    tried = np.where(space.active(row), row, drawn)
    legal = np.flatnonzero(~space.is_forbidden(tried))
    return tried[legal[:1]] if len(legal) else row


def _no_legal_rows(rules: ForbiddenClauses, drawn: NDArray[np.float64], n_drawn: int) -> InputError:
    counts = rules.counts(drawn)
    worst = sorted(range(len(counts)), key=lambda index: -counts[index])[:3]
    shares = [f"{clause_label(rules.clauses[index])}: {counts[index] / len(drawn):.1%}" for index in worst]
    return InputError(
        f"no legal configuration found: all of {n_drawn:,} random ones were forbidden",
        got="shares of the last draws by clause: " + "; ".join(shares),
        expected=f"at least one legal configuration in {MOST_DRAWS:,} draws",
        remedy="loosen the forbidden clauses, or turn them into conditions or other bounds",
    )
