"""Not a script: arguments for helper_module.py."""

import argparse


def get_parser():
    parser = argparse.ArgumentParser(conflict_handler="resolve")
    parser.add_argument("--gamma", type=float, default=0.99)
    parser.add_argument("--buffer_size", type=int, default=100_000)
    parser.add_argument("--env_id", type=str, default="CartPole-v1")
    return parser
