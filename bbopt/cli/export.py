"""`bbopt export FOLDER --to csv`: the runs of an output folder as one table."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from bbopt.cli.command import Arguments
from bbopt.cli.output_words import named_results
from bbopt.durable_files import atomic_write, output_exists

__all__ = ["export"]

_SHOWN_PROBLEMS = 3


def export(arguments: Arguments) -> int:
    """Write the table of the folder that is named."""
    results, output = named_results(arguments), arguments.own.optional_text("output")
    if output is not None and os.path.lexists(output):
        raise output_exists(Path(output), "an export")
    from bbopt.exports import FORMS, read_run_table

    table = read_run_table(results, validations=arguments.own.flag("validations"))
    text = FORMS[arguments.own.choice("to")](table)
    if output is None:
        sys.stdout.write(text)
        sys.stdout.flush()
    else:
        atomic_write(Path(output), text)
    if not table.rows:
        print("warning: no run has finished yet", file=sys.stderr)
    for problem in table.problems[:_SHOWN_PROBLEMS]:
        print(f"warning: {problem}", file=sys.stderr)
    return 0
