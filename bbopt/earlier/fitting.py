"""Earlier runs brought into the space of a scenario that may have changed since they were made.

A run fits if the target can be called with its settings now.  Parameters that it does not name, because they
are new or were not active, are taken to have had the values given for them, or else their defaults; those
that the space does not have are passed over.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from bbopt.earlier.earlier_runs import EarlierRuns
from bbopt.errors import InputError, Place
from bbopt.runs import RunKey
from bbopt.space import Configuration, Space
from bbopt.space.declarations import DomainError
from bbopt.stores import RecordedRun

__all__ = ["Fitting", "each_once", "fitted_runs"]


def fitted_runs(earlier: EarlierRuns, space: Space, taken: Mapping[str, str]) -> EarlierRuns:
    """The runs that fit, each once, with remarks on the others; `taken`: values of what runs do not name.

    Runs of this very space come back as they are.  Raises InputError when not one parameter is in common.
    """
    configurations = dict.fromkeys(run.request.configuration for run in earlier.runs)
    if all(configuration.space is space for configuration in configurations):
        return earlier
    _refuse_strangers(configurations, earlier.record.source, space)
    fitting = Fitting(space, taken)
    fitted = ((run, fitting.fitted(run.request.configuration)) for run in earlier.runs)
    moved = (
        replace(run, request=replace(run.request, configuration=configuration))
        for run, configuration in fitted
        if configuration is not None
    )
    runs = tuple(each_once(moved))
    return replace(earlier.with_runs(runs), remarks=(*earlier.remarks, *fitting.remarks()))


def each_once(
    runs: Iterable[RecordedRun], seen: set[tuple[RunKey, float]] | None = None
) -> Iterator[RecordedRun]:
    """The runs without those of which an earlier one has the configuration, instance, seed and cutoff.

    `seen` is known before, and added to.
    """
    seen = set() if seen is None else seen
    for run in runs:
        key = run.request.key, run.request.cutoff_s
        if key not in seen:
            seen.add(key)
            yield run


def _refuse_strangers(configurations: Mapping[Configuration, None], source: str, space: Space) -> None:
    theirs = next(iter(configurations)).space.names
    if not set(theirs) & set(space.names):
        raise InputError(
            "the earlier runs are of another parameter space",
            place=Place(source),
            got=f"the parameters {', '.join(theirs)}",
            expected=f"some of {', '.join(space.names)}",
            remedy="name runs of the same target, or begin without them, in another output folder if need be",
        )


@dataclass(slots=True)
class Fitting:
    """Settings become configurations of `space`; what that took is counted, once for each run."""

    space: Space
    taken: Mapping[str, str]
    _n_runs: int = 0
    _n_forbidden: int = 0
    _illegal: Counter[str] = field(default_factory=Counter)
    _assumed: dict[str, str] = field(default_factory=dict)
    _passed_over: Counter[str] = field(default_factory=Counter)
    _known: dict[Configuration, Configuration | str | None] = field(default_factory=dict)

    def fitted(self, earlier: Configuration) -> Configuration | None:
        """The configuration with the active settings of one of another space; None where there is none."""
        for name, text in earlier.active_values.items():
            if name not in self.space.index:
                self._passed_over[name] += (
                    text != earlier.space.parameters[earlier.space.index[name]].default_text
                )
        if earlier not in self._known:
            self._known[earlier] = self._made_of(earlier.active_values)
        return self._counted(self._known[earlier])

    def made_of(self, settings: Mapping[str, str]) -> Configuration | None:
        """The configuration with these settings, likewise."""
        return self._counted(self._made_of(settings))

    def _made_of(self, settings: Mapping[str, str]) -> Configuration | str | None:
        """Else the name of the first parameter that can't have its value, or None: that is forbidden."""
        space, row = self.space, self.space.default_row.copy()
        illegal, assumed = [], {}
        for column, parameter in enumerate(space.parameters):
            text = settings.get(parameter.name)
            if text is None:
                text = assumed[parameter.name] = self.taken.get(parameter.name, parameter.default_text)
            try:
                row[0, column] = parameter.native(text)
            except DomainError:
                illegal.append(column)
        is_active = space.active(row)[0]
        wrong = [space.names[column] for column in illegal if is_active[column]]
        if wrong:
            return wrong[0]
        configuration = space.configurations(space.canonical(row))[0]
        self._assumed |= {name: assumed[name] for name in configuration.active if name in assumed}
        return None if configuration.is_forbidden else configuration

    def _counted(self, found: Configuration | str | None) -> Configuration | None:
        self._n_runs += 1
        if isinstance(found, Configuration):
            return found
        if found is None:
            self._n_forbidden += 1
        else:
            self._illegal[found] += 1
        return None

    def remarks(self) -> list[str]:
        """A sentence for each kind of thing."""
        found, of_all = [], f"of {self._n_runs} earlier runs"
        if self._illegal:
            n_illegal, by_name = sum(self._illegal.values()), _counts(self._illegal)
            found.append(f"left out {n_illegal} {of_all} with values outside of this space: {by_name}")
        if self._n_forbidden:
            found.append(f"left out {self._n_forbidden} {of_all} with settings that are forbidden here")
        if self._assumed:
            values = ", ".join(f"{name}={text}" for name, text in sorted(self._assumed.items()))
            found.append(f"took runs that do not name them as made with {values} (see earlier-settings)")
        if self._passed_over:
            names = _counts(self._passed_over)
            found.append(
                "passed over what is no parameter here, with the number of runs in which it was not at its "
                f"default: {names}"
            )
        return found


def _counts(counter: Counter[str]) -> str:
    return ", ".join(f"{name} ({n})" for name, n in sorted(counter.items()))
