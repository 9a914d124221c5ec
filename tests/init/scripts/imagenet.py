"""Short options, a positional with a default, a module-level parser, choices computed from names."""

import argparse

model_names = sorted(
    name for name in ("resnet18", "resnet50", "vgg16", "__private") if name.islower() and name[0] != "_"
)

parser = argparse.ArgumentParser(description="ImageNet Training")
parser.add_argument(
    "data", metavar="DIR", nargs="?", default="imagenet", help="path to dataset"
)  #: data text imagenet
parser.add_argument(
    "-a", "--arch", metavar="ARCH", default="resnet18", choices=model_names
)  #: arch choice resnet18 resnet18|resnet50|vgg16
parser.add_argument("-j", "--workers", default=4, type=int, metavar="N")  #: workers integer 4
parser.add_argument("--epochs", default=3, type=int, metavar="N")  #: epochs integer 3
parser.add_argument("--start-epoch", default=0, type=int, metavar="N")  #: start-epoch integer 0
parser.add_argument("-b", "--batch-size", default=256, type=int, metavar="N")  #: batch-size integer 256
parser.add_argument(
    "--lr", "--learning-rate", default=0.1, type=float, metavar="LR", dest="lr"
)  #: lr real 0.1
parser.add_argument("--momentum", default=0.9, type=float, metavar="M")  #: momentum real 0.9
parser.add_argument(
    "--wd", "--weight-decay", default=1e-4, type=float, dest="weight_decay"
)  #: wd real 0.0001
parser.add_argument("-p", "--print-freq", default=10, type=int)  #: print-freq integer 10
parser.add_argument("--resume", default="", type=str, metavar="PATH")  #: resume text
parser.add_argument("-e", "--evaluate", dest="evaluate", action="store_true")  #: evaluate switch False
parser.add_argument("--pretrained", dest="pretrained", action="store_true")  #: pretrained switch False
parser.add_argument("--world-size", default=-1, type=int)  #: world-size integer -1
parser.add_argument("--gpu", default=None, type=int, help="GPU id to use.")  #: gpu integer None


def main():
    args = parser.parse_args()
    for epoch in range(args.epochs):
        accuracy = 70 - 10 * abs(args.lr - 0.05) - abs(args.momentum - 0.8)
        print(f" * Acc@1 {accuracy:.3f} Acc@5 {accuracy + 15:.3f}")


main()
