#!/usr/bin/env python3
"""Trains a small network to tell two spirals apart, for a number of epochs; a target to tune with budgets."""

import argparse
import itertools

import numpy as np

N_POINTS = 300
TURNS = 1.5
NOISE = 0.03


def spirals(seed, n=N_POINTS):
    """Points (n, 2) of two spirals that lie in each other, and which one each belongs to (n,)."""
    rng = np.random.default_rng(seed)
    label = rng.integers(2, size=n)
    part = np.sqrt(rng.random(n))
    angle = 2 * np.pi * TURNS * part + np.pi * label
    points = part[:, None] * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    return points + NOISE * rng.standard_normal(points.shape), label


class Network:
    """Two hidden layers of tanh and one output; the logistic loss falls by gradient steps with momentum."""

    def __init__(self, units, rng):
        sizes = [2, units, units, 1]
        shapes = [(a + 1, b) for a, b in itertools.pairwise(sizes)]
        self.weights = [rng.standard_normal(shape) / np.sqrt(shape[0]) for shape in shapes]
        self.speeds = [np.zeros_like(w) for w in self.weights]

    def layers(self, points):
        found = [_with_one(points)]
        for weight in self.weights[:-1]:
            found.append(_with_one(np.tanh(found[-1] @ weight)))
        return found, (found[-1] @ self.weights[-1])[:, 0]

    def step(self, points, labels, rate, momentum, decay):
        layers, output = self.layers(points)
        slope = (_chance(output) - labels)[:, None] / len(points)
        for number in reversed(range(len(self.weights))):
            gradient = layers[number].T @ slope + decay * self.weights[number]
            slope = (slope @ self.weights[number].T)[:, :-1] * (1 - layers[number][:, :-1] ** 2)
            self.speeds[number] = momentum * self.speeds[number] - rate * gradient
            self.weights[number] = self.weights[number] + self.speeds[number]

    def loss(self, points, labels):
        _, output = self.layers(points)
        return float(np.mean(np.logaddexp(0, np.where(labels == 1, -output, output))))


def _with_one(rows):
    return np.concatenate([rows, np.ones((len(rows), 1))], axis=1)


def _chance(output):
    return 0.5 * (1 + np.tanh(0.5 * output))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--epochs", type=int, required=True, help="passes over the training points, in all")
    parser.add_argument("--units", type=int, default=8)
    parser.add_argument("--batch", type=int, default=30)
    parser.add_argument("--rate", type=float, default=0.1)
    parser.add_argument("--momentum", type=float, default=0.5)
    parser.add_argument("--decay", type=float, default=1e-3)
    args = parser.parse_args()

    points, labels = spirals(seed=1)
    valid_points, valid_labels = spirals(seed=2)
    network = Network(args.units, np.random.default_rng(3))
    for epoch in range(args.epochs):
        order = np.random.default_rng((4, epoch)).permutation(len(points))
        for first in range(0, len(points), args.batch):
            rows = order[first : first + args.batch]
            network.step(points[rows], labels[rows], args.rate, args.momentum, args.decay)
        print(f"epoch {epoch + 1} loss: {network.loss(valid_points, valid_labels):.6f}")


if __name__ == "__main__":
    main()
