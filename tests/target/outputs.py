"""What a target printed, judged as a whole."""

from __future__ import annotations

import re

from bbopt.target.answers.answer_format import TargetReport
from bbopt.target.answers.result_line import judge
from bbopt.target.result_marker import LINE_BREAK, RESULT_START

__all__ = ["parse_output"]


def parse_output(text: str) -> TargetReport:
    """The verdict on a target's whole output, without the supervisor that picks its lines out."""
    return judge([line for line in re.split(LINE_BREAK, text) if RESULT_START.match(line)])
