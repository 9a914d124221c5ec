"""Imports a module that has a parser of its own, and parses an empty list for itself."""

import argparse

import leaking_library

parser = argparse.ArgumentParser(argument_default=None)
parser.add_argument("--C", type=float, default=1.0)  #: C real 1.0
parser.add_argument("--kernel", choices=("rbf", "poly"), default="rbf")  #: kernel choice rbf rbf|poly
parser.add_argument(
    "--class-weight", choices=["balanced"], default=None
)  #: class-weight choice None balanced
args = parser.parse_args()
print("accuracy", 0.9 - abs(args.C - 10) / 100 - leaking_library.settings.offset)
