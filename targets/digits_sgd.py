#!/usr/bin/env python3
"""Trains a small network on scikit-learn's handwritten digits with numpy, and goes on from checkpoints.

    digits_sgd.py --epochs N --seed S --name=value ...

Prints the validation error after each epoch.  What is trained in several runs, each going on where the one
before has ended, is the same as what is trained in one.
"""

import argparse
import os

import numpy as np

STATE = "state.npz"


def parse_arguments():
    """The length of the training, and the parameters."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0], allow_abbrev=False)
    parser.add_argument("--epochs", type=int, required=True, help="passes over the training images in all")
    parser.add_argument("--seed", type=int, default=1, help="of the weights and batches")
    parser.add_argument("--hidden-units", type=int, default=32)
    parser.add_argument("--learning-rate", type=float, default=0.05)
    parser.add_argument("--momentum", type=float, default=0.9)
    parser.add_argument("--penalty", type=float, default=1e-4, help="strength of the L2 penalty")
    parser.add_argument("--batch-size", type=int, default=32)
    return parser.parse_args()


class Network:
    """One hidden layer of rectified units; `values` are the weights, `steps` their velocities."""

    def __init__(self, n_hidden, seed):
        random = np.random.default_rng([abs(seed)])
        shapes = {"w1": (64, n_hidden), "b1": n_hidden, "w2": (n_hidden, 10), "b2": 10}
        self.values = {name: random.normal(0, 0.1, shape) for name, shape in shapes.items()}
        self.steps = {name: np.zeros(shape) for name, shape in shapes.items()}
        self.n_epochs = 0

    def load(self, folder):
        """Go on where a checkpoint stands."""
        with np.load(os.path.join(folder, STATE)) as state:
            self.values = {name: state[name] for name in self.values}
            self.steps = {name: state[f"step_{name}"] for name in self.steps}
            self.n_epochs = int(state["n_epochs"])

    def save(self, folder):
        """Leave a checkpoint."""
        steps = {f"step_{name}": step for name, step in self.steps.items()}
        np.savez(os.path.join(folder, STATE), n_epochs=self.n_epochs, **self.values, **steps)

    def train(self, images, labels, arguments):
        """One epoch; its batches depend on the seed and on its number alone."""
        order = np.random.default_rng([abs(arguments.seed), self.n_epochs]).permutation(len(images))
        for start in range(0, len(order), arguments.batch_size):
            batch = order[start : start + arguments.batch_size]
            for name, slope in self.slopes(images[batch], labels[batch]).items():
                downhill = -arguments.learning_rate * (slope + arguments.penalty * self.values[name])
                self.steps[name] = arguments.momentum * self.steps[name] + downhill
                self.values[name] = self.values[name] + self.steps[name]
        self.n_epochs += 1

    def slopes(self, images, labels):
        """Of the cross-entropy, by the weights."""
        hidden, shares = self.forward(images)
        shares[np.arange(len(labels)), labels] -= 1
        shares /= len(labels)
        behind = (shares @ self.values["w2"].T) * (hidden > 0)
        return {"w1": images.T @ behind, "b1": behind.sum(0), "w2": hidden.T @ shares, "b2": shares.sum(0)}

    def forward(self, images):
        """The hidden layer, and the shares of the classes."""
        hidden = np.maximum(0, images @ self.values["w1"] + self.values["b1"])
        scores = hidden @ self.values["w2"] + self.values["b2"]
        shares = np.exp(scores - scores.max(1, keepdims=True))
        return hidden, shares / shares.sum(1, keepdims=True)

    def error(self, images, labels):
        """The share of images that it takes for others; 1 where training has gone astray."""
        shares = self.forward(images)[1]
        return float(np.mean(shares.argmax(1) != labels)) if np.isfinite(shares).all() else 1.0


def main():
    """Train, from the checkpoint where there is one."""
    from digits_split import digits_split

    arguments = parse_arguments()
    training, validation, test = digits_split()
    network = Network(arguments.hidden_units, arguments.seed)
    if before := os.environ.get("BBOPT_CHECKPOINT_IN"):
        network.load(before)
    with np.errstate(all="ignore"):
        while network.n_epochs < arguments.epochs:
            network.train(*training, arguments)
            print(f"step {network.n_epochs} error: {network.error(*validation):.4f}", flush=True)
            if out := os.environ.get("BBOPT_CHECKPOINT_OUT"):
                network.save(out)
        print(f"error\t{network.error(*validation):.4f}")
        print(f"test_error\t{network.error(*test):.4f}")


if __name__ == "__main__":
    main()
