#!/usr/bin/env python3
"""Ignores what asks it politely to end, and so does its child; both are marked by argv[1]."""

import os
import signal
import time

for signum in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
    signal.signal(signum, signal.SIG_IGN)
os.fork()
print("busy", flush=True)
time.sleep(600)
