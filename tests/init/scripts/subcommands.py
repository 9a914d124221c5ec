# init: -- --workers 2 fit mnist
"""Subparsers with a parent; options before and behind the subcommand."""

import argparse


def fit(args):
    print(f"epoch 1 val_acc={1 - abs(args.lr - 0.01) - abs(args.temperature - 2):.4f}")


def predict(args):
    print(args)


parent = argparse.ArgumentParser(add_help=False)
parent.add_argument("--model-dir", default="models")  #: model-dir text models
parent.add_argument("--hidden", type=int, default=128)  #: hidden integer 128
parser = argparse.ArgumentParser()
parser.add_argument("--workers", type=int, default=0)
parser.add_argument("--temperature", type=float, default=1.0)  #: temperature real 1.0
parser.add_argument("--fast", action="store_true")  #: fast switch False
sub = parser.add_subparsers(dest="command", required=True)
one = sub.add_parser("fit", parents=[parent])
one.add_argument("dataset", choices=["mnist", "cifar"])
one.add_argument("--lr", type=float, default=0.1)  #: lr real 0.1
one.add_argument("--optimizer", choices=("sgd", "adam"), default="adam")  #: optimizer choice adam sgd|adam
one.set_defaults(func=fit)
other = sub.add_parser("predict", parents=[parent], aliases=["p"])
other.add_argument("--threshold", type=float, default=0.5)
other.set_defaults(func=predict)

if __name__ == "__main__":
    args = parser.parse_args()
    args.func(args)
