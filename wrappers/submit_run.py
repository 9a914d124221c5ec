#!/usr/bin/env python3
r"""Packs a folder of input files, runs a command on it elsewhere, and hands its result line back.

It is what Rescale's article "Deep Neural Network Hyper-Parameter Optimization" has its `smac_opt.py` for.
SMAC calls it with five positional arguments and the parameters' flags; it puts a copy of `input/` into a
folder of its own, runs the command there, and prints the command's line `Result of ... algorithm run: ...`
as it stands.  In the scenario file:

    algo = ./submit_run.py 'python3 mnist_cnn_smac.py "$@" | python3 format_results.py'

The command is a shell's, and "$@" stands for all of SMAC's arguments, so that no value is ever read by the
shell.  With --submit it runs as a batch job, for instance:

    --submit 'sbatch --wait --job-name={name}' --cancel 'scancel --name={name}'

The submitted file is a script; the batch system must wait for its end, and see the same files.

Numbers that the output tells are metrics of the run: by default `testerr` from a line `Test error: x`, and
`valerr`, the quality of the result line.  bbopt keeps them with the run where the scenario asks for one:

    metric = valerr
"""

from __future__ import annotations

import argparse
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import uuid
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

N_POSITIONAL = 5  # instance, info, cutoff, run length, seed
RESULT = re.compile(r"\s*Result\s+(?:of|for)\b.*?:", re.IGNORECASE)
ARCHIVE, JOB, OUTPUT = "run.zip", "job.sh", "output.txt"
TEST_ERROR = r"testerr: Test error: ([\d.eE+-]+)"
QUALITY_FIELD = 3


class UsageError(Exception):
    """The wrapper is called wrongly, so that no run could ever work."""


def pack(folder: Path, archive: Path) -> None:
    """Put all files of `folder` into a zip file, which keeps whether they are executable."""
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as packed:
        for path in sorted(folder.rglob("*")):
            packed.write(path, path.relative_to(folder))


def unpack(archive: Path, folder: Path) -> None:
    """The opposite; the archive is gone then."""
    with zipfile.ZipFile(archive) as packed:
        for entry in packed.infolist():
            path = packed.extract(entry, folder)
            mode = entry.external_attr >> 16
            if mode and not entry.is_dir():
                os.chmod(path, mode & 0o777)
    archive.unlink()


def job_text(folder: Path, command: str, arguments: Sequence[str]) -> str:
    """The script of a run: it works in its folder and leaves its output there."""
    words = ["/bin/sh", "-c", command, "submit_run", *arguments]
    return f"#!/bin/sh\ncd {shlex.quote(str(folder))} && {shlex.join(words)} > {OUTPUT} 2>&1\n"


class Job:
    """The process that a run is, or that waits for it; a signal to the wrapper ends it."""

    def __init__(self, cancel: Sequence[str]) -> None:
        self.received: list[int] = []
        self._cancel = cancel
        self._process: subprocess.Popen[bytes] | None = None
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._end)

    def run(self, words: Sequence[str]) -> int:
        """Wait for the end; the exit status."""
        try:
            self._process = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=sys.stderr)
        except OSError as error:
            raise UsageError(f"can't start {words[0]!r}: {error.strerror}") from error
        if self.received:  # before there was a process
            self._process.send_signal(self.received[-1])
        return self._process.wait()

    def _end(self, number: int, _frame: object) -> None:
        self.received.append(number)
        if self._cancel and len(self.received) == 1:
            subprocess.run(self._cancel, stdin=subprocess.DEVNULL, stdout=sys.stderr, check=False)
        if self._process is not None:
            self._process.send_signal(number)


def metrics_in(output: str, patterns: Sequence[tuple[str, re.Pattern[str]]], result: str) -> dict[str, str]:
    """The numbers that the patterns find, each the last of its kind, and the quality of the result line."""
    found = {name: match[1] for name, regex in patterns for match in regex.finditer(output)}
    fields = result.partition(":")[2].split(",")
    if len(fields) > QUALITY_FIELD:
        found.setdefault("valerr", fields[QUALITY_FIELD].strip())
    return {name: text for name, text in found.items() if _is_number(text)}


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def record(metrics: dict[str, str]) -> None:
    """Leave the metrics where bbopt looks for them, or else in the output."""
    text = "".join(f"{name}\t{value}\n" for name, value in metrics.items())
    path = os.environ.get("BBOPT_RESULT_FILE")
    if path:
        Path(path).write_text(text, encoding="utf-8")
    else:
        sys.stdout.write(text)


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise UsageError(message)


def option_parser() -> argparse.ArgumentParser:
    """The wrapper's own options, which come before the command."""
    parser = _Parser(
        prog="submit_run.py",
        usage="%(prog)s [options] COMMAND <SMAC's arguments>",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--input", type=Path, default=Path("input"), help="folder to pack (default: input)")
    parser.add_argument(
        "--work",
        type=Path,
        default=Path(),
        help="where runs have folders, if bbopt makes none (default: here)",
    )
    parser.add_argument("--keep", action="store_true", help="keep those folders")
    parser.add_argument("--submit", default="", help="command that submits a script and waits for its end")
    parser.add_argument("--cancel", default="", help="command that ends a submitted run; {name} is its name")
    parser.add_argument(
        "--metric", action="append", metavar="NAME: REGEX", help=f"a number to record (default: {TEST_ERROR})"
    )
    parser.add_argument("command", help='shell command; "$@" is what SMAC passes')
    parser.add_argument("arguments", nargs=argparse.REMAINDER, help="what SMAC passes")
    return parser


def _pattern(text: str) -> tuple[str, re.Pattern[str]]:
    name, colon, regex = text.partition(":")
    try:
        pattern = re.compile(regex.strip())
    except re.error as error:
        raise UsageError(f"--metric {text!r} is no regular expression: {error}") from error
    if not colon or not pattern.groups:
        raise UsageError(f"--metric {text!r} is not NAME: regular expression with a group")
    return name.strip(), pattern


def input_folder(path: Path) -> Path:
    """The folder to pack: from here, or beside the scenario where the run has a folder of its own."""
    places = [path, Path(os.environ.get("BBOPT_SCENARIO_FOLDER", ".")) / path]
    found = next((place for place in places if place.is_dir()), None)
    if found is None:
        raise UsageError(f"there is no folder {path} to pack")
    return found


def execute(options: argparse.Namespace) -> str:
    """Run the command in a folder of its own; the output."""
    source = input_folder(options.input)
    if len(options.arguments) < N_POSITIONAL:
        raise UsageError("expected SMAC's arguments behind the command")
    name = f"run-{os.environ.get('BBOPT_RUN_ID', os.getpid())}-{uuid.uuid4().hex[:8]}"
    own = os.environ.get("BBOPT_RUN_FOLDER")  # which bbopt has made, and keeps or removes
    folder = Path(own) if own else (options.work / name).absolute()
    folder.mkdir(parents=True, exist_ok=bool(own))
    try:
        pack(source, folder / ARCHIVE)
        unpack(folder / ARCHIVE, folder)
        (folder / JOB).write_text(job_text(folder, options.command, options.arguments), encoding="utf-8")
        submit = [word.replace("{name}", name) for word in shlex.split(options.submit)] or ["/bin/sh"]
        cancel = [word.replace("{name}", name) for word in shlex.split(options.cancel)]
        Job(cancel).run([*submit, str(folder / JOB)])
        output = folder / OUTPUT
        return output.read_text(encoding="utf-8", errors="replace") if output.exists() else ""
    finally:
        if not (own or options.keep):
            shutil.rmtree(folder, ignore_errors=True)


def main(argv: Sequence[str]) -> int:
    """Run once; 0 when there was a result line, 1 when there was none, 2 when it can't be run."""
    try:
        options = option_parser().parse_args(argv)
        patterns = [_pattern(text) for text in options.metric or [TEST_ERROR]]
        output = execute(options)
    except (UsageError, OSError) as error:
        # No configuration could ever work, so SMAC is told to stop rather than to try others.
        print(f"submit_run.py: {error} (see submit_run.py --help)", file=sys.stderr)
        print(f"Result of algorithm run: ABORT, 0, 0, 0, -1, {str(error).replace(',', ';')}")
        return 2
    lines = output.splitlines()
    results = [line for line in lines if RESULT.match(line)]
    for line in lines:
        if line not in results:
            print(line)
    if not results:
        return 1
    record(metrics_in(output, patterns, results[-1]))
    print(results[-1])
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
