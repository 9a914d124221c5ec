#!/usr/bin/env python3
"""Burns CPU time in short-lived children of a child that waits for each of them; marked by argv[1]."""

import os
import time


def burn() -> None:
    while time.process_time() < 0.05:
        pass
    os._exit(0)


if os.fork() == 0:
    while True:
        if os.fork() == 0:
            burn()
        os.wait()
os.wait()
