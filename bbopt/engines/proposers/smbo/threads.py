"""Linear algebra in one thread.

The model's matrices are small, its results must not depend on the machine's cores, and these are there for
the target's runs.
"""

from __future__ import annotations

import importlib
from contextlib import AbstractContextManager
from functools import cache
from typing import Any

__all__ = ["one_thread"]


def one_thread() -> AbstractContextManager[object]:
    """While inside, the BLAS libraries of numpy and scipy use one thread; afterwards as many as before.

    scikit-learn has none of its own, and takes longer to import than all the others: who needs it imports it.
    """
    limits: AbstractContextManager[object] = _controller().limit(limits=1, user_api="blas")
    return limits


@cache
def _controller() -> Any:
    for name in ("scipy.linalg", "scipy.optimize"):
        importlib.import_module(name)  # these bring a library of their own, which the controller has to find
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController()
