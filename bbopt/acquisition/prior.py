"""How much a belief about where the optimum lies counts, which wears off as runs come in."""

from __future__ import annotations

__all__ = ["prior_exponent"]

_SHARE_OF_BUDGET = 0.1
_BETA = 10.0  # where no number of runs is set


def prior_exponent(n_runs: int, budget: int | None) -> float:
    """The power beta / n of the prior that multiplies the acquisition function after n runs.

    beta is a tenth of the runs that there will be (Hvarfner et al., 2022, piBO: augmenting acquisition
    functions with user beliefs for Bayesian optimization).
    """
    beta = _BETA if budget is None else _SHARE_OF_BUDGET * budget
    return beta / max(n_runs, 1)
