"""parse_known_args is all there is."""

import argparse
import sys


def get_args():
    parser = argparse.ArgumentParser()
    parser.add_argument("--hidden_size", type=int, default=64, help="size")  #: hidden_size integer 64
    parser.add_argument("--num_layers", type=int, default=2)  #: num_layers integer 2
    parser.add_argument("--dropout_rate", type=float, default=0.1)  #: dropout_rate real 0.1
    args, unknown = parser.parse_known_args()
    if unknown:
        sys.exit(f"unknown: {unknown}")
    return args


args = get_args()
print("[eval] perplexity: %.3f" % (20 + abs(args.num_layers - 4) + args.dropout_rate))
