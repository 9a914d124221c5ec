"""Every way to say yes or no: functions, bool itself, words, pairs of switches, actions."""

import argparse


def str2bool(v):
    if isinstance(v, bool):
        return v
    if v.lower() in ("yes", "true", "t", "y", "1"):
        return True
    if v.lower() in ("no", "false", "f", "n", "0"):
        return False
    raise argparse.ArgumentTypeError("Boolean value expected.")


def bool_flag(s):
    if s.lower() in {"off", "false", "0"}:
        return False
    if s.lower() in {"on", "true", "1"}:
        return True
    raise argparse.ArgumentTypeError("invalid value for a boolean flag")


def add_bool_arg(parser, name, default=False):
    group = parser.add_mutually_exclusive_group(required=False)
    group.add_argument("--" + name, dest=name, action="store_true")
    group.add_argument("--no-" + name, dest=name, action="store_false")
    parser.set_defaults(**{name: default})


p = argparse.ArgumentParser()
p.add_argument("--augment", type=str2bool, default=True)  #: augment truth True
p.add_argument("--nesterov", type=str2bool, nargs="?", const=True, default=False)  #: nesterov truth False
p.add_argument("--use_bn", type=bool_flag, default="true")  #: use_bn truth True
p.add_argument("--silent", default=False, type=bool)  #: silent truth False
p.add_argument("--bidirectional", default=True, type=bool)  #: bidirectional truth True
p.add_argument("--shuffle", type=lambda s: s.lower() == "true", default=True)  #: shuffle truth True
p.add_argument("--amsgrad", action=argparse.BooleanOptionalAction, default=False)  #: amsgrad pair False
p.add_argument("--ema", action=argparse.BooleanOptionalAction)  #: ema pair None
p.add_argument("--use_flash_attention", action="store_true", default=True)  #: use_flash_attention switch True
p.add_argument(
    "--no_flash_attention", dest="use_flash_attention", action="store_false"
)  #: no_flash_attention switch True
p.add_argument("--no-cuda", dest="cuda", action="store_false")  #: no-cuda switch True
p.add_argument("--layer_norm", choices=["yes", "no"], default="no")  #: layer_norm choice no yes|no
add_bool_arg(p, "bias", True)  #: bias switch True  #: no-bias switch True
a = p.parse_args()
error = sum((a.augment, a.nesterov, not a.use_bn, not a.bidirectional, not a.shuffle, a.amsgrad, not a.bias))
print("validation error: %g" % (0.1 * error))
