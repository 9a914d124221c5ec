"""Reading a run's output, of any size, in bounded memory."""

from __future__ import annotations

from bbopt.target.result_marker import RESULT_IN_OUTPUT, RESULT_WORD, has_json

__all__ = ["MAX_LINE_BYTES", "TAIL_BYTES", "ResultScanner", "Tail"]

TAIL_BYTES = 64 * 1024
"""How much of the end of the output is kept."""

MAX_LINE_BYTES = 1024 * 1024
"""A longer line is cut here; the rest of it is skipped."""

_MAX_RESULT_LINES = 3  # of a form: two make the run CRASHED; a third shows the user that it goes on like this


class Tail:
    """The last bytes of everything that was added."""

    def __init__(self) -> None:
        self._bytes = bytearray()
        self.n_bytes = 0

    def add(self, chunk: bytes) -> None:
        """Append a piece of output."""
        self.n_bytes += len(chunk)
        self._bytes += chunk
        if len(self._bytes) > 4 * TAIL_BYTES:
            del self._bytes[:-TAIL_BYTES]

    def text(self) -> str:
        """The tail as text, whatever the bytes are."""
        return self._bytes[-TAIL_BYTES:].decode("utf-8", "replace")


class ResultScanner:
    """Finds result lines in a stream of bytes, anywhere in it and however it is cut into pieces."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.n_lines = 0
        self.torn = False
        self.was_cut = False
        self._n_kept = [0, 0]  # with fields, with JSON
        self._unfinished = bytearray()
        self._is_skipping = False

    def add(self, chunk: bytes) -> None:
        """Scan the next piece of output."""
        if self._is_skipping:
            chunk = self._behind_line_break(chunk)
        end = max(chunk.rfind(b"\n"), chunk.rfind(b"\r")) + 1
        if end:  # the unfinished line has no line break, and is not searched for one again
            end += len(self._unfinished)
        self._unfinished += chunk
        if end:
            self._scan(bytes(self._unfinished[:end]))
            del self._unfinished[:end]
        if len(self._unfinished) > MAX_LINE_BYTES:
            self.was_cut = self._scan(bytes(self._unfinished[:MAX_LINE_BYTES])) or self.was_cut
            self._unfinished.clear()
            self._is_skipping = True

    def finish(self) -> None:
        """The output is complete: what has no line end yet is a line too."""
        self.torn = self._scan(bytes(self._unfinished))
        self._unfinished.clear()

    def _behind_line_break(self, chunk: bytes) -> bytes:
        """What follows the line that is being skipped."""
        breaks = [at for at in (chunk.find(b"\n"), chunk.find(b"\r")) if at >= 0]
        if not breaks:
            return b""
        self._is_skipping = False
        return chunk[min(breaks) :]

    def _scan(self, text: bytes) -> bool:
        """Note the result lines in `text`, which starts at the start of a line; whether it has any."""
        if RESULT_WORD not in text:
            return False
        found = RESULT_IN_OUTPUT.findall(text)
        self.n_lines += len(found)
        for line in found if min(self._n_kept) < _MAX_RESULT_LINES else ():
            self._keep(line.decode("utf-8", "replace"))
        return bool(found)

    def _keep(self, line: str) -> None:
        form = int(has_json(line))
        if self._n_kept[form] < _MAX_RESULT_LINES:
            self._n_kept[form] += 1
            self.lines.append(line)
