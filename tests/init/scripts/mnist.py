"""As PyTorch's first example: main guard, switches that are about the machine, two losses printed."""

import argparse


def main():
    parser = argparse.ArgumentParser(description="MNIST example")
    parser.add_argument(
        "--batch-size", type=int, default=64, metavar="N", help="input batch size"
    )  #: batch-size integer 64
    parser.add_argument(
        "--test-batch-size", type=int, default=1000, metavar="N"
    )  #: test-batch-size integer 1000
    parser.add_argument(
        "--epochs", type=int, default=2, metavar="N", help="number of epochs to train"
    )  #: epochs integer 2
    parser.add_argument(
        "--lr", type=float, default=1.0, metavar="LR", help="learning rate (default: %(default)s)"
    )  #: lr real 1.0
    parser.add_argument("--gamma", type=float, default=0.7, metavar="M")  #: gamma real 0.7
    parser.add_argument(
        "--no-accel", action="store_true", help="disables the accelerator"
    )  #: no-accel switch False
    parser.add_argument("--dry-run", action="store_true", default=False)  #: dry-run switch False
    parser.add_argument("--seed", type=int, default=1, metavar="S")  #: seed integer 1
    parser.add_argument("--log-interval", type=int, default=10, metavar="N")  #: log-interval integer 10
    parser.add_argument("--save-model", action="store_true", default=False)  #: save-model switch False
    args = parser.parse_args()
    for epoch in range(1, args.epochs + 1):
        loss = abs(args.lr - 0.3) / epoch + abs(args.gamma - 0.5)
        print(f"Train Epoch: {epoch} [{64 * epoch}/600 (10%)]\tLoss: {loss:.6f}")
        print(
            f"\nTest set: Average loss: {loss + 0.1:.4f}, Accuracy: {90}/{100} ({90.0:.0f}%)\n"
        )


if __name__ == "__main__":
    main()
