"""Earlier runs brought onto the instances of a scenario: by name, whatever their numbers and features."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from bbopt.earlier.earlier_runs import EarlierRuns
from bbopt.errors import InputError, Place
from bbopt.runs import Instance
from bbopt.scenario import Scenario
from bbopt.scenario.instance_lists import parse_instance_list
from bbopt.stores import RecordedRun

__all__ = ["refuse_other_instances", "with_known_instances"]

_SHOWN_NAMES = 3


def refuse_other_instances(earlier: EarlierRuns, scenario: Scenario) -> EarlierRuns:
    """The runs on the scenario's instances; InputError when the names of theirs are not the same."""
    known = _by_name(scenario)
    theirs = {instance.name for instance in earlier.record.instances}
    unknown = sorted(name for name in theirs if name not in known)
    there = {known[name].name for name in theirs if name in known}
    missing = [one.name for one in scenario.instances.instances if one.name not in there]
    if unknown or (missing and earlier.runs):
        differences = [f"{_shown(unknown)} only there"] * bool(unknown)
        differences += [f"{_shown(missing)} only in this scenario"] * bool(missing)
        raise InputError(
            "the earlier run had other instances",
            place=Place(earlier.record.source),
            got="; ".join(differences),
            expected="instances of the same names",
            remedy="use the instance file that the run was made with; --warmstart takes runs on some of them",
        )
    return earlier.with_runs(tuple(_moved(run, known) for run in earlier.runs))


def with_known_instances(earlier: EarlierRuns, scenario: Scenario) -> EarlierRuns:
    """The runs on instances that the scenario has, too, with a note of how many were left out."""
    known = _by_name(scenario)
    runs = tuple(_moved(run, known) for run in earlier.runs if run.request.instance.name in known)
    n_left_out = len(earlier.runs) - len(runs)
    if not n_left_out:
        return earlier.with_runs(runs)
    names = (run.request.instance.name for run in earlier.runs)
    unknown = sorted({name for name in names if name not in known})
    note = f"left out {n_left_out} runs on instances that this scenario does not have: {_shown(unknown)}"
    return replace(earlier.with_runs(runs), notes=(*earlier.notes, note))


def _by_name(scenario: Scenario) -> Mapping[str, Instance]:
    """The scenario's instances by name, and by the name in the file, of which a state keeps a copy.

    With `check-instances-exist` the names are those of the files found.
    """
    instances = scenario.instances.instances
    known = {instance.name: instance for instance in instances}
    content = scenario.instance_files.instances
    if content is not None:
        listed = parse_instance_list(content.decode("utf-8"), "instances").instances
        known = {entry.name: one for entry, one in zip(listed, instances, strict=True)} | known
    return known


def _moved(run: RecordedRun, known: Mapping[str, Instance]) -> RecordedRun:
    own = known[run.request.instance.name]
    if own == run.request.instance:
        return run
    return replace(run, request=replace(run.request, instance=own))


def _shown(names: Iterable[str]) -> str:
    every = list(names)
    more = f" and {len(every) - _SHOWN_NAMES} more" if len(every) > _SHOWN_NAMES else ""
    return ", ".join(every[:_SHOWN_NAMES]) + more
