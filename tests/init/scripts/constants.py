"""store_const, one thing by several switches, switches that exclude each other."""

import argparse

p = argparse.ArgumentParser()
p.add_argument("--k1", dest="k", action="store_const", const=1)  #: k1 switch 1
p.add_argument("--k2", dest="k", action="store_const", const=2)  #: k2 switch 1
p.set_defaults(k=1)
p.add_argument("--wide", dest="width", action="store_const", const=512, default=128)  #: wide switch 128
kinds = p.add_mutually_exclusive_group()
kinds.add_argument("--adam", action="store_true")  #: adam switch False
kinds.add_argument("--sgd", action="store_true")  #: sgd switch False
kinds.add_argument("--rmsprop", action="store_true")  #: rmsprop switch False
way = p.add_mutually_exclusive_group(required=True)
way.add_argument("--penalty", type=float)  #: penalty real None
way.add_argument("--budget-of-weights", type=float)  #: budget-of-weights real None
trees = p.add_mutually_exclusive_group()
trees.add_argument("--max-depth", type=int, default=6)  #: max-depth integer 6
trees.add_argument("--max-leaves", type=int, default=None)  #: max-leaves integer None
a = p.parse_args()
print("score:", 10 - a.k - a.adam - 2 * a.rmsprop - (a.penalty or 0) - a.width / 512)
