"""Values that are lists: of a fixed length, of any, with choices, appended."""

import argparse

parser = argparse.ArgumentParser(prog="lists")
parser.add_argument("--betas", nargs=2, type=float, default=(0.9, 0.999))  #: betas real [0.9, 0.999]
parser.add_argument("--layers", nargs="+", type=int, default=[64, 64])  #: layers integer [64, 64]
parser.add_argument("--lr_steps", nargs="*", type=int, default=[])  #: lr_steps integer []
parser.add_argument("--lrs", nargs="+", type=float, default=[0.1])  #: lrs real [0.1]
parser.add_argument("--features", nargs="+", type=str, default=["pt", "eta"])  #: features text ['pt', 'eta']
parser.add_argument(
    "--kernels", nargs="+", choices=["rbf", "linear"], default=["rbf"]
)  #: kernels choice ['rbf'] rbf|linear
parser.add_argument("--metric", action="append", default=None)  #: metric append None
parser.add_argument("--size", nargs=2, type=int, metavar=("H", "W"), required=False)  #: size integer None
parser.add_argument("-v", "--verbose", action="count", default=0)  #: verbose count 0
parser.add_argument(
    "--dims", type=lambda s: [int(d) for d in s.split(",")], default="100,50"
)  #: dims text [100, 50]
args = parser.parse_args()
assert len(args.betas) == 2
assert len(args.layers) == 2
print(f"loss = {abs(args.betas[0] - 0.8) + abs(args.layers[0] - 32) / 100 + abs(args.lrs[0] - 0.3):.5f}")
