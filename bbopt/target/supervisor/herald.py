"""Telling the optimizer, while a run is under way, how far a metric has come."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence

from bbopt.target.supervisor.metric_series import MAX_NEWS, GrowingCurve, MetricSeries
from bbopt.target.supervisor.station import Station
from bbopt.target.supervisor.wire import LatestValue

__all__ = ["Herald"]

_PAUSE_S = 0.25  # between two messages: what nobody could read is not told


class Herald:
    """Tells the latest values of the metric that has a curve, if one has."""

    def __init__(self, uuid: str, metrics: Sequence[MetricSeries], station: Station) -> None:
        self._uuid = uuid
        self._series = next((series for series in metrics if series.has_curve), None)
        self._station = station
        self._n_told = 0
        self._told_at_s = -math.inf

    @property
    def due_s(self) -> float:
        """When there is something to tell, on the monotonic clock; infinite if there is nothing."""
        is_news = self._series is not None and self._series.n > self._n_told
        return self._told_at_s + _PAUSE_S if is_news else math.inf

    def tell_if_due(self) -> None:
        """Tell what is new, unless that was done a moment ago."""
        now_s = time.monotonic()
        if now_s < self.due_s or self._series is None or self._series.news.last is None:
            return
        self._n_told, self._told_at_s = self._series.n, now_s
        *earlier, latest = zip(*self._series.news.points(), strict=True)
        if self._station.tell(LatestValue(self._uuid, self._series.n, *latest, earlier)):
            self._series.news = GrowingCurve(MAX_NEWS)
