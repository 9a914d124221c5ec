"""Architectures as Keras 1, 2.1.6, 2.9 and 2.15 write them."""

from __future__ import annotations

from typing import Any

Json = dict[str, Any]


def layer(kind: str, **config: Any) -> Json:
    return {"class_name": kind, "config": config}


NORMAL = layer("VarianceScaling", distribution="normal", scale=1.0, seed=None, mode="fan_avg")
UNIFORM = layer("VarianceScaling", distribution="uniform", scale=1.0, seed=None, mode="fan_avg")


def dense(units: int, number: int, activation: str = "relu", **first: Any) -> Json:
    return layer(
        "Dense",
        kernel_initializer=UNIFORM,
        name=f"dense_{number}",
        kernel_constraint=None,
        bias_regularizer=None,
        bias_constraint=None,
        activation=activation,
        trainable=True,
        kernel_regularizer=None,
        bias_initializer=layer("Zeros"),
        units=units,
        use_bias=True,
        activity_regularizer=None,
        **first,
    )


def saved(kind: str, config: Any, version: str) -> Json:
    return {"class_name": kind, "keras_version": version, "config": config, "backend": "tensorflow"}


FIRST = {"dtype": "float32", "batch_input_shape": [None, 4]}
MADLIB_1 = saved("Sequential", [dense(10, 1, **FIRST), dense(10, 2), dense(3, 3, "softmax")], "2.1.6")
"""MADlib's example: 193 parameters."""
MADLIB_2 = saved(
    "Sequential", [dense(10, 4, **FIRST), dense(10, 5), dense(10, 6), dense(3, 7, "softmax")], "2.1.6"
)
"""Another one: 303."""

CONVOLUTIONAL = saved(
    "Sequential",
    [
        layer(
            "Conv2D",
            name="conv2d_1",
            batch_input_shape=[None, 8, 8, 1],
            dtype="float32",
            filters=8,
            kernel_size=[3, 3],
            strides=[1, 1],
            padding="valid",
            data_format="channels_last",
            dilation_rate=[1, 1],
            activation="relu",
            use_bias=True,
            kernel_initializer=NORMAL,
            bias_initializer=layer("Zeros"),
            kernel_regularizer=layer("L1L2", l1=0.0, l2=0.01),
        ),
        layer("BatchNormalization", name="bn_1", axis=-1, momentum=0.99, epsilon=0.001),
        layer("Activation", name="activation_1", activation="relu"),
        layer("MaxPooling2D", name="pool_1", pool_size=[2, 2], padding="valid", strides=[2, 2]),
        layer("Dropout", name="dropout_1", rate=0.25, noise_shape=None, seed=None),
        layer("Flatten", name="flatten_1", data_format="channels_last"),
        dense(10, 1, "softmax"),
    ],
    "2.1.6",
)

RECURRENT = saved(
    "Sequential",
    {
        "name": "sequential",
        "layers": [
            layer(
                "Embedding",
                batch_input_shape=[None, 20],
                input_dim=100,
                output_dim=8,
                input_length=20,
                name="e",
            ),
            layer(
                "LSTM",
                units=5,
                recurrent_activation="hard_sigmoid",
                implementation=1,
                time_major=False,
                name="l",
            ),
            dense(2, 1, "softmax"),
        ],
    },
    "2.4.0",
)

FUNCTIONAL = saved(
    "Model",
    {
        "name": "model_1",
        "layers": [
            {
                **layer("InputLayer", batch_input_shape=[None, 4], sparse=False, name="input_1"),
                "name": "input_1",
                "inbound_nodes": [],
            },
            {**dense(3, 1, "softmax"), "name": "dense_1", "inbound_nodes": [[["input_1", 0, 0, {}]]]},
        ],
        "input_layers": [["input_1", 0, 0]],
        "output_layers": [["dense_1", 0, 0]],
    },
    "2.9.0",
)

WITH_MODULES = saved(
    "Sequential",
    {
        "name": "sequential",
        "layers": [
            {
                **layer("InputLayer", **FIRST, sparse=False, ragged=False, name="dense_input"),
                "module": "keras.layers",
                "registered_name": None,
            },
            {**dense(10, 1, **FIRST), "module": "keras.layers", "registered_name": None},
        ],
    },
    "2.15.0",
)
