"""Keras, imported where it is needed and without chatter."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from bbopt.errors import InputError

__all__ = ["import_keras"]

_FOR_TENSORFLOW = {
    "KERAS_BACKEND": "tensorflow",
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "TF_ENABLE_ONEDNN_OPTS": "0",  # otherwise rounding varies
    "TF_FORCE_GPU_ALLOW_GROWTH": "true",
}


def import_keras(*, use_gpus: bool = False) -> Any:
    """The module keras; which devices it sees is settled when it is imported first.

    InputError where it is not installed.
    """
    for name, value in _FOR_TENSORFLOW.items():
        os.environ.setdefault(name, value)
    if not use_gpus:
        os.environ["CUDA_VISIBLE_DEVICES"] = "-1"
    with _quiet_standard_error():
        try:
            import keras
        except ImportError as error:
            raise InputError(
                f"Keras can't be used here: {error}",
                expected="Keras 3 with TensorFlow",
                remedy="pip install 'bbopt-smac[keras]'",
            ) from error
    return keras


@contextmanager
def _quiet_standard_error() -> Iterator[None]:
    """Libraries write to the descriptor itself before they know what they are to be quiet about."""
    sys.stderr.flush()
    kept = os.dup(2)
    with tempfile.TemporaryFile() as nowhere:
        os.dup2(nowhere.fileno(), 2)
        try:
            yield
        finally:
            os.dup2(kept, 2)
            os.close(kept)
