#!/usr/bin/env python3
"""Allocates memory without end, ignoring SIGTERM if argv[2] says so; marked by argv[1]."""

import signal
import sys
import time

if sys.argv[2:3] == ["stubborn"]:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
pieces = []
while True:
    pieces.append(bytearray(b"x") * 4_000_000)
    time.sleep(0.01)
