#!/usr/bin/env python3
r"""Lets SMAC tune a command-line program that knows nothing of SMAC.

SMAC calls its target with five positional arguments and then the parameters:

    <instance> <info> <cutoff> <runlength> <seed> -alpha 0.5 -layers 3

This adapter starts your command with the parameters alone, as `--alpha=0.5 --layers=3`, passes its
output through, reads the quality from that output by a regular expression, and prints the result line
that SMAC waits for.  In the scenario file:

    algo = ./argparse_adapter.py --quality-pattern 'validation error: (\S+)' -- python3 train.py

Everything behind `--` is your command; SMAC appends its own arguments to it.  The quality is minimized.

With bbopt, `call-format = argparse` does all that without an adapter, but for --take; this one is for
scenarios that have it, and for SMAC v2.
"""

from __future__ import annotations

import argparse
import contextlib
import errno
import math
import os
import re
import select
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from typing import NamedTuple, NoReturn

POSITIONAL = ("instance", "instance info", "cutoff", "run length", "seed")
NO_CUTOFF_S = 1e300  # SMAC passes the largest double for "no cutoff"
NO_RUNLENGTH = 2147483647  # what SMAC passes when no budget is in play
CHUNK_BYTES = 1 << 16
LONGEST_LINE_BYTES = 1 << 20  # a longer line is searched in pieces, so that memory stays bounded
LINGERING_OUTPUT_BYTES = 1 << 20  # read at most from a pipe that the ended command's children hold open
POLL_S = 0.05
NEVER_STARTS = (errno.ENOENT, errno.EACCES, errno.ENOEXEC)
LONGEST_REMARK = 500
FORWARDED_SIGNALS = (signal.SIGTERM, signal.SIGINT)

# What SMAC would take for a result line, at the start of a line of the command's own output.
RESULT_LIKE = re.compile(rb"\s*(final\s*)?result\s*(of|for)", re.IGNORECASE)

# Words in a line that a pattern would match, were they the number that it is looking for.
NO_NUMBER = re.compile(r"(?<![\w.])[+-]?(?:nan|inf|infinity|none|null|n/a|[0-9.][\w.+-]*)(?![\w.])", re.I)

# What belongs to a number in front of a match of a part of it, and behind.
NUMBER_BEGINS = re.compile(r"[\w.]*(?:[0-9]\.?|[0-9.][eE][+-]?)\Z|(?<![\w.)\]-])-\Z")
NUMBER_GOES_ON = re.compile(r"(?:[0-9]|\.[0-9]|[eE][+-]?[0-9])[\w.+-]*")
NUMBER_GOES_ON_BEHIND_COMMA = re.compile(r"[,_][0-9][0-9.,_]*")
PUNCTUATION = ",;:)]}'\""


class UsageError(Exception):
    """The adapter is called wrongly, so that no run could ever work."""


class Call(NamedTuple):
    """What SMAC asks for: the user's command, the five positional arguments, the parameters."""

    command: list[str]
    instance: str
    cutoff_s: float
    runlength: float
    seed: int
    parameters: list[tuple[str, str]]


def split_call(arguments: Sequence[str]) -> Call:
    """Take what stands behind `--` apart, from its end, since the command may have any arguments.

    Pairs `-name value` are at the end, and SMAC's run length, the second to last of the positional
    arguments, never begins with `-`: so it ends the pairs, whatever their values and the command are.
    """
    pairs_start = len(arguments)
    while pairs_start >= 2 and arguments[pairs_start - 2].startswith("-"):
        pairs_start -= 2
    start = pairs_start - len(POSITIONAL)
    if start < 0:
        raise UsageError(f"expected SMAC's arguments ({', '.join(POSITIONAL)}) behind the command")
    if start == 0:
        raise UsageError("expected a command behind `--`, before SMAC's arguments")
    instance, _info, *numbers = arguments[start:pairs_start]
    try:
        cutoff_s, runlength, seed = float(numbers[0]), float(numbers[1]), int(numbers[2])
    except ValueError:
        got = shlex.join(numbers)
        raise UsageError(f"expected cutoff, run length and seed before the parameters, got {got}") from None
    tail = arguments[pairs_start:]
    parameters = [(name[1:], value) for name, value in zip(tail[::2], tail[1::2], strict=True)]
    return Call(list(arguments[:start]), instance, cutoff_s, runlength, seed, parameters)


def command_line(options: argparse.Namespace, call: Call) -> list[str]:
    """The command with its parameters, and the positional arguments that it wants to know."""
    line = list(call.command)
    for name, value in call.parameters:
        line += _option(options, name.replace("_", "-") if options.hyphens else name, value)
    wanted: list[tuple[str | None, str | None]] = [
        (options.instance_argument, call.instance),
        (options.seed_argument, str(call.seed) if call.seed >= 0 else None),
        (options.cutoff_argument, _plain(call.cutoff_s) if call.cutoff_s < NO_CUTOFF_S else None),
        (options.runlength_argument, _plain(call.runlength) if call.runlength != NO_RUNLENGTH else None),
    ]
    for argument, text in wanted:
        if argument is not None and text is not None:
            line += _joined(options, argument, text)
    return line


def _option(options: argparse.Namespace, name: str, value: str) -> list[str]:
    truth = value.lower()
    if options.flag_style == "value" or truth not in {"true", "false"}:
        return _joined(options, name, value)
    if truth == "true":
        return [f"--{name}"]
    return [f"--no-{name}"] if options.flag_style == "pair" else []


def _plain(number: float) -> str:
    """`5` rather than `5.0`, for scripts that want an integer."""
    return str(int(number)) if number.is_integer() else repr(number)


def _joined(options: argparse.Namespace, name: str, value: str) -> list[str]:
    return [f"--{name}", value] if options.value_style == "separate" else [f"--{name}={value}"]


class OutputReader:
    """Passes the command's output through, line by line, and remembers what the result line needs."""

    def __init__(self, options: argparse.Namespace) -> None:
        self.quality: float | None = None  # NaN: something matched that is no finite number
        self.quality_text = ""
        self.cut = ""
        self.remarks: list[str | None] = [None] * len(options.additional_pattern)
        self.last_line = ""
        self._options = options
        self._unfinished = b""

    @property
    def has_quality(self) -> bool:
        """Whether the quality is known, and whole."""
        return self.quality is not None and not math.isnan(self.quality) and not self.cut

    def feed(self, chunk: bytes) -> None:
        """Take the next bytes of the output."""
        lines = (self._unfinished + chunk).splitlines(keepends=True)
        self._unfinished = b""
        if lines and not lines[-1].endswith((b"\n", b"\r")) and len(lines[-1]) < LONGEST_LINE_BYTES:
            self._unfinished = lines.pop()
        for line in lines:
            self._take(line)
        sys.stdout.buffer.flush()

    def finish(self, *, is_whole: bool) -> None:
        """Take the rest of the output, and end its last line if the command has not.

        Unless it `is_whole`, that line may lack something, half a number say, and does not count.
        """
        if self._unfinished and not is_whole:
            sys.stdout.buffer.write(b"| " + self._unfinished + b"\n")
        elif self._unfinished:
            self._take(self._unfinished + b"\n")
        self._unfinished = b""
        sys.stdout.buffer.flush()

    def _take(self, line: bytes) -> None:
        sys.stdout.buffer.write(b"| " + line if RESULT_LIKE.match(line) else line)
        text = line.decode("utf-8", "replace").strip()
        if not text:
            return
        self.last_line = text
        pattern = self._options.quality_pattern
        matches = list(pattern.finditer(text))
        for match in matches:
            self.cut = self.cut or _cut(match)
            self._take_quality(_captured(match, "quality"))
        if not matches and pattern.search(NO_NUMBER.sub("0", text)):
            self._take_quality(text)
        for index, pattern in enumerate(self._options.additional_pattern):
            for match in pattern.finditer(text):
                self.remarks[index] = _captured(match, "additional")

    def _take_quality(self, text: str) -> None:
        value = _finite(text)
        if self.quality is None or _replaces(value, self.quality, self._options.take):
            self.quality, self.quality_text = value, text


def _replaces(value: float, earlier: float, take: str) -> bool:
    """Whether a further match counts instead of an earlier one; NaN never beats a number."""
    if take in {"first", "last"}:
        return take == "last"
    return math.isnan(earlier) or (value < earlier if take == "min" else value > earlier)


def _finite(text: str) -> float:
    """The number that `text` is; NaN when it is none or infinite."""
    try:
        value = float(text.rstrip(PUNCTUATION).removesuffix("."))
    except ValueError:
        return math.nan
    return value if math.isfinite(value) else math.nan


def _captured(match: re.Match[str], name: str) -> str:
    return match[_group(match, name)] or ""


def _group(match: re.Match[str], name: str) -> int:
    """The group of this name, else the first group, else all that matched."""
    return match.re.groupindex.get(name, min(match.re.groups, 1))


def _cut(match: re.Match[str]) -> str:
    """What is wrong where the quality is a part of a number only; empty when it is whole."""
    group, line = _group(match, "quality"), match.string
    text, (start, end) = match[group] or "", match.span(group)
    before = NUMBER_BEGINS.search(line[:start]) if text[:1].isdigit() else None
    behind = NUMBER_GOES_ON.match(line, end) if text[-1:].isdigit() else None
    if behind is None and text.isdigit() and end == match.end():
        behind = NUMBER_GOES_ON_BEHIND_COMMA.match(line, end)
    if before is None and behind is None:
        return ""
    whole = f"{before[0] if before else ''}{text}{behind[0] if behind else ''}"
    return (
        rf"the quality pattern cuts {text} out of {whole}; let its group match the whole word, as (\S+) does"
    )


class Command:
    """The user's command as a process, which gets the signals that the adapter is sent."""

    def __init__(self) -> None:
        self.received: list[int] = []
        self._process: subprocess.Popen[bytes] | None = None
        for number in FORWARDED_SIGNALS:
            signal.signal(number, self._forward)

    def run(self, line: Sequence[str], reader: OutputReader) -> int:
        """Run the command to its end; its exit code, or minus the signal that ended it."""
        try:
            process = subprocess.Popen(
                line, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, bufsize=0
            )
        except OSError as error:
            if error.errno in NEVER_STARTS:
                raise UsageError(f"can't run {line[0]!r}: {error.strerror}") from error
            raise
        self._process = process
        if self.received:  # before there was a process to forward to
            process.send_signal(self.received[-1])
        try:
            _stream(process, reader)
            exit_code = process.wait()
            reader.finish(is_whole=exit_code == 0 or not self.received)
            return exit_code
        finally:
            if process.poll() is None:  # nobody reads our output any more
                process.kill()
                process.wait()

    def _forward(self, number: int, _frame: object) -> None:
        self.received.append(number)
        if self._process is not None:
            self._process.send_signal(number)


def _stream(process: subprocess.Popen[bytes], reader: OutputReader) -> None:
    """Read until the command closes its output or ends; its own children may hold the pipe open."""
    assert process.stdout is not None
    pipe = process.stdout.fileno()
    while process.poll() is None:
        if select.select([pipe], [], [], POLL_S)[0]:
            chunk = os.read(pipe, CHUNK_BYTES)
            if not chunk:
                return
            reader.feed(chunk)
    os.set_blocking(pipe, False)
    lingering = 0
    with contextlib.suppress(BlockingIOError):
        while lingering < LINGERING_OUTPUT_BYTES and (chunk := os.read(pipe, CHUNK_BYTES)):
            lingering += len(chunk)
            reader.feed(chunk)


def crash_reason(reader: OutputReader, exit_code: int, received: Sequence[int]) -> str:
    """Why there is no quality to report; empty when there is one."""
    if (exit_code == 0 or received) and reader.has_quality:
        return ""
    if received:
        return f"ended after {_signal_name(received[0])}"
    if exit_code < 0:
        return f"ended by {_signal_name(-exit_code)}: {reader.last_line}"
    if exit_code > 0:
        return f"exit code {exit_code}: {reader.last_line}"
    if reader.quality is None:
        return f"nothing in the output matches the quality pattern; last line: {reader.last_line}"
    return reader.cut or f"the quality is not a finite number: {reader.quality_text!r}"


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def print_result(status: str, runtime_s: float, quality: float, seed: int, remark: str) -> None:
    """Print the result line; commas and line breaks in the remark would end its field."""
    printable = "".join(c if c.isprintable() else " " for c in remark.replace(",", ";"))
    fields = [status, f"{runtime_s:.3f}", "-1", repr(quality), str(seed)]
    words = " ".join(printable.split())[:LONGEST_REMARK]
    if words:
        fields.append(words)
    line = f"Result of this algorithm run: {', '.join(fields)}\n"
    sys.stdout.buffer.write(line.encode("utf-8", "replace"))
    sys.stdout.buffer.flush()


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise UsageError(message)


def _pattern(text: str) -> re.Pattern[str]:
    try:
        return re.compile(text)
    except re.error as error:
        raise argparse.ArgumentTypeError(f"not a regular expression: {text!r}: {error}") from error


def option_parser() -> argparse.ArgumentParser:
    """The adapter's own options."""
    parser = _Parser(
        prog="argparse_adapter.py",
        usage="%(prog)s --quality-pattern REGEX [options] -- command [arguments]",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    reading = parser.add_argument_group("what to read from the output")
    reading.add_argument(
        "--quality-pattern",
        type=_pattern,
        required=True,
        metavar="REGEX",
        help="Python regular expression, searched in each line; the quality is its group "
        "named `quality`, else its first group, else all that matches; (\\S+) takes a whole word, "
        "and a part of a number is refused",
    )
    reading.add_argument(
        "--take",
        choices=("last", "first", "min", "max"),
        default="last",
        help="which match counts when there are several (default: %(default)s)",
    )
    reading.add_argument("--maximize", action="store_true", help="negate the quality: larger is better")
    reading.add_argument(
        "--additional-pattern",
        type=_pattern,
        action="append",
        default=[],
        metavar="REGEX",
        help="its last match (group `additional`, first group, or all) goes along as additional run data; "
        "may be given several times",
    )
    passing = parser.add_argument_group("what to pass to the command")
    passing.add_argument(
        "--value-style",
        choices=("equals", "separate"),
        default="equals",
        help="--name=value (default), or --name value, which argparse misreads for values like -1e-05",
    )
    passing.add_argument(
        "--flag-style",
        choices=("value", "switch", "pair"),
        default="value",
        help="a parameter with the value true or false: as any other (default); --name or nothing; "
        "--name or --no-name",
    )
    passing.add_argument(
        "--hyphens", action="store_true", help="write parameter names with - where they have _"
    )
    passing.add_argument("--seed-argument", metavar="NAME", help="pass the seed, unless negative, as --NAME")
    passing.add_argument("--cutoff-argument", metavar="NAME", help="pass the cutoff, if any, as --NAME")
    passing.add_argument("--runlength-argument", metavar="NAME", help="pass the budget, if any, as --NAME")
    passing.add_argument("--instance-argument", metavar="NAME", help="pass the instance as --NAME")
    return parser


def prepare(argv: Sequence[str]) -> tuple[argparse.Namespace, Call]:
    """The adapter's options and what SMAC asks for; UsageError when either can't be read."""
    split = list(argv).index("--") if "--" in argv else len(argv)
    options = option_parser().parse_args(list(argv[:split]))
    if split == len(argv):
        raise UsageError("expected `--` and the command to run behind the options")
    return options, split_call(argv[split + 1 :])


def main(argv: Sequence[str]) -> int:
    """Run the command once; 0 when it gave a quality, 1 when it crashed, 2 when it can't be run."""
    seed = -1
    started = time.monotonic()
    try:
        options, call = prepare(argv)
        seed = call.seed
        line = command_line(options, call)
        reader = OutputReader(options)
        command = Command()
        exit_code = command.run(line, reader)
    except UsageError as error:
        # No configuration could ever work, so SMAC is told to stop rather than to try others.
        print(f"argparse_adapter.py: {error} (see argparse_adapter.py --help)", file=sys.stderr)
        print_result("ABORT", 0.0, 0.0, seed, str(error))
        return 2
    runtime_s = time.monotonic() - started
    reason = crash_reason(reader, exit_code, command.received)
    if reason or reader.quality is None:
        print(f"argparse_adapter.py: {reason}\n  command: {shlex.join(line)}", file=sys.stderr)
        print_result("CRASHED", runtime_s, 0.0, seed, reason)
        return 1
    quality = -reader.quality if options.maximize else reader.quality
    status = "SAT" if exit_code == 0 else "TIMEOUT"  # it had to be ended
    print_result(status, runtime_s, quality, seed, " ".join(filter(None, reader.remarks)))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
