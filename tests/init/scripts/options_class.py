"""A class of options that is asked several times, as in image translation projects."""

import argparse


class BaseOptions:
    def __init__(self):
        self.initialized = False

    def initialize(self, parser):
        parser.add_argument("--name", type=str, default="experiment_name")  #: name text experiment_name
        parser.add_argument("--ngf", type=int, default=64, help="# of gen filters")  #: ngf integer 32
        parser.add_argument(
            "--model", type=str, default="cycle_gan", help="chooses which model to use"
        )  #: model text cycle_gan
        parser.add_argument("--no_dropout", action="store_true")  #: no_dropout switch False
        parser.add_argument("--gpu_ids", type=str, default="0")  #: gpu_ids text 0
        self.initialized = True
        return parser

    def gather_options(self):
        if not self.initialized:
            parser = argparse.ArgumentParser(formatter_class=argparse.ArgumentDefaultsHelpFormatter)
            parser = self.initialize(parser)
        opt, _ = parser.parse_known_args()
        if opt.model == "cycle_gan":
            parser.add_argument("--lambda_A", type=float, default=10.0)  #: lambda_A real 10.0
            parser.set_defaults(ngf=32)
        opt, _ = parser.parse_known_args()
        return parser.parse_args()

    def parse(self):
        self.opt = self.gather_options()
        return self.opt


class TrainOptions(BaseOptions):
    def initialize(self, parser):
        parser = BaseOptions.initialize(self, parser)
        parser.add_argument("--lr", type=float, default=0.0002)  #: lr real 0.0002
        parser.add_argument("--beta1", type=float, default=0.5)  #: beta1 real 0.5
        parser.add_argument(
            "--gan_mode", type=str, default="lsgan", choices=["vanilla", "lsgan"]
        )  #: gan_mode choice lsgan vanilla|lsgan
        parser.add_argument("--n_epochs", type=int, default=2)  #: n_epochs integer 2
        self.isTrain = True
        return parser


if __name__ == "__main__":
    opt = TrainOptions().parse()
    print("loss_G: %.3f loss_D: %.3f" % (opt.lr * opt.lambda_A + abs(opt.beta1 - 0.4), 0.5))
