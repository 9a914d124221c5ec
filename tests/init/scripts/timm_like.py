"""A first parser for a config file, whose remaining arguments a second one reads; groups."""

import argparse

config_parser = parser = argparse.ArgumentParser(description="Training Config", add_help=False)
parser.add_argument("-c", "--config", default="", type=str, metavar="FILE")  #: config text

parser = argparse.ArgumentParser(description="Training")
group = parser.add_argument_group("Dataset parameters")
group.add_argument("--data-dir", metavar="DIR", help="path to dataset")  #: data-dir text None
group.add_argument("--num-classes", type=int, default=None, metavar="N")  #: num-classes integer None
group = parser.add_argument_group("Optimizer parameters")
group.add_argument("--opt", default="sgd", type=str, metavar="OPTIMIZER")  #: opt text sgd
group.add_argument("--opt-betas", default=None, type=float, nargs="+", metavar="BETA")  #: opt-betas real None
group.add_argument("--momentum", type=float, default=0.9, metavar="M")  #: momentum real 0.9
group.add_argument("--weight-decay", type=float, default=2e-5)  #: weight-decay real 2e-05
group.add_argument("--clip-grad", type=float, default=None, metavar="NORM")  #: clip-grad real None
group.add_argument("--layer-decay", type=float, default=None)  #: layer-decay real None
group = parser.add_argument_group("Learning rate schedule parameters")
group.add_argument("--sched", type=str, default="cosine")  #: sched text cosine
group.add_argument("--sched-on-updates", action="store_true", default=False)  #: sched-on-updates switch False
group.add_argument("--lr", type=float, default=None, metavar="LR")  #: lr real None
group.add_argument("--lr-base", type=float, default=0.1, metavar="LR")  #: lr-base real 0.1
group.add_argument("--lr-noise", type=float, nargs="+", default=None)  #: lr-noise real None
group.add_argument("--warmup-lr", type=float, default=1e-5)  #: warmup-lr real 1e-05
group.add_argument("--epochs", type=int, default=3)  #: epochs integer 3
group.add_argument(
    "--decay-milestones", default=[90, 180, 270], type=int, nargs="+"
)  #: decay-milestones integer [90, 180, 270]
group = parser.add_argument_group("Augmentation and regularization parameters")
group.add_argument("--no-aug", action="store_true", default=False)  #: no-aug switch False
group.add_argument("--scale", type=float, nargs="+", default=[0.08, 1.0])  #: scale real [0.08, 1.0]
group.add_argument("--hflip", type=float, default=0.5)  #: hflip real 0.5
group.add_argument("--mixup", type=float, default=0.0)  #: mixup real 0.0
group.add_argument("--smoothing", type=float, default=0.1)  #: smoothing real 0.1
group.add_argument("--drop", type=float, default=0.0, metavar="PCT")  #: drop real 0.0
group.add_argument("--amp", action="store_true", default=False)  #: amp switch False


def _parse_args():
    args_config, remaining = config_parser.parse_known_args()
    if args_config.config:
        parser.set_defaults(**{})
    args = parser.parse_args(remaining)
    return args, str(vars(args))


def main():
    args, text = _parse_args()
    print(text)
    for epoch in range(args.epochs):
        print(
            f"Test: [{epoch}]  Loss: {abs(args.lr_base - 0.5) / (epoch + 1):>7.3f}  Acc@1: {50.0 + epoch:>7.3f}"
        )
    print(f"*** Best metric: {52.0} (epoch {2})")


if __name__ == "__main__":
    main()
