#!/bin/sh
# Leaves a process behind that keeps the output open; $1 marks it.
sh -c 'sleep 600; : "$0"' "$1" &
echo 'Result for SMAC: SAT, 1.5, 2, 0.25, 7'
