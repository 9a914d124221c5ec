"""Regression trees folded over a fixed set of instances.

A leaf is reached by a configuration and an instance when the configuration satisfies the splits on
configuration features along its path and the instance those on instance features, each independently of
the other.  So all that matters of a split on an instance feature is how many instances go which way: what
no instance reaches falls away, and a subtree without splits on configuration features becomes a leaf.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bbopt.surrogate.surrogate import FloatArray

__all__ = ["FoldedTree", "InstanceRanks"]

IntArray = NDArray[np.intp]
ByteArray = NDArray[np.uint8]

_ROUNDING = 1e-12  # of the responses' variance: a pure leaf's variance, as scikit-learn computes it
_BITS_SET = np.array([bin(byte).count("1") for byte in range(256)], dtype=np.uint8)


class InstanceRanks:
    """Answers "which instances have feature j <= t?" for many pairs of j and t at once, as packed bits.

    `instances` (k, n_features).  Values are compared as scikit-learn's trees do: rounded to float32, with a
    float64 threshold.
    """

    def __init__(self, instances: FloatArray) -> None:
        rounded = np.asarray(instances, dtype=np.float32)
        self.n_instances, self.n_features = rounded.shape
        order = np.argsort(rounded, axis=0, kind="stable")
        self._sorted = np.take_along_axis(rounded, order, axis=0).T.astype(np.float64)
        small = np.min_scalar_type(self.n_instances)  # most of the work is comparing ranks
        self._ranks = np.empty((self.n_features, self.n_instances), dtype=small)
        np.put_along_axis(self._ranks, order.T, np.arange(self.n_instances, dtype=small)[None, :], axis=1)

    def limits(self, features: IntArray, thresholds: FloatArray) -> NDArray[Any]:
        """How many instances have feature `features[i]` <= `thresholds[i]` (n,); zero for unknown features.

        They are the ones whose rank is below that number.
        """
        limits = np.zeros(len(features), dtype=self._ranks.dtype)
        for j in range(self.n_features):
            mine = features == j
            limits[mine] = np.searchsorted(self._sorted[j], thresholds[mine], side="right")
        return limits

    def below(self, features: IntArray, limits: NDArray[Any]) -> ByteArray:
        """The instances whose rank in `features[i]` is below `limits[i]`: bit sets (n, bytes)."""
        return np.packbits(self._ranks[features] < limits[:, None], axis=1)

    def everyone(self) -> ByteArray:
        """The set of all instances (1, bytes)."""
        return np.packbits(np.ones((1, self.n_instances), dtype=np.bool_), axis=1)


class FoldedTree:
    """A tree of scikit-learn (`tree_`) whose leaf means and variances are averaged over the instances.

    What is left of the tree is given back to scikit-learn, whose `compute_partial_dependence` does the rest
    in compiled code: it follows both children of a split on any other than the given features, weighted by
    the nodes' training points.  In their place stand the numbers of instances.

    When all leaves are pure, as in fully grown trees, there are no variances to walk the tree for.
    """

    def __init__(
        self,
        tree: Any,
        n_configuration_features: int,
        ranks: InstanceRanks,
        means: FloatArray | None = None,
    ) -> None:
        """`means` (n_nodes,): what is averaged, the nodes' own means where None."""
        nodes = _Nodes(tree)
        if means is not None:
            nodes.mean = means.copy()
        root = nodes.fold(nodes.count_instances(n_configuration_features, ranks))
        kept = nodes.reachable(root)
        self.n_nodes = len(kept)
        leaf_variance = np.where(nodes.left < 0, nodes.variance, 0.0)
        is_pure = float(leaf_variance[kept].max()) <= _ROUNDING * float(tree.impurity[0])
        columns = [nodes.mean] if is_pure else [nodes.mean, leaf_variance]
        self._trees = nodes.rebuilt(kept, columns)
        self._targets = _first_features(self._trees[0], n_configuration_features)

    def predict(self, features: NDArray[np.float32]) -> FloatArray:
        """Leaf mean and leaf variance (2, m), averaged over the instances, at C-ordered `features` (m, p)."""
        averages = np.zeros((2, len(features)))
        for tree, average in zip(self._trees, averages, strict=False):
            tree.compute_partial_dependence(features, self._targets, average)
        return averages


def _first_features(tree: Any, n: int) -> NDArray[Any]:
    """The numbers 0 .. n - 1 in the type that this release of scikit-learn takes: 1.4 takes C integers."""
    features = np.arange(n, dtype=np.intp)
    try:
        tree.compute_partial_dependence(np.empty((0, n), dtype=np.float32), features, np.empty(0))
    except ValueError:
        return features.astype(np.intc)
    return features


@dataclass(frozen=True, slots=True)
class _Level:
    """The inner nodes of one depth that some instance reaches, by what they split on."""

    instance: IntArray
    configuration: IntArray


class _Nodes:
    """A tree's nodes in arrays that folding changes; `counts` are the instances that reach each node."""

    def __init__(self, tree: Any) -> None:
        self._tree = tree
        self.left: IntArray = tree.children_left.copy()
        self.right: IntArray = tree.children_right.copy()
        self.mean: FloatArray = tree.value[:, 0, 0].copy()
        self.variance: FloatArray = tree.impurity.copy()
        self.counts: FloatArray = np.zeros(tree.node_count)

    def count_instances(self, first: int, ranks: InstanceRanks) -> list[_Level]:
        """Fill `counts`, breadth first; the levels from the root down.

        `first` is the first instance feature.  A split on a configuration feature passes its whole set of
        instances on to both children.
        """
        left, right, counts = self.left, self.right, self.counts
        feature = self._tree.feature - first
        limits = ranks.limits(feature, self._tree.threshold)
        counts[0] = ranks.n_instances
        levels = []
        nodes, members = np.zeros(1, dtype=np.intp), ranks.everyone()
        while len(nodes):
            inner = left[nodes] >= 0
            nodes, members = nodes[inner], members[inner]
            on_instance = feature[nodes] >= 0
            split, passing = nodes[on_instance], nodes[~on_instance]
            levels.append(_Level(split, passing))
            goes_left = members[on_instance] & ranks.below(feature[split], limits[split])
            counts[left[split]] = _BITS_SET[goes_left].sum(axis=1, dtype=np.int64)
            counts[right[split]] = counts[split] - counts[left[split]]
            counts[left[passing]] = counts[right[passing]] = counts[passing]
            passed = members[~on_instance]
            nodes = np.concatenate([left[split], right[split], left[passing], right[passing]])
            members = np.concatenate([goes_left, members[on_instance] ^ goes_left, passed, passed])
            reached = counts[nodes] > 0
            nodes, members = nodes[reached], members[reached]
        return levels

    def fold(self, levels: list[_Level]) -> int:
        """Take out splits on instance features from the bottom up where they decide nothing; the new root."""
        left, right, counts = self.left, self.right, self.counts
        stands_for = np.arange(len(left))  # a node with one reached child gives its place to it
        for level in reversed(levels):
            # Children stand in deeper levels, so that what stands for them is known by now.
            for nodes in (level.configuration, level.instance):
                left[nodes], right[nodes] = stands_for[left[nodes]], stands_for[right[nodes]]
            split = level.instance
            only_left, only_right = counts[right[split]] == 0, counts[left[split]] == 0
            stands_for[split[only_left]] = left[split[only_left]]
            stands_for[split[only_right]] = right[split[only_right]]
            self._join_leaves(split[(left[left[split]] < 0) & (left[right[split]] < 0)])
        return int(stands_for[0])

    def _join_leaves(self, parents: IntArray) -> None:
        # The mean over the instances, sum_i f(x, z_i) / k, weighs leaves by n_leaf / k, whatever x is: two of
        # them under a split on the instance are one, with their weighted mean.  Variances are averaged alike,
        # because the spread of means within a tree does not count (see MarginalForest).
        one, other = self.left[parents], self.right[parents]
        for values in (self.mean, self.variance):
            total = self.counts[one] * values[one] + self.counts[other] * values[other]
            values[parents] = total / self.counts[parents]
        self.left[parents] = self.right[parents] = -1

    def reachable(self, root: int) -> IntArray:
        """The nodes below `root` and itself, which comes first; parents stand before their children."""
        found = [np.array([root])]
        while len(found[-1]):
            inner = found[-1][self.left[found[-1]] >= 0]
            found.append(np.concatenate([self.left[inner], self.right[inner]]))
        return np.sort(np.concatenate(found))

    def rebuilt(self, kept: IntArray, columns: Sequence[FloatArray]) -> list[Any]:
        """For each column of node values, a tree of scikit-learn of the nodes `kept`, weighted by counts."""
        number = np.full(len(self.left), -1)
        number[kept] = np.arange(len(kept))
        make, arguments, state = self._tree.__reduce__()
        nodes = state["nodes"][kept]
        inner = self.left[kept] >= 0
        for name, children in (("left_child", self.left), ("right_child", self.right)):
            nodes[name] = np.where(inner, number[children[kept]], -1)
        # By these scikit-learn's weighted traversal (Friedman, 2001, Greedy function approximation, section
        # 8.2) divides its weights; in a fitted tree they are training points.
        nodes["weighted_n_node_samples"] = self.counts[kept]
        state = {**state, "node_count": len(kept), "nodes": nodes}
        trees = [make(*arguments) for _ in columns]
        for tree, values in zip(trees, columns, strict=True):
            tree.__setstate__({**state, "values": values[kept][:, None, None]})
        return trees
