#!/bin/sh
# Prints two result lines.
echo 'Result for SMAC: SAT, 1.5, 2, 0.25, 7'
echo 'Result for SMAC: SAT, 1.5, 2, 0.20, 7'
