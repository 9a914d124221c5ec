"""For all tests: linear algebra takes one thread here, as in a search.

With a thread for each core, small matrices take ten times the CPU time when workers share the cores.
"""

from __future__ import annotations

import importlib
import os

_VARIABLE = "OPENBLAS_NUM_THREADS"

if (
    _VARIABLE not in os.environ
):  # read once, when the libraries are loaded; programs under test decide themselves
    os.environ[_VARIABLE] = "1"
    for library in ("numpy", "scipy.linalg"):
        importlib.import_module(library)
    del os.environ[_VARIABLE]
