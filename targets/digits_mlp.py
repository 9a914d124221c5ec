#!/usr/bin/env python3
"""Trains scikit-learn's multi-layer perceptron on its bundled handwritten digits; a target to tune.

    digits_mlp.py <instance> <info> <cutoff> <runlength> <seed> -name value ...

The quality is the error on the validation images; the error on the test images, which no decision may
depend on, goes along as additional run data.  One run takes about a second on one core.
"""

import argparse
import os
import sys
import time
import warnings

FIXED_SEED = 1


def parse_arguments(argv):
    """What SMAC passes: five positional arguments, then the parameters."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0], allow_abbrev=False)
    parser.add_argument("instance", help="ignored")
    parser.add_argument("instance_info", help="ignored")
    parser.add_argument("cutoff", type=float, help="ignored: the number of epochs bounds a run")
    parser.add_argument("runlength", type=float, help="ignored")
    parser.add_argument("seed", type=int, help=f"of the weights and batches; {FIXED_SEED} when negative")
    parser.add_argument("--epochs", type=int, default=20, help="passes over the training images")
    parser.add_argument("-hidden_units", type=int, required=True, help="width of the first layer")
    parser.add_argument("-layers", type=int, choices=(1, 2), required=True, help="hidden layers")
    parser.add_argument("-hidden_units_2", type=int, help="width of the second layer, if there is one")
    parser.add_argument("-activation", choices=("relu", "tanh", "logistic"), required=True)
    parser.add_argument("-alpha", type=float, required=True, help="strength of the L2 penalty")
    parser.add_argument("-batch_size", type=int, required=True)
    parser.add_argument("-solver", choices=("adam", "sgd"), required=True)
    parser.add_argument("-learning_rate_init", type=float, required=True)
    parser.add_argument("-momentum", type=float, help="of the solver sgd")
    arguments = parser.parse_args(argv)
    if arguments.layers == 2 and arguments.hidden_units_2 is None:
        parser.error("-layers 2 needs -hidden_units_2")
    if arguments.solver == "sgd" and arguments.momentum is None:
        parser.error("-solver sgd needs -momentum")
    return arguments


def train(arguments):
    """Validation and test error of a perceptron with these parameters."""
    from digits_split import digits_split
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.neural_network import MLPClassifier

    training, validation, test = digits_split()
    widths = (arguments.hidden_units, arguments.hidden_units_2)[: arguments.layers]
    model = MLPClassifier(
        hidden_layer_sizes=widths,
        activation=arguments.activation,
        alpha=arguments.alpha,
        batch_size=arguments.batch_size,
        solver=arguments.solver,
        learning_rate_init=arguments.learning_rate_init,
        momentum=0.9 if arguments.momentum is None else arguments.momentum,
        max_iter=arguments.epochs,
        random_state=arguments.seed if arguments.seed >= 0 else FIXED_SEED,
    )
    with warnings.catch_warnings():
        # The few epochs are meant to be too few; weights that diverge give a bad quality by themselves.
        warnings.simplefilter("ignore", ConvergenceWarning)
        warnings.simplefilter("ignore", RuntimeWarning)
        model.fit(*training)
        return 1 - model.score(*validation), 1 - model.score(*test)


def main(argv):
    """Train once and print the result line; the exit code is 0 when that worked."""
    started = time.monotonic()
    arguments = parse_arguments(argv)
    # One thread, set before numpy is loaded: cheap, and the same answer on every machine's core count.
    for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ[variable] = "1"
    try:
        validation_error, test_error = train(arguments)
    except ImportError as error:
        # No configuration could ever work, so SMAC is told to stop rather than to try others.
        print(f"{error}; activate the environment that bbopt is installed in", file=sys.stderr)
        status, quality, additional = "ABORT", 1.0, "a package is missing"
    except ValueError as error:  # what scikit-learn raises when the weights have diverged
        print(f"training failed: {error}", file=sys.stderr)
        status, quality, additional = "CRASHED", 1.0, "training failed"
    else:
        print(f"validation error: {validation_error:.6f}")
        print(f"test error: {test_error:.6f}")
        status, quality, additional = "SAT", validation_error, f"test error {test_error:.6f}"
    runtime_s = time.monotonic() - started
    answer = f"{status}, {runtime_s:.3f}, 0, {quality:.6f}, {arguments.seed}, {additional}"
    print(f"Result of this algorithm run: {answer}")
    return 0 if status == "SAT" else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
