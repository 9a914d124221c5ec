"""Takes a config file by a first parser with the same help, and its values as defaults of the second."""

import argparse
import json
import os


def main():
    first = argparse.ArgumentParser(add_help=False)
    first.add_argument("--config")  #: config text None
    known, rest = first.parse_known_args()
    values = json.load(open(known.config)) if known.config and os.path.exists(known.config) else {"l1": 0.5}
    second = argparse.ArgumentParser(parents=[first])
    second.add_argument("--l1", type=float, default=0.1)  #: l1 real 0.5
    second.add_argument("--max-iter", type=int, default=100)  #: max-iter integer 100
    second.add_argument(
        "--solver", choices=["lbfgs", "saga"], default="lbfgs"
    )  #: solver choice lbfgs lbfgs|saga
    second.set_defaults(**values)
    args = second.parse_args(rest)
    print("log loss: %.3f" % args.l1)


main()
