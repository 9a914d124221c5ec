"""The catcher's process; see the package."""

from __future__ import annotations

import os
import runpy
import sys
import traceback
import types
from typing import Any

_HERE = os.path.dirname(os.path.abspath(__file__))


def main() -> None:
    """Start the script that the command line names."""
    folder, form, target, *arguments = sys.argv[1:]
    catcher = _catcher()
    report = catcher.Report(folder)
    catcher.watch_argparse(report)
    catcher.watch_click(report)
    catcher.pretend_to_write(folder)
    sys.argv = catcher.CommandLine([target, *arguments])
    try:
        if form == "module":
            sys.path.insert(0, os.getcwd())
            runpy.run_module(target, run_name="__main__", alter_sys=True)
        else:
            sys.path.insert(0, os.path.dirname(os.path.realpath(target)))
            runpy.run_path(target, run_name="__main__")
    except SystemExit as error:
        report.end({"exit": None if error.code is None else str(error.code)})
    except BaseException as error:
        traceback.print_exc()
        report.end(catcher.failure(error))
    report.end({})


def _catcher() -> Any:
    """The parts of the catcher, imported without the packages above it; the script finds none of them."""
    sys.path[:] = [entry for entry in sys.path if os.path.abspath(entry or os.curdir) != _HERE]
    above = os.path.dirname(_HERE)
    for name, path in (("bbopt", os.path.dirname(above)), ("bbopt.init", above)):
        package = types.ModuleType(name)
        package.__path__ = [path]
        sys.modules[name] = package
    from bbopt.init.catcher.argparse_parsers import CommandLine, watch_argparse
    from bbopt.init.catcher.click_commands import watch_click
    from bbopt.init.catcher.pretended_files import pretend_to_write
    from bbopt.init.catcher.reports import Report, failure

    for name in [name for name in sys.modules if name.partition(".")[0] == "bbopt"]:
        del sys.modules[name]
    return types.SimpleNamespace(
        CommandLine=CommandLine,
        watch_argparse=watch_argparse,
        watch_click=watch_click,
        pretend_to_write=pretend_to_write,
        Report=Report,
        failure=failure,
    )


if __name__ == "__main__":
    main()
