"""The process in which an experiment runs: it finds the function, calls it, and says what came out.

Its folder has the request; modules are looked for in the folders that this names, before all others.
"""

from __future__ import annotations

import importlib
import importlib.util
import json
import os
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bbopt.errors import BboptError, InputError
from bbopt.isolated_python import HOME
from bbopt.jobs.builders import find_callable
from bbopt.jobs.channel import Channel
from bbopt.jobs.job_folder import JobFolder, Verdict
from bbopt.jobs.nested import DD, expand, flatten
from bbopt.jobs.values import checked

__all__ = ["check", "check_command", "command", "main"]

_BOOT = (
    "import sys; del sys.path[0]; sys.path.append(sys.argv[1]); "
    "from bbopt.jobs.experiment_process import main; main(sys.argv[2])"
)


def command(folder: JobFolder) -> list[str]:
    """What starts the process of the job in the folder; PYTHONPATH counts, the current folder does not."""
    return [sys.executable, "-c", _BOOT, HOME, str(folder.path)]


_CHECK_BOOT = (
    "import sys; del sys.path[0]; sys.path.append(sys.argv[1]); "
    "from bbopt.jobs.experiment_process import check; check(sys.argv[2], sys.argv[3])"
)


def check_command(experiment: str, folder: Path) -> list[str]:
    """What starts a process that only looks for the function."""
    return [sys.executable, "-c", _CHECK_BOOT, HOME, experiment, str(folder)]


def check(experiment: str, folder: str) -> None:
    """Exit with status 1 unless the function is found; the last line printed says why, in JSON."""
    sys.path.insert(0, folder)
    try:
        find_callable(experiment)
    except BboptError as error:
        print()
        print(json.dumps({name: getattr(error, name) for name in ("what", "got", "expected", "remedy")}))
        sys.exit(1)


def main(path: str) -> None:
    """Run the experiment in the folder `path`; the exit status is 0 when it has said how it ended."""
    folder = JobFolder(Path(path))
    flat, request = folder.request()
    if not request.get("is_shown"):
        _redirect(folder)
    try:
        function = _experiment(request)
    except BboptError as error:
        print(error, file=sys.stderr)
        folder.keep(Verdict("not started", flat, str(error)))
        return
    state = expand(flat)

    def save(outcome: str = "saved", reason: str = "") -> None:
        folder.keep(Verdict(outcome, flatten(checked(dict(state), "state")), reason))

    channel = Channel(save, request.get("finish_up_after_s"), request.get("save_every_s"))
    channel.listen()
    outcome, reason = _call(function, state, channel)
    try:
        save(outcome, reason)
    except BboptError as error:  # it holds what can't be recorded
        print(error, file=sys.stderr)
        folder.keep(Verdict("failed", flat, str(error)))


def _redirect(folder: JobFolder) -> None:
    """To files of the job, behind what was printed before it went on."""
    for number, path in ((1, folder.stdout), (2, folder.stderr)):
        fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o666)
        os.dup2(fd, number)
        os.close(fd)


def _experiment(request: dict[str, Any]) -> Callable[[DD, Channel], Any]:
    sys.path[:0] = request["folders"]
    name = request["experiment"]
    if request["is_local"]:
        _refuse_foreign(name, request["folders"])
    for module in request["imports"]:
        try:
            importlib.import_module(module)
        except Exception as error:
            raise InputError(f"the module {module} can't be imported", got=repr(error)) from error
    return find_callable(name)


def _refuse_foreign(name: str, folders: list[str]) -> None:
    """InputError for a module that stands in none of the folders, nor in those of PYTHONPATH."""
    named = [*folders, *filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))]
    allowed = {Path(folder).resolve() for folder in named}
    spec = importlib.util.find_spec(name.partition(".")[0])
    if spec is None:
        return  # which is told elsewhere
    places = [
        Path(place).resolve().parent for place in spec.submodule_search_locations or [spec.origin or ""]
    ]
    if not allowed.issuperset(places):
        raise InputError(
            f"the database asks for {name}, and is not trusted",
            got=spec.origin,
            expected=f"a module in {folders[0]} or on PYTHONPATH",
            remedy=f"--allow {name}, or --trust for all that this database asks for",
        )


def _call(function: Callable[[DD, Channel], Any], state: DD, channel: Channel) -> tuple[str, str]:
    """What came out, and why if it is a failure."""
    try:
        answer = function(state, channel)
    except BaseException as error:
        traceback.print_exc()
        return "failed", f"{type(error).__name__}: {error}"
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
    if answer is Channel.COMPLETE:
        return "complete", ""
    if answer is Channel.INCOMPLETE:
        return "incomplete", ""
    return "failed", f"it has returned {answer!r}, neither channel.COMPLETE nor channel.INCOMPLETE"
