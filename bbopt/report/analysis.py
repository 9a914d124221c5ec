"""A study with what is computed of it once and shown several times."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from bbopt.report.cost_scale import CostScale, cost_scale
from bbopt.report.facts import Study
from bbopt.report.model import Importance, Model, Step, TooFewToSay, fit_model

__all__ = ["Analysis"]


@dataclass(frozen=True)
class Analysis:
    """The study, the scale of its costs, and its model."""

    study: Study

    @cached_property
    def scale(self) -> CostScale:
        """That of all figures."""
        return cost_scale(self.study)

    @cached_property
    def _fitted(self) -> Model | TooFewToSay:
        try:
            return fit_model(self.study, self.scale)
        except TooFewToSay as reason:
            return reason

    @property
    def model(self) -> Model | None:
        """The model; None where it would say nothing."""
        return self._fitted if isinstance(self._fitted, Model) else None

    @cached_property
    def _importances(self) -> tuple[Sequence[Importance], float] | TooFewToSay:
        if isinstance(self._fitted, TooFewToSay):
            return self._fitted
        try:
            return self._fitted.importances()
        except TooFewToSay as reason:
            return reason

    @property
    def importances(self) -> Sequence[Importance]:
        """The parameters, the most important first; () where nothing can be said."""
        return () if isinstance(self._importances, TooFewToSay) else self._importances[0]

    @property
    def noise_share(self) -> float:
        """The importance that a parameter without any effect may seem to have."""
        return 1.0 if isinstance(self._importances, TooFewToSay) else self._importances[1]

    @property
    def too_few(self) -> str:
        """Why nothing can be said of parameters; "" where something can."""
        return str(self._importances) if isinstance(self._importances, TooFewToSay) else ""

    @cached_property
    def path(self) -> tuple[float, Sequence[Step]] | None:
        """The ablation path; None without a model or an incumbent, or where this is the default."""
        incumbent = self.study.incumbent
        if self.model is None or incumbent is None or incumbent.is_default:
            return None
        return self.model.path(self.study.space.default, incumbent)

    @property
    def telling(self) -> list[int]:
        """The parameters whose importance is more than that of noise, the most important first."""
        return [one.column for one in self.importances if max(one.share, one.total / 2) > self.noise_share]
