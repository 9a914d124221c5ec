"""A subclass of ArgumentParser that adds its own, and types its defaults."""

import argparse


class Parser(argparse.ArgumentParser):
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.register("type", "bool", lambda v: v.lower() in ("yes", "true", "t", "1", "y"))
        self.add_argument(
            "--optimizer", type=str.lower, choices=["adam", "sgd"], default="adam"
        )  #: optimizer choice adam adam|sgd

    def parse_args(self, args=None, namespace=None):
        parsed = super().parse_args(args, namespace)
        parsed.checked = True
        return parsed


parser = Parser(description="x")
parser.add_argument("--fp16", type="bool", default=False)  #: fp16 truth False
parser.add_argument("--label_smoothing", type=float, default=0)  #: label_smoothing real 0
parser.add_argument("--warmup_steps", type=int, default=500)  #: warmup_steps integer 500
parser.add_argument("--max_steps", type=int, default=1000)  #: max_steps integer 1000
parser.add_argument("--save_every", type=int, default=100)  #: save_every integer 100
opt = parser.parse_args()
assert opt.checked
print("step 1000 | nll 2.31 | bleu %.2f" % (30 - 10 * abs(opt.label_smoothing - 0.1)))
