# init: -- train cnn
"""Subcommands of subcommands, made by functions."""

import argparse


def build_parser():
    ap = argparse.ArgumentParser(prog="nested", description=__doc__)
    commands = ap.add_subparsers(dest="command")
    train = commands.add_parser("train")
    train.add_argument("--epochs", type=int, default=1)  #: epochs integer 1
    train.add_argument("--weight-decay", type=float, default=0)  #: weight-decay real 0
    models = train.add_subparsers(dest="model")
    cnn = models.add_parser("cnn")
    cnn.add_argument("--filters", type=int, default=32)  #: filters integer 32
    cnn.add_argument("--kernel-size", type=int, default=3)  #: kernel-size integer 3
    rnn = models.add_parser("rnn")
    rnn.add_argument("--cell", choices=["gru", "lstm"], default="gru")
    commands.add_parser("evaluate").add_argument("--ckpt", required=True)
    return ap


def main(argv=None):
    args = build_parser().parse_args(argv)
    print("rmse\t%f" % (abs(args.filters - 64) / 64 + args.weight_decay))


main()
