#!/bin/sh
# Ends its output without a line end.
printf 'Result for SMAC: SAT, 1.5, 2, 0.25, 7'
