#!/usr/bin/env python3
"""Grows to 64 processes over many sessions, all marked by argv[1], and waits."""

import os
import time

for _ in range(6):
    if os.fork() == 0:
        os.setsid()
time.sleep(600)
