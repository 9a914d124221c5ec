#!/usr/bin/env python3
"""Trains a support vector classifier on the breast cancer data that come with scikit-learn.

An ordinary training script: it knows nothing of SMAC, and prints what it finds for people to read.
"""

import argparse
import warnings

from sklearn.datasets import load_breast_cancer
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import cross_val_score, train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, MinMaxScaler, StandardScaler
from sklearn.svm import SVC

SCALERS = {"none": FunctionTransformer, "standard": StandardScaler, "minmax": MinMaxScaler}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--C", type=float, default=1.0, help="penalty of misclassified samples")
    parser.add_argument("--kernel", choices=("rbf", "poly", "sigmoid"), default="rbf")
    parser.add_argument("--gamma", type=float, default=1e-4, help="width of the kernel")
    parser.add_argument("--coef0", type=float, default=0.0, help="offset in the kernels poly and sigmoid")
    parser.add_argument("--degree", type=int, default=3, help="of the kernel poly")
    parser.add_argument("--scaling", choices=tuple(SCALERS), default="none")
    parser.add_argument("--balanced", action="store_true", help="weigh the classes by their frequency")
    parser.add_argument("--folds", type=int, default=5, help="of the cross-validation")
    args = parser.parse_args()

    x, y = load_breast_cancer(return_X_y=True)
    x_train, x_test, y_train, y_test = train_test_split(x, y, test_size=0.25, stratify=y, random_state=0)
    classifier = SVC(
        C=args.C,
        kernel=args.kernel,
        gamma=args.gamma,
        coef0=args.coef0,
        degree=args.degree,
        class_weight="balanced" if args.balanced else None,
        max_iter=20_000,
    )
    model = make_pipeline(SCALERS[args.scaling](), classifier)
    warnings.simplefilter("ignore", ConvergenceWarning)

    accuracies = cross_val_score(model, x_train, y_train, cv=args.folds)
    for fold, accuracy in enumerate(accuracies, start=1):
        print(f"fold {fold} of {args.folds}: accuracy {accuracy:.4f}")
    print(f"validation error: {1 - accuracies.mean():.5f}")
    print(f"test error: {1 - model.fit(x_train, y_train).score(x_test, y_test):.5f}")


if __name__ == "__main__":
    main()
