"""`bbopt keras-automl`: a search over architectures and parameters of Keras models, and MADlib's tables."""

from __future__ import annotations

import re
import sys
from contextlib import ExitStack
from typing import TYPE_CHECKING

from bbopt.cli.command import Arguments, current_folder
from bbopt.cli.console_log import console_log
from bbopt.cli.signals import signals_stop
from bbopt.cli.streams import outlive_the_output
from bbopt.database_address import without_passwords
from bbopt.errors import InputError, InputErrors
from bbopt.options import OptionValues
from bbopt.shell_words import shell_line

if TYPE_CHECKING:
    from bbopt.automl.arguments import AutomlArguments
    from bbopt.automl.keras_search import KerasSearch
    from bbopt.automl.result_tables import Results

__all__ = ["keras_automl"]

_AROUND = re.compile(r"(?i:array)?\s*[\[{(]?(?P<numbers>[^\])}]*)[\])}]?")


def keras_automl(arguments: Arguments) -> int:
    """Search, then write the tables; the exit code."""
    from bbopt.automl.keras_search import plan_search

    outlive_the_output()
    if arguments.given.problems:  # then some of the own options may have no values
        raise InputErrors(arguments.given.problems)
    search = plan_search(_asked(arguments.own), arguments.given, current_folder())
    return _run(search, without_passwords(shell_line(["bbopt", "keras-automl", *arguments.argv])), arguments)


def _asked(own: OptionValues) -> AutomlArguments:
    from bbopt.automl.arguments import AutomlArguments

    return AutomlArguments(
        source_table=own.text("source-table"),
        model_output_table=own.text("model-output-table"),
        model_arch_table=own.text("model-arch-table"),
        model_selection_table=own.text("model-selection-table"),
        model_id_list=_numbers(own),
        compile_params_grid=own.text("compile-params-grid"),
        fit_params_grid=own.text("fit-params-grid"),
        automl_method=own.text("automl-method"),
        automl_params=own.optional_text("automl-params"),
        random_state=own.optional_integer("random-state"),
        object_table=own.texts("object-table"),
        use_gpus=own.flag("use-gpus"),
        validation_table=own.optional_text("validation-table"),
        metrics_compute_frequency=own.optional_integer("metrics-compute-frequency"),
        name=own.optional_text("name"),
        description=own.optional_text("description"),
        use_caching=own.flag("use-caching"),
        database=own.text("database"),
        overwrite=own.flag("overwrite"),
    )


def _numbers(own: OptionValues) -> tuple[int, ...]:
    """`1,2`, also as SQL or Python write an array; each number once."""
    text = own.text("model-id-list")
    match = _AROUND.fullmatch(text.strip())
    words = [word.strip() for word in match["numbers"].split(",")] if match else [text]
    if not all(word.isdecimal() for word in words):
        raise InputError(
            "this is no list of models",
            place=own.place("model-id-list"),
            got=text,
            expected="their numbers with commas between: 1,2",
        )
    return tuple(dict.fromkeys(map(int, words)))


def _run(search: KerasSearch, call: str, arguments: Arguments) -> int:
    from rich.console import Console

    from bbopt.cli.keras_status import KerasStatus, print_schedule

    console = Console(highlight=False)
    print_schedule(console, search)
    status = KerasStatus(console, search)
    live = status if sys.stdout.isatty() else None
    # SMAC v2's lines are about programs; whoever wants them says so.
    level = search.plan.scenario.logging.console_level if arguments.given.has("console-log-level") else "WARN"
    session = search.session([status], call)
    with ExitStack() as stack:
        stack.enter_context(signals_stop(lambda by, number: session.stop(f"interrupted by {by}.", number)))
        if live is not None:
            stack.enter_context(live)
        stack.enter_context(console_log(level, live))
        outcome = stack.enter_context(session).run()
    if outcome.was_asked_for or outcome.signal is not None:
        print("Stopped; no tables are written. The same command goes on where it was.")
        return 0 if outcome.signal is None else 128 + outcome.signal
    _tell(search, search.write(outcome))
    return 0


def _tell(search: KerasSearch, results: Results) -> None:
    """What was best, and where everything is."""
    best, asked = results.best, search.inputs.arguments
    kind = "training" if search.inputs.validation is None else "validation"
    told = [f"{kind} loss {best[f'{kind}_loss_final']:.4g}"]
    if best[f"{kind}_metrics_final"] is not None:
        told.append(f"{best['metrics_type'][0]} {best[f'{kind}_metrics_final']:.4g}")
    print(f"Best: mst_key {best['mst_key']}, model {best['model_id']}, {', '.join(told)}")
    print(f"  {best['compile_params']}\n  {best['fit_params']}")
    for key, reason in results.failed.items():
        first, *others = reason.splitlines()
        print(f"No model: mst_key {key}, {first}{f' ({others[-1].strip()})' if others else ''}")
    models, *others = asked.output_tables.values()
    count = "1 model is" if results.n_models == 1 else f"{results.n_models} models are"
    print(f"{count} in {models}; see also {', '.join(others)}.")
