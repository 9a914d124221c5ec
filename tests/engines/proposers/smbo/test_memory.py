"""Pages of short-lived arrays are not fetched again and again."""

from __future__ import annotations

import os
import platform
import subprocess
import sys

import pytest

_PROGRAM = """
import resource
import numpy as np
from bbopt.engines.proposers.smbo.memory import keep_freed_memory
keep_freed_memory()
def work():
    for _ in range(100):
        arrays = [np.ones(80_000) for _ in range(4)]
work()
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
work()
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="other C libraries keep what they like")
def test_freed_memory_is_kept() -> None:
    """Work that has been done before needs no more pages; without it these are tens of thousands."""
    told = {name: value for name, value in os.environ.items() if not name.startswith("MALLOC_")}  # as by Dask
    done = subprocess.run(
        [sys.executable, "-c", _PROGRAM], capture_output=True, text=True, check=True, timeout=60, env=told
    )
    faults = int(done.stdout)
    assert faults < 100
