from __future__ import annotations

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from bbopt.target import parse_output
from bbopt.target.answers.result_line import judge
from bbopt.target.supervisor.output import MAX_LINE_BYTES, TAIL_BYTES, ResultScanner, Tail
from bbopt.target.supervisor.output_log import OutputLog

RESULT = b"Result for SMAC: SAT, 1.5, 2, 0.25, 7"


def scan(*pieces: bytes) -> ResultScanner:
    scanner = ResultScanner()
    for piece in pieces:
        scanner.add(piece)
    scanner.finish()
    return scanner


_PIECE = st.sampled_from(
    [b"\n", b"\r", b"\r\n", b" ", RESULT, b"Result", b" for SMAC:", b"noise", b"\xff", b"1, 2"]
)


@given(st.lists(_PIECE, max_size=12), st.data())
def test_any_cutting_finds_what_the_whole_has(pieces: list[bytes], data: st.DataObject) -> None:
    output = b"".join(pieces)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(output)), max_size=6)))
    scanner = scan(*(output[a:b] for a, b in zip([0, *cuts], [*cuts, len(output)], strict=True)))
    whole = scan(output)
    assert (scanner.lines, scanner.n_lines, scanner.torn) == (whole.lines, whole.n_lines, whole.torn)
    assert judge(whole.lines) == parse_output(output.decode("utf-8", "replace"))


def test_torn_is_what_has_no_line_end() -> None:
    assert scan(RESULT).torn
    assert not scan(RESULT, b"\r").torn
    assert not scan(RESULT, b"\nmore").torn


def test_only_the_first_lines_are_kept_but_all_are_counted() -> None:
    scanner = scan(*[RESULT + b"\n"] * 1000)
    assert scanner.n_lines == 1000
    assert len(scanner.lines) == 3


def test_lines_of_either_form_are_kept() -> None:
    with_json = b'Result of this algorithm run: {"status": "SUCCESS"}'
    scanner = scan(*[RESULT + b"\n"] * 4, *[with_json + b"\n"] * 4)
    assert scanner.n_lines == 8
    assert scanner.lines == [RESULT.decode()] * 3 + [with_json.decode()] * 3


def test_line_too_long_is_skipped_to_its_end() -> None:
    noise = b"x" * (MAX_LINE_BYTES + 10)
    scanner = scan(noise, noise, b" Result for SMAC: no line start\r", RESULT, b"\n")
    assert scanner.lines == [RESULT.decode()]
    assert not scanner.was_cut


def test_long_result_line_is_cut_and_noted() -> None:
    scanner = scan(RESULT, b", ", b"x" * (2 * MAX_LINE_BYTES), b"\nend")
    assert len(scanner.lines[0]) == MAX_LINE_BYTES
    assert scanner.was_cut
    assert scanner.n_lines == 1


def test_an_unfinished_line_is_not_searched_again() -> None:
    class Unsearchable(bytearray):
        """Fails where a scan per piece would make newline-free output take quadratic time."""

        def rfind(self, *_: object) -> int:
            raise AssertionError("what came before is searched again")

        find = rindex = index = rfind

    scanner = ResultScanner()
    scanner._unfinished = Unsearchable()
    for byte in b"noise\r\nResult for SMAC: SAT, 1,\nmore":
        scanner.add(bytes([byte]))
    assert scanner.lines == ["Result for SMAC: SAT, 1,"]
    assert isinstance(scanner._unfinished, Unsearchable)
    assert scanner._unfinished == b"more"


def test_tail_keeps_the_end() -> None:
    tail = Tail()
    for number in range(100_000):
        tail.add(b"%d\n" % number)
    assert len(tail.text()) == TAIL_BYTES
    assert tail.text().endswith("99998\n99999\n")
    assert tail.n_bytes == sum(len(str(number)) + 1 for number in range(100_000))


def test_log_holds_whole_prefixed_lines(tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_bytes(b"before\n")
    log = OutputLog(str(path), "0 abc")
    log.add("stdout", b"one\ntw")
    log.add("stderr", b"oops\n")
    log.add("stdout", b"o\nthree")
    log.close()
    assert log.problem == ""
    assert path.read_text().splitlines() == [
        "before",
        "[0 abc stdout] one",
        "[0 abc stderr] oops",
        "[0 abc stdout] two",
        "[0 abc stdout] three",
    ]


def test_log_of_a_line_without_end_stays_small_in_memory(tmp_path: Path) -> None:
    path = tmp_path / "log"
    log = OutputLog(str(path), "r")
    for _ in range(10):
        log.add("stdout", b"x" * 50_000)
    written_bytes = path.stat().st_size
    log.close()
    assert written_bytes >= 400_000
    assert path.read_bytes().count(b"x") == 500_000


def test_full_disk_costs_only_a_note() -> None:
    log = OutputLog("/dev/full", "r")
    log.add("stdout", b"line\n")
    log.close()
    assert "No space left" in log.problem


def test_log_that_cannot_be_opened_costs_only_a_note(tmp_path: Path) -> None:
    log = OutputLog(str(tmp_path / "missing" / "log"), "r")
    log.add("stdout", b"line\n")
    log.close()
    assert "can't be logged" in log.problem
