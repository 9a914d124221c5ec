#!/usr/bin/env python3
"""Leaves a daemon behind: forked twice, in its own session, its environment cleared, marked by argv[1]."""

import os
import sys

if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        null = os.open(os.devnull, os.O_RDWR)
        for fd in (0, 1, 2):
            os.dup2(null, fd)
        program = [sys.executable, "-S", "-c", "import time; time.sleep(600)", sys.argv[1]]
        os.execve(sys.executable, program, {})
    os._exit(0)
os.wait()
print("Result for SMAC: SAT, 1.5, 2, 0.25, 7")
