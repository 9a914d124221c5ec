"""argument_default, defaults set elsewhere, abbreviations, a required option."""
# init: -- --data x.csv --mom 0.5

import argparse

parser = argparse.ArgumentParser(argument_default=argparse.SUPPRESS)
parser.add_argument("--data", required=True)
parser.add_argument("--lr", type=float, required=True, help=argparse.SUPPRESS)  #: lr real None
parser.add_argument("--momentum", type=float)
parser.add_argument("--l2", type=float)  #: l2 real 0.01
parser.add_argument("--eps", type=float, default=1e-8, help="100% of it")  #: eps real 1e-08
parser.set_defaults(l2=0.01, momentum=0.9)
args = parser.parse_args()
print("loss:", abs(args.lr - 0.1) + args.l2 + args.momentum)
