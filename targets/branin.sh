#!/bin/sh
# The Branin function as a target algorithm in plain shell and awk: the same calls and answers as
# branin.py, from any POSIX system, without Python.
#
#   branin.sh <instance> <info> <cutoff> <runlength> <seed> -x1 <real> -x2 <real>

unset x1 x2
seed=-1

crash() {
    printf '%s: %s\n' "$0" "$1" >&2
    printf 'Result of this algorithm run: CRASHED, 0, 0, 0, %s\n' "$seed"
    exit 1
}

if [ $# -lt 5 ]; then
    crash "expected the arguments instance instance-info cutoff runlength seed; got $# of the five"
fi
seed=$5
shift 5

while [ $# -gt 0 ]; do
    case $1 in
        -x1 | -x2) ;;
        *) crash "unknown parameter '$1'; expected one of -x1, -x2" ;;
    esac
    [ $# -ge 2 ] || crash "parameter $1 has no value"
    case $1 in
        -x1) [ -z "${x1+given}" ] || crash "parameter -x1 is given twice"; x1=$2 ;;
        -x2) [ -z "${x2+given}" ] || crash "parameter -x2 is given twice"; x2=$2 ;;
    esac
    shift 2
done
[ -n "${x1+given}" ] || crash "parameter -x1 is missing"
[ -n "${x2+given}" ] || crash "parameter -x2 is missing"

# The values travel by the environment: awk would read backslashes in `-v` assignments.
quality=$(X1=$x1 X2=$x2 LC_ALL=C exec awk 'BEGIN {
    number = "^[+-]?([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][+-]?[0-9]+)?$"
    if (ENVIRON["X1"] !~ number) { print "-x1"; exit 1 }
    if (ENVIRON["X2"] !~ number) { print "-x2"; exit 1 }
    x1 = ENVIRON["X1"] + 0
    x2 = ENVIRON["X2"] + 0
    pi = atan2(0, -1)
    valley = x2 - 5.1 / (4 * pi * pi) * x1 * x1 + 5 / pi * x1 - 6
    printf "%.17g\n", valley * valley + 10 * (1 - 1 / (8 * pi)) * cos(x1) + 10
}') || crash "parameter $quality must be a finite number"
case $quality in
    *[!0-9.e+-]*) crash "Branin has no finite value at x1=$x1, x2=$x2" ;;
esac

printf 'Result of this algorithm run: SAT, 0, 0, %s, %s\n' "$quality" "$seed"
