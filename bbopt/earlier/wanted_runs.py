"""The earlier runs that a scenario names: those to go on from, and those to learn from."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from bbopt.earlier.earlier_runs import EarlierRuns, read_earlier_runs, read_record
from bbopt.earlier.fitting import fitted_runs
from bbopt.earlier.instances import refuse_other_instances, with_known_instances
from bbopt.earlier.known_results import read_known_results
from bbopt.earlier.other_metrics import valued_runs
from bbopt.earlier.unknown_budgets import with_known_budgets
from bbopt.errors import InputError
from bbopt.output_folder import SeedFile
from bbopt.planning.setup import Setup, problems_of, results_of
from bbopt.runs import History, Run
from bbopt.scenario import Scenario
from bbopt.scenario.state_folders import has_tables
from bbopt.space import Configuration, Space
from bbopt.stores import RunStore

__all__ = ["best_of", "runs_to_go_on_from", "runs_to_learn_from"]


def runs_to_go_on_from(setup: Setup) -> EarlierRuns | None:
    """The runs of the search that is gone on with; None where a new one begins."""
    scenario, space, resumption = setup.scenario, setup.space, setup.scenario.resumption
    folder = _own_folder(scenario) if resumption.is_automatic else resumption.restore_dir
    if folder is None:
        return None
    instances = scenario.instances.instances
    iteration = resumption.restore_iteration
    is_own = folder.absolute().parent == scenario.output_root.absolute()
    stores = _own_stores(scenario) if is_own else ()
    earlier = read_earlier_runs(folder, space, instances, iteration, stores=stores)
    earlier.refuse_other_nature(scenario)
    earlier = valued_runs(earlier, scenario)
    earlier = with_known_budgets(refuse_other_instances(earlier, scenario), scenario)
    return fitted_runs(earlier, space, _taken(scenario, space))


def _own_stores(scenario: Scenario) -> tuple[RunStore, ...]:
    """Where records of the scenario's searches are, be they hidden."""
    results = results_of(scenario)
    return results.store(), results.store(is_hidden=True)


def _own_folder(scenario: Scenario) -> Path | None:
    """The state folder of the search's own seed (its record may be beside it), if that has kept any runs."""
    said, is_one_of_many = scenario.said("resume"), scenario.said("seeds").is_given
    if scenario.resumption.restore_dir is not None:
        raise InputError(
            "resume = auto goes on with the runs of the output folder",
            place=said.place,
            got=f"and {scenario.resumption.restore_dir} to restore",
            remedy="leave out one of the two",
        )
    if scenario.given_num_run is None:
        if is_one_of_many:  # each of them is asked for itself
            return None
        raise InputError(
            "resume = auto needs the number of the search",
            place=said.place,
            expected="--seed N, the same each time",
        )
    seed = scenario.num_run
    folder = scenario.output.file(SeedFile.STATE, seed)
    is_kept = any(store.has(seed) for store in _own_stores(scenario))
    return folder if is_kept or has_tables(folder) else None


def runs_to_learn_from(setup: Setup) -> EarlierRuns | None:
    """The runs that teach the model."""
    scenario, space, resumption = setup.scenario, setup.space, setup.scenario.resumption
    path, taken = resumption.warmstart_path, _taken(scenario, space)
    if path is None:
        return None
    if path.is_dir():
        instances = scenario.instances.instances
        earlier = read_earlier_runs(path, space, instances, resumption.warmstart_iteration)
    elif SeedFile.RECORD.seed_in(path.name) is not None:
        earlier = read_record(path, space)
    else:
        earlier = read_known_results(path, scenario, space, taken)
    earlier = with_known_budgets(with_known_instances(valued_runs(earlier, scenario), scenario), scenario)
    return fitted_runs(earlier, space, taken)


def _taken(scenario: Scenario, space: Space) -> Mapping[str, str]:
    """The values of what earlier runs do not name; InputErrors for other parameters and values."""
    said = scenario.said("earlier-settings")
    with problems_of(f"{said.place}: earlier-settings"):
        settings = space.parse_given(scenario.resumption.settings)
        if settings:  # nearly no search has any, and to compile a space takes time
            space.subspace(settings)
    return settings


def best_of(earlier: EarlierRuns, setup: Setup) -> list[Configuration]:
    """The best configuration that may be searched, of runs that only teach the model.

    It is worth runs of its own if it worked.
    """
    history, space = History(failures_first=setup.objective.failures_first), setup.space
    for run in earlier.runs:
        configuration = run.request.configuration
        if space.keys(space.into_subspace(configuration.row[None, :])) == [configuration.key]:
            history.add(Run.valued(run.request, run.result, setup.objective))
    best = min(history.configurations, key=history.rank, default=None)
    return [best] if best is not None and history.standing(best).has_worked else []
