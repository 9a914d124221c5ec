#!/bin/sh
# Prints bytes that are not UTF-8, around a valid result line and inside of it.
printf '\377\376\300 noise\n'
printf 'Result for SMAC: SAT, 1.5, 2, 0.25, 7, caf\351\n'
printf '\200\n'
