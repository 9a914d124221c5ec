"""A class that keeps its parser, and hands on what it does not know itself."""

import argparse


class Experiment:
    def __init__(self):
        self._parser = argparse.ArgumentParser(add_help=False)
        self._parser.add_argument("--noise", type=float, default=0.1)  #: noise real 0.1
        self._parser.add_argument("--agents", type=int, default=3)  #: agents integer 3
        self._parser.add_argument("--render", action="store_true")  #: render switch False

    @property
    def args(self):
        return self._parser.parse_args()

    def run(self):
        args = self.args
        return abs(args.noise - 0.3) + args.agents


if __name__ == "__main__":
    print("regret:", Experiment().run())
