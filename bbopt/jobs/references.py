"""Settings that name what came out of an earlier phase: `lr={group:min(loss):lr}`.

It is the value that `lr` has in the state of the job with the least `loss` among those that the job comes
after; with `max(...)` with the greatest.  Of equal ones the first job counts.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from bbopt.errors import InputError, did_you_mean, nearest

__all__ = ["Reference", "fill", "references_in", "with_best"]

_EXPECTED = "{group:min(KEY):KEY}, {group:max(KEY):KEY}, or {group:best:KEY} where --best says which is best"


@dataclass(frozen=True, slots=True)
class Reference:
    """The value of `key` of the job whose `by` is least, or greatest; `text` is how it is written."""

    text: str
    key: str
    by: str
    is_greatest: bool

    _FORM: ClassVar[re.Pattern[str]] = re.compile(r"\{group:(min|max)\(([\w.]+)\):([\w.]+)\}")

    @classmethod
    def read(cls, value: object) -> Reference | None:
        """What a setting's value names, None where it is a value; InputError for what looks like it only."""
        if not isinstance(value, str) or not value.startswith("{group:"):
            return None
        match = cls._FORM.fullmatch(value)
        if match is None:
            raise InputError("this names no result of a group", got=value, expected=_EXPECTED)
        return cls(value, match[3], match[2], match[1] == "max")

    def value(self, states: Iterable[Mapping[str, Any]]) -> Any:
        """Its value, given the flat states of the group's jobs in order; InputError where there is none."""
        known = [state for state in states if _is_number(state.get(self.by))]
        if not known:
            raise InputError(f"no job of the group has a number in {self.by}", got=self.text)
        best = (max if self.is_greatest else min)(known, key=lambda state: state[self.by])
        if self.key not in best:
            raise InputError(
                f"the best job of the group has no {self.key}",
                got=self.text,
                remedy=did_you_mean(nearest(self.key, best)),
            )
        return best[self.key]


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and not math.isnan(value)


def with_best(settings: Sequence[str], best: str | None) -> list[str]:
    """Arguments in which `{group:best:...}` says which is best, as `best` does: `min(KEY)` or `max(KEY)`.

    InputError where that says nothing.
    """
    if best is not None and not re.fullmatch(r"(min|max)\([\w.]+\)", best):
        raise InputError("this does not say which job is best", got=best, expected="min(KEY) or max(KEY)")
    if best is None and any("{group:best:" in one for one in settings):
        raise InputError(
            "it is not said which job of a group is best",
            got=next(one for one in settings if "{group:best:" in one),
            expected="{group:min(KEY):...}, {group:max(KEY):...}, or --best 'min(KEY)'",
        )
    return [one.replace("{group:best:", f"{{group:{best}:") for one in settings]


def references_in(state: Mapping[str, Any]) -> dict[str, Reference]:
    """The settings of a flat state that name results; InputError for one of another form."""
    found = {key: Reference.read(value) for key, value in state.items()}
    return {key: reference for key, reference in found.items() if reference is not None}


def fill(
    state: Mapping[str, Any], references: Mapping[str, Reference], group: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    """The state with what the flat states of the group's jobs give; InputError where they don't."""
    return {**state, **{key: reference.value(group) for key, reference in references.items()}}
