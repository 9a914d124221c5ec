#!/bin/sh
# Exits at once; its child prints the result line after $1 seconds.
(sleep "$1"; echo 'Result for SMAC: SAT, 1.5, 2, 0.25, 7') &
exit 3
