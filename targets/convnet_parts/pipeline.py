"""From images to features: the warp, the layers, and the exit, in batches of images that fit into a cache."""

from __future__ import annotations

from functools import partial

import numpy as np

from convnet_parts.filter_banks import make_filters, responses
from convnet_parts.pooling import grid_pool, halves, local_norm, lpool, pooled_side
from convnet_parts.warping import warp_images

MOST_FEATURES = 16_000
MOST_EXIT_FILTERS = 2_000  # what a grid of 2 x 2 cells gets; more, where places are few, would take minutes
_BATCH_NUMBERS = 2_000_000  # in the patches or responses of one batch


class NothingLeftError(Exception):
    """The settings leave nothing to filter, to pool or to classify."""


def features(architecture, images, most_features=MOST_FEATURES):
    """Features (n_images, n_features), at most so many; NothingLeftError when there are none."""
    n_filters = n_exit_filters(architecture, most_features)
    maps = warp_images(images, architecture.warp)
    for layer in architecture.layers:
        maps = _filtered(maps, layer.bank, layer.n_filters, partial(lpool, layer.pooling))
    found = _filtered(maps, architecture.exit.bank, n_filters, partial(leave, architecture.exit))
    return found.reshape(len(images), -1)


def n_exit_filters(architecture, most_features=MOST_FEATURES):
    """How many filters the exit may have; NothingLeftError when nothing reaches it, or nothing leaves it."""
    side = architecture.warp.side
    for layer in architecture.layers:
        side = _after(side, "a layer's filters", layer.bank.size)
        side = _after(side, "a layer's pooling", layer.pooling.size, layer.pooling.stride)
    exit_ = architecture.exit
    side = _after(side, "the last filters", exit_.bank.size)
    if exit_.grid is not None:
        if exit_.grid > side:
            raise NothingLeftError(f"maps of side {side} have no {exit_.grid} x {exit_.grid} cells")
        side = exit_.grid
    else:
        side = _after(side, "the last pooling", exit_.pooling.size, exit_.pooling.stride)
    if exit_.normalisation is not None:
        side = _after(side, "the normalisation", exit_.normalisation.size)
    n_filters = most_features // (side**2 * (1 if exit_.alpha is None else 2))
    if n_filters == 0:
        raise NothingLeftError(f"one filter has more than {most_features} features")
    return min(n_filters, MOST_EXIT_FILTERS)


def leave(exit_, maps):
    """What an exit makes of the responses of its filters: (n, rows, columns, channels)."""
    if exit_.alpha is not None:
        maps = halves(maps, exit_.alpha)
    if exit_.grid is not None:
        return grid_pool(maps, exit_.grid, exit_.order)
    maps = lpool(exit_.pooling, maps)
    return maps if exit_.normalisation is None else local_norm(exit_.normalisation, maps)


def _after(side, what, size, stride=1):
    following = pooled_side(side, size, stride)
    if following == 0:
        raise NothingLeftError(f"{what} of side {size} do not fit into maps of side {side}")
    return following


def _filtered(maps, bank, n_filters, then):
    """The responses of a bank's filters, and what `then` makes of them, batch by batch."""
    filters = make_filters(bank, n_filters, maps)
    places = (maps.shape[1] - bank.size + 1) ** 2
    batch = max(1, _BATCH_NUMBERS // (places * max(filters.weights.shape)))
    parts = [maps[start : start + batch] for start in range(0, len(maps), batch)]
    return np.concatenate([then(responses(bank, filters, part)) for part in parts])
