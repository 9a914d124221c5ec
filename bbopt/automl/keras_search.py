"""A search over Keras models: an ordinary scenario in its output folder, and tables of what comes out.

Its parameter file, the data and what the training processes are told are written there.  A search that was
interrupted goes on where the same is asked for again, as long as its tables were not written.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import secrets
import shlex
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from bbopt.automl.arguments import AutomlArguments
from bbopt.automl.inputs import AutomlInputs, read_inputs
from bbopt.automl.rehearsing import TRAINER, refuse_untrainable
from bbopt.automl.result_tables import NothingTrainedError, Results, write_tables
from bbopt.automl.training_data import save_data
from bbopt.automl.training_plan import PLAN_FILE, TrainingPlan
from bbopt.durable_files import atomic_write
from bbopt.errors import InputError, Problems
from bbopt.options import COMMAND_LINE, Assignment, Assignments, option_table
from bbopt.planning.setup import run_store
from bbopt.scenario import Scenario, load_scenario
from bbopt.session import Plan, Session, plan_session
from bbopt.tuning import Observer, Outcome

__all__ = ["KerasSearch", "plan_search"]

_PCS, _DONE = "params.pcs", "tables-written"
_TRAINING, _VALIDATION = "training.npz", "validation.npz"
_NUM_RUN = 1
"""In the names of files; where choices come from is the random state, by way of the offset."""

_NOT_IN_A_NAME = re.compile(r"[^\w.-]+")
_ALWAYS = {
    "call-format": "template",
    "param-format": "{name}={value}",
    "use-instances": "false",
    "run-obj": "QUALITY",
    "result-exit-codes": "1:CRASHED",
    "algo-deterministic": "true",
    "initial-incumbent": "RANDOM",
    "validation": "false",
    "abort-on-first-run-crash": "false",
    "checkpoints": "true",
    "keep-checkpoints": "all",
    "num-run": str(_NUM_RUN),
    "resume": "auto",
}
_KEPT = ("training_loss", "training_metrics", "validation_metrics")
"""Metrics that are kept with the runs, besides the one that decides."""

_SETTLED = frozenset(
    {
        *_ALWAYS,
        *("algo-exec", "algo-template", "algo-exec-dir", "pcs-file", "param-template", "flag-style"),
        *("metric", "metric-take", "metric-pattern", "metric-limit", "maximize", "result-pattern"),
        *("engine", "racer", "exec-mode", "design", "search-subspace", "seed-offset", "seeds"),
        *("budget-max", "budget-min", "eta", "skip-last", "brackets", "budget-counts", "budget-continues"),
        *("scenario-file", "option-file", "option-file2", "smac-default-file", "shared-model-mode"),
        *("instances", "test-instances", "feature-file", "run-folders"),
        *("restore-state-from", "restore-scenario"),
    }
)
"""Options that would make another search of it."""


@dataclass(frozen=True, slots=True)
class KerasSearch:
    """A search that is planned and checked, and whose files are there; `goes_on`: it was interrupted."""

    inputs: AutomlInputs
    training: TrainingPlan
    plan: Plan
    goes_on: bool

    @property
    def folder(self) -> Path:
        """The output folder."""
        return self.plan.scenario.output_root

    def session(self, observers: Sequence[Observer] = (), call: str = "") -> Session:
        """What runs it, once."""
        return Session(self.plan, observers, call)

    def write(self, outcome: Outcome) -> Results:
        """Write the tables of a search that has come to its end; NothingTrainedError where no model was."""
        try:
            results = write_tables(self.inputs, self.training, self.plan.scenario.output, outcome)
        except NothingTrainedError:
            atomic_write(self.folder / _DONE, "")
            raise
        atomic_write(self.folder / _DONE, "")
        return results


def plan_search(arguments: AutomlArguments, given: Assignments, cwd: Path) -> KerasSearch:
    """Read and check all that is asked for, then write the search's files.

    `given` are options of the search: slots, limits, the executor, the output folder.  InputErrors for what
    can't be used; nothing is written then.
    """
    problems = Problems(given.problems)
    problems.attempt(lambda: _refuse_settled(given))
    inputs = read_inputs(arguments, cwd, problems)
    with tempfile.TemporaryDirectory(prefix="bbopt-keras-") as name:
        pcs = Path(name, _PCS)
        pcs.write_text(inputs.grid.pcs(), encoding="utf-8")
        settled = _settled(inputs, pcs, Path(name)) | {"resume": "never"}
        scenario = load_scenario(_assignments(settled, given), cwd=cwd)
        plan_session(scenario)  # for what it refuses
    training = _training_plan(inputs, scenario)
    folder, earlier = scenario.output_root, _earlier(scenario.output_root)
    goes_on = earlier is not None and _is_same(earlier, training, arguments)
    if goes_on and earlier is not None:
        training = earlier
    else:
        refuse_untrainable(training, inputs.training)
        _begin(scenario, inputs, training)
    settled = _settled(inputs, folder / _PCS, folder, training.seed)
    plan = plan_session(load_scenario(_assignments(settled, given), cwd=cwd))
    return KerasSearch(inputs, training, plan, goes_on)


def _refuse_settled(given: Assignments) -> None:
    for entry in given.entries:
        if entry.option.name in _SETTLED:
            is_seed = entry.option.name == "num-run"
            raise InputError(
                f"keras-automl settles {entry.option.name} itself",
                place=entry.place,
                got=f"{entry.name} {entry.text}",
                remedy="random_state is where all choices come from" if is_seed else "leave it out",
            )


def _settled(inputs: AutomlInputs, pcs: Path, folder: Path, seed: int = _NUM_RUN) -> dict[str, str]:
    """The options that make the scenario, by their primary names."""
    command = [*TRAINER, str(folder / PLAN_FILE), "--iterations", "{runlength}"]
    return {
        **_ALWAYS,
        **inputs.method.options,
        "algo-template": f"{shlex.join(command)} --configuration {{configuration-id}} {{params}}",
        "algo-exec-dir": str(folder),
        "pcs-file": str(pcs),
        "metric": "training_loss" if inputs.validation is None else "validation_loss",
        "seed-offset": str(seed - _NUM_RUN),
        "rungroup": _name(inputs.arguments.model_output_table),
        "storage": inputs.arguments.database,
    }


def _assignments(settled: Mapping[str, str], given: Assignments) -> Assignments:
    """Both as options; who gives a name for the folder, or another database for a queue, is right."""
    table, executor = option_table(), given.last("executor")
    has_queue = executor is not None and executor.text.strip().lower() == "queue"
    entries = [
        Assignment(table[name], name, text, COMMAND_LINE)
        for name, text in settled.items()
        if not given.has(name) and (has_queue or name != "storage")
    ]
    take = table["metric-take"]
    kept = [Assignment(take, take.name, f"{name}: last", COMMAND_LINE) for name in _KEPT]
    return Assignments((*entries, *kept, *given.entries))


def _name(table: str) -> str:
    stem = table[: -len(".csv")] if table.lower().endswith(".csv") else table
    return _NOT_IN_A_NAME.sub("_", stem).strip(".") or "keras-automl"


def _training_plan(inputs: AutomlInputs, scenario: Scenario) -> TrainingPlan:
    arguments = inputs.arguments
    state, n_slots = arguments.random_state, scenario.execution.n_slots
    is_alone = scenario.queue is None and scenario.cluster is None
    return TrainingPlan(
        model_ids=arguments.model_id_list,
        architectures=inputs.architectures,
        compile_params_grid=arguments.compile_params_grid,
        fit_params_grid=arguments.fit_params_grid,
        schedule=inputs.method.schedule,
        training=_TRAINING,
        validation=None if inputs.validation is None else _VALIDATION,
        digest=_digest(inputs),
        object_files=inputs.object_files,
        metrics_every=arguments.metrics_compute_frequency,
        use_gpus=arguments.use_gpus,
        n_threads=max(1, len(os.sched_getaffinity(0)) // n_slots) if is_alone else 1,
        seed=secrets.randbelow(2**31) if state is None else state,
    )


def _digest(inputs: AutomlInputs) -> str:
    told = hashlib.sha256()
    for data in (inputs.training, inputs.validation):
        for array in () if data is None else (data.x, data.y):
            told.update(f"{array.shape} {array.dtype}".encode())
            told.update(array.tobytes())
    return told.hexdigest()


def _earlier(folder: Path) -> TrainingPlan | None:
    """What a search there was about that has not come to its end; None for none."""
    if (folder / _DONE).exists():
        return None
    try:
        return TrainingPlan.read(folder / PLAN_FILE)
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _is_same(earlier: TrainingPlan, asked: TrainingPlan, arguments: AutomlArguments) -> bool:
    """Whether the earlier search is the one that is asked for, on however many slots."""
    same = replace(asked, n_threads=earlier.n_threads)
    if arguments.random_state is None:
        same = replace(same, seed=earlier.seed)
    return same.text == earlier.text


def _begin(scenario: Scenario, inputs: AutomlInputs, training: TrainingPlan) -> None:
    """Write the files of a search; what an earlier one has left is set aside.

    As long as these are not all written, the folder is marked as one whose search is over: whoever finds it
    after a kill begins anew.
    """
    folder = scenario.output_root
    scenario.output.make()
    atomic_write(folder / _DONE, "")
    run_store(scenario).set_aside(_NUM_RUN)
    save_data(folder / _TRAINING, inputs.training)
    if inputs.validation is not None:
        save_data(folder / _VALIDATION, inputs.validation)
    atomic_write(folder / _PCS, inputs.grid.pcs())
    atomic_write(folder / PLAN_FILE, training.text)
    with contextlib.suppress(FileNotFoundError):
        (folder / _DONE).unlink()
