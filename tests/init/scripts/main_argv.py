"""main(argv) that is handed sys.argv[1:], as testable scripts are."""

import argparse
import sys


def parse_arguments(argv):
    parser = argparse.ArgumentParser(formatter_class=argparse.RawTextHelpFormatter, allow_abbrev=False)
    parser.add_argument("--min-samples-leaf", type=int, default=1)  #: min-samples-leaf integer 1
    parser.add_argument("--max-features", type=float, default=1.0)  #: max-features real 1.0
    parser.add_argument(
        "--criterion", choices=["gini", "entropy"], default="gini"
    )  #: criterion choice gini gini|entropy
    parser.add_argument(
        "--bootstrap", choices=(True, False), type=lambda v: v == "True", default=True
    )  #: bootstrap choice True True|False
    parser.add_argument("--random-state", type=int, default=0)  #: random-state integer 0
    parser.add_argument("--n-jobs", type=int, default=-1)  #: n-jobs integer -1
    return parser.parse_args(argv)


def main(argv):
    args = parse_arguments(argv)
    print("Cross-validation accuracy is 0.%d" % (90 - args.min_samples_leaf))


if __name__ == "__main__":
    main(sys.argv[1:])
