"""Who searches: bbopt's racers and their peers, asked for runs of some budget and told what those showed."""

from benchmarks.budgeted.methods.method import Method, Run
from benchmarks.budgeted.methods.registry import METHODS, check_name, make_method

__all__ = ["METHODS", "Method", "Run", "check_name", "make_method"]
