"""Shared-model mode: which runs of the other seeds a search takes in, and what SMAC v2 says about them."""

from __future__ import annotations

import hashlib
import logging
from collections import Counter
from collections.abc import Iterable

from bbopt.scenario import Scenario
from bbopt.space import Configuration
from bbopt.stores import Follower, ForeignRun, News, Peer, RecordIdentity
from bbopt.tuning import Progress

__all__ = ["ChosenRuns", "common_seed", "tell_end"]

_LOG = logging.getLogger(__name__)

_FIRST_RUNS = 2  # that SKIP_FIRST_TWO leaves out: presumably the default's


class ChosenRuns:
    """Hands on those of the others' runs that the scenario's options let in: a Follower."""

    def __init__(self, follower: Follower, scenario: Scenario, default: Configuration) -> None:
        self._follower = follower
        self._default = default
        self._seed = scenario.num_run
        self._is_asymmetric = scenario.sharing.is_asymmetric
        self._default_handling = scenario.sharing.default_handling
        self._n_seen: Counter[int] = Counter()
        self._known: set[int] = set()

    @property
    def peers(self) -> tuple[Peer, ...]:
        """See Follower."""
        return self._follower.peers

    @property
    def is_behind(self) -> bool:
        """See Follower."""
        return self._follower.is_behind

    def poll(self) -> list[ForeignRun]:
        """See Follower."""
        new = self._follower.poll()
        readable = self._readable_seeds() if self._is_asymmetric else None
        return [one for one in new if self._is_wanted(one) and (readable is None or one.seed in readable)]

    def _is_wanted(self, foreign: ForeignRun) -> bool:
        self._n_seen[foreign.seed] += 1
        match self._default_handling:
            case "SKIP_FIRST_TWO":
                return self._n_seen[foreign.seed] > _FIRST_RUNS
            case "IGNORE_ALL":
                return foreign.run.request.configuration != self._default
            case _:
                return True

    def take_news(self) -> list[News]:
        """See Follower; new peers are announced as SMAC v2 does it."""
        new = [peer for peer in self.peers if peer.seed not in self._known]
        self._known.update(peer.seed for peer in new)
        names = ", ".join(peer.source for peer in new)
        text = f"Detected new source(s) of run data which we will read from : [{names}]"
        return [News(logging.INFO, text)] * bool(new) + self._follower.take_news()

    def _readable_seeds(self) -> set[int]:
        """Asymmetric mode: of the seeds in order, number N reads 2N, 2N + 1, and whatever those read."""
        seeds = sorted({self._seed, *(peer.seed for peer in self.peers)})
        below: set[int] = set()
        level = {seeds.index(self._seed)}
        while level:
            level = (
                {child for n in level for child in (2 * n, 2 * n + 1) if child < len(seeds)} - below - level
            )
            below |= level
        return {seeds[n] for n in below}


def tell_end(own: str, end: Progress, peers: Iterable[Peer]) -> None:
    """SMAC v2's two lines at the end: what was shared in the record `own`, and what was read from whom.

    Both tell how many runs the record holds.  Those taken over from peers stand there, too, unlike in SMAC
    v2, which does not record them; among all runs they count once.
    """
    n_recorded = end.n_runs + end.n_reused
    _LOG.info("At shutdown: %s had %d runs added to it", own, n_recorded)
    counts = [(peer.source, peer.n_runs) for peer in peers]
    total = sum(n for _, n in counts)
    sources = ", ".join(f"{source}=>{n}" for source, n in counts)
    _LOG.info(
        "At shutdown: we retrieved atleast %d runs and added them to our current data set [%s] "
        "which now has %d runs (%d local)",
        total, sources, end.n_runs + total, n_recorded,
    )  # fmt: skip


def common_seed(scenario: Scenario, identity: RecordIdentity) -> int:
    """A seed from what is tuned and how: the same for all searches on it, whatever their own seeds."""
    parts = (identity.pcs_text, identity.algo_exec, str(identity.deterministic), scenario.run_objective.value)
    digest = hashlib.sha256("\0".join(parts).encode("utf-8", "surrogateescape")).digest()
    return int.from_bytes(digest[:8], "big") >> 1
