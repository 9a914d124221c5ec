from __future__ import annotations

import signal
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bbopt.target.supervisor import pattern_scanner
from bbopt.target.supervisor.findings import Finding
from bbopt.target.supervisor.pattern_scanner import MAX_SEARCHED_BYTES, PatternScanner
from tests.target.processes import RESULT, await_run, order, shell, supervisor_process


def scan(patterns: list[str], *pieces: bytes) -> PatternScanner:
    scanner = PatternScanner(patterns)
    for piece in pieces:
        scanner.add(piece)
    scanner.finish()
    return scanner


def shown(findings: Sequence[Finding | None]) -> list[tuple[int, dict[str, str]] | None]:
    """The number of the line of each finding, and its groups."""
    return [found and (found.line, {name: found.group(name) for name in found.spans}) for found in findings]


def test_the_last_match_of_each_pattern_is_kept() -> None:
    output = b"cost 5\nstatus SAT\ncost 4, cost 3\nstatus done\nv 1 2 3\n"
    scanner = scan([r"cost (\d+)", r"status (?P<status>[A-Z]+)", "absent"], output)
    assert shown(scanner.findings) == [(3, {"": "3"}), (2, {"": "SAT", "status": "SAT"}), None]


def test_groups_that_take_no_part_are_left_out() -> None:
    scanner = scan([r"(?P<SAT>SAT)|(?P<UNSAT>UNSAT)", "s SAT"], b"s SAT\n")
    assert shown(scanner.findings) == [(1, {"SAT": "SAT", "": "SAT"}), (1, {"": "s SAT"})]


def test_patterns_see_one_line_at_a_time() -> None:
    scanner = scan([r"^b$", r"a\s*b", r"c.*"], b"a\nb\r\nx\rc d\n")
    assert shown(scanner.findings) == [(2, {"": "b"}), None, (5, {"": "c d"})]


def test_a_line_far_before_a_long_model_is_found() -> None:
    scanner = PatternScanner(["^s (.*)"])
    scanner.add(b"s SATISFIABLE\n")
    for _ in range(100):
        scanner.add(b"v " + b"1 2 3 4 5 6 7 8 9 10 " * 3000 + b"\n")
    assert scanner.has_found
    assert shown(scanner.findings) == [(1, {"": "SATISFIABLE"})]


def test_long_lines_are_searched_at_their_beginning_only() -> None:
    line = b"x" * (MAX_SEARCHED_BYTES - 3)
    scanner = scan(["end"], line + b"end\n", b"y" * 10_000_000, b"end\n", b"z\n")
    assert shown(scanner.findings) == [(1, {"": "end"})]
    assert not scanner._unfinished


def test_an_unfinished_line_takes_little_memory() -> None:
    scanner = PatternScanner(["x"])
    scanner.add(b"y" * 1_000_000)
    assert len(scanner._unfinished["stdout"]) == MAX_SEARCHED_BYTES + 1


def test_what_is_no_text_stands_in_no_ones_way() -> None:
    assert shown(scan(["b"], b"\xff\xfeb\n").findings) == [(1, {"": "b"})]


_PIECE = st.sampled_from([b"\n", b"\r", b"cost ", b"1", b"23", b" ", b"\xc3", b"\xa9"])


@given(st.lists(_PIECE, max_size=15), st.data())
def test_any_cutting_finds_what_the_whole_has(pieces: list[bytes], data: st.DataObject) -> None:
    output = b"".join(pieces)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(output)), max_size=6)))
    patterns = [r"cost (\d+)", "é", "^$", r"\S.*"]
    pieces = [output[a:b] for a, b in zip([0, *cuts], [*cuts, len(output)], strict=True)]
    assert scan(patterns, *pieces).findings == scan(patterns, output).findings


def test_a_supervisor_tells_what_it_found(tmp_path: Path) -> None:
    """The model after the answer is longer than what is kept of the output."""
    script = "echo 's SATISFIABLE'; echo 's NOTHING' >&2; yes 'v 1 2 3' | head -n 50000; printf 'cost 3'"
    with supervisor_process() as supervisor:
        supervisor.start(
            order(shell(script), tmp_path, patterns=[r"^s (\w+)", r"cost (?P<cost>\d)", "absent"])
        )
        run = await_run(supervisor)
    assert shown(run.findings) == [(1, {"": "SATISFIABLE"}), None, None]
    assert shown(run.torn_findings) == [None, (50002, {"cost": "3", "": "3"}), None]
    assert "s SATISFIABLE" not in run.tail


def test_lines_of_two_streams_are_not_mixed() -> None:
    scanner = PatternScanner([r"^cost (\d+)$"])
    for stream, piece in (("stdout", b"cost 1"), ("stderr", b"50%\rcost 3\n"), ("stdout", b"2\n")):
        scanner.add(piece, stream)
    scanner.finish()
    assert shown(scanner.findings) == [(3, {"": "12"})]


@pytest.mark.parametrize(
    ("script", "searches_stderr", "cost"),
    [
        ("echo 'cost 1'; echo 'cost 2' >&2", False, "1"),
        ("echo 'cost 2' >&2", True, "2"),
        ("echo 'cost 1'; until grep 'cost 1' log; do sleep 0.01; done; echo 'cost 2' >&2", True, "2"),
        ("echo 'cost 2' >&2; until grep 'cost 2' log; do sleep 0.01; done; echo 'cost 1'", True, "1"),
        ("echo 'cost 2' >&2; echo 'cost 1'", True, "1"),
    ],
)
def test_standard_error_is_searched_where_programs_know_nothing_of_us(
    tmp_path: Path, script: str, searches_stderr: bool, cost: str
) -> None:
    """The log says that a line was read: only then is the order certain."""
    with supervisor_process() as supervisor:
        wanted = {"patterns": [r"^cost (\d)"], "searches_stderr": searches_stderr, "limit_s": 60.0}
        supervisor.start(order(shell(script), tmp_path, output_log=str(tmp_path / "log"), **wanted))
        run = await_run(supervisor)
    assert run.findings[0] is not None
    assert run.findings[0].group("") == cost


def test_a_result_line_on_standard_error_is_reported_as_such(tmp_path: Path) -> None:
    with supervisor_process() as supervisor:
        supervisor.start(order(shell(f"echo '{RESULT}' >&2"), tmp_path))
        run = await_run(supervisor)
    assert (run.result_lines, run.n_result_lines, run.misplaced_line) == ([], 0, RESULT)


def test_what_is_left_behind_may_answer_on_standard_error(tmp_path: Path) -> None:
    script = "exec >/dev/null; (sleep 0.3; echo 'cost 2' >&2) &"
    with supervisor_process() as supervisor:
        wanted = {"patterns": [r"cost (\d)"], "searches_stderr": True, "grace_s": 60.0}
        supervisor.start(order(shell(script), tmp_path, **wanted))
        run = await_run(supervisor)
    assert shown(run.findings) == [(1, {"": "2"})]


def test_nobody_waits_for_what_a_solver_left_behind_once_it_has_answered(tmp_path: Path) -> None:
    script = "sleep 600 & echo 's SATISFIABLE'"
    with supervisor_process() as supervisor:
        supervisor.start(order(shell(script), tmp_path, patterns=["^s (.*)"], grace_s=60.0))
        run = await_run(supervisor)
    assert (run.ended_by, run.n_strays) == ("exit", 1)
    assert run.findings


_ENDLESS_PATTERN, _ENDLESS_LINE = r"^(a+)+$", "a" * 60 + "b"


def test_a_pattern_that_takes_for_ever_is_given_up() -> None:
    output = f"cost 1\n{_ENDLESS_LINE}\ncost 2\n".encode()
    scanner = scan([r"cost (\d)", _ENDLESS_PATTERN], output[:20], output[20:], b"cost 3\n")
    assert shown(scanner.findings) == [(1, {"": "1"}), None]
    assert "searching line 2 of the output" in scanner.problem


def test_the_last_line_may_take_for_ever_too() -> None:
    assert "searching line 1 of the output" in scan([_ENDLESS_PATTERN], _ENDLESS_LINE.encode()).problem


def test_many_lines_may_take_long_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pattern_scanner, "_MOST_SEARCH_S", 0.05)
    scanner = scan([r"(a*)*c"], b"aaaaaaaaaaaaaaaaab\n" * 80 + b"aac\n")
    assert scanner.problem == ""
    assert shown(scanner.findings) == [(81, {"": ""})]


def test_a_search_without_problem_leaves_no_alarm() -> None:
    scanner = scan(["a"], b"a\n")
    assert scanner.problem == ""
    assert signal.getitimer(signal.ITIMER_VIRTUAL) == (0.0, 0.0)


def test_a_run_keeps_its_limit_whatever_the_pattern(tmp_path: Path) -> None:
    script = f"trap '' TERM; echo {_ENDLESS_LINE}; sleep 600"
    with supervisor_process() as supervisor:
        supervisor.start(
            order(shell(script), tmp_path, patterns=[_ENDLESS_PATTERN], limit_s=2.0, grace_s=0.1)
        )
        run = await_run(supervisor)
    assert run.ended_by == "guard"
    assert "result-pattern" in run.search_problem
