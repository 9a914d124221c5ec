"""One run of the target algorithm: from its command line to its result, with limits.

The parts are imported on first use: the supervisor process lives in this package too, and must start
without numpy.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bbopt.target.answers import TargetReport, parse_output
    from bbopt.target.call import TargetCommand
    from bbopt.target.measured import RuntimeSource, Timing
    from bbopt.target.outcome import RunOutcome, conclude
    from bbopt.target.supervisor_process import SupervisorError, SupervisorProcess

__all__ = [
    "RunOutcome",
    "RuntimeSource",
    "SupervisorError",
    "SupervisorProcess",
    "TargetCommand",
    "TargetReport",
    "Timing",
    "conclude",
    "parse_output",
]

_HOMES = {
    "RunOutcome": "outcome",
    "RuntimeSource": "measured",
    "SupervisorError": "supervisor_process",
    "SupervisorProcess": "supervisor_process",
    "TargetCommand": "call",
    "TargetReport": "answers",
    "Timing": "measured",
    "conclude": "outcome",
    "parse_output": "answers",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
