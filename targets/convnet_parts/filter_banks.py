"""Banks of linear filters over patches whose contrast is normalised, and their responses."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from scipy.linalg import eigh

N_WHITENING_PATCHES = 1000
_TINY = 1e-12


@dataclass(frozen=True)
class Filters:
    """`weights` (patch length, n_filters) and what is subtracted from each one's responses (n_filters,)."""

    weights: np.ndarray
    offsets: np.ndarray


def make_filters(bank, n_filters, maps):
    """The filters of a bank for patches of the feature maps `maps`, from which two kinds of them learn."""
    length = bank.size**2 * maps.shape[3]
    rng = np.random.default_rng(bank.seed)
    if bank.algo == "random":
        weights = rng.standard_normal((length, n_filters))
        if bank.normalize:
            weights = _unit_columns(weights)
        return _single(weights, np.zeros(n_filters))
    patches = sampled_patches(bank, N_WHITENING_PATCHES, maps, np.random.default_rng(bank.patch_seed))
    whitening = Whitening(patches, bank.gamma)
    if bank.algo == "whitened_random":
        whitened = rng.standard_normal((length, n_filters))
    else:
        whitened = whitening(sampled_patches(bank, n_filters, maps, rng) - whitening.mean).T
    # The response to a whitened patch is u' W (x - mean): the symmetric W becomes a part of the filter.
    weights = whitening(_unit_columns(whitened).T).T
    return _single(weights, whitening.mean @ weights)


class Whitening:
    """x -> W x, W = (C + gamma I)^(-1/2) with the covariance C of `patches` (n, length).

    With g = 1 / sqrt(gamma), eigenvalues d, eigenvectors V of C, W is g I + V (1 / sqrt(d + gamma) - g) V':
    where patches are longer than there are patches, the directions that these span are all that it takes.
    """

    def __init__(self, patches, gamma):
        self.mean = patches.mean(axis=0)
        centred = patches - self.mean
        n, length = centred.shape
        if length <= n:
            values, self._vectors = eigh((centred.T @ centred).astype(float) / n)
        else:
            values, left = eigh((centred @ centred.T).astype(float) / n)
            is_spanned = values > _TINY + 1e-6 * values.max(initial=0.0)
            values = values[is_spanned]
            self._vectors = centred.T @ (left[:, is_spanned] / np.sqrt(n * values))
        self._plain = 1 / np.sqrt(gamma)
        self._others = 1 / np.sqrt(np.maximum(values, 0.0) + gamma) - self._plain

    def __call__(self, rows):
        """W times each of the rows (m, length)."""
        return self._plain * rows + ((rows @ self._vectors) * self._others) @ self._vectors.T


def sampled_patches(bank, n, maps, rng):
    """`n` random patches of the maps (n, length), their contrast normalised as `bank` does it."""
    windows = _windows(maps, bank.size)
    places = (rng.integers(size, size=n) for size in windows.shape[:3])
    patches = windows[tuple(places)].reshape(n, -1)
    mean, norm = _mean_and_norm(bank, patches)
    return (patches - mean) / norm


def responses(bank, filters, maps):
    """Responses (n, height - size + 1, width - size + 1, n_filters) of all patches of the maps."""
    windows = _windows(maps, bank.size)
    patches = windows.reshape(-1, filters.weights.shape[0])
    mean, norm = _mean_and_norm(bank, patches)
    found = patches @ filters.weights
    if bank.remove_mean:
        found -= mean * filters.weights.sum(axis=0)
    found /= norm
    found -= filters.offsets
    return found.reshape(*windows.shape[:3], -1)


def _mean_and_norm(bank, patches):
    """What is subtracted from each patch and then divided by, (n, 1) each.

    The norm is sqrt(max(|x|^2, beta)) where `hard`, else sqrt(|x|^2 + beta).
    """
    length = patches.shape[1]
    mean = patches.mean(axis=1, keepdims=True) if bank.remove_mean else np.zeros((1, 1), np.float32)
    squares = np.einsum("ij,ij->i", patches, patches)[:, None] - length * mean**2
    squares = np.maximum(squares, 0)
    beta = np.float32(bank.beta)
    return mean, np.sqrt(np.maximum(squares, beta) if bank.hard else squares + beta)


def _windows(maps, size):
    """All patches: (n, rows, columns, channels, size, size)."""
    return sliding_window_view(maps, (size, size), axis=(1, 2))


def _unit_columns(weights):
    return weights / np.maximum(np.linalg.norm(weights, axis=0), _TINY)


def _single(weights, offsets):
    return Filters(weights.astype(np.float32), offsets.astype(np.float32))
