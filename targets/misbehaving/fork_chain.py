#!/usr/bin/env python3
"""Flees from whoever wants to kill it: a child takes over all the time, each in its own session.

argv[1] marks the processes.  The chain ends by itself after a minute.
"""

import os
import signal
import time

signal.signal(signal.SIGTERM, signal.SIG_IGN)
end_s = time.monotonic() + 60
while time.monotonic() < end_s:
    if os.fork() != 0:
        os._exit(0)
    os.setsid()
