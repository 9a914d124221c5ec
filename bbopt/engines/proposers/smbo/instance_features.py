"""What the forest sees of the instances: the principal components of their features."""

from __future__ import annotations

import warnings

import numpy as np

from bbopt.surrogate import FloatArray

__all__ = ["principal_components"]


def principal_components(features: FloatArray, n: int) -> FloatArray:
    """At most `n` principal components (n_instances, m <= n) of `features` (n_instances, n_features).

    Features are standardised first, as SMAC v2 does; a missing one (NaN) counts as the mean of those that
    are known, and constant ones are left out.  One constant column where nothing is left.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", category=RuntimeWarning)  # a column without any value
        means = np.nanmean(features, axis=0) if features.size else np.zeros(features.shape[1])
    filled = np.where(np.isnan(features), np.nan_to_num(means), features)
    scale = filled.std(axis=0)
    telling = scale > 1e-12 * np.maximum(np.abs(filled).max(axis=0, initial=0.0), 1e-300)
    if not telling.any():
        return np.zeros((len(features), 1))
    from sklearn.decomposition import PCA

    standardised = (filled[:, telling] - filled[:, telling].mean(axis=0)) / scale[telling]
    n_components = min(n, *standardised.shape)
    components: FloatArray = PCA(n_components, svd_solver="full").fit_transform(standardised)
    return components
