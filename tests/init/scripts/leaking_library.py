"""Not a script: a module whose settings are those of a parser that reads nothing."""

import argparse

_parser = argparse.ArgumentParser()
_parser.add_argument("--offset", type=float, default=0.0)
settings = _parser.parse_args(args=[])
