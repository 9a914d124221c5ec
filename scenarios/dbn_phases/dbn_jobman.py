"""A deep belief network with one hidden layer on scikit-learn's digits, in phases, for `bbopt sql`.

The setting `phase` says what a job does: `unsupervised` learns features without the digits' names,
`supervised` trains a network that begins with features of an earlier job, and tells its errors on images
that neither has seen: those of the fold `id_cross_fold`, of `nb_cross_fold`.  Without a fold, `unsupervised`
learns from all images that are not for the test, and `final` trains on all of these, and tests.
"""

import os

import numpy as np
from sklearn.datasets import load_digits
from sklearn.neural_network import BernoulliRBM

N_TEST = 397


def digits():
    """Images and their digits: for the folds, and to test with."""
    images, names = load_digits(return_X_y=True)
    order = np.random.default_rng(1234).permutation(len(names))
    images, names = images[order] / 16.0, names[order]
    return (images[N_TEST:], names[N_TEST:]), (images[:N_TEST], names[:N_TEST])


def known_and_unseen(state):
    """Images and their digits: to learn from, and to judge by; without a fold all, and those of the test."""
    every, test = digits()
    if "id_cross_fold" not in state:
        return every, test
    is_unseen = np.arange(len(every[0])) % state.nb_cross_fold == state.id_cross_fold
    return tuple(part[~is_unseen] for part in every), tuple(part[is_unseen] for part in every)


def learn_features(state):
    """How likely images are that it has not seen, and a file with what it has learned."""
    (images, _), (unseen, _) = known_and_unseen(state)
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
    losses = train(state, *known_and_unseen(state), wants_to_stop)
    if state.phase == "supervised":
        state.validation_loss = losses[-1]
    else:
        state.test_score = losses[-1]
    return channel.INCOMPLETE if wants_to_stop() else channel.COMPLETE
