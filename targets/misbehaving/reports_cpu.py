#!/usr/bin/env python3
"""Uses no CPU but reports to have used argv[1] seconds of it, among other datagrams, and sleeps."""

import os
import socket
import sys
import time

with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as reports:
    for datagram in (b"0.5", b"", b"\xff\xfe", b"nan", b"-3", sys.argv[1].encode(), b"0.75"):
        reports.sendto(datagram, ("127.0.0.1", int(os.environ["AEATK_PORT"])))
    print("reported", flush=True)
    time.sleep(600)
