"""For all tests: linear algebra takes one thread, as in a search; a busy machine fails no random examples.

With a thread for each core, small matrices take ten times the CPU time when workers share the cores.
"""

from __future__ import annotations

import importlib
import os

from hypothesis import HealthCheck, settings

settings.register_profile("shared machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("shared machine")

_VARIABLE = "OPENBLAS_NUM_THREADS"

if (
    _VARIABLE not in os.environ
):  # read once, when the libraries are loaded; programs under test decide themselves
    os.environ[_VARIABLE] = "1"
    for library in ("numpy", "scipy.linalg"):
        importlib.import_module(library)
    del os.environ[_VARIABLE]
