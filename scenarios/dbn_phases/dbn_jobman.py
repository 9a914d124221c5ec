"""A deep belief network with one hidden layer on scikit-learn's digits, in three phases, for `bbopt sql`.

The setting `phase` says what a job does: `unsupervised` learns features without the digits' names,
`supervised` trains a network that begins with features of an earlier job, `final` does so on all data that is
not for the test.
"""

import os

import numpy as np
from sklearn.datasets import load_digits
from sklearn.neural_network import BernoulliRBM

N_TRAIN, N_VALID = 1000, 400


def digits():
    """Images and their digits: to learn from, to choose by, to test with."""
    images, names = load_digits(return_X_y=True)
    order = np.random.default_rng(1234).permutation(len(names))
    images, names = images[order] / 16.0, names[order]
    ends = [N_TRAIN, N_TRAIN + N_VALID]
    return list(zip(np.split(images, ends), np.split(names, ends), strict=True))


def learn_features(state):
    """How likely images are that it has not seen, and a file with what it has learned."""
    (images, _), (unseen, _), _ = digits()
    machine = BernoulliRBM(
        state.n_hidden, learning_rate=state.rbm_rate, n_iter=state.rbm_iter, random_state=1234
    ).fit(images)
    state.pseudo_likelihood = float(machine.score_samples(unseen).mean())
    np.savez("features.npz", weights=machine.components_.T, bias=machine.intercept_hidden_)
    state.features = os.path.abspath("features.npz")


def train(state, known, unseen, wants_to_stop):
    """The share of errors on the unseen images after each epoch."""
    (images, names), (unseen, their_names) = known, unseen
    features = np.load(state.features)
    layers = [features["weights"], features["bias"], np.zeros((state.n_hidden, 10)), np.zeros(10)]
    rng, losses = np.random.default_rng(1234), []
    for _ in range(state.n_iter):
        for batch in np.array_split(rng.permutation(len(names)), len(names) // 20):
            step(layers, images[batch], names[batch], state.learning_rate)
        losses.append(float(np.mean(scores(layers, unseen)[1].argmax(axis=1) != their_names)))
        if wants_to_stop():
            break
    return losses


def scores(layers, images):
    """The hidden layer, and the scores of the ten digits."""
    hidden = 1.0 / (1.0 + np.exp(-(images @ layers[0] + layers[1])))
    return hidden, hidden @ layers[2] + layers[3]


def step(layers, images, names, learning_rate):
    """One step of gradient descent of the negative log-likelihood."""
    hidden, found = scores(layers, images)
    gradient = np.exp(found - found.max(axis=1, keepdims=True))
    gradient /= gradient.sum(axis=1, keepdims=True)
    gradient[np.arange(len(names)), names] -= 1.0
    gradient /= len(names)
    below = (gradient @ layers[2].T) * hidden * (1.0 - hidden)
    gradients = [images.T @ below, below.sum(axis=0), hidden.T @ gradient, gradient.sum(axis=0)]
    for index, its_gradient in enumerate(gradients):
        layers[index] -= learning_rate * its_gradient


def experiment(state, channel):
    """What `bbopt sql` calls: settings come out of the state, results go into it."""

    def wants_to_stop():
        return channel.switch() == "stop"

    if state.phase == "unsupervised":
        learn_features(state)
        return channel.COMPLETE
    known, unseen, test = digits()
    if state.phase == "supervised":
        losses = train(state, known, unseen, wants_to_stop)
        state.best_validation_loss = min(losses)
        state.best_epoch = 1 + losses.index(min(losses))
    else:
        every = [np.concatenate(parts) for parts in zip(known, unseen, strict=True)]
        state.test_score = train(state, every, test, wants_to_stop)[-1]
    return channel.INCOMPLETE if wants_to_stop() else channel.COMPLETE
