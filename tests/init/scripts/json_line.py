"""Prints its metrics as JSON, once an epoch."""

import argparse
import json

parser = argparse.ArgumentParser()
parser.add_argument("--eta", type=float, default=0.3)  #: eta real 0.3
parser.add_argument("--max_depth", type=int, default=6)  #: max_depth integer 6
parser.add_argument("--subsample", type=float, default=1)  #: subsample real 1
parser.add_argument("--lambda", type=float, default=1, dest="reg_lambda")  #: lambda real 1
parser.add_argument(
    "--booster", default="gbtree", choices=["gbtree", "dart"]
)  #: booster choice gbtree gbtree|dart
parser.add_argument(
    "--num_boost_round", "--num-boost-round", type=int, default=10
)  #: num_boost_round integer 10
parser.add_argument("--nthread", type=int, default=1)  #: nthread integer 1
a = parser.parse_args()
for step in range(3):
    print(
        json.dumps(
            {"epoch": step, "train-logloss": 0.3, "eval-logloss": a.eta / (step + 1) + a.max_depth / 100}
        )
    )
