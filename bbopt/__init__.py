"""bbopt tunes any program that can be started from a shell, speaking SMAC v2's subprocess protocol.

Glossary, one word per concept:

active          a parameter that its conditions let matter; only active ones are passed to the target
censored        of a run: ended by a cutoff below the scenario's, so that its runtime is a lower bound
challenger      a configuration that is being compared with the incumbent
configuration   one value for every parameter
cost            the number that is minimised: of a run, or of a configuration as the mean over its pairs
cutoff          the time a run may take, in seconds
execute         to carry out a run (the noun is: run)
experiment      of a job: a Python function that is given a state and a channel
failure         a run that says nothing of its configuration but that it does not work: CRASHED, mostly
incumbent       the best configuration so far
instance        what the target is run on; a black box has just one, named no_instance
job             what a queue holds: a run of a search, or an experiment and its state
pair            an instance and a seed
PAR10           penalised average runtime: a run that does not finish counts ten times the cutoff
record          all finished runs of one seed, in a store (an output folder: SMAC v2's journal)
run             one call of the target: a configuration, an instance, a seed, a cutoff
seed            of a run: what the target gets; of a search: what all its random choices come from
slot            a place where one run at a time is executed
standing        of a configuration on some pairs: its cost, and the failures; what comparisons go by
state           of a job: its settings and, later, its results, in a nested dictionary
study           the searches in a database that belong together, as those in one output folder do
target          the algorithm that is tuned, a program
tuner time      what counts against `cputime-limit`: the runs' times, and the optimizer's own
"""

from __future__ import annotations

from bbopt.version import __version__

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from bbopt.errors import BboptError, InputError, InputErrors
    from bbopt.session import Best, Optimizer, Proposal, tune
    from bbopt.tuning import Observer, Outcome

__all__ = [
    "BboptError",
    "Best",
    "InputError",
    "InputErrors",
    "Observer",
    "Optimizer",
    "Outcome",
    "Proposal",
    "__version__",
    "tune",
]

_HOMES = {"errors": {"BboptError", "InputError", "InputErrors"}, "tuning": {"Observer", "Outcome"}}


def __getattr__(name: str) -> Any:
    """The names of `__all__`, imported on first use: `bbopt --version` must not wait for numpy."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    home = next((home for home, names in _HOMES.items() if name in names), "session")
    return getattr(import_module(f"{__name__}.{home}"), name)
