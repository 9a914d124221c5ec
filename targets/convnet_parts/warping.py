"""Images brought to another side and distorted, with bilinear interpolation."""

from __future__ import annotations

import numpy as np
from scipy.ndimage import map_coordinates


def warp_images(images, warp):
    """Images (n, side, side, 1) of the side that `warp` has, each distorted in the same way.

    An output pixel at u, in coordinates from -1 to 1, shows the input at A u + t, A being the product of
    rotation, shear and scales.  What lies outside of the input is as its border.
    """
    steps = (np.arange(warp.side) + 0.5) / warp.side * 2 - 1
    v, h = np.meshgrid(steps, steps, indexing="ij")
    cos, sin = np.cos(warp.rotation), np.sin(warp.rotation)
    matrix = np.array([[cos, -sin], [sin, cos]]) @ np.array([[1.0, 0.0], [warp.shear, 1.0]])
    matrix = matrix @ np.diag([warp.scale_v, warp.scale_h])
    points = np.einsum("ij,jkl->ikl", matrix, np.stack([v, h]))
    points += np.array([warp.shift_v, warp.shift_h])[:, None, None]
    sides = np.array(images.shape[1:3])[:, None, None]
    places = (points + 1) / 2 * sides - 0.5
    warped = [map_coordinates(image[:, :, 0], places, order=1, mode="nearest") for image in images]
    return np.stack(warped).astype(np.float32)[..., None]
