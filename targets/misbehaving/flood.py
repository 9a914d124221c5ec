#!/usr/bin/env python3
"""Prints argv[1] megabytes without a line end, then the result line, then as much again."""

import sys

chunk = b"x" * 1_000_000
for _ in range(int(sys.argv[1])):
    sys.stdout.buffer.write(chunk)
sys.stdout.buffer.write(b"\nResult for SMAC: SAT, 1.5, 2, 0.25, 7\n")
for _ in range(int(sys.argv[1])):
    sys.stdout.buffer.write(chunk)
