"""Proposals for a loop of one's own."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from bbopt import Best, InputError, Optimizer
from bbopt.space import parse_pcs

SPACE = """x real [-5, 10] [2.5]
flag categorical {true, false} [true]
k ordinal {2, 4, 8} [4]
k | flag == true
"""


def cost(settings: dict[str, Any]) -> float:
    return float((settings["x"] - 3) ** 2 + settings.get("k", 1) - settings["flag"])


def loop(n: int, told: Sequence[tuple[dict[str, Any], float]] = ()) -> list[tuple[dict[str, Any], float]]:
    """What `n` results of a loop are, of which some are known from an earlier one."""
    optimizer, results = Optimizer(SPACE, seed=3), list(told)
    for settings, known in told:
        optimizer.tell(settings, known)
    while len(results) < n:
        proposal = optimizer.ask()
        assert proposal is not None
        optimizer.tell(proposal, cost(proposal.settings))
        results.append((proposal.settings, cost(proposal.settings)))
    best = min(results, key=lambda result: result[1])
    assert optimizer.best == Best(best[0], best[1], 1)
    return results


def test_old_results_told_again_bring_it_to_where_it_was() -> None:
    whole = loop(16)
    assert whole[0][0] == {"x": 2.5, "flag": True, "k": 4}
    assert loop(16) == whole
    known = [(settings, value) for settings, value in json.loads(json.dumps(whole[:9]))]
    assert loop(16, known) == whole
    assert min(value for _, value in whole[9:]) < min(value for _, value in whole[:9])


def test_several_proposals_are_open_at_once_and_differ() -> None:
    optimizer = Optimizer(SPACE, seed=1)
    proposals = [optimizer.ask() for _ in range(6)]
    assert len({str(one and one.settings) for one in proposals}) == optimizer.n_open == 6
    for one in reversed(proposals):
        assert one is not None
        optimizer.tell(one, cost(one.settings))
    assert optimizer.n_open == 0
    assert optimizer.best is not None


def test_settings_of_an_open_proposal_close_it() -> None:
    optimizer = Optimizer(SPACE, seed=1)
    proposal = optimizer.ask()
    assert proposal is not None
    optimizer.tell(proposal.settings, 1.0)
    assert optimizer.n_open == 0
    with pytest.raises(InputError, match="told already"):
        optimizer.tell(proposal, 1.0)


def test_noise_brings_seeds_and_means() -> None:
    optimizer = Optimizer({"x": "real [0, 1] [0.9]"}, seed=1, deterministic=False, maximize=True)
    by_settings: dict[str, list[float]] = {}
    seeds: set[tuple[str, int | None]] = set()
    for _ in range(24):
        proposal = optimizer.ask()
        assert proposal is not None
        assert proposal.seed is not None
        value = -((float(proposal.settings["x"]) - 0.3) ** 2) + 0.01 * (proposal.seed % 7)
        optimizer.tell(proposal, value)
        by_settings.setdefault(str(proposal.settings), []).append(value)
        seeds.add((str(proposal.settings), proposal.seed))
    assert len(seeds) == 24
    best = optimizer.best
    assert best is not None
    assert best.n_results == len(by_settings[str(best.settings)]) > 1
    assert best.cost == pytest.approx(sum(by_settings[str(best.settings)]) / best.n_results)


def test_what_failed_is_never_the_best() -> None:
    optimizer = Optimizer({"x": "real [0, 1] [0.5]"}, seed=1)
    first, second = optimizer.ask(), optimizer.ask()
    assert first is not None
    assert second is not None
    optimizer.tell_failure(first, "out of memory")
    assert optimizer.best is None
    optimizer.tell(second, 1e12)
    assert optimizer.best == Best(second.settings, 1e12, 1)


def test_a_small_space_is_used_up() -> None:
    optimizer = Optimizer({"c": "categorical {a, b, c} [a]"}, seed=1, first=[{"c": "b"}])
    found = []
    while proposal := optimizer.ask():
        found.append(proposal.settings["c"])
        optimizer.tell(proposal, 1.0)
    assert found[0] == "b"
    assert sorted(map(str, found)) == ["a", "b", "c"]
    assert "every possible configuration" in (optimizer.exhausted or "")


def test_a_subspace_is_kept() -> None:
    optimizer = Optimizer(parse_pcs(SPACE).subspace({"flag": "false"}), seed=1)
    proposals = [optimizer.ask() for _ in range(5)]
    assert {one.settings["flag"] for one in proposals[1:] if one} == {False}


@pytest.mark.parametrize(
    ("slip", "what"),
    [
        (lambda o: o.tell(o.ask(), float("nan")), "not finite"),
        (lambda o: o.tell(o.ask(), "3"), "no number"),
        (lambda o: o.tell(o.ask(), None), "no number"),
        (lambda o: o.tell({"x": 99}, 1.0), "illegal value"),
        (lambda o: o.tell({"y": 1}, 1.0), "unknown parameter"),
        (lambda o: o.tell(Optimizer(SPACE, seed=2).ask(), 1.0), "another optimizer"),
        (lambda o: Optimizer(SPACE, engine="grid"), "engine"),
        (lambda o: Optimizer(SPACE, seed=-1), "seed"),
        (lambda o: Optimizer(SPACE, first=[{"k": 3}]), "illegal value"),
        (lambda o: Optimizer("absent.pcs"), "can't be read"),
        (lambda o: Optimizer(3), "no parameter space"),
        (lambda o: Optimizer({"x": "rel [0, 1] [0.5]"}), "unknown parameter type"),
        (lambda o: Optimizer(SPACE, deterministic=False).tell({}, 1.0), "seeds"),
    ],
)
def test_slips(slip: Callable[[Optimizer], Any], what: str) -> None:
    with pytest.raises(InputError) as caught:
        slip(Optimizer(SPACE, seed=1))
    assert what in str(caught.value)


def test_nothing_is_left_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "params.pcs").write_text(SPACE)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    optimizer = Optimizer("params.pcs", seed=1)
    assert optimizer.ask() is not None
    assert [path.name for path in tmp_path.iterdir()] == ["params.pcs"]
