"""Whether a search can use the distributions of its parameters: SMAC v2 knows `log` only."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress

from bbopt.acquisition import AcquisitionName
from bbopt.errors import InputError, Place, StateError
from bbopt.scenario import Scenario
from bbopt.space import Parameter, Space
from bbopt.stores import UNKNOWN_ORIGIN, RunStore

__all__ = ["distribution_doubts", "refuse_unusable_distributions"]


def distribution_doubts(space: Space) -> Iterator[str]:
    """A sentence for each normal distribution around a number that is out of range: a slip, mostly."""
    for p in space.parameters:
        if p.normal is None or p.scale.of(p.low) <= p.normal.mean <= p.scale.of(p.high):
            continue
        hint = "; mu and sigma are those of log x" if p.log else ""
        yield f"{p.distribution} of {p.name} (line {p.line}) is centred outside its range{hint}"


def refuse_unusable_distributions(scenario: Scenario, space: Space, store: RunStore) -> None:
    """InputError where SMAC v2 has to understand the parameters, or where there is nothing to believe in."""
    _refuse_smac2(scenario, space, store)
    if scenario.model.uses_prior:
        _refuse_prior(scenario, space)


def _refuse_smac2(scenario: Scenario, space: Space, store: RunStore) -> None:
    foreign = next((p for p in space.parameters if not p.is_plain), None)
    if foreign is None:
        return
    if scenario.is_like_smac2:
        said = scenario.said("engine-preset")
        raise _refusal(scenario, foreign, f"engine-preset = smac2 at {said.place}", "leave out engine-preset")
    if scenario.sharing.is_on and (source := _record_of_smac2(scenario, store)):
        shared = f"shared-model-mode, and runs of SMAC v2 in {source}"
        raise _refusal(scenario, foreign, shared, "share another folder (rungroup, output-dir)")


def _record_of_smac2(scenario: Scenario, store: RunStore) -> str | None:
    """Where another seed has runs that SMAC v2 recorded, if any has."""
    with suppress(StateError):  # the folder need not be there yet
        for seed, record in store.records():
            is_smac2s = all(run.request.origin.kind == UNKNOWN_ORIGIN for run in record.runs)
            if record.runs and is_smac2s and seed != scenario.num_run:
                return record.source
    return None


def _refusal(scenario: Scenario, parameter: Parameter, other: str, remedy: str) -> InputError:
    return InputError(
        f"SMAC v2 does not know the distribution of {parameter.name}",
        place=Place(scenario.pcs_path, parameter.line),
        got=f"{parameter.distribution}, with {other}",
        expected="log, or nothing, behind the default",
        remedy=f"leave out the words behind the default, or {remedy}",
    )


def _refuse_prior(scenario: Scenario, space: Space) -> None:
    said, acquisition = scenario.said("prior"), scenario.said("acq-func")
    if not any(parameter.normal for parameter in space.parameters):
        raise InputError(
            "prior is about normal and lognormal parameters, and there are none",
            place=said.place,
            got=f"prior = {said.text}, and no such parameter in {scenario.pcs_path}",
            expected="NAME real [LOW, HIGH] [DEFAULT] normal(MEAN, SD), or lognormal(MU, SIGMA)",
            remedy="say where you expect the optimum, or leave out prior",
        )
    if not AcquisitionName[scenario.model.acquisition].is_improvement:
        raise InputError(
            "prior multiplies an expected improvement, and this acquisition function is none",
            place=acquisition.place,
            got=f"acq-func = {acquisition.text}, with prior = {said.text} at {said.place}",
            expected="acq-func = EI or EXPONENTIAL",
            remedy="leave out acq-func or prior",
        )
