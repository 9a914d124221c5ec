"""The earlier runs that a scenario names: those to go on from, and those to learn from."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from bbopt.earlier.earlier_runs import EarlierRuns, read_earlier_runs, read_kept, read_record
from bbopt.earlier.fitting import each_once, fitted_runs
from bbopt.earlier.instances import refuse_other_instances, with_known_instances
from bbopt.earlier.known_results import read_known_results
from bbopt.earlier.other_metrics import valued_runs
from bbopt.earlier.unknown_budgets import with_known_budgets
from bbopt.errors import InputError, Place
from bbopt.output_folder import SeedFile
from bbopt.planning.setup import Setup, problems_of, results_of
from bbopt.runs import History, Run, RunKey
from bbopt.scenario import Scenario
from bbopt.scenario.state_folders import has_tables
from bbopt.space import Configuration, Space
from bbopt.stores import Results, RunStore, results_in

__all__ = ["best_of", "runs_to_go_on_from", "runs_to_learn_from"]


def runs_to_go_on_from(setup: Setup) -> EarlierRuns | None:
    """The runs of the search that is gone on with; None where a new one begins."""
    scenario, space, resumption = setup.scenario, setup.space, setup.scenario.resumption
    folder = _own_folder(scenario) if resumption.is_automatic else resumption.restore_dir
    if resumption.restore_database is not None:
        earlier = _kept_by_seed(results_in(resumption.restore_database), scenario, space)
    elif folder is not None:
        earlier = _of_state_folder(folder, scenario, space)
    else:
        return None
    earlier.refuse_other_nature(scenario)
    earlier = valued_runs(earlier, scenario)
    earlier = with_known_budgets(refuse_other_instances(earlier, scenario), scenario)
    return fitted_runs(earlier, space, _taken(scenario, space))


def _of_state_folder(folder: Path, scenario: Scenario, space: Space) -> EarlierRuns:
    instances, iteration = scenario.instances.instances, scenario.resumption.restore_iteration
    is_own = folder.absolute().parent == scenario.output_root.absolute()
    stores = _own_stores(scenario) if is_own else ()
    return read_earlier_runs(folder, space, instances, iteration, stores=stores)


def _kept_by_seed(results: Results, scenario: Scenario, space: Space) -> EarlierRuns:
    """What the search's own seed has kept in a database."""
    place, kept = Place(results.shown), results.kept()
    known = ", ".join(str(seed) for _, seed in kept)
    if scenario.given_num_run is None:
        raise InputError(
            "to go on with runs in a database needs the number of the search",
            place=place,
            expected=f"--seed with one of {known}",
        )
    for store, seed in kept:
        if seed == scenario.num_run and (found := read_kept(store, seed, space)) is not None:
            return found.up_to(scenario.resumption.restore_iteration, must_reach=True)
    raise InputError("there is no such search", place=place, got=f"seed {scenario.num_run}", expected=known)


def _own_stores(scenario: Scenario) -> tuple[RunStore, ...]:
    """Where records of the scenario's searches are, be they hidden."""
    results = results_of(scenario)
    return results.store(), results.store(is_hidden=True)


def _own_folder(scenario: Scenario) -> Path | None:
    """The state folder of the search's own seed (its record may be beside it), if that has kept any runs."""
    said, is_one_of_many = scenario.said("resume"), scenario.said("seeds").is_given
    database = scenario.resumption.restore_database
    restored = scenario.resumption.restore_dir if database is None else database.shown
    if restored is not None:
        raise InputError(
            "resume = auto goes on with the runs of the output folder",
            place=said.place,
            got=f"and {restored} to restore",
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
    is_kept = any(seed in store.seeds() for store in _own_stores(scenario))
    return folder if is_kept or has_tables(folder) else None


def runs_to_learn_from(setup: Setup) -> tuple[EarlierRuns, ...]:
    """The runs that teach the model, source by source."""
    scenario, space = setup.scenario, setup.space
    taken, learnt = _taken(scenario, space), []
    for source in _sources(scenario, space, taken):
        earlier = with_known_instances(valued_runs(source, scenario), scenario)
        learnt.append(fitted_runs(with_known_budgets(earlier, scenario), space, taken))
    if len(learnt) < 2:
        return tuple(learnt)
    seen: set[tuple[RunKey, float]] = set()  # what a seed took over from another one is in both records
    return tuple(one.with_runs(tuple(each_once(one.runs, seen))) for one in learnt)


def _sources(scenario: Scenario, space: Space, taken: Mapping[str, str]) -> Iterator[EarlierRuns]:
    path, iteration = scenario.resumption.warmstart_path, scenario.resumption.warmstart_iteration
    if scenario.resumption.warmstart_database is not None:
        results = results_in(scenario.resumption.warmstart_database)
        yield from _kept_by_others(results, scenario, space, iteration)
    elif path is None:
        return
    elif path.is_dir():
        yield read_earlier_runs(path, space, scenario.instances.instances, iteration)
    elif SeedFile.RECORD.seed_in(path.name) is not None:
        yield read_record(path, space)
    else:
        yield read_known_results(path, scenario, space, taken)


def _kept_by_others(
    results: Results, scenario: Scenario, space: Space, iteration: int | None
) -> Iterator[EarlierRuns]:
    """What the seeds of a study have kept, but for the search itself: its own runs are no earlier ones."""
    own = [(store, scenario.num_run) for store in _own_stores(scenario)]
    for store, seed in results.kept():
        if (store, seed) not in own and (found := read_kept(store, seed, space)) is not None:
            yield found.up_to(iteration, must_reach=True)


def _taken(scenario: Scenario, space: Space) -> Mapping[str, str]:
    """The values of what earlier runs do not name; InputErrors for other parameters and values."""
    said = scenario.said("earlier-settings")
    with problems_of(f"{said.place}: earlier-settings"):
        settings = space.parse_given(scenario.resumption.settings)
        if settings:  # nearly no search has any, and to compile a space takes time
            space.subspace(settings)
    return settings


def best_of(learnt: Iterable[EarlierRuns], setup: Setup) -> list[Configuration]:
    """The best configuration that may be searched, of runs that only teach the model.

    It is worth runs of its own if it worked.
    """
    history, space = History(failures_first=setup.objective.failures_first), setup.space
    for run in (run for earlier in learnt for run in earlier.runs):
        configuration = run.request.configuration
        if space.keys(space.into_subspace(configuration.row[None, :])) == [configuration.key]:
            history.add(Run.valued(run.request, run.result, setup.objective))
    best = min(history.configurations, key=history.rank, default=None)
    return [best] if best is not None and history.standing(best).has_worked else []
