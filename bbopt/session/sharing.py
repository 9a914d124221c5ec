"""Shared-model mode: the runs of the other seeds in the output folder, as the tuning loop wants them."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from bbopt.errors import InputError
from bbopt.runs import Pair, RunRequest
from bbopt.scenario import Scenario
from bbopt.space import Configuration, Space
from bbopt.storage import Claims, JournalIdentity, SharedFolder
from bbopt.tuning import ForeignRun

__all__ = ["SharedRuns", "common_seed"]

_LOG = logging.getLogger(__name__)

_FIRST_RUNS = 2  # that SKIP_FIRST_TWO leaves out: presumably the default's


class SharedRuns:
    """What the other seeds of the folder have recorded and are running; a PeerRuns."""

    def __init__(self, scenario: Scenario, identity: JournalIdentity, space: Space) -> None:
        self._folder = SharedFolder(scenario.output, scenario.num_run, identity, space)
        self._claims = Claims(scenario.output, scenario.num_run)
        self._space = space
        self._default = space.default
        self._seed = scenario.num_run
        self._is_asymmetric = scenario.options.flag("shared-model-mode-asymetric")
        self._default_handling = scenario.options.choice("shared-model-mode-default-handling")
        self._parsed: dict[str, Configuration | None] = {}
        self._n_seen: dict[int, int] = {}
        self._known: set[int] = set()

    def poll(self) -> list[ForeignRun]:
        """See PeerRuns; what is new about the peers themselves is logged."""
        self._claims.refresh()
        runs = list(self._wanted())
        self._tell_news()
        return runs

    def _tell_news(self) -> None:
        new = {seed: path for seed, path in self._folder.paths.items() if seed not in self._known}
        if new:
            self._known.update(new)
            names = ", ".join(path.name for path in new.values())
            _LOG.info("Detected new source(s) of run data which we will read from : [%s]", names)
        for text in (*self._folder.take_news(), *self._claims.take_news()):
            _LOG.log(logging.INFO if text.startswith("Seed ") else logging.WARNING, "%s", text)

    def tell_end(self, journal_path: Path, n_written: int, n_runs: int) -> None:
        """SMAC v2's two lines at the end: what was shared, and what was read from whom."""
        _LOG.info("At shutdown: %s had %d runs added to it", journal_path, n_written)
        counts = [(peer.path.name, peer.n_runs) for peer in self._folder.peers]
        total = sum(n for _, n in counts)
        sources = ", ".join(f"{name}=>{n}" for name, n in counts)
        _LOG.info(
            "At shutdown: we retrieved atleast %d runs and added them to our current data set [%s] "
            "which now has %d runs (%d local)",
            total, sources, n_runs + total, n_runs,
        )  # fmt: skip

    def close(self) -> None:
        """Give up what is claimed."""
        self._claims.release_all()

    def claim(self, request: RunRequest) -> bool:
        """See PeerRuns."""
        return self._claims.claim(request)

    def release(self, request: RunRequest) -> None:
        """See PeerRuns."""
        self._claims.release(request)

    def __contains__(self, configuration: object) -> bool:
        return isinstance(configuration, Configuration) and configuration in self._claims

    def is_running(self, configuration: Configuration, pair: Pair) -> bool:
        """See Others."""
        return self._claims.is_claimed(configuration, pair)

    @property
    def are_busy(self) -> bool:
        """See PeerRuns."""
        return self._claims.is_any_foreign

    @property
    def under_way(self) -> list[Configuration]:
        """See Others; those whose settings can't be read are left out."""
        texts = self._claims.under_way
        self._parsed = {text: self._parsed.get(text) or self._configuration(text) for text in texts}
        return [configuration for configuration in self._parsed.values() if configuration is not None]

    def _configuration(self, settings: str) -> Configuration | None:
        with suppress(InputError):  # another scenario's, or a damaged file: it is advice only
            return self._space.parse_configuration(settings)
        return None

    def _wanted(self) -> Iterator[ForeignRun]:
        new = self._folder.poll()
        readable = self._readable_seeds() if self._is_asymmetric else None
        for foreign in new:
            place = self._n_seen[foreign.seed] = self._n_seen.get(foreign.seed, 0) + 1
            if readable is not None and foreign.seed not in readable:
                continue
            if self._default_handling == "SKIP_FIRST_TWO" and place <= _FIRST_RUNS:
                continue
            is_default = foreign.run.request.configuration == self._default
            if self._default_handling == "IGNORE_ALL" and is_default:
                continue
            yield ForeignRun(foreign.seed, foreign.run.request, foreign.run.result)

    def _readable_seeds(self) -> set[int]:
        """Asymmetric mode: of the seeds in order, number N reads 2N, 2N + 1, and whatever those read."""
        seeds = sorted({self._seed, *self._folder.paths})
        below: set[int] = set()
        level = {seeds.index(self._seed)}
        while level:
            level = (
                {child for n in level for child in (2 * n, 2 * n + 1) if child < len(seeds)} - below - level
            )
            below |= level
        return {seeds[n] for n in below}


def common_seed(scenario: Scenario, identity: JournalIdentity) -> int:
    """A seed from what is tuned and how: the same for all searches on it, whatever their own seeds."""
    parts = (identity.pcs_text, identity.algo_exec, str(identity.deterministic), scenario.run_objective.value)
    digest = hashlib.sha256("\0".join(parts).encode("utf-8", "surrogateescape")).digest()
    return int.from_bytes(digest[:8], "big") >> 1
