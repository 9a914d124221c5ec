#!/usr/bin/env python3
"""A support vector machine on scikit-learn's handwritten digits, judged by folds of a cross-validation.

With `--id-cross-fold` it learns from all folds but one, and prints what it errs on that one.  With `--test`
it learns from all of them, and prints what it errs on the images that were kept for that.  In a double
cross-validation `--outer-fold` says which images these are.
"""

import argparse

import numpy as np
from sklearn.datasets import load_digits
from sklearn.svm import SVC

N_IMAGES = 900  # half of them, so that a run takes a second


def main():
    """Learn, and print the share of errors."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--C", type=float, default=1.0, help="how much an error costs")
    parser.add_argument("--gamma", type=float, default=0.01, help="how narrow the kernel is")
    parser.add_argument("--id-cross-fold", type=int, help="the fold that is left out, from 0")
    parser.add_argument("--nb-cross-fold", type=int, default=5, help="how many folds there are")
    parser.add_argument("--outer-fold", type=int, default=0, help="which fifth is for the test")
    parser.add_argument("--test", action="store_true", help="learn from all folds")
    arguments = parser.parse_args()

    images, digits = load_digits(return_X_y=True)
    chosen = np.random.default_rng(7).permutation(len(digits))[:N_IMAGES]
    images, digits = images[chosen] / 16.0, digits[chosen]
    is_test = np.arange(N_IMAGES) % 5 == arguments.outer_fold
    is_out = is_test
    if not arguments.test:
        images, digits = images[~is_test], digits[~is_test]
        is_out = np.arange(len(digits)) % arguments.nb_cross_fold == arguments.id_cross_fold
    model = SVC(C=arguments.C, gamma=arguments.gamma).fit(images[~is_out], digits[~is_out])
    print(f"error: {1.0 - model.score(images[is_out], digits[is_out]):.6f}")


if __name__ == "__main__":
    main()
