#!/usr/bin/env python3
"""Classifies images by a convolutional network whose filters are not trained; a target to tune.

    convnet_lfw.py [--data lfw|digits] [--max-per-class N] <instance> <info> <cutoff> <runlength> <seed>
                   -exit l0_grid|... -name value ...

After hyperopt-convnet (Bergstra, Yamins and Cox, 2013): images are warped, go through up to two layers of
filters and pooling, and one of three kinds of exit, whose features a linear support vector machine
classifies.  The quality is the machine's cross-validated error.  Settings that leave no features are answered
UNSAT with the worst quality.  A run takes about a second on one core.
"""

import argparse
import os
import sys
import time

FIXED_SEED = 1
WORST_QUALITY = 1.0


def parse_arguments(argv):
    """What SMAC passes: five positional arguments, then the parameters."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0], allow_abbrev=False)
    parser.add_argument("--data", choices=("lfw", "digits"), default="lfw")
    parser.add_argument("--max-per-class", type=_positive, help="images of each class (default: all)")
    parser.add_argument("--folds", type=_positive, default=5, help="of the cross-validation (default: 5)")
    parser.add_argument("--max-features", type=_positive, default=16_000, help="(default: 16000)")
    parser.add_argument("instance", help="ignored")
    parser.add_argument("instance_info", help="ignored")
    parser.add_argument("cutoff", type=float, help="ignored")
    parser.add_argument("runlength", type=float, help="ignored")
    parser.add_argument("seed", type=int, help=f"of the folds; {FIXED_SEED} when negative")
    parser.add_argument("parameters", nargs=argparse.REMAINDER, help="-name value -name value ...")
    arguments = parser.parse_args(argv)
    words = arguments.parameters
    if len(words) % 2 or not all(name.startswith("-") for name in words[::2]):
        parser.error(f"parameters must be pairs of -name and value, got {' '.join(words)}")
    if arguments.folds < 2:
        parser.error("--folds must be at least 2")
    return arguments, dict(zip((name[1:] for name in words[::2]), words[1::2], strict=True))


def _positive(text):
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"must be a whole number of at least 1, got {text!r}")
    return int(text)


def error_of(arguments, architecture):
    """The cross-validated error, and the number of features."""
    from convnet_parts.images import load_images
    from convnet_parts.pipeline import features
    from convnet_parts.svm import cross_validated_error, folds_of

    images, labels = load_images(arguments.data, arguments.max_per_class)
    found = features(architecture, images, arguments.max_features)
    folds = folds_of(labels, arguments.folds, arguments.seed if arguments.seed >= 0 else FIXED_SEED)
    return cross_validated_error(found, labels, folds, architecture.classifier), found.shape[1]


def run(arguments, architecture):
    """Classify once; the answer as status, quality and additional run data."""
    try:
        # Before any image is loaded: settings that leave nothing cost nothing.
        from convnet_parts.pipeline import NothingLeftError, n_exit_filters
    except ImportError as error:
        return _missing(error)
    try:
        n_exit_filters(architecture, arguments.max_features)
        error, n_features = error_of(arguments, architecture)
    except NothingLeftError as reason:
        print(f"nothing left: {reason}")
        return "UNSAT", WORST_QUALITY, str(reason)
    except ImportError as error:
        return _missing(error)
    print(f"cross-validated error: {error:.6f}")
    print(f"features: {n_features}")
    return "SAT", error, f"{n_features} features"


def _missing(error):
    # No configuration could ever work, so SMAC is told to stop rather than to try others.
    print(f"{error}; see the scenario's README for what it needs", file=sys.stderr)
    return "ABORT", WORST_QUALITY, "a package is missing"


def main(argv):
    """Classify once and print the result line; the exit code is 0 when that worked or nothing was left."""
    started = time.monotonic()
    arguments, texts = parse_arguments(argv)
    from convnet_parts.settings import SettingsError, read_architecture

    try:
        architecture = read_architecture(texts)
    except SettingsError as error:
        print(f"convnet_lfw.py: error: {error}", file=sys.stderr)
        return 2
    # One thread, set before numpy is loaded: cheap, and the same answer on every machine's core count.
    for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ[variable] = "1"
    status, quality, additional = run(arguments, architecture)
    runtime_s = time.monotonic() - started
    answer = f"{status}, {runtime_s:.3f}, 0, {quality:.6f}, {arguments.seed}, {additional}"
    print(f"Result of this algorithm run: {answer}")
    return 0 if status in {"SAT", "UNSAT"} else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
