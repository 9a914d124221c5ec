"""An output folder: which of its files is whose, and what every name is, told in this one place."""

from __future__ import annotations

import enum
import os
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from bbopt.durable_files import sync_folder
from bbopt.errors import InputError, Place, StateError

__all__ = ["SHARED", "OutputFolder", "SeedFile", "highest_number"]

SHARED = "shared"
"""Stands for a seed in the names of what belongs to all seeds that share the folder."""

_SEED = "(0|[1-9][0-9]{0,18})"
"""A seed as it is written in names; with leading zeros, or more digits, a name is none of ours."""

_TORN = r"(?:\.torn-[0-9]+)?"
"""What a repair of a file cut off is kept beside it (`append_file`)."""

_VALIDATION = r"validation[A-Za-z]+-(?:detailed-)?traj-run-{}-(?:walltime|tunertime)(?:-.+)?\.csv"
"""The validations of a seed's trajectory."""


class SeedFile(enum.Enum):
    """What each seed has one of, file or folder; the names are SMAC v2's, but for the second."""

    RECORD = "live-rundata-{}.json"
    VALIDATION_RECORD = "live-validation-{}.json"
    TRAJECTORY = "traj-run-{}.txt"
    DETAILED_TRAJECTORY = "detailed-traj-run-{}.csv"
    STATE = "state-run{}"
    LOG = "log-run{}.txt"
    WARNINGS = "log-warn{}.txt"
    ERRORS = "log-err{}.txt"
    UNDER_WAY = "under-way-{}.json"
    REQUESTS = "requests-{}"
    FORGOTTEN = "forgotten-{}.jsonl"

    def name_of(self, seed: int | str) -> str:
        """The name that the file of the seed has; for people that of seed `N`, in a pattern that of `*`."""
        return self.value.format(seed)

    def seed_in(self, name: str) -> int | None:
        """Whose file of this kind has the name; None when it is not one."""
        match = _PATTERNS[self].fullmatch(name)
        return int(match[1]) if match else None


_PATTERNS = {kind: re.compile(re.escape(kind.value).replace(r"\{\}", _SEED)) for kind in SeedFile}


@dataclass(frozen=True, slots=True)
class OutputFolder:
    """The folder at `path`, which need not exist."""

    path: Path

    def make(self) -> None:
        """Make it and its parents where there is none; InputError when that is not possible."""
        try:
            self.path.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise InputError(
                f"the output folder can't be made: {error.strerror}", place=Place(self.path)
            ) from error

    def file(self, kind: SeedFile, seed: int) -> Path:
        """Where a file of the seed is, or would be."""
        return self.path / kind.name_of(seed)

    def hidden_record(self, seed: int) -> Path:
        """Where a seed's record is that the others shall not see."""
        return self.file(SeedFile.STATE, seed) / SeedFile.RECORD.name_of(seed)

    @property
    def claims(self) -> Path:
        """The file in which seeds that share the folder say what they are running."""
        return self.path / "claims.json"

    @property
    def workers(self) -> Path:
        """The folder for what a cluster's workers write."""
        return self.path / "workers"

    @property
    def runs(self) -> Path:
        """The folder for those of single runs; each has the name of its run."""
        return self.path / "runs"

    @property
    def checkpoints(self) -> Path:
        """The folder for those of checkpoints."""
        return self.path / "checkpoints"

    def checkpoint_folders(self, scope: str | int | None = None) -> list[str]:
        """The names of the folders of checkpoints, all or a seed's (or those that are `SHARED`); sorted."""
        scopes = rf"{_SEED}|{SHARED}" if scope is None else re.escape(str(scope))
        pattern = re.compile(rf"(?:{scopes})-[0-9a-f]{{16}}")
        try:
            with os.scandir(self.checkpoints) as entries:
                return sorted(entry.name for entry in entries if pattern.fullmatch(entry.name))
        except OSError:
            return []

    def run_folders(self, label: str | int) -> list[str]:
        """The names of run folders with a label, a seed's or a command's; none where they can't be listed."""
        pattern = re.compile(rf"{re.escape(str(label))}-[1-9][0-9]{{0,17}}")
        try:
            with os.scandir(self.runs) as entries:
                names = [entry.name for entry in entries if pattern.fullmatch(entry.name)]
        except OSError:
            return []
        return sorted(names, key=lambda name: int(name.rpartition("-")[2]))

    def validation(self, table: str, name: str) -> Path:
        """A validation's file; `name` is of what, and of which times: `traj-run-1-walltime`."""
        return self.path / f"{table}-{name}.csv"

    def files(self, kind: SeedFile) -> dict[int, tuple[Path, os.stat_result]]:
        """The files of a kind by seed, in the seeds' order; OSError when the folder can't be listed."""
        found = {}
        with os.scandir(self.path) as entries:
            for entry in entries:
                seed = kind.seed_in(entry.name)
                if seed is not None:
                    try:
                        found[seed] = (Path(entry.path), entry.stat())
                    except OSError:  # gone since it was listed, or a link that leads nowhere
                        continue
        return dict(sorted(found.items()))

    def no_seed_here(self) -> InputError:
        """The error for a folder in which no seed has written, although one is needed."""
        inside = sorted({path.parent for path in self.path.glob(f"*/{SeedFile.RECORD.name_of('*')}")})
        return InputError(
            "no seed has written here",
            place=Place(self.path),
            expected=f"files named {SeedFile.RECORD.name_of('N')}",
            remedy=f"did you mean {inside[0]}?" if inside else None,
        )

    def has_run(self, seed: int) -> bool:
        """Whether there is any file of the seed."""
        return bool(self._names_of(seed))

    def set_aside_run(self, seed: int) -> Path | None:
        """Move all files of the seed to `previous/run-<seed>-<K>`, and return that; None when it has none.

        The folders of its runs go with them.  Files of other names, and the validations of configurations by
        hand, stay.  Raises StateError when a move fails; what was moved until then stays where it went.
        """
        folders = [f"{self.runs.name}/{name}" for name in self.run_folders(seed)]
        names = [*self._names_of(seed), *folders]
        return self._set_aside(names, f"run-{seed}", f"the earlier run of seed {seed}")

    def set_aside_checkpoints(self, names: Iterable[str], seed: int) -> Path | None:
        """Move those folders of checkpoints to `previous/checkpoints-<seed>-<K>`; as `set_aside_run`."""
        paths = [f"{self.checkpoints.name}/{name}" for name in names]
        return self._set_aside(paths, f"checkpoints-{seed}", f"the earlier checkpoints of seed {seed}")

    def _names_of(self, seed: int) -> list[str]:
        kinds = "|".join(re.escape(kind.name_of(seed)) for kind in SeedFile)
        pattern = re.compile(rf"(?:{kinds}){_TORN}|{_VALIDATION.format(seed)}")
        try:
            return sorted(entry.name for entry in self.path.iterdir() if pattern.fullmatch(entry.name))
        except FileNotFoundError:
            return []
        except OSError as error:
            raise StateError(f"cannot look into {self.path}: {error.strerror}") from error

    def set_aside(self, paths: Iterable[Path], label: str) -> Path | None:
        """Move those of the files that exist to `previous/<label>-<K>`, and return that; None when none does.

        Raises StateError when a move fails.
        """
        names = [path.name for path in paths if os.path.lexists(path)]
        return self._set_aside(names, label, names[0] if names else "")

    def _set_aside(self, names: list[str], label: str, what: str) -> Path | None:
        if not names:
            return None
        try:
            destination = self._new_previous(label)
            for parent in {os.path.dirname(name) for name in names} - {""}:
                (destination / parent).mkdir()
            for name in names:
                os.rename(self.path / name, destination / name)
            sync_folder(destination)
            sync_folder(self.path)
        except OSError as error:
            raise StateError(
                f"cannot set aside {what} in {self.path}: {error.strerror}",
                remedy="use another seed, output folder or rungroup",
            ) from error
        return destination

    def _new_previous(self, label: str) -> Path:
        parent, number = self.path / "previous", 1
        parent.mkdir(exist_ok=True)
        while True:
            candidate = parent / f"{label}-{number}"
            try:
                candidate.mkdir()
            except FileExistsError:
                number += 1
            else:
                return candidate


def highest_number(names: Iterable[str]) -> int:
    """The highest number in names of runs, `LABEL-NUMBER`; 0 for none."""
    ends = (name.rpartition("-")[2] for name in names)
    return max((int(end) for end in ends if end.isdecimal()), default=0)
