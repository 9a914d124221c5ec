"""The 238 parameters as a tree: a warp, up to two layers, an exit, and what the classifier is told.

Bergstra, Yamins and Cox, 2013, Making a science of model search: hyperparameter optimization in hundreds of
dimensions for vision architectures.  Only the parameters of the branches that are chosen have values.
"""

from __future__ import annotations

from dataclasses import dataclass

FILTERS_A_STEP = 16  # what a layer's number of filters is counted in


class SettingsError(ValueError):
    """A parameter that is missing, not active, or has no such value."""


@dataclass(frozen=True)
class Warp:
    """To which side images are brought, and how they are distorted; plain without a rotation."""

    side: int
    rotation: float = 0.0
    shear: float = 0.0
    scale_h: float = 1.0
    scale_v: float = 1.0
    shift_h: float = 0.0
    shift_v: float = 0.0


@dataclass(frozen=True)
class FilterBank:
    """Filters and the contrast normalisation of the patches that they meet.

    algo: random, whitened_random or whitened_patches; gamma: added to the variances before whitening.
    """

    size: int
    algo: str
    seed: int
    remove_mean: bool
    beta: float
    hard: bool
    normalize: bool = False
    gamma: float = 0.0
    patch_seed: int = 0


@dataclass(frozen=True)
class Pooling:
    """Windows of `size`, `stride` apart, of which the norm of this order is taken."""

    size: int
    stride: int
    order: float


@dataclass(frozen=True)
class Normalisation:
    """Of the contrast in windows of `size` over all channels."""

    size: int
    remove_mean: bool
    threshold: float


@dataclass(frozen=True)
class Layer:
    """A filter bank and what pools its responses."""

    bank: FilterBank
    n_filters: int
    pooling: Pooling


@dataclass(frozen=True)
class Exit:
    """The last filter bank, with as many filters as the features allow, and how features come from it.

    With an `alpha`, what exceeds it above and below zero is pooled apart; `grid`: into so many cells a side,
    in place of `pooling`.
    """

    bank: FilterBank
    order: float
    alpha: float | None = None
    grid: int | None = None
    pooling: Pooling | None = None
    normalisation: Normalisation | None = None


@dataclass(frozen=True)
class Classifier:
    """What happens to features before the support vector machine, and its penalty."""

    drop_constant: bool
    variance_threshold: float
    l2_reg: float
    divide_by_norm: bool


@dataclass(frozen=True)
class Architecture:
    """All of it."""

    warp: Warp
    layers: tuple[Layer, ...]
    exit: Exit
    classifier: Classifier


def read_architecture(texts):
    """The architecture that parameters by name mean; SettingsError when they do not fit together."""
    values = _Values(texts)
    n_layers, kind = _EXITS[values.choice("exit", _EXITS)]
    layers = tuple(_layer(values, i) for i in range(n_layers))
    architecture = Architecture(_warp(values), layers, *_EXIT_READERS[kind](values, n_layers))
    values.refuse_the_rest()
    return architecture


_EXITS = {f"l{n}_{kind}": (n, kind) for n in (0, 1, 2) for kind in ("grid", "lpool_alpha", "lpool")}
_ALGORITHMS = ("random", "whitened_random", "whitened_patches")


class _Values:
    """Parameters by name, each read once."""

    def __init__(self, texts):
        self._texts = dict(texts)

    def text(self, name):
        if name not in self._texts:
            raise SettingsError(f"parameter -{name} is missing")
        return self._texts.pop(name)

    def choice(self, name, choices):
        text = self.text(name)
        if text not in choices:
            raise SettingsError(f"parameter -{name} must be one of {', '.join(choices)}, got {text!r}")
        return text

    def flag(self, name):
        return self.choice(name, ("0", "1")) == "1"

    def integer(self, name, low=1):
        text = self.text(name)
        if not text.isascii() or not text.isdecimal() or int(text) < low:
            raise SettingsError(f"parameter -{name} must be a whole number of at least {low}, got {text!r}")
        return int(text)

    def real(self, name):
        text = self.text(name)
        try:
            return float(text)
        except ValueError:
            raise SettingsError(f"parameter -{name} must be a number, got {text!r}") from None

    def positive(self, name):
        value = self.real(name)
        if not 0 < value < float("inf"):
            raise SettingsError(f"parameter -{name} must be a positive number, got {value!r}")
        return value

    def order(self, choice, real):
        """1, 2, or what the parameter `real` says."""
        text = self.choice(choice, ("1", "2", "real"))
        return self.positive(real) if text == "real" else float(text)

    def refuse_the_rest(self):
        if self._texts:
            names = ", ".join(f"-{name}" for name in sorted(self._texts))
            raise SettingsError(f"not active with these settings, or unknown: {names}")


def _warp(values):
    side = values.integer("warp_osize")
    if values.choice("warp", ("plain", "affine")) == "plain":
        return Warp(side)
    names = ("rot", "shear", "scale_h", "scale_v", "trans_h", "trans_v")
    return Warp(side, *(values.real(f"warp_{name}") for name in names))


def _bank(values, prefix, size):
    algo = values.choice(f"{prefix}_algo", _ALGORITHMS)
    own = {}
    if algo != "random":
        own["patch_seed"] = values.integer(f"{prefix}_patch_rseed", low=0)
    if algo == "random":
        own["normalize"] = values.flag(f"{prefix}_r_normalize")
        seed = f"{prefix}_r_rseed"
    else:
        short = {"whitened_random": "wr", "whitened_patches": "wp"}[algo]
        own["gamma"] = values.positive(f"{prefix}_{short}_gamma")
        seed = f"{prefix}_{short}_rseed"
    return FilterBank(
        size=size,
        algo=algo,
        seed=values.integer(seed, low=0),
        remove_mean=values.flag(f"{prefix}_remove_mean"),
        beta=values.positive(f"{prefix}_beta"),
        hard=values.flag(f"{prefix}_hard"),
        **own,
    )


def _layer(values, i):
    bank = _bank(values, f"l{i}_fbncc", values.integer(f"l{i}fb_size"))
    order = values.order(f"l{i}p_order", f"l{i}p_order_real")
    pooling = Pooling(values.integer(f"l{i}p_size"), values.integer(f"l{i}p_stride"), order)
    return Layer(bank, FILTERS_A_STEP * values.integer(f"l{i}fb_nfilters_16"), pooling)


def _classifier(values, prefix):
    return Classifier(
        values.flag(f"{prefix}_remove_std0"),
        values.positive(f"{prefix}_varthresh"),
        values.positive(f"{prefix}_l2_reg"),
        values.flag(f"{prefix}_divrowl2"),
    )


def _grid(values, n):
    prefix = f"l{n}eg"
    made = Exit(
        _bank(values, f"{prefix}_fbncc", values.integer(f"{prefix}_fsize")),
        values.order(f"{prefix}_order", f"{prefix}_order_real"),
        alpha=values.real(f"{prefix}_alpha"),
        grid=values.integer(f"{prefix}_res"),
    )
    return made, _classifier(values, prefix)


def _lpool_alpha(values, n):
    prefix = f"l{n}elpa"
    order = values.order(f"{prefix}_order_choice", f"{prefix}_order_real")
    made = Exit(
        _bank(values, f"l{n}el_fbncc", values.integer(f"{prefix}_fsize")),
        order,
        alpha=values.real(f"{prefix}_alpha"),
        pooling=Pooling(values.integer(f"{prefix}_lpsize"), values.integer(f"{prefix}_stride"), order),
    )
    return made, _classifier(values, prefix)


def _lpool(values, n):
    prefix = f"l{n}_out_lp"
    order = values.order(f"{prefix}_order_choice", f"{prefix}_order_real")
    size = values.integer(f"{prefix}_nsize")
    normalisation = None
    if values.flag(f"{prefix}_use_norm"):
        thresholds = values.flag(f"{prefix}_norm_rmean"), values.positive(f"{prefix}_norm_thresh")
        normalisation = Normalisation(size, *thresholds)
    made = Exit(
        _bank(values, f"l{n}elp_fbncc", values.integer(f"{prefix}_fsize")),
        order,
        pooling=Pooling(values.integer(f"{prefix}_psize"), values.integer(f"{prefix}_stride"), order),
        normalisation=normalisation,
    )
    return made, _classifier(values, prefix)


_EXIT_READERS = {"grid": _grid, "lpool_alpha": _lpool_alpha, "lpool": _lpool}
