"""Which folders of runs stay: the others are removed, and never one that bbopt has not made."""

from __future__ import annotations

import contextlib
import logging
import os
from collections.abc import Container, Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from bbopt.once import Once
from bbopt.runs import History, Run, RunResult, RunStatus
from bbopt.scenario.run_folders import KeptFolders
from bbopt.space import Configuration
from bbopt.target.supervisor.run_folder import remove

__all__ = ["FolderKeeper"]

_LOG = logging.getLogger(__name__)
_WARNING_SHARE = 0.8


class _Size(NamedTuple):
    n_files: int
    n_bytes: int

    def plus(self, other: _Size) -> _Size:
        return _Size(self.n_files + other.n_files, self.n_bytes + other.n_bytes)


class FolderKeeper:
    """Decides about the folders in `home`, by the settings.

    Runs that go on record are told by `recorded`; others (validations, attempts that are made again) are
    dealt with by `finish`.
    """

    def __init__(self, home: Path, kept: KeptFolders, *, failures_first: bool = True) -> None:
        self._home = home
        self._kept = kept
        self._history = History(failures_first=failures_first)
        self._open: dict[str, bool] = {}
        self._of: dict[Configuration, dict[str, bool]] = {}  # whether each of its runs has failed
        self._incumbent: Configuration | None = None
        self._sizes: dict[str, _Size] = {}
        self._total = _Size(0, 0)
        self._told = Once()

    def ended(self, run_id: str, result: RunResult) -> None:
        """A run is over, and its folder is in its place."""
        self._open[run_id] = _has_failed(result)

    def recorded(self, run: Run, incumbent: Configuration | None) -> None:
        """A run went on record, and which configuration is the best one now."""
        configuration, before = run.request.configuration, self._incumbent
        self._note(run, self._open)
        self._open.pop(run.result.run_id, None)
        self._incumbent = incumbent
        self._review({configuration, before} if before is not None else {configuration})
        if run.result.run_id in self._of.get(configuration, ()):
            self._measure(run.result.run_id, configuration)

    def take_over(self, runs: Iterable[Run], incumbent: Configuration | None, folders: Iterable[str]) -> None:
        """Know the runs of an earlier life and the folders that there are: the others were under way."""
        there = set(folders)
        for run in runs:
            self._note(run, there)
        self._incumbent = incumbent
        on_record = {run_id for ids in self._of.values() for run_id in ids}
        self._open.update(dict.fromkeys(there - on_record, True))
        self.finish()
        self._review(set(self._of))
        for configuration, ids in list(self._of.items()):
            for run_id in list(ids):
                self._measure(run_id, configuration)

    def finish(self) -> None:
        """Deal with what has never gone on record."""
        for run_id, has_failed in self._open.items():
            if not (self._kept.failed if has_failed else self._kept.others):
                self._remove(run_id)
        self._open.clear()

    def _note(self, run: Run, ours: Container[str]) -> None:
        """Count the run; one that was taken over from another search has that one's name, and its folder."""
        self._history.add(run)
        if run.result.run_id in ours:
            self._of.setdefault(run.request.configuration, {})[run.result.run_id] = _has_failed(run.result)

    def _review(self, changed: set[Configuration]) -> None:
        """Remove what is not wanted any more."""
        if self._kept.failed and self._kept.others:
            return
        best: set[Configuration] = set()
        if n_best := self._kept.n_best:
            best.update(sorted(self._of, key=self._place)[:n_best])
            changed = set(self._of)
        for configuration in changed & self._of.keys():
            if configuration in best or self._is_safe(configuration):
                continue
            for run_id, has_failed in list(self._of[configuration].items()):
                if not (self._kept.failed if has_failed else self._kept.others):
                    self._drop(run_id, configuration)

    def _place(self, configuration: Configuration) -> tuple[bool, object]:
        """The least of these is the best: the incumbent, which others may equal, then by what is known."""
        return configuration != self._incumbent, self._history.rank(configuration)

    def _is_safe(self, configuration: Configuration) -> bool:
        return configuration == self._incumbent and not self._kept.is_nothing

    def _measure(self, run_id: str, configuration: Configuration) -> None:
        """Heed the limits on all that is kept."""
        kept = self._kept
        if kept.most_files is None and kept.most_bytes is None:
            return
        self._sizes[run_id] = size = _size_of(self._home / run_id)
        self._total = self._total.plus(size)
        share, text = max(self._shares())
        if share > 1 and not self._is_safe(configuration):
            self._drop(run_id, configuration)
            if self._told.is_news("full"):
                _LOG.warning("Run folders are not kept any more, but for the best one's: there are %s.", text)
        elif share > _WARNING_SHARE and self._told.is_news("nearly full"):
            _LOG.warning("Run folders have nearly reached their limit: %s.", text)

    def _shares(self) -> Iterator[tuple[float, str]]:
        """How much of each limit is used, in words, too."""
        total, kept = self._total, self._kept
        if kept.most_files is not None:
            yield total.n_files / kept.most_files, f"{total.n_files} files of {kept.most_files}"
        if kept.most_bytes is not None:
            text = f"{total.n_bytes / 1e6:.1f} MB of {kept.most_bytes / 1e6:g}"
            yield total.n_bytes / kept.most_bytes, text

    def _drop(self, run_id: str, configuration: Configuration) -> None:
        ids = self._of[configuration]
        del ids[run_id]
        if not ids:
            del self._of[configuration]
        size = self._sizes.pop(run_id, _Size(0, 0))
        self._total = self._total.plus(_Size(-size.n_files, -size.n_bytes))
        self._remove(run_id)

    def _remove(self, run_id: str) -> None:
        try:
            remove(str(self._home / run_id), run_id)
        except OSError as error:
            if self._told.is_news("stuck"):
                _LOG.warning("The run folder %s can't be removed: %s", self._home / run_id, error)


def _has_failed(result: RunResult) -> bool:
    return result.status.is_failure or (result.status is RunStatus.KILLED and not result.is_hopeless)


def _size_of(folder: Path) -> _Size:
    """Without what links lead to."""
    n_files = n_bytes = 0
    for path, _, names in os.walk(folder):
        n_files += len(names)
        for name in names:
            with contextlib.suppress(OSError):
                n_bytes += os.lstat(os.path.join(path, name)).st_size
    return _Size(n_files, n_bytes)
