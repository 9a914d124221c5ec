"""Nothing has a default; what is required is guessed from its name."""

import argparse

parser = argparse.ArgumentParser()
req = parser.add_argument_group("required arguments")
req.add_argument("--learning-rate", type=float, required=True)  #: learning-rate real None
req.add_argument("--batch-size", type=int, required=True)  #: batch-size integer None
req.add_argument("--dropout", type=float, required=True)  #: dropout real None
req.add_argument("--activation", choices=["relu", "tanh"], required=True)  #: activation choice None relu|tanh
parser.add_argument("--clip", type=float)  #: clip real None
parser.add_argument("--layers", type=int)  #: layers integer None
args = parser.parse_args()
print(f"Loss: {abs(args.learning_rate - 0.01) + args.dropout}")
