"""A network with one hidden layer on scikit-learn's digits, as an experiment for `bbopt sql`."""

import time

import numpy as np
from sklearn.datasets import load_digits


def sgd_optimization_digits(state, wants_to_stop):
    """Train; the best validation loss and its test loss (shares of errors), minutes, the best epoch."""
    n_hidden, batch_size = state.n_hidden, state.batch_size
    penalties = state.L1_reg, state.L2_reg
    began = time.monotonic()
    rng = np.random.default_rng(1234)
    images, digits = load_digits(return_X_y=True)
    order = rng.permutation(len(digits))
    images, digits = images[order] / 16.0, digits[order]
    train, valid, test = parts(state)
    scale = np.sqrt(6.0 / (images.shape[1] + n_hidden))
    weights = [
        rng.uniform(-scale, scale, (images.shape[1], n_hidden)),
        np.zeros(n_hidden),
        np.zeros((n_hidden, 10)),
        np.zeros(10),
    ]
    best = (np.inf, np.inf, 0)
    for epoch in range(1, state.n_iter + 1):
        for start in range(0, len(train), batch_size):
            batch = train[start : start + batch_size]
            step(weights, images[batch], digits[batch], state.learning_rate, penalties)
        losses = errors(weights, images[valid], digits[valid]), errors(weights, images[test], digits[test])
        # The test is to choose nothing: what is trained for it stops when it was told to.
        best = (*losses, epoch) if state.get("retrain") else min(best, (*losses, epoch))
        if wants_to_stop():
            break
    return best[0], best[1], (time.monotonic() - began) / 60, best[2]


def parts(state):
    """The numbers of images to learn from, to choose by, and to test with.

    With a fold, that one is what is chosen by; with `retrain`, all but the test is learned from.  Each outer
    fold has other images for the test.
    """
    numbers, end = np.roll(np.arange(1797), -397 * state.get("id_outer_fold", 0)), 1400
    if state.get("retrain"):
        return numbers[:end], numbers[end:], numbers[end:]
    if "id_cross_fold" in state:
        is_out = numbers[:end] % state.nb_cross_fold == state.id_cross_fold
        return numbers[:end][~is_out], numbers[:end][is_out], numbers[end:]
    return numbers[:1000], numbers[1000:end], numbers[end:]


def forward(weights, images):
    """The hidden layer, and the scores of the ten digits."""
    hidden = np.tanh(images @ weights[0] + weights[1])
    scores = hidden @ weights[2] + weights[3]
    return hidden, scores - scores.max(axis=1, keepdims=True)


def step(weights, images, digits, learning_rate, penalties):
    """One step of gradient descent of the negative log-likelihood with both penalties."""
    hidden, scores = forward(weights, images)
    gradient = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    gradient[np.arange(len(digits)), digits] -= 1.0
    gradient /= len(digits)
    below = (gradient @ weights[2].T) * (1.0 - hidden**2)
    gradients = [images.T @ below, below.sum(axis=0), hidden.T @ gradient, gradient.sum(axis=0)]
    for index, penalised in enumerate((True, False, True, False)):
        if penalised:
            gradients[index] += penalties[0] * np.sign(weights[index]) + 2.0 * penalties[1] * weights[index]
        weights[index] -= learning_rate * gradients[index]


def errors(weights, images, digits):
    """The share of images that are taken for another digit."""
    return float(np.mean(forward(weights, images)[1].argmax(axis=1) != digits))


def experiment(state, channel):
    """What `bbopt sql` calls: settings come out of the state, results go into it."""

    def wants_to_stop():
        return channel.switch() in ("stop", "finish-up")

    found = sgd_optimization_digits(state, wants_to_stop)
    (best_validation_loss, test_score, minutes_trained, epoch) = found
    state.best_validation_loss = best_validation_loss
    state.test_score = test_score
    state.minutes_trained = minutes_trained
    state.iter = epoch
    return channel.COMPLETE if channel.switch() != "stop" else channel.INCOMPLETE
