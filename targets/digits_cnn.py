#!/usr/bin/env python3
"""Trains a small Keras convolutional network on handwritten digits; a target to tune.

    digits_cnn.py [--data mnist.npz] <instance> <info> <cutoff> <runlength> <seed> -name value ...

The quality is the error on the validation images; the error on the test images goes along as additional
run data.  Parameters that no network can be built from, such as a kernel larger than the image, are
answered UNSAT with the worst quality, before anything heavy is loaded.  The model is saved in --model-dir,
which should be each run's own.
"""

import argparse
import contextlib
import os
import sys
import time
import traceback
from pathlib import Path

FIXED_SEED = 1
WORST_QUALITY = 1.0
DIGITS_SIDE = 8
DENSE_UNITS = 128
MNIST_VALIDATION_SHARE = 6  # the last sixth of the training images: 10,000 of 60,000


class InfeasibleError(Exception):
    """No network can be built, held in memory or trained with these parameters."""


def parse_arguments(argv):
    """What SMAC passes: five positional arguments, then the parameters."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0], allow_abbrev=False)
    parser.add_argument("instance", help="ignored")
    parser.add_argument("instance_info", help="ignored")
    parser.add_argument("cutoff", type=float, help="ignored: the number of epochs bounds a run")
    parser.add_argument("runlength", type=float, help="ignored")
    parser.add_argument("seed", type=int, help=f"of weights and batches; {FIXED_SEED} when negative")
    parser.add_argument("-nb_filters", type=int, required=True, help="filters of the convolution")
    parser.add_argument("-nb_conv", type=int, required=True, help="side of its kernel")
    parser.add_argument("-nb_pool", type=int, required=True, help="side of the pooling window")
    parser.add_argument("-dropout1", type=float, required=True, help="after the pooling")
    parser.add_argument("-dropout2", type=float, required=True, help="after the dense layer")
    parser.add_argument("--epochs", type=int, help="default: 12 on the digits, 2 on MNIST")
    parser.add_argument("--batch-size", type=int, help="default: 64 on the digits, 128 on MNIST")
    parser.add_argument("--data", metavar="MNIST.npz", help="MNIST instead of scikit-learn's digits")
    parser.add_argument("--model-dir", help="a folder to save the model in (default: it is not saved)")
    arguments = parser.parse_args(argv)
    if arguments.epochs is None:
        arguments.epochs = 2 if arguments.data else 12
    if arguments.batch_size is None:
        arguments.batch_size = 128 if arguments.data else 64
    return arguments


def check_feasible(arguments, side):
    """Raise InfeasibleError when the parameters make no trainable network for images of this side."""
    feature_map = side - arguments.nb_conv + 1
    if arguments.nb_filters < 1 or arguments.nb_conv < 1 or arguments.nb_pool < 1:
        raise InfeasibleError("filters and kernel and pool must be at least 1")
    if feature_map < 1:
        raise InfeasibleError(f"kernel {arguments.nb_conv} is larger than the image {side}")
    if arguments.nb_pool > feature_map:
        raise InfeasibleError(f"pool {arguments.nb_pool} is larger than the feature map {feature_map}")
    for name in ("dropout1", "dropout2"):
        if not 0 <= getattr(arguments, name) < 1:
            raise InfeasibleError(f"{name} must be at least 0 and below 1 to leave anything to train")


def image_side(data):
    """The side of the images, without loading all of them."""
    if data is None:
        return DIGITS_SIDE
    import numpy as np

    with np.load(data) as arrays:
        return arrays["x_test"].shape[1]


def load(data):
    """Training, validation and test pairs: images (n, side, side, 1) in [0, 1], and their labels."""
    if data is None:
        from digits_split import digits_split

        return [(x.reshape(-1, DIGITS_SIDE, DIGITS_SIDE, 1), y) for x, y in digits_split()]
    import numpy as np

    with np.load(data) as arrays:
        x, y = _scaled(arrays["x_train"]), arrays["y_train"]
        x_test, y_test = _scaled(arrays["x_test"]), arrays["y_test"]
    first = len(x) - len(x) // MNIST_VALIDATION_SHARE
    return [(x[:first], y[:first]), (x[first:], y[first:]), (x_test, y_test)]


def _scaled(images):
    return images[..., None].astype("float32") / 255


@contextlib.contextmanager
def native_stderr_muted():
    """Without what compiled code writes to the error stream while it is loaded; Python's own words pass."""
    sys.stderr.flush()
    kept = os.dup(2)
    python_stderr, sys.stderr = sys.stderr, os.fdopen(os.dup(2), "w")
    with open(os.devnull, "w") as nowhere:
        os.dup2(nowhere.fileno(), 2)
    try:
        yield
    finally:
        sys.stderr.close()
        sys.stderr = python_stderr
        os.dup2(kept, 2)
        os.close(kept)


def import_keras():
    """Keras on TensorFlow, with one thread and without its chatter; both are settled before the import."""
    os.environ.update(
        KERAS_BACKEND="tensorflow",
        TF_CPP_MIN_LOG_LEVEL="3",
        TF_ENABLE_ONEDNN_OPTS="0",  # otherwise a notice at every start, and rounding that varies
        TF_NUM_INTRAOP_THREADS="1",
        TF_NUM_INTEROP_THREADS="1",
    )
    with native_stderr_muted():
        import tensorflow as tf

    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    return tf.keras


def build(keras, arguments, side):
    """The compiled network: one convolution, pooling, one dense layer, two dropouts."""
    layers = keras.layers
    model = keras.Sequential(
        [
            layers.Input((side, side, 1)),
            layers.Conv2D(arguments.nb_filters, arguments.nb_conv, activation="relu"),
            layers.MaxPooling2D(arguments.nb_pool),
            layers.Dropout(arguments.dropout1),
            layers.Flatten(),
            layers.Dense(DENSE_UNITS, activation="relu"),
            layers.Dropout(arguments.dropout2),
            layers.Dense(10, activation="softmax"),
        ]
    )
    model.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def train(arguments):
    """The trained model, its validation error and its test error."""
    side = image_side(arguments.data)
    check_feasible(arguments, side)
    keras = import_keras()
    from tensorflow.errors import ResourceExhaustedError

    training, validation, test = load(arguments.data)
    keras.utils.set_random_seed(arguments.seed if arguments.seed >= 0 else FIXED_SEED)
    try:
        model = build(keras, arguments, side)
        model.fit(*training, batch_size=arguments.batch_size, epochs=arguments.epochs, verbose=0)
        errors = [1 - model.evaluate(*pair, verbose=0)[1] for pair in (validation, test)]
    except (MemoryError, ResourceExhaustedError) as error:
        raise InfeasibleError("the network does not fit into the memory") from error
    return model, *errors


def save(model, folder):
    """Save what the model can be loaded from again."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "model.json").write_text(model.to_json())
    model.save_weights(folder / "model.weights.h5")


def run(arguments):
    """Train once; the answer as status, quality and additional run data."""
    try:
        model, validation_error, test_error = train(arguments)
        print(f"Test error: {test_error:.6f}")
        print(f"Val error: {validation_error:.6f}")
        if arguments.model_dir:
            save(model, Path(arguments.model_dir))
    except InfeasibleError as error:
        print(f"infeasible: {error}")
        return "UNSAT", WORST_QUALITY, str(error)
    except (ImportError, FileNotFoundError) as error:
        # No configuration could ever work, so SMAC is told to stop rather than to try others.
        print(f"{error}; see the scenario's README for what it needs", file=sys.stderr)
        return "ABORT", WORST_QUALITY, "a package or file is missing"
    except Exception as error:
        traceback.print_exc()
        return "CRASHED", WORST_QUALITY, type(error).__name__
    return "SAT", validation_error, f"test error {test_error:.6f}"


def main(argv):
    """Train once and print the result line; the exit code is 0 unless the run crashed."""
    started = time.monotonic()
    arguments = parse_arguments(argv)
    status, quality, additional = run(arguments)
    runtime_s = time.monotonic() - started
    answer = f"{status}, {runtime_s:.3f}, 0, {quality:.6f}, {arguments.seed}, {additional}"
    print(f"Result of this algorithm run: {answer}")
    return 0 if status in {"SAT", "UNSAT"} else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
