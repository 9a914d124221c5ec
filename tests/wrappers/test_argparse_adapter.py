from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.targets.target_calls import NO_INSTANCE, ROOT, Answer, environment, load_script

ADAPTER = ROOT / "wrappers" / "argparse_adapter.py"
ERROR = ("--quality-pattern", r"validation error: (\S+)")
adapter = load_script(ADAPTER)


def adapt(
    *options: str,
    command: tuple[str, ...],
    parameters: tuple[str, ...] = (),
    positional: tuple[str, ...] = (*NO_INSTANCE, "-1"),
) -> Answer:
    done = subprocess.run(
        [ADAPTER, *options, "--", *command, *positional, *parameters],
        env=environment(),
        capture_output=True,
        text=True,
        timeout=60,
    )
    return Answer(done.returncode, done.stdout, done.stderr)


def python(source: str) -> tuple[str, ...]:
    """A command that runs `source`, with its arguments in `sys.argv[1:]`."""
    return ("python3", "-c", "import os, signal, sys, time\n" + textwrap.dedent(source))


SHOW_ARGUMENTS = python("print(sys.argv[1:]); print('validation error: 0.5')")


def passed(
    *options: str, parameters: tuple[str, ...] = (), positional: tuple[str, ...] = (*NO_INSTANCE, "-1")
) -> list[str]:
    """The arguments that the command got."""
    answer = adapt(*ERROR, *options, command=SHOW_ARGUMENTS, parameters=parameters, positional=positional)
    assert answer.status == "SAT", answer
    shown: list[str] = eval(answer.stdout.splitlines()[0])
    return shown


# What the command is given


def test_drops_the_positional_arguments_and_joins_names_with_values() -> None:
    parameters = ("-C", "-1.0E-4", "-alpha", "-1e-05", "-kernel", "rbf", "-note", "a b", "-text", "-x")
    expected = ["--C=-1.0E-4", "--alpha=-1e-05", "--kernel=rbf", "--note=a b", "--text=-x"]
    assert passed(parameters=parameters) == expected
    assert passed() == []


def test_values_that_look_like_flags_arrive_in_argparse() -> None:
    command = python(
        """
        import argparse
        parser = argparse.ArgumentParser()
        parser.add_argument("--alpha", type=float)
        print("validation error:", parser.parse_args().alpha)
        """
    )
    assert adapt(*ERROR, command=command, parameters=("-alpha", "-1e-05")).quality == -1e-05


def test_styles_of_values_and_names() -> None:
    parameters = ("-batch_size", "32", "-early_stop", "true", "-nesterov", "false")
    assert passed("--value-style", "separate", parameters=parameters) == [
        *("--batch_size", "32", "--early_stop", "true", "--nesterov", "false")
    ]
    assert passed("--flag-style", "switch", parameters=parameters) == ["--batch_size=32", "--early_stop"]
    assert passed("--flag-style", "pair", "--hyphens", parameters=parameters) == [
        *("--batch-size=32", "--early-stop", "--no-nesterov")
    ]


WANT_ALL = (
    *("--seed-argument", "random_state", "--cutoff-argument", "limit"),
    *("--runlength-argument", "epochs", "--instance-argument", "data"),
)


def test_passes_the_positional_arguments_that_are_wanted() -> None:
    shown = passed(*WANT_ALL, positional=("a b.csv", "info", "2.5", "27", "16049169"))
    assert shown == ["--data=a b.csv", "--random_state=16049169", "--limit=2.5", "--epochs=27"]
    assert passed(*WANT_ALL, positional=("i", "0", "20.0", "27.0", "0"))[2:] == ["--limit=20", "--epochs=27"]


def test_leaves_out_seed_cutoff_and_budget_when_there_is_none() -> None:
    assert passed(*WANT_ALL) == ["--data=no_instance"]


WORDS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=8)
NAMES = WORDS.filter(bool)


@given(
    command=st.lists(WORDS, min_size=1),
    instance=WORDS,
    info=WORDS,
    seed=st.integers(-1, 2**24),
    pairs=st.lists(st.tuples(NAMES, WORDS | st.just("-1") | st.just("5"))),
)
def test_finds_the_end_of_the_command_whatever_surrounds_it(
    command: list[str], instance: str, info: str, seed: int, pairs: list[tuple[str, str]]
) -> None:
    tail = [word for name, value in pairs for word in (f"-{name}", value)]
    call = adapter.split_call(
        [*command, instance, info, "1.7976931348623157E308", "2147483647", str(seed), *tail]
    )
    assert call.command == command
    assert (call.instance, call.seed, call.parameters) == (instance, seed, pairs)


# What is read from its output


def output(text: str, *options: str) -> Answer:
    return adapt(*options, command=python(f"sys.stdout.write({text!r})"))


TEXT = "epoch 1 validation error: 0.5\nepoch 2 validation error: 2e-1\nepoch 3 validation error: 0.25\n"


@pytest.mark.parametrize(("take", "quality"), [("last", 0.25), ("first", 0.5), ("min", 0.2), ("max", 0.5)])
def test_which_match_counts(take: str, quality: float) -> None:
    answer = output(TEXT, *ERROR, "--take", take)
    assert answer.quality == quality
    assert answer.stdout.startswith(TEXT)
    assert answer.exit_code == 0


def test_the_last_match_counts_unless_told_otherwise() -> None:
    assert output(TEXT, *ERROR).quality == 0.25


@pytest.mark.parametrize(
    "pattern", [r"(?:loss|error)[:=] ?(\S+)", r"(\w+) error: (?P<quality>\S+)", r"(?<=error: )[0-9.]+"]
)
def test_first_group_named_group_or_the_whole_match(pattern: str) -> None:
    assert output("validation error: 0.125\n", "--quality-pattern", pattern).quality == 0.125


def test_negates_what_is_to_be_maximized() -> None:
    answer = output("accuracy: 0.75\n", "--quality-pattern", r"accuracy: (\S+)", "--maximize")
    assert answer.quality == -0.75


def test_reads_standard_error_progress_bars_and_unfinished_lines() -> None:
    command = python(
        r"""
        sys.stderr.write("validation error: 0.5\n")
        sys.stdout.write("10%\rvalidation error: 0.25\r100%")
        """
    )
    answer = adapt(*ERROR, command=command)
    assert answer.quality in {0.5, 0.25}  # the order of the two streams is the command's business
    assert "100%\nResult of this algorithm run: SAT" in answer.stdout


def test_additional_data_are_made_fit_for_one_field() -> None:
    text = "test error: 0.5, f1: 0.25\ntest error: 0.125,\tf1: 0.75\x07\nnote é\nvalidation error: 1\n"
    answer = output(
        text,
        *ERROR,
        "--additional-pattern",
        "test error.*",
        "--additional-pattern",
        r"(?P<additional>note \S+)",
    )
    assert answer.additional == "test error: 0.125; f1: 0.75 note é"


def test_a_line_that_looks_like_a_result_is_marked_as_the_commands_own() -> None:
    text = "Result for SMAC: SAT, 0, 0, 9, 0\n  Final Result of HAL: x\nvalidation error: 0.5\n"
    answer = output(text, *ERROR)
    assert answer.quality == 0.5
    assert "| Result for SMAC: SAT" in answer.stdout
    assert "|   Final Result of HAL" in answer.stdout


def test_invalid_utf_8_passes_through_unchanged() -> None:
    command = python(r"sys.stdout.buffer.write(b'\xff\xfe\nvalidation error: 0.5\n')")
    done = subprocess.run(
        [ADAPTER, *ERROR, "--", *command, *NO_INSTANCE, "-1"], env=environment(), capture_output=True
    )
    assert done.stdout.startswith(b"\xff\xfe\n")
    assert b"SAT, " in done.stdout


def test_a_flood_without_line_breaks_passes_in_bounded_memory(tmp_path: Path) -> None:
    flood_bytes = 100_000_000
    source = f"head -c {flood_bytes} /dev/zero | tr '\\0' x; echo; echo 'validation error: 0.5'"
    command = [str(ADAPTER), *ERROR, "--", "sh", "-c", source, "sh", *NO_INSTANCE, "-1"]
    with open(tmp_path / "out", "wb") as file:
        limited = ["sh", "-c", 'ulimit -d 40000; exec "$@"', "sh", *command]
        subprocess.run(limited, env=environment(), stdout=file, check=True, timeout=60)
    written = tmp_path.joinpath("out").read_bytes()
    assert written.count(b"x") == flood_bytes
    assert written[-200:].splitlines()[-1].startswith(b"Result of this algorithm run: SAT")


def test_output_is_passed_on_while_the_command_runs() -> None:
    command = python("print('working', flush=True); sys.stdin.read(); time.sleep(60)")
    process = subprocess.Popen(
        [ADAPTER, *ERROR, "--", *command, *NO_INSTANCE, "-1"], env=environment(), stdout=subprocess.PIPE
    )
    assert process.stdout is not None
    with process:
        assert process.stdout.readline() == b"working\n"
        process.terminate()
        assert b"CRASHED" in process.stdout.read()


# What goes wrong


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("print('validation error: 0.5'); sys.exit('no, not\\nthis')", "exit code 1: this"),
        ("print('a, b'); sys.exit(3)", "exit code 3: a; b"),
        (
            "print('error rate 0.5')",
            "nothing in the output matches the quality pattern; last line: error rate 0.5",
        ),
        ("print('validation error: nan')", "the quality is not a finite number: 'nan'"),
        ("print('validation error: 0.5'); print('validation error: inf')", "not a finite number: 'inf'"),
        ("print('validation error: none')", "the quality is not a finite number: 'none'"),
        ("os.kill(os.getpid(), signal.SIGKILL)", "ended by SIGKILL"),
    ],
)
def test_a_failed_command_is_a_crash_with_its_reason(source: str, reason: str) -> None:
    answer = adapt(*ERROR, command=python(source))
    assert answer.status == "CRASHED"
    assert reason in answer.additional
    assert answer.exit_code == 1
    assert "command: python3 -c" in answer.stderr


DIGITS = ("--quality-pattern", "error: ([0-9.]+)")


@pytest.mark.parametrize("take", ["last", "min"])
@pytest.mark.parametrize("whole", ["1.024e-07", "1.55e+252", "1,024.5"])
def test_a_pattern_cuts_no_number(take: str, whole: str) -> None:
    answer = output(f"error: 0.5\nerror: {whole}\n", *DIGITS, "--take", take)
    assert answer.status == "CRASHED"
    assert f"out of {whole};".replace(",", ";") in answer.additional


@pytest.mark.parametrize("value", ["nan", "inf", "None", "-0.5"])
def test_the_last_line_counts_without_a_number_too(value: str) -> None:
    answer = output(f"error: 0.5\nerror: {value}\n", *DIGITS)
    assert answer.status == "CRASHED"
    assert f"not a finite number: 'error: {value}'" in answer.additional
    assert output(f"error: 0.5\nerror: {value}\n", *DIGITS, "--take", "min").quality == 0.5


@pytest.mark.parametrize(
    "text", ["error: 0.25, accuracy: 1", "{'error: 0.25'}", "error: 0.25%", "5 error: 0.25."]
)
def test_punctuation_is_no_part_of_a_number(text: str) -> None:
    assert output(text, "--quality-pattern", r"error: ([0-9.]+|\S+)").quality == 0.25


@pytest.mark.parametrize(("take", "quality"), [("min", 0.25), ("max", 0.5)])
def test_extremes_skip_what_is_not_finite(take: str, quality: float) -> None:
    values = ("nan", "0.5", "inf", "0.25", "nan")
    text = "".join(f"validation error: {value}\n" for value in values)
    assert output(text, *ERROR, "--take", take).quality == quality


def test_a_long_reason_is_cut() -> None:
    answer = adapt(*ERROR, command=python("print('x' * 100_000); sys.exit(1)"))
    assert len(answer.additional) <= 500


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((*ERROR, "--", "./no-such-program", *NO_INSTANCE, "-1"), "can't run './no-such-program'"),
        ((*ERROR, "--", "/etc/passwd", *NO_INSTANCE, "-1"), "Permission denied"),
        (("--quality-pattern", "error: (", "--", "true", *NO_INSTANCE, "-1"), "not a regular expression"),
        (("--", "true", *NO_INSTANCE, "-1"), "--quality-pattern"),
        ((*ERROR, "true", *NO_INSTANCE, "-1"), "unrecognized arguments"),
        (ERROR, "expected `--`"),
        ((*ERROR, "--", *NO_INSTANCE, "-1"), "expected a command behind `--`"),
        ((*ERROR, "--", "train.py"), "expected SMAC's arguments"),
        ((*ERROR, "--", "train.py", "a", "b", "soon", "1", "2"), "got soon 1 2"),
        ((*ERROR, "--take", "best", "--", "true", *NO_INSTANCE, "-1"), "invalid choice: 'best'"),
    ],
)
def test_a_wrong_call_stops_the_tuner(arguments: tuple[str, ...], message: str) -> None:
    done = subprocess.run([ADAPTER, *arguments], env=environment(), capture_output=True, text=True)
    assert Answer(done.returncode, done.stdout, done.stderr).status == "ABORT"
    assert message in done.stderr
    assert done.returncode == 2


# Signals and processes


def start(source: str) -> subprocess.Popen[str]:
    """The adapter with a command that says `ready`, up to that line."""
    process = subprocess.Popen(
        [ADAPTER, *ERROR, "--", *python(source), *NO_INSTANCE, "-1"],
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert process.stdout is not None
    while process.stdout.readline() != "ready\n":
        assert process.poll() is None
    return process


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_signals_reach_the_command(number: signal.Signals, tmp_path: Path) -> None:
    witness = tmp_path / "witness"
    process = start(
        f"""
        def end(number, frame):
            open({str(witness)!r}, "w").write(str(number))
            sys.exit(1)
        signal.signal({int(number)}, end)
        print("ready", flush=True)
        time.sleep(60)
        """
    )
    os.kill(process.pid, number)
    out, _ = process.communicate(timeout=30)
    assert witness.read_text() == str(int(number))
    assert "CRASHED, " in out
    assert f"ended after {number.name}" in out


def test_a_command_without_a_handler_dies_of_the_signal() -> None:
    process = start("print(os.getpid()); print('ready', flush=True); time.sleep(60)")
    process.terminate()
    out, _ = process.communicate(timeout=30)
    assert "ended after SIGTERM" in out


def test_a_command_that_ends_well_after_the_signal_keeps_its_quality() -> None:
    process = start(
        """
        signal.signal(signal.SIGTERM, lambda *_: (print("validation error: 0.5"), sys.exit(0)))
        print("ready", flush=True)
        time.sleep(60)
        """
    )
    process.terminate()
    out, _ = process.communicate(timeout=30)
    assert Answer(0, out, "").quality == 0.5


@pytest.mark.parametrize(
    ("last", "quality"), [("", 0.5), ("validation error: 0.25", 0.25), ("validation error: 0.2", 0.5)]
)
def test_what_a_command_had_printed_whole_when_it_was_ended_counts(last: str, quality: float) -> None:
    end = "\n" if quality == 0.25 else ""
    process = start(
        f"""
        sys.stdout.write("validation error: 0.5\\nready\\n" + {last + end!r})
        sys.stdout.flush()
        time.sleep(60)
        """
    )
    time.sleep(0.2)
    process.terminate()
    out, _ = process.communicate(timeout=30)
    answer = Answer(0, out, "")
    assert (answer.status, answer.quality) == ("TIMEOUT", quality)


def test_a_grandchild_that_holds_the_pipe_does_not_delay_the_answer() -> None:
    answer = adapt(
        *ERROR,
        command=python(
            """
            import subprocess
            print("sleeper", subprocess.Popen(["sleep", "90"]).pid)
            print("validation error: 0.5")
            """
        ),
    )
    sleeper = int(answer.stdout.splitlines()[0].split()[1])
    os.kill(sleeper, signal.SIGKILL)  # fails when it had ended, and so had not been outlived
    assert answer.quality == 0.5


def test_a_command_that_closes_its_output_and_lives_on_is_waited_for() -> None:
    command = python("print('validation error: 0.5', flush=True); os.close(1); os.close(2); time.sleep(0.3)")
    started = time.monotonic()
    answer = adapt(*ERROR, command=command)
    assert answer.quality == 0.5
    assert 0.3 <= answer.runtime_s <= time.monotonic() - started


# The program itself


def test_help_explains_itself_with_an_example() -> None:
    done = subprocess.run([ADAPTER, "--help"], env=environment(), capture_output=True, text=True, check=True)
    assert "algo = ./argparse_adapter.py --quality-pattern" in done.stdout
    assert "--maximize" in done.stdout


def test_needs_neither_bbopt_nor_any_package() -> None:
    alone = (sys.executable, "-I", "-S", str(ADAPTER))
    behind = ("--", "echo", "validation error: 1", *NO_INSTANCE, "-1")
    done = subprocess.run([*alone, *ERROR, *behind], capture_output=True, text=True, check=True)
    assert "SAT, " in done.stdout
