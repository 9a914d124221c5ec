"""SMAC v2's names for acquisition functions (`acq-func`), and what each stands for."""

from __future__ import annotations

import enum

import numpy as np

from bbopt.acquisition.improvement import (
    AcquisitionFunction,
    log_expected_exponential_improvement,
    log_expected_improvement,
    lower_confidence_bound,
    predicted_improvement,
)

__all__ = ["AcquisitionName"]


class AcquisitionName(enum.Enum):
    """Which function rates candidates.  LCBEIRR takes LCB and EI in turns."""

    EI = "EI"
    EXPONENTIAL = "EXPONENTIAL"
    SIMPLE = "SIMPLE"
    LCB = "LCB"
    LCBEIRR = "LCBEIRR"

    @property
    def is_improvement(self) -> bool:
        """Whether it is the logarithm of an expected improvement, to which that of a prior may be added."""
        return self in {AcquisitionName.EI, AcquisitionName.EXPONENTIAL}

    def function(self, index: int, rng: np.random.Generator) -> AcquisitionFunction:
        """The function for the proposal number `index`.

        LCB draws its k from the exponential distribution with mean 1 each time, so that parallel searches
        explore differently (Hutter, Hoos and Leyton-Brown, 2012, Parallel algorithm configuration).
        """
        if self is AcquisitionName.LCB or (self is AcquisitionName.LCBEIRR and index % 2):
            return lower_confidence_bound(float(rng.exponential()))
        return _FIXED[self]


_FIXED: dict[AcquisitionName, AcquisitionFunction] = {
    AcquisitionName.EI: log_expected_improvement,
    AcquisitionName.LCBEIRR: log_expected_improvement,
    AcquisitionName.EXPONENTIAL: log_expected_exponential_improvement,
    AcquisitionName.SIMPLE: predicted_improvement,
}
