"""`bbopt cmdline EXPERIMENT SETTING ...`: run one experiment without a table, as Jobman does."""

from __future__ import annotations

import tempfile
import uuid
from pathlib import Path

from bbopt.cli.command import Arguments, current_folder
from bbopt.cli.job_words import refuse_words

__all__ = ["cmdline"]


def cmdline(arguments: Arguments) -> int:
    """Run it here, with its output, and print the state that it leaves; 1 where it has failed."""
    import numpy as np

    from bbopt.jobs.experiment_jobs import refuse_unknown
    from bbopt.jobs.experiment_process import command
    from bbopt.jobs.expressions import Draws
    from bbopt.jobs.job_folder import JobFolder
    from bbopt.jobs.settings import SettingsReader, file_text, settle
    from bbopt.target.limited_run import execute_limited
    from bbopt.target.supervisor.wire import RunOrder

    words = arguments.given.words
    refuse_words(arguments, not words, "no experiment is named", "bbopt cmdline MODULE.FUNCTION ...")
    current = current_folder()
    state = settle(SettingsReader(current).read(words[1:]), Draws(np.random.default_rng()))
    refuse_unknown(words[0], current)
    with tempfile.TemporaryDirectory(prefix="bbopt-") as path:
        folder = JobFolder(Path(path))
        request = {"experiment": words[0], "folders": [str(current)], "added_in": str(current)}
        folder.prepare(state, {**request, "is_local": False, "imports": [], "is_shown": True})
        argv, name = command(folder), str(uuid.uuid4())
        order = RunOrder(
            argv, str(current), 0, name, None, arguments.own.number("grace"), passes_through=True
        )
        _, number = execute_limited(order)
        verdict = folder.verdict()
    if verdict is not None:
        print(file_text(verdict.state), end="")
    if number is not None:
        return 128 + number
    return 0 if verdict is not None and verdict.outcome in {"complete", "incomplete"} else 1
