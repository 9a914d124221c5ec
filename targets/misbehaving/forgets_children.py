#!/usr/bin/env python3
"""Burns CPU time in children that it never waits for: the kernel drops what they have used."""

import contextlib
import os
import signal
import time

signal.signal(signal.SIGCHLD, signal.SIG_IGN)
for _ in range(4):
    if os.fork() == 0:
        while time.process_time() < 0.15:
            pass
        os._exit(0)
    with contextlib.suppress(ChildProcessError):
        os.wait()
print("Result for SMAC: SAT, 1.5, 2, 0.25, 7")
