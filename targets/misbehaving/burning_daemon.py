#!/usr/bin/env python3
"""Sleeps while a daemon, forked twice in a session of its own without environment, burns CPU time."""

import os
import sys
import time

if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        os.execve(sys.executable, [sys.executable, "-S", "-c", "while True: pass", sys.argv[1]], {})
    os._exit(0)
os.wait()
time.sleep(600)
