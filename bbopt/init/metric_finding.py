"""The metric in what a program prints, or would print: its name, direction, and pattern if it needs one."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from bbopt.init.ranges import name_words
from bbopt.scenario.metrics import MetricPattern, MetricSettings
from bbopt.target.answers.metrics import MetricReader
from bbopt.target.supervisor.metric_series import MetricSeries

__all__ = ["FoundMetric", "found_metrics", "is_larger_better"]

_LARGER = frozenset(
    {"acc", "accuracy", "f1", "f", "auc", "auroc", "rocauc", "precision", "recall", "r2", "score", "bleu"}
    | {"rouge", "map", "ap", "iou", "miou", "dice", "psnr", "ssim", "reward", "rewards", "return", "returns"}
    | {
        "top1",
        "top5",
        "top",
        "kappa",
        "mcc",
        "ndcg",
        "hit",
        "hits",
        "likelihood",
        "correct",
        "sharpe",
        "elbo",
    }
    | {"fitness", "throughput", "wins", "winrate", "specificity", "sensitivity", "pearson", "spearman", "em"}
)
_SMALLER = frozenset(
    {"loss", "losses", "error", "err", "mse", "rmse", "mae", "mape", "rmsle", "smape", "nll", "perplexity"}
    | {
        "ppl",
        "wer",
        "cer",
        "fid",
        "cost",
        "bce",
        "ce",
        "entropy",
        "regret",
        "brier",
        "ece",
        "residual",
        "bpb",
    }
    | {"distance", "deviation", "divergence", "kl", "objective", "energy", "bpc", "chi2", "eer", "logloss"}
)
_COUNTERS = frozenset(
    {"epoch", "epochs", "step", "steps", "iter", "iteration", "time", "seconds", "sec", "s", "elapsed", "eta"}
    | {"lr", "batch", "seed", "params", "parameters", "size", "speed", "memory", "mem", "gpu", "fold", "run"}
    | {
        "samples",
        "total",
        "rate",
        "learning rate",
        "grad",
        "norm",
        "version",
        "port",
        "pid",
        "n",
        "len",
        "num",
    }
    | {"ms", "rank", "duration", "patience", "minutes", "device", "features", "train size", "episode", "it"}
    | {"shape", "hours", "weight", "decay", "momentum", "dropout", "hidden", "layers", "args"}
)
_OF_VALIDATION = frozenset({"val", "valid", "validation", "dev", "eval", "evaluation", "holdout", "cv"})
_OF_TESTS = frozenset({"test", "testing"})
_OF_TRAINING = frozenset({"train", "training", "trn"})

_NAME = r"[A-Za-z_][\w./@%+-]*"
_NUMBER = r"[\"']?(?:[\w.]+\()?[+-]?(?:\.?[0-9]|(?i:nan|inf)\b)"
_BEFORE = rf"(?P<before>(?:{_NAME}[ \t]+){{0,3}}?)"
_SEPARATED = re.compile(rf"(?<![\w./@%-]){_BEFORE}(?P<name>{_NAME})[\"']?(?:\s*[:=]\s*|\t){_NUMBER}")
_SPOKEN = re.compile(
    rf"(?<![\w./@%-]){_BEFORE}(?P<name>{_NAME})(?P<verb>(?:[ \t]+(?:is|of|was))?)[ \t]+{_NUMBER}"
)
_ARGUMENTS = re.compile(r"\bNamespace\(|\bprint\(|^(?:usage|Args|args|Arguments|config|Config)\b:?")
_COLOUR = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")


@dataclass(frozen=True, slots=True)
class FoundMetric:
    """A number with a name: as `metric` names it, with a `metric-pattern` where the usual forms miss it.

    `line` is the last one that has it; `is_known` says that the name is that of a metric.
    """

    name: str
    pattern: str
    line: str
    is_maximised: bool
    is_known: bool
    rank: int

    @property
    def settings(self) -> MetricSettings:
        """What looks for it."""
        patterns = (MetricPattern(self.name, self.pattern),) if self.pattern else ()
        return MetricSettings(self.name, self.is_maximised, patterns)


def is_larger_better(name: str) -> bool:
    """Whether larger values of a metric of this name are better, by its words."""
    words = name_words(name)
    return bool(words & _LARGER) and not words & _SMALLER


def found_metrics(lines: Sequence[str]) -> list[FoundMetric]:
    """Those that can be read from the output, the likeliest to be optimised first."""
    plain = [_COLOUR.sub("", line)[-1000:] for line in lines]
    seen = list(_seen(plain))
    contexts: dict[str, set[str]] = {}
    for one in seen:
        contexts.setdefault(one.name, set()).add(one.before)
    by_title: dict[tuple[str, str], FoundMetric] = {}
    for number, one in enumerate(seen):
        found = _metric(one, is_ambiguous=len(contexts[one.name]) > 1, number=number)
        if found is not None:
            by_title[found.name, found.pattern] = found
    readable = [one for one in by_title.values() if _is_read(one, plain)]
    return sorted(readable, key=lambda one: one.rank, reverse=True)


@dataclass(frozen=True, slots=True)
class _Seen:
    before: str
    name: str
    line: str
    line_number: int
    verb: Sequence[str] | None = None
    """What stands between name and number, where no sign does."""

    @property
    def is_spoken(self) -> bool:
        return self.verb is not None


def _seen(lines: Sequence[str]) -> Iterator[_Seen]:
    for number, line in enumerate(lines):
        if _ARGUMENTS.search(line):
            continue
        taken = []
        for match in _SEPARATED.finditer(line):
            taken.append(match.span("name"))
            yield _Seen(match["before"].strip(), match["name"], line.strip(), number)
        for match in _SPOKEN.finditer(line):
            if match.span("name") not in taken and name_words(match["name"]) & (_LARGER | _SMALLER):
                yield _Seen(
                    match["before"].strip(), match["name"], line.strip(), number, match["verb"].split()
                )


def _metric(one: _Seen, *, is_ambiguous: bool, number: int) -> FoundMetric | None:
    words, before, around = name_words(one.name), name_words(one.before), name_words(one.line)
    is_known = bool(words & (_LARGER | _SMALLER))
    if not is_known and words & _COUNTERS:
        return None
    rank = 1_000_000 * is_known + 100_000 * _closeness(words, before, around)
    name, pattern = one.name, ""
    if one.before and (is_ambiguous or one.is_spoken):
        telling = [word for word in one.before.split() if not name_words(word) & _COUNTERS]
        name = "_".join([*telling, name]).lower()
    if name != one.name or one.is_spoken:
        separator = r"\s+" if one.verb is not None else r"[\"']?\s*[:=]\s*"
        words_before = [*one.before.split(), one.name, *(one.verb or ())]
        text = r"\s+".join(re.escape(word) for word in words_before)
        pattern = rf"\b{text}{separator}(\S+)"
    told = name if words & (_LARGER | _SMALLER) else f"{one.before} {one.name}"
    found = FoundMetric(name, pattern, one.line, is_larger_better(told), is_known, rank)
    return replace(found, rank=rank + 100 * one.line_number - min(number, 99))


def _closeness(words: frozenset[str], before: frozenset[str], around: frozenset[str]) -> int:
    """How likely it is to be measured on data that training has not seen."""
    near = words | before
    for of, good in ((_OF_VALIDATION, 4), (_OF_TESTS, 3)):
        if near & of:
            return good
    if near & _OF_TRAINING:
        return -2
    if "best" in near:
        return 2
    return 1 if around & (_OF_VALIDATION | _OF_TESTS) else -1 if around & _OF_TRAINING else 0


def _is_read(found: FoundMetric, lines: Sequence[str]) -> bool:
    """Whether a run with these lines would have a value."""
    (search,) = MetricReader(found.settings).searches
    series = MetricSeries(search)
    for number, line in enumerate(lines, 1):
        series.see(number, line)
    return series.seen().value is not None
