"""How long expected improvement marginal over many instances takes, beside predicting every pair.

    python benchmarks/marginal.py --runs 1000 10000 --configuration-features 10 30

The forest is fitted to runs of random configurations on random instances.  Brute force asks scikit-learn's
trees for all pairs of candidate and instance, in batches of candidates that fit into memory.  All figures
are seconds of one thread's processor time, the best of several repetitions; brute force is done once.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from typing import Any

import numpy as np
from sklearn.tree import ExtraTreeRegressor

from bbopt.acquisition import log_expected_improvement
from bbopt.surrogate.marginal import MarginalForest

N_CANDIDATES = 1000
N_INSTANCES = 1000
N_INSTANCE_FEATURES = 10
N_TREES = 10
REPETITIONS = 5
BATCH = 50


def seconds(work: Callable[[], Any], repetitions: int = REPETITIONS) -> tuple[float, Any]:
    """The least processor time of some repetitions, and what the work gave."""
    taken = []
    for _ in range(repetitions):
        start = time.thread_time()
        result = work()
        taken.append(time.thread_time() - start)
    return min(taken), result


def fitted(n_runs: int, p: int, split_min: int, instances: np.ndarray) -> list[Any]:
    """Trees fitted to random runs; the response depends on both sides and on how they meet."""
    rng = np.random.default_rng(0)
    x, z = rng.random((n_runs, p)), instances[rng.integers(len(instances), size=n_runs)]
    y = np.sin(5 * x[:, 0]) + x[:, 1] * z[:, 0] + 2 * z[:, 1] + np.abs(x[:, 2] - z[:, 2])
    y += 0.1 * rng.normal(size=n_runs)
    X = np.hstack([x, z]).astype(np.float32)
    trees = []
    for i in range(N_TREES):
        rows = rng.integers(n_runs, size=n_runs)
        tree = ExtraTreeRegressor(min_samples_split=split_min, max_features=5 / 6, random_state=i)
        trees.append(tree.fit(X[rows], y[rows], check_input=False).tree_)
    return trees


def brute_force(trees: list[Any], instances: np.ndarray, candidates: np.ndarray) -> np.ndarray:
    """Mean and variance (2, m) from all pairs."""
    parts = []
    for batch in np.array_split(candidates, max(1, len(candidates) // BATCH)):
        pairs = np.hstack([np.repeat(batch, len(instances), axis=0), np.tile(instances, (len(batch), 1))])
        leaves = [tree.apply(pairs.astype(np.float32)) for tree in trees]
        shape = (len(batch), len(instances))
        means = np.stack(
            [t.value[leaf, 0, 0].reshape(shape).mean(axis=1) for t, leaf in zip(trees, leaves, strict=True)]
        )
        within = np.mean(
            [t.impurity[leaf].reshape(shape).mean(axis=1) for t, leaf in zip(trees, leaves, strict=True)],
            axis=0,
        )
        parts.append(np.stack([means.mean(axis=0), means.var(axis=0) + within]))
    return np.concatenate(parts, axis=1)


def measure(n_runs: int, p: int, split_min: int) -> str:
    """One row of the table."""
    rng = np.random.default_rng(1)
    instances, candidates = rng.random((N_INSTANCES, N_INSTANCE_FEATURES)), rng.random((N_CANDIDATES, p))
    fit_s, trees = seconds(lambda: fitted(n_runs, p, split_min, instances), 1)
    prepare_s, marginal = seconds(lambda: MarginalForest(trees, p, instances))

    def score() -> tuple[np.ndarray, np.ndarray]:
        mean, variance = marginal.predict(candidates)
        log_expected_improvement(mean, variance, float(mean.min()))
        return mean, variance

    score_s, got = seconds(score)
    brute_s, expected = seconds(lambda: brute_force(trees, instances, candidates), 1)
    error = max(float(np.abs(g - e).max()) for g, e in zip(got, expected, strict=True))
    figures = [fit_s, prepare_s, score_s, brute_s]
    cells = [
        n_runs,
        p,
        split_min,
        *(f"{1e3 * s:.1f}" for s in figures),
        f"{brute_s / score_s:.0f}",
        f"{error:.0e}",
    ]
    return "| " + " | ".join(map(str, cells)) + " |"


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--runs", type=int, nargs="+", default=[1000, 10_000])
    parser.add_argument("--configuration-features", type=int, nargs="+", default=[10, 30])
    parser.add_argument("--split-min", type=int, nargs="+", default=[2, 10])
    arguments = parser.parse_args()
    print(
        f"{N_CANDIDATES} candidates, {N_INSTANCES} instances with {N_INSTANCE_FEATURES} features, "
        f"{N_TREES} trees"
    )
    columns = ["runs", "configuration features", "split-min", "fit, ms", "prepare, ms", "score, ms"]
    columns += ["all pairs, ms", "ratio", "error"]
    print("| " + " | ".join(columns) + " |", "|---" * len(columns) + "|", sep="\n")
    for n_runs in arguments.runs:
        for p in arguments.configuration_features:
            for split_min in arguments.split_min:
                print(measure(n_runs, p, split_min), flush=True)


if __name__ == "__main__":
    main()
