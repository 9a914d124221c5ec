"""Top-k accuracies: metrics for files of objects, such as `top_3 = bbopt.automl.top_k(3)`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

__all__ = ["top_k"]


def top_k(k: int) -> Callable[[Any, Any], Any]:
    """A metric: how often the class is among the `k` that are thought most likely; for one-hot labels.

    ValueError for what is no number of classes.
    """
    if isinstance(k, bool) or not isinstance(k, int) or k < 1:
        raise ValueError(f"k is a number of classes, at least 1, got {k!r}")

    def accuracy(y_true: Any, y_pred: Any) -> Any:
        import keras

        return keras.metrics.top_k_categorical_accuracy(y_true, y_pred, k=k)

    accuracy.__name__ = f"top_{k}_accuracy"
    return accuracy
