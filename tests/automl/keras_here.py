"""Tests with Keras, which takes seconds to import: only where it is installed."""

from __future__ import annotations

import importlib.util

import pytest

NEEDS_KERAS = pytest.mark.skipif(
    any(importlib.util.find_spec(name) is None for name in ("keras", "tensorflow")),
    reason="Keras 3 or TensorFlow is not installed",
)
