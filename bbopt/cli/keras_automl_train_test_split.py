"""`bbopt keras-automl train-test-split --source-table NAME --output-table NAME`: a table in two."""

from __future__ import annotations

from bbopt.cli.automl_words import listed_names, opened_tables, rows_text
from bbopt.cli.command import Arguments

__all__ = ["keras_automl_train_test_split"]


def keras_automl_train_test_split(arguments: Arguments) -> int:
    """Split it."""
    from bbopt.automl import Split, split_names, train_test_split

    own = arguments.own
    output, are_separate = own.text("output-table"), own.flag("separate-output-tables")
    n_train, n_test = train_test_split(
        opened_tables(own),
        own.text("source-table"),
        output,
        Split(
            own.number("train-proportion"),
            own.optional_number("test-proportion"),
            listed_names(own.optional_text("grouping-cols")),
            own.integer("seed"),
        ),
        target_cols=listed_names(own.optional_text("target-cols")),
        separate_output_tables=are_separate,
        overwrite=own.flag("overwrite"),
    )
    if are_separate:
        train, test = split_names(output)
        print(f"{train} has {rows_text(n_train)}, {test} {n_test}.")
    else:
        print(f"{output} has {rows_text(n_train)} for training, {n_test} for tests.")
    return 0
