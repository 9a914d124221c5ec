"""What the networks of `targets/convnet_lfw.py` are made of, against slow and plain versions."""

from __future__ import annotations

import dataclasses
import importlib
from types import ModuleType

import numpy as np
import pytest
from scipy.linalg import inv, sqrtm
from scipy.optimize import minimize
from sklearn.datasets import load_digits

from bbopt.space import Configuration, Space, read_pcs
from tests.targets.target_calls import ROOT, TARGETS

PARAMETERS = ROOT / "scenarios" / "convnet_lfw" / "params.pcs"
EXITS = [f"l{n}_{kind}" for n in (0, 1, 2) for kind in ("grid", "lpool_alpha", "lpool")]


@pytest.fixture
def part(monkeypatch: pytest.MonkeyPatch):
    """`part(name)`: a module of convnet_parts."""
    monkeypatch.syspath_prepend(TARGETS)

    def find(name: str) -> ModuleType:
        return importlib.import_module(f"convnet_parts.{name}")

    return find


@pytest.fixture(scope="module")
def space() -> Space:
    return read_pcs(PARAMETERS)


def drawn(space: Space, n: int, **settings: str) -> list[Configuration]:
    chosen = space.subspace(settings)
    return chosen.configurations(chosen.sample(n, np.random.default_rng(1)))


def some_maps(n: int = 6, side: int = 9, channels: int = 2) -> np.ndarray:
    return np.random.default_rng(7).standard_normal((n, side, side, channels)).astype(np.float32)


def bank(part, **changes):
    given = {"size": 3, "algo": "random", "seed": 1, "remove_mean": True, "beta": 0.5, "hard": False}
    return part("settings").FilterBank(**{**given, "gamma": 0.1, **changes})


def test_the_space_has_the_structure_of_the_original(space: Space) -> None:
    names = space.names
    starts = {"warp": 8, "l0fb": 2, "l0p": 4, "l0_fbncc": 11, "l1_fbncc": 11, "l0eg": 20, "l2el_": 11}
    assert len(names) == 238
    assert {start: sum(name.startswith(start) for name in names) for start in starts} == starts
    for n in "012":
        pooled = [name for name in names if name.startswith((f"l{n}elpa_", f"l{n}el_"))]
        normalised = [name for name in names if name.startswith((f"l{n}_out_lp", f"l{n}elp_"))]
        assert (len(pooled), len(normalised)) == (21, 24)


@pytest.mark.parametrize("exit_name", EXITS)
def test_exactly_the_active_parameters_are_taken(part, space: Space, exit_name: str) -> None:
    settings = part("settings")
    for configuration in drawn(space, 30, exit=exit_name):
        active = configuration.active_values
        architecture = settings.read_architecture(active)
        assert len(architecture.layers) == int(exit_name[1])
        assert (architecture.exit.grid is None) == ("grid" not in exit_name)
        assert (architecture.exit.alpha is None) == exit_name.endswith("lpool")
    for name in active:
        with pytest.raises(settings.SettingsError, match=f"-{name} is missing"):
            settings.read_architecture({k: v for k, v in active.items() if k != name})
    inactive = {k: v for k, v in configuration.values.items() if k not in active}
    name, value = next(iter(inactive.items()))
    with pytest.raises(settings.SettingsError, match=f"unknown: -{name}"):
        settings.read_architecture({**active, name: value})


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("exit", "l3_grid", "must be one of l0_grid"),
        ("l0eg_fsize", "3.5", "whole number of at least 1"),
        ("l0eg_fbncc_hard", "yes", "must be one of 0, 1"),
        ("l0eg_alpha", "big", "must be a number"),
        ("l0eg_varthresh", "0", "must be a positive number"),
    ],
)
def test_other_values_are_refused(part, space: Space, name: str, value: str, message: str) -> None:
    settings = part("settings")
    with pytest.raises(settings.SettingsError, match=message):
        settings.read_architecture({**space.default.active_values, name: value})


def test_a_plain_warp_of_the_same_side_changes_nothing(part) -> None:
    images, warp = some_maps(channels=1), part("settings").Warp
    warped = part("warping").warp_images(images, warp(9))
    np.testing.assert_allclose(warped, images, atol=1e-5)
    assert warped.dtype == np.float32
    assert part("warping").warp_images(images, warp(14)).shape == (6, 14, 14, 1)


def test_warps_shift_scale_and_turn(part) -> None:
    images, warp = some_maps(channels=1), part("settings").Warp
    warp_images = part("warping").warp_images
    shifted = warp_images(images, warp(9, shift_h=2 / 9))  # coordinates span 2 over 9 pixels
    np.testing.assert_allclose(shifted[:, :, :-1], images[:, :, 1:], atol=1e-5)
    turned = warp_images(images, warp(9, rotation=np.pi / 2))
    np.testing.assert_allclose(turned, np.rot90(images, -1, axes=(1, 2)), atol=1e-4)
    flipped = warp_images(images, warp(9, scale_v=-1.0))
    np.testing.assert_allclose(flipped, images[:, ::-1], atol=1e-5)
    ramp = np.broadcast_to(np.arange(9.0)[None, None, :, None], (1, 9, 9, 1))
    sheared = warp_images(ramp, warp(9, shear=0.25))
    np.testing.assert_allclose(np.diff(sheared[0, 4, 3:6, 0]), 1.0, atol=1e-5)
    np.testing.assert_allclose(np.diff(warp_images(ramp, warp(9, scale_h=0.5))[0, 0, :, 0]), 0.5, atol=1e-5)


@pytest.mark.parametrize("length", [6, 40])
def test_whitening_is_the_inverse_root_of_the_covariance(part, length: int) -> None:
    rng = np.random.default_rng(3)
    patches = rng.standard_normal((25, length)) @ rng.standard_normal((length, length))
    whitening = part("filter_banks").Whitening(patches, 0.3)
    covariance = np.cov(patches.T, bias=True)
    expected = np.real(inv(sqrtm(covariance + 0.3 * np.eye(length))))
    np.testing.assert_allclose(whitening(np.eye(length)), expected, rtol=1e-6, atol=1e-8)


def test_whitened_patches_are_uncorrelated_and_of_variance_one(part) -> None:
    maps = some_maps(40, side=12)
    maps[..., 1] += 3 * maps[..., 0]
    banks = part("filter_banks")
    patches = banks.sampled_patches(bank(part, remove_mean=False), 4000, maps, np.random.default_rng(1))
    whitened = banks.Whitening(patches, 1e-6)(patches - patches.mean(axis=0))
    np.testing.assert_allclose(np.cov(whitened.T, bias=True), np.eye(18), atol=0.01)


@pytest.mark.parametrize("algo", ["random", "whitened_random", "whitened_patches"])
@pytest.mark.parametrize("hard", [False, True])
@pytest.mark.parametrize("remove_mean", [False, True])
def test_responses_are_those_of_single_patches(part, algo: str, hard: bool, remove_mean: bool) -> None:
    maps, given = some_maps(), bank(part, algo=algo, hard=hard, remove_mean=remove_mean, beta=20.0)
    banks = part("filter_banks")
    filters = banks.make_filters(given, 5, maps)
    found = banks.responses(given, filters, maps)
    assert found.shape == (6, 7, 7, 5)
    patch = np.moveaxis(maps[2, 4:7, 1:4], 2, 0).ravel().astype(float)
    if remove_mean:
        patch = patch - patch.mean()
    square = patch @ patch
    patch /= np.sqrt(max(square, 20.0) if hard else square + 20.0)
    np.testing.assert_allclose(found[2, 4, 1], patch @ filters.weights - filters.offsets, atol=1e-4)


def test_a_whitened_patch_answers_best_to_its_own_filter(part) -> None:
    maps, given = some_maps(30), bank(part, algo="whitened_patches", gamma=1e-3, beta=1e-3)
    banks = part("filter_banks")
    filters = banks.make_filters(given, 8, maps)
    own = banks.sampled_patches(given, 8, maps, np.random.default_rng(given.seed))
    answers = own @ filters.weights - filters.offsets
    assert (answers.argmax(axis=0) == np.arange(8)).all()


def test_filters_depend_on_their_seeds_and_may_have_norm_one(part) -> None:
    banks, maps = part("filter_banks"), some_maps()

    def weights(**changes) -> np.ndarray:
        return banks.make_filters(bank(part, **changes), 4, maps).weights

    np.testing.assert_array_equal(weights(), weights())
    assert (weights(seed=2) != weights()).all()
    np.testing.assert_allclose(np.linalg.norm(weights(normalize=True), axis=0), 1.0, rtol=1e-5)
    whitened = {"algo": "whitened_random"}
    assert (weights(**whitened, patch_seed=3) != weights(**whitened)).any()


@pytest.mark.parametrize("order", [0.5, 1.0, 2.0, 9.0])
def test_pooling_takes_norms_of_windows(part, order: float) -> None:
    maps, pooling = some_maps(), part("settings").Pooling(3, 2, order)
    maps[0] = 0
    found = part("pooling").lpool(pooling, maps)
    assert found.shape == (6, 4, 4, 2)
    window = np.abs(maps[3, 2:5, 4:7, 1].astype(float))
    assert found[3, 1, 2, 1] == pytest.approx((window**order).sum() ** (1 / order), rel=1e-4)
    assert (found[0] == 0).all()
    cells = part("pooling").grid_pool(maps, 2, order)
    assert cells.shape == (6, 2, 2, 2)
    corner = np.abs(maps[3, :4, 4:, 0].astype(float))
    assert cells[3, 0, 1, 0] == pytest.approx((corner**order).sum() ** (1 / order), rel=1e-4)


@pytest.mark.parametrize("order", [0.1, 10.0])
def test_extreme_orders_stay_within_single_precision(part, order: float) -> None:
    maps = 1e-3 * some_maps(side=16)
    found = part("pooling").grid_pool(maps, 2, order)
    assert np.isfinite(found).all()
    assert (found > 0).all()


def test_halves_are_what_exceeds_alpha(part) -> None:
    maps = np.array([-2.0, -0.5, 0.0, 0.5, 2.0], dtype=np.float32).reshape(1, 1, 5, 1)
    assert part("pooling").halves(maps, 1.0)[0, 0].T.tolist() == [[0, 0, 0, 0, 1], [1, 0, 0, 0, 0]]


@pytest.mark.parametrize("remove_mean", [False, True])
def test_local_norms_are_of_windows_over_all_channels(part, remove_mean: bool) -> None:
    maps = some_maps()
    given = part("settings").Normalisation(3, remove_mean, 0.7)
    found = part("pooling").local_norm(given, maps)
    assert found.shape == (6, 7, 7, 2)
    window = maps[1, 2:5, 3:6].astype(float)
    mean = window.mean() if remove_mean else 0.0
    norm = max(np.sqrt(((window - mean) ** 2).sum()), 0.7)
    np.testing.assert_allclose(found[1, 2, 3], (maps[1, 3, 4] - mean) / norm, rtol=1e-4)
    flat = part("pooling").local_norm(given, np.full_like(maps, 0.01))
    np.testing.assert_allclose(flat, (0 if remove_mean else 0.01) / 0.7, atol=1e-5)


def test_exits_have_as_many_filters_as_the_features_allow(part, space: Space, monkeypatch) -> None:
    pipeline, settings = part("pipeline"), part("settings")
    monkeypatch.setattr(part("filter_banks"), "N_WHITENING_PATCHES", 50)
    images = np.random.default_rng(1).random((2, 9, 9, 1)).astype(np.float32)
    seen = set()
    small = {"l0fb_nfilters_16": "1", "l1fb_nfilters_16": "1", "l0fb_size": "3", "l1fb_size": "3"}
    for configuration in drawn(space, 40, warp_osize="32", **small):
        architecture = settings.read_architecture(configuration.active_values)
        try:
            n_filters = pipeline.n_exit_filters(architecture, 300)
            found = pipeline.features(architecture, images, 300)
        except pipeline.NothingLeftError:
            continue
        seen.add(configuration.active_values["exit"])
        assert found.shape[1] % n_filters == 0
        assert found.shape[1] <= 300 < found.shape[1] + found.shape[1] // n_filters
        assert np.isfinite(found).all()
    assert len(seen) >= 7


def test_exits_have_at_most_2000_filters(part, space: Space) -> None:
    architecture = part("settings").read_architecture(space.default.active_values)
    assert part("pipeline").n_exit_filters(architecture) == 16_000 // 8
    one_place = dataclasses.replace(architecture.exit, alpha=None, grid=1)
    assert part("pipeline").n_exit_filters(dataclasses.replace(architecture, exit=one_place)) == 2_000


def test_features_of_small_batches_are_those_of_large_ones(part, space: Space, monkeypatch) -> None:
    pipeline = part("pipeline")
    (configuration,) = drawn(space, 1, exit="l1_lpool_alpha", warp_osize="32", l0fb_size="3", l0p_size="2")
    architecture = part("settings").read_architecture(configuration.active_values)
    images = np.random.default_rng(1).random((5, 9, 9, 1)).astype(np.float32)
    at_once = pipeline.features(architecture, images, 500)
    monkeypatch.setattr(pipeline, "_BATCH_NUMBERS", 1)
    np.testing.assert_allclose(pipeline.features(architecture, images, 500), at_once, rtol=1e-3, atol=1e-5)


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        ({"l0fb_size": "8", "l0p_size": "8", "l0p_stride": "2"}, "the last filters of side 8"),
        (
            {"l0fb_size": "8", "l0p_size": "8", "l0p_stride": "2", "l1eg_fsize": "3", "warp_osize": "16"},
            "side 1",
        ),
    ],
)
def test_what_does_not_fit_leaves_nothing(part, space: Space, settings: dict[str, str], reason: str) -> None:
    given = {"exit": "l1_grid", "warp_osize": "24", "l1eg_fsize": "8", **settings}
    architecture = part("settings").read_architecture(drawn(space, 1, **given)[0].active_values)
    pipeline = part("pipeline")
    with pytest.raises(pipeline.NothingLeftError, match=reason):
        pipeline.n_exit_filters(architecture)


@pytest.mark.parametrize("l2_reg", [1e-3, 0.3])
def test_the_machine_minimises_its_loss(part, l2_reg: float) -> None:
    rng = np.random.default_rng(5)
    X = rng.standard_normal((40, 4))
    signs = np.where(X[:, 0] + 0.8 * rng.standard_normal(40) > 0, 1.0, -1.0)
    found = X.T @ part("svm").coefficients_of(X @ X.T, signs, l2_reg)

    def loss(w: np.ndarray) -> float:
        return l2_reg * w @ w + np.mean(np.maximum(1 - signs * (X @ w), 0) ** 2)

    np.testing.assert_allclose(found, minimize(loss, np.zeros(4), tol=1e-10).x, atol=1e-4)


@pytest.mark.parametrize("n_classes", [2, 4])
@pytest.mark.parametrize("divides", [False, True])
def test_classes_far_apart_are_told_apart(part, n_classes: int, divides: bool) -> None:
    rng = np.random.default_rng(2)
    labels = np.repeat(np.arange(n_classes) + 3, 15)
    features = (
        5 * np.eye(n_classes + 2)[labels - 3] + rng.standard_normal((len(labels), n_classes + 2))
    ).astype(np.float32)
    svm = part("svm")
    classifier = part("settings").Classifier(True, 1e-4, 1e-3, divides)
    folds = svm.folds_of(labels, 5, 1)
    assert all(np.bincount(folds[labels == k]).tolist() == [3] * 5 for k in np.unique(labels))
    assert svm.cross_validated_error(features, labels, folds, classifier) <= 0.05
    shuffled = rng.permutation(labels)
    assert svm.cross_validated_error(features, shuffled, folds, classifier) > 0.3


def test_features_that_do_not_vary_are_dropped_or_worth_nothing(part) -> None:
    svm, classifier = part("svm"), part("settings").Classifier
    features = np.ones((20, 3), dtype=np.float32)
    labels, folds = np.repeat([0, 1], 10), np.tile(np.arange(5), 4)
    with pytest.raises(part("pipeline").NothingLeftError, match="no feature varies"):
        svm.cross_validated_error(features, labels, folds, classifier(True, 1e-4, 1e-3, True))
    assert svm.cross_validated_error(features, labels, folds, classifier(False, 1e-4, 1e-3, True)) == 0.5
    features[:, 1] = labels
    assert svm.prepared(features, folds > 0, classifier(True, 1e-4, 1e-3, False)).shape == (20, 1)


def test_the_digits_are_those_of_scikit_learn_and_some_on_demand(part) -> None:
    images, labels = part("images").load_images("digits")
    assert images.shape == (1797, 8, 8, 1)
    assert images.dtype == np.float32
    theirs = load_digits()
    known = {
        (image / 16).astype(np.float32).tobytes(): k
        for image, k in zip(theirs.images, theirs.target, strict=True)
    }
    few, their_labels = part("images").load_images("digits", 7)
    assert np.bincount(their_labels).tolist() == [7] * 10
    for some, classes in ((images, labels), (few, their_labels)):
        assert [known[image.tobytes()] for image in some] == classes.tolist()


def test_faces_are_one_class_and_the_rest_the_other(part) -> None:
    pytest.importorskip("skimage", reason="scikit-image (the extra `convnet`) is not installed")
    images, labels = part("images").load_images("lfw")
    assert images.shape == (200, 25, 25, 1)
    assert np.bincount(labels).tolist() == [100, 100]
    face, other = (images[labels == k, :, :, 0].mean(axis=0)[:, 5:18].mean(axis=1) for k in (1, 0))
    assert (
        face[8:10].mean() < min(face[2:5].mean(), face[11:13].mean()) - 0.1
    )  # the eyes, as of no heap of others
    assert (np.diff(other[2:13]) > 0).all()
