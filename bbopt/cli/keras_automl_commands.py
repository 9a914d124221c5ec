"""The commands of `bbopt keras-automl`: the search, and the steps before and after it."""

from __future__ import annotations

from bbopt.cli.command import Command, options_of
from bbopt.options import Words

__all__ = ["KERAS_AUTOML_COMMANDS"]

_LOAD_TABLE = Command(
    name="keras-automl load-table",
    purpose="Make a table of a CSV or NPZ file.",
    usage="FILE --table NAME [options]",
    function="bbopt.cli.keras_automl_load_table:keras_automl_load_table",
    text="""\
The first line of a CSV file has the names of the columns; what they hold is found from the cells, which may
be arrays: [5.1,3.5,1.4,0.2]. In an .npz file of numpy each array is a column.""",
    options=options_of("keras-automl load-table"),
    required=("table",),
    takes_scenario=False,
    words=Words("FILE"),
)

_TRAIN_TEST_SPLIT = Command(
    name="keras-automl train-test-split",
    purpose="Split a table at random.",
    usage="--source-table A --output-table B ...",
    function="bbopt.cli.keras_automl_train_test_split:keras_automl_train_test_split",
    options=options_of("keras-automl train-test-split"),
    required=("source-table", "output-table"),
    takes_scenario=False,
)

_PREPARE = Command(
    name="keras-automl prepare",
    purpose="Pack a table for training or validation.",
    usage="--source-table A --output-table B ...",
    function="bbopt.cli.keras_automl_prepare:keras_automl_prepare",
    text="""\
Does what MADlib's training_preprocessor_dl does, and with --training-preprocessor-table what its
validation_preprocessor_dl does.""",
    options=options_of("keras-automl prepare"),
    required=("source-table", "output-table", "dependent-varname", "independent-varname"),
    takes_scenario=False,
)

_LOAD_KERAS_MODEL = Command(
    name="keras-automl load-keras-model",
    purpose="Add an architecture to choose from.",
    usage="FILE --model-arch-table NAME [options]",
    function="bbopt.cli.keras_automl_load_keras_model:keras_automl_load_keras_model",
    text="""\
FILE is what model.to_json() of Keras has given, 3 or older. The models of a table are numbered from 1. A
model has one input, whose shape it says, and one output. Needs the extra keras.""",
    options=options_of("keras-automl load-keras-model"),
    required=("model-arch-table",),
    takes_scenario=False,
    words=Words("FILE"),
)

_PREDICT = Command(
    name="keras-automl predict",
    purpose="Predict with a model of a search.",
    usage="--model-table A --test-table B --output-table C ...",
    function="bbopt.cli.keras_automl_predict:keras_automl_predict",
    text="""\
The new table has a row for each input: its id, and the class with its probability, or the probabilities of
all classes. Needs the extra keras.""",
    options=options_of("keras-automl predict"),
    required=("model-table", "test-table", "output-table"),
    takes_scenario=False,
)

_SHOW_TABLE = Command(
    name="keras-automl show-table",
    purpose="Show a table.",
    usage="NAME [--order-by 'COLUMN DESC'] [--limit N] [-x]",
    function="bbopt.cli.keras_automl_show_table:keras_automl_show_table",
    text="""\
On a terminal, lines end where its width does.""",
    options=options_of("keras-automl show-table"),
    takes_scenario=False,
    words=Words("NAME"),
)

_EXPORT_TABLE = Command(
    name="keras-automl export-table",
    purpose="Write a table to a CSV or Parquet file.",
    usage="NAME --output FILE [--database URL]",
    function="bbopt.cli.keras_automl_export_table:keras_automl_export_table",
    text="""\
In CSV, arrays are JSON, and bytes hexadecimal behind \\x. Parquet needs the extra parquet.""",
    options=options_of("keras-automl export-table"),
    required=("output",),
    takes_scenario=False,
    words=Words("NAME"),
)

_BEFORE = (_LOAD_TABLE, _TRAIN_TEST_SPLIT, _PREPARE, _LOAD_KERAS_MODEL)
_BEHIND = (_PREDICT, _SHOW_TABLE, _EXPORT_TABLE)


def _page(*commands: Command) -> str:
    return "\n".join(f"  {command.call.removeprefix('bbopt '):<32}{command.purpose}" for command in commands)


_SEARCH = Command(
    name="keras-automl",
    purpose="AutoML for Keras as MADlib has it: tables in, tables out.",
    usage="--source-table A --model-output-table B ... | STEP ...",
    function="bbopt.cli.keras_automl:keras_automl",
    text=f"""\
Searches over architectures, optimizers and other parameters; writes models, what became of them, and which is
the best, as tables. What was interrupted goes on when the same command is given again.

Steps before a search:

{_page(*_BEFORE)}

Steps behind it:

{_page(*_BEHIND)}

Each has a page of its own, such as bbopt keras-automl prepare --help.""",
    options=options_of("keras-automl"),
    required=(
        "source-table",
        "model-output-table",
        "model-arch-table",
        "model-selection-table",
        "model-id-list",
        "compile-params-grid",
        "fit-params-grid",
    ),
)

KERAS_AUTOML_COMMANDS = (_SEARCH, *_BEFORE, *_BEHIND)
"""In the order in which they are shown."""
