"""Reading scenario files and option files."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bbopt.errors import InputError, Place
from bbopt.scenario import Assignments, read_option_file


def read(tmp_path: Path, text: str | bytes) -> Assignments:
    path = tmp_path / "scenario.txt"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return read_option_file(path, "scenario.txt")


def given_texts(assignments: Assignments) -> dict[str, str]:
    assert assignments.problems == ()
    return {entry.option.name: entry.text for entry in assignments.entries}


def only_problem(assignments: Assignments) -> str:
    assert len(assignments.problems) == 1
    return str(assignments.problems[0])


@pytest.mark.parametrize(
    "line",
    [
        "algo = ./run.sh --fast  x",
        "algo: ./run.sh --fast  x",
        "algo ./run.sh --fast  x",
        "algo=./run.sh --fast  x",
        "  --algo =  ./run.sh --fast  x   ",
        "algo : ./run.sh --fast  x # the target",
        "algo\t./run.sh --fast  x\t# the target",
        "ALGO_EXEC = ./run.sh --fast  x\r",
    ],
)
def test_the_three_forms_of_a_line(tmp_path: Path, line: str) -> None:
    assert given_texts(read(tmp_path, line + "\n")) == {"algo-exec": "./run.sh --fast  x"}


def test_comments_blank_lines_line_ends_and_byte_order_mark(tmp_path: Path) -> None:
    text = b"\xef\xbb\xbf# a comment\r\n\r\n   \t\r\n  # another\r\nexecdir = a#b\r\nseed 3"
    assert given_texts(read(tmp_path, text)) == {"algo-exec-dir": "a#b", "num-run": "3"}


def test_values_may_hold_separators(tmp_path: Path) -> None:
    text = "algo = env A=1:2 ./run\ninitial-incumbent = -x '1' -y 'b'\nT key=value\n"
    assert given_texts(read(tmp_path, text)) == {
        "algo-exec": "env A=1:2 ./run",
        "initial-incumbent": "-x '1' -y 'b'",
        "T": "key=value",
    }


def test_places_are_those_of_the_values(tmp_path: Path) -> None:
    assignments = read(tmp_path, "\n  run_obj =  quality\n")
    assert assignments.entries[0].place == Place("scenario.txt", 2, 14)


def test_text_is_kept_whole(tmp_path: Path) -> None:
    assert read(tmp_path, "# hello\nseed = 1\n").text == "# hello\nseed = 1\n"


def test_unknown_name(tmp_path: Path) -> None:
    message = only_problem(read(tmp_path, "seed = 1\n  paramfil = x.pcs\n"))
    assert message.splitlines() == [
        "scenario.txt:2:3: unknown option paramfil",
        "  remedy:   did you mean param-file or parameters-file or param-format?",
    ]


def test_unknown_name_without_neighbours(tmp_path: Path) -> None:
    assert "--help-level DEVELOPER" in only_problem(read(tmp_path, "xyzzy = 1\n"))


@pytest.mark.parametrize("line", ["algo", "algo =", "algo = # none", "algo:"])
def test_missing_value(tmp_path: Path, line: str) -> None:
    message = only_problem(read(tmp_path, line + "\n"))
    assert message.startswith("scenario.txt:1:1: algo-exec has no value")


def test_options_without_value(tmp_path: Path) -> None:
    assert given_texts(read(tmp_path, "help\nquick-saves =\n")) == {"help": "true", "quick-saves": ""}


def test_line_without_name(tmp_path: Path) -> None:
    message = only_problem(read(tmp_path, "   = 5\n"))
    assert message.startswith("scenario.txt:1:4: a line without an option name")


def test_two_values_under_one_name_tell_both_lines(tmp_path: Path) -> None:
    message = only_problem(read(tmp_path, "cutoff_time = 2\nseed = 1\ncutoff_time = 3\n"))
    assert "scenario.txt:3:15: cutoff_time (algo-cutoff-time) is given twice with different values" in message
    assert "'3', and '2' at scenario.txt:1:15" in message


def test_of_two_names_for_one_option_the_last_counts(tmp_path: Path) -> None:
    found = read(tmp_path, "cutoff_time = 2\nseed = 1\nalgo-cutoff-time = 3\n")
    last = found.last("algo-cutoff-time")
    assert last is not None
    assert (last.text, found.problems) == ("3", ())


def test_the_same_value_twice_is_fine(tmp_path: Path) -> None:
    assert read(tmp_path, "cutoff_time = 2\ncutoff-time = 2\n").problems == ()


def test_repeatable_and_ignored_options_may_come_twice(tmp_path: Path) -> None:
    assert read(tmp_path, "T a=1\nT b=2\nquick-saves = true\nquick-saves = false\n").problems == ()


def test_all_problems_are_reported_at_once(tmp_path: Path) -> None:
    assert len(read(tmp_path, "xyzzy = 1\nalgo\nseed = 1\nseed = 2\n").problems) == 3


def test_what_is_no_text_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"^scenario\.txt:2:1: the option file is not UTF-8 text"):
        read(tmp_path, b"seed = 1\n\xff\n")
    with pytest.raises(InputError, match="the scenario file can't be read"):
        read_option_file(tmp_path / "none.txt", role="scenario file")


WORD = st.text(alphabet="abcXYZ019./'\"-_=:#", min_size=1, max_size=8).filter(
    lambda word: word[0] not in "#=:" and word.strip()
)


@given(
    words=st.lists(WORD, min_size=1, max_size=4), separator=st.sampled_from([" = ", "=", ": ", " ", "\t:\t"])
)
def test_any_value_comes_back(
    tmp_path_factory: pytest.TempPathFactory, words: list[str], separator: str
) -> None:
    value = "  ".join(words)
    path = tmp_path_factory.mktemp("files") / "s.txt"
    path.write_text(f"algo{separator}{value}   # comment\n", encoding="utf-8")
    assert given_texts(read_option_file(path)) == {"algo-exec": value}


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    path = tmp_path_factory.mktemp("files") / "s.txt"
    path.write_bytes(content)
    try:
        problems = read_option_file(path).problems
    except InputError as error:
        problems = error.errors
    assert all(str(problem) for problem in problems)


IRACE = """parameterFile = "parameters.txt"
trainInstancesDir = ""
trainInstancesFile = "instances.txt"
targetRunner = "./target-runner"
maxExperiments = 500  # or more
deterministic = 1
"""


@pytest.mark.parametrize(
    ("text", "what", "remedy"),
    [
        (
            IRACE,
            "irace's scenario file",
            "write pcs-file = parameters.txt|instances = instances.txt|algo = ./target-runner|"
            "runcount-limit = 500|deterministic = 1|call-format = irace",
        ),
        (
            '{"n_trials": 50, "crash_cost": 5.5, "deterministic": true, "instances": ["a"], "n": null}',
            "SMAC3's scenario in JSON",
            "write runcount-limit = 50|transform-crashed-quality-value = 5.5|deterministic = true",
        ),
        (
            'algo "--algo " c (a,b)\nx "--x " r (0,1)\n',
            "irace's file of parameters",
            "write algo = python train.py",
        ),
        ('{"hyperparameters": []}', "a space of ConfigSpace in JSON", "write algo = python train.py"),
        ("x real [0, 1] [0.5]\ny {a, b} [a]\n", "a parameter file", "write algo = python train.py"),
    ],
)
def test_files_of_other_programs_are_one_error(tmp_path: Path, text: str, what: str, remedy: str) -> None:
    with pytest.raises(InputError) as caught:
        read(tmp_path, text)
    (error,) = caught.value.errors
    assert (error.what, error.expected) == (f"this is {what}", "lines of name = value")
    assert error.remedy is not None
    assert "|".join(line.strip() for line in error.remedy.splitlines()).startswith(remedy)


def test_a_line_of_anothers_among_ours_is_a_problem_of_its_own(tmp_path: Path) -> None:
    found = read(tmp_path, "algo = ./x\npcs-file = p.pcs\nmaxExperiments = 500\n")
    assert only_problem(found).endswith("irace calls it so; write runcount-limit")
