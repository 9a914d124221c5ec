"""What summarises responses over places: norms over windows or cells, and normalised contrasts."""

from __future__ import annotations

import numpy as np


def pooled_side(side, size, stride):
    """How many windows of `size`, `stride` apart, fit into `side`; 0 for none."""
    return max(0, (side - size) // stride + 1)


def halves(maps, alpha):
    """What exceeds `alpha` above and below zero, as twice as many channels."""
    return np.concatenate([np.maximum(maps - alpha, 0), np.maximum(-maps - alpha, 0)], axis=3)


def lpool(pooling, maps):
    """Windows' norms of order p, (sum |x|^p)^(1/p): (n, rows, columns, channels)."""
    powers, scale = _powers(maps, pooling.order)
    for axis in (1, 2):
        powers = _window_sums(powers, pooling.size, pooling.stride, axis)
    return _roots(powers, scale, pooling.order)


def grid_pool(maps, resolution, order):
    """The same over the cells of a grid, `resolution` a side, that covers the maps."""
    powers, scale = _powers(maps, order)
    for axis in (1, 2):
        begins = np.arange(resolution) * maps.shape[axis] // resolution
        powers = np.add.reduceat(powers, begins, axis=axis)
    return _roots(powers, scale, order)


def local_norm(normalisation, maps):
    """Maps whose values are divided by the norm of their window over all channels, at least the threshold.

    Windows lie wholly inside, so that maps become smaller by size - 1; the mean of the window may be
    subtracted before.
    """
    size, channels = normalisation.size, maps.shape[3]
    length = size**2 * channels
    sums, squares = (_box(summed.sum(axis=3, keepdims=True), size) for summed in (maps, np.square(maps)))
    begin = (size - 1) // 2
    rows, columns = sums.shape[1:3]
    centres = maps[:, begin : begin + rows, begin : begin + columns]
    if normalisation.remove_mean:
        centres = centres - sums / length
        squares = squares - sums**2 / length
    return centres / np.maximum(np.sqrt(np.maximum(squares, 0)), np.float32(normalisation.threshold))


def _box(maps, size):
    for axis in (1, 2):
        maps = _window_sums(maps, size, 1, axis)
    return maps


def _window_sums(maps, size, stride, axis):
    n = pooled_side(maps.shape[axis], size, stride)
    total = None
    for first in range(size):
        part = [slice(None)] * maps.ndim
        part[axis] = slice(first, first + stride * (n - 1) + 1, stride)
        total = maps[tuple(part)].copy() if total is None else np.add(total, maps[tuple(part)], out=total)
    return total


def _powers(maps, order):
    """|x / s|^p with the largest |x| as s, which keeps every power of it within single precision."""
    sizes = np.abs(maps)
    scale = sizes.max(initial=0.0) or np.float32(1)
    sizes /= scale
    if order == 2:
        np.square(sizes, out=sizes)
    elif order != 1:
        with np.errstate(divide="ignore"):  # of zero, whose power is zero again
            np.log(sizes, out=sizes)
        sizes *= np.float32(order)
        np.exp(sizes, out=sizes)
    return sizes, scale


def _roots(powers, scale, order):
    if order == 2:
        powers = np.sqrt(powers)
    elif order != 1:
        powers = powers ** np.float32(1 / order)
    return powers * scale
