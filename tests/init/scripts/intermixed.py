# init: a.txt b.txt
"""parse_intermixed_args, several files, defaults of the environment."""

import argparse
import os

parser = argparse.ArgumentParser()
parser.add_argument("files", nargs="+")
parser.add_argument(
    "--sigma", type=float, default=float(os.environ.get("NO_SUCH_SIGMA", 0.1))
)  #: sigma real 0.1
parser.add_argument("--neighbours", "-k", type=int, default=5)  #: neighbours integer 5
parser.add_argument(
    "--weights", choices=["uniform", "distance"], default="uniform"
)  #: weights choice uniform uniform|distance
args = parser.parse_intermixed_args()
print("Epoch 3/3 - loss: 0.2 - val_loss: %.4f - val_acc: 0.9" % (args.sigma + args.neighbours / 100))
