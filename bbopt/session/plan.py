"""The plan of a search: all that it needs, read and checked before anything is written or run."""

from __future__ import annotations

import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

from bbopt.earlier.earlier_runs import EarlierRuns
from bbopt.earlier.wanted_runs import best_of, runs_to_go_on_from, runs_to_learn_from
from bbopt.engines import Problem
from bbopt.errors import InputError, Place, lack_of_descriptors
from bbopt.planning.abilities import refuse_beyond_abilities
from bbopt.planning.beginning import beginning, start_configurations
from bbopt.planning.designs import design_rows
from bbopt.planning.distributions import distribution_doubts, refuse_unusable_distributions
from bbopt.planning.setup import Setup, build_setup, run_store
from bbopt.scenario import Scenario
from bbopt.seeding import stream
from bbopt.session.sharing import common_seed
from bbopt.space import Configuration, Space, never_holding
from bbopt.stores import RecordIdentity, RunStore

__all__ = ["Plan", "plan_session"]


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything that a session needs, read and checked; nothing was written or run yet."""

    setup: Setup
    given: tuple[Configuration, ...]
    restored: EarlierRuns | None
    warmstart: tuple[EarlierRuns, ...]
    store: RunStore

    @property
    def scenario(self) -> Scenario:
        """See Setup."""
        return self.setup.scenario

    @property
    def space(self) -> Space:
        """See Setup."""
        return self.setup.space

    @property
    def identity(self) -> RecordIdentity:
        """See Setup."""
        return self.setup.identity

    @property
    def warnings(self) -> tuple[str, ...]:
        """What to tell before the search begins."""
        source = self.scenario.pcs_path
        doubts = (*never_holding(self.space), *distribution_doubts(self.space))
        return (*self.scenario.warnings, *(f"{source}: {text}" for text in doubts))

    @property
    def shares(self) -> bool:
        """Whether this search and others in its folder learn from each other."""
        return self.scenario.sharing.is_on

    @property
    def problem(self) -> Problem:
        """What the engine is told."""
        scenario = self.scenario
        return Problem(
            self.space,
            self.setup.objective,
            self.given,
            budget=scenario.limits.runcount if scenario.limits.has_run_limit else None,
            seed=scenario.named_seeds.search,
            common_seed=_common_seed(self.setup),
            instances=scenario.instances,
            deterministic=scenario.deterministic,
            cutoff_s=scenario.cutoff_s,
            runlength=self.setup.runlength,
            seconds_for_given=beginning(scenario).seconds,
            texts=() if self.setup.table is None else tuple(self.setup.table.texts),
        )

    @property
    def continues_in_place(self) -> bool:
        """Whether the restored run's own record is written on."""
        restored = self.restored
        if restored is None or restored.is_cut or restored.kept_in != (self.store, self.scenario.num_run):
            return False
        identity = restored.record.identity
        return identity is None or not identity.differences(self.identity)


def _common_seed(setup: Setup) -> int | None:
    """Where choices come from that all searches on the problem should make alike; None for no others."""
    scenario = setup.scenario
    if (named := scenario.named_seeds.pairs) is not None:
        return named
    return common_seed(scenario, setup.identity) if scenario.sharing.is_on else None


def _first_configurations(setup: Setup) -> list[Configuration]:
    """A design, or else configurations to begin with."""
    scenario = setup.scenario
    if not scenario.proposer.is_design:
        return start_configurations(scenario, setup.space)
    if setup.table is not None:
        return setup.table.rows
    seed = _common_seed(setup)
    return design_rows(scenario, setup.space, scenario.named_seeds.search if seed is None else seed)


def plan_session(scenario: Scenario) -> Plan:
    """Read and check what the scenario names; InputError (InputErrors) for what can't be used."""
    setup = build_setup(scenario)
    space = setup.space
    space.sample(1, stream(scenario.seed, "is anything legal"))  # better to know now than after a run
    given = tuple(_first_configurations(setup))
    restored, warmstart = runs_to_go_on_from(setup), runs_to_learn_from(setup)
    given += tuple(best_of(warmstart, setup))
    _refuse_unusable_folder(scenario.output_root)
    refuse_beyond_abilities(scenario)
    store = run_store(scenario)
    refuse_unusable_distributions(scenario, space, store)
    return Plan(setup, given, restored, warmstart, store)


def _refuse_unusable_folder(folder: Path) -> None:
    """Say now that the output folder can't be made or written, before anything is written at all."""
    for path in (folder, *folder.parents):
        if not os.path.lexists(path) and path != path.parent:
            continue
        if not os.path.isdir(path):
            raise InputError("the output folder can't be made: a file is in the way", place=Place(path))
        if not _is_writable(path):
            raise InputError(
                "the output folder can't be written",
                place=Place(path),
                remedy="give another one with --output-dir, or change its permissions",
            )
        return


def _is_writable(path: Path) -> bool:
    """Whether files can be made there; tried, because permissions do not tell of read-only mounts."""
    try:
        with tempfile.TemporaryFile(dir=path):
            return True
    except OSError as error:
        if lack_of_descriptors(error) is not None:
            raise
        return False
