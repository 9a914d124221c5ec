"""Options of one letter, other prefixes, names that a parameter file can't hold."""

import argparse

p = argparse.ArgumentParser(prefix_chars="-+")
p.add_argument("-l", type=float, default=0.5, dest="rate")  #: l real 0.5
p.add_argument("-n", type=int, default=5)  #: n integer 5
p.add_argument("+m", type=float, default=0.25)  #: m real 0.25
p.add_argument("-lr", type=float, default=0.01)  #: lr real 0.01
p.add_argument("--net[depth]", type=int, default=4, dest="depth")  #: net[depth] integer 4
p.add_argument("-x", action="store_true")  #: x switch False
p.add_argument("--a{b}", choices=["u v", "w,x", "", "z"], default="z", dest="ab")  #: a{b} choice z u v|w,x||z
a = p.parse_args()
print("mae=%g" % (a.rate + a.n + a.m + a.lr + a.depth + a.x + len(a.ab)))
