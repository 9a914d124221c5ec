# init: data.csv
"""Positionals, of which numbers can be searched."""

import argparse

parser = argparse.ArgumentParser()
parser.add_argument("data")
parser.add_argument("alpha", type=float)  #: alpha real None
parser.add_argument("kind", choices=["ridge", "lasso"])  #: kind choice None ridge|lasso
parser.add_argument("--no-intercept", action="store_true")  #: no-intercept switch False
parser.add_argument("--degree", "-d", type=int, default=2)  #: degree integer 2
args = parser.parse_args()
print(f"R2: {1 - abs(args.alpha - 0.3) - (args.kind == 'lasso') / 10 - abs(args.degree - 3) / 9:.4f}")
