"""What every single run has of its own: its name, its environment, its folder."""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from bbopt.executors.checkpoints import Checkpoints
from bbopt.runs import NO_BUDGET, RunRequest
from bbopt.scenario.call_templates import NO_CHECKPOINT
from bbopt.scenario.slot_values import SlotValues
from bbopt.target.run_folder import FolderPlan

__all__ = ["JobNames", "RunNames", "RunNumbers", "RunPlace", "RunPlaces"]


class RunNames(Protocol):
    """Where the names of runs come from."""

    def next_name(self) -> str:
        """Another one; it is asked for again where there is something of this name."""


@dataclass(slots=True)
class JobNames:
    """Names for one job, `NAME`, and then `NAME-2` and so on, each for another try."""

    name: str
    n_given: int = 0

    def next_name(self) -> str:
        """See RunNames."""
        self.n_given += 1
        return self.name if self.n_given == 1 else f"{self.name}-{self.n_given}"


class RunNumbers:
    """Names of runs, `LABEL-1` and so on: in a search the label is its seed.

    `taken` tells the highest number that there is when the first name is asked for.
    """

    def __init__(self, label: str, taken: Callable[[], int] = lambda: 0) -> None:
        self._label = label
        self._taken = taken
        self._numbers: Iterator[int] | None = None

    def next_name(self) -> str:
        """The name for another run that is started."""
        if self._numbers is None:
            self._numbers = itertools.count(self._taken() + 1)
        return f"{self._label}-{next(self._numbers)}"


@dataclass(frozen=True, slots=True)
class RunPlace:
    """A run's name, the facts that placeholders stand for, its environment and its folder, if it has one.

    checkpoint_out: the folder that it writes a checkpoint to, "" for none.
    """

    run_id: str
    facts: dict[str, str]
    environment: dict[str, str]
    folder: Path | None
    checkpoint_out: str = ""


@dataclass(frozen=True, slots=True)
class RunPlaces:
    """Makes the places of the runs of one search; `scenario_folder` is that of its scenario file."""

    numbers: RunNames = field(default_factory=lambda: RunNumbers("run"))
    scenario_folder: str = ""
    slot_values: SlotValues = field(default_factory=SlotValues)
    folders: FolderPlan | None = None
    checkpoints: Checkpoints | None = None

    def place(self, request: RunRequest, slot: int, uuid: str) -> RunPlace:
        """The place of a run that is about to start in a slot."""
        run_id = self._new_name()
        return self.place_of(run_id, request, slot, uuid, self._checkpoint(request, run_id, uuid))

    def place_of(
        self, run_id: str, request: RunRequest, slot: int, uuid: str, checkpoint: Mapping[str, str]
    ) -> RunPlace:
        """The same for a run with a name; `checkpoint` has the facts about checkpoints, if it has one."""
        folder = None if self.folders is None else self.folders.working_path_of(run_id, uuid)
        facts = {
            "run-id": run_id,
            "configuration-id": str(request.origin.proposal),
            "slot": str(slot),
            "scenario-folder": self.scenario_folder,
        }
        if self.folders is not None and folder is not None:
            facts["run-folder"] = str(folder)
            if name := self.folders.settings.parameters_file:
                facts["parameters-file"] = str(folder / name)
        told = facts | {name: text for name, text in checkpoint.items() if text}
        variables = {f"BBOPT_{name.upper().replace('-', '_')}": text for name, text in told.items()}
        variables["BBOPT_SEED"] = str(request.seed)
        if request.runlength != NO_BUDGET:
            variables["BBOPT_BUDGET"] = str(request.runlength)
        facts |= checkpoint or NO_CHECKPOINT
        environment = variables | self.slot_values.of_slot(slot)
        return RunPlace(run_id, facts, environment, folder, checkpoint.get("checkpoint-out", ""))

    def _checkpoint(self, request: RunRequest, run_id: str, uuid: str) -> dict[str, str]:
        place = None if self.checkpoints is None else self.checkpoints.place(request, run_id, uuid)
        if place is None:
            return {}
        return {
            "checkpoint-in": "" if place.last is None else place.last.path,
            "checkpoint-out": str(place.out),
            "budget-done": "0" if place.last is None else str(place.last.budget),
        }

    def _new_name(self) -> str:
        """A name whose folder does not exist yet: somebody may have one of that name."""
        while True:
            name = self.numbers.next_name()
            if self.folders is None or not os.path.lexists(self.folders.path_of(name)):
                return name
