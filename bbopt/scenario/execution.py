"""How runs are executed: how many at a time, with which limits, and what their failures lead to."""

from __future__ import annotations

from dataclasses import dataclass

from bbopt.errors import InputError
from bbopt.options import OptionValues
from bbopt.scenario.slot_values import SlotValues, read_slot_values

__all__ = [
    "AnswerChecks",
    "CrashPolicy",
    "ExecutionSettings",
    "read_answer_checks",
    "read_crash_policy",
    "read_execution",
]


@dataclass(frozen=True, slots=True)
class ExecutionSettings:
    """For each run on this machine.

    guard_factor: the guard ends a run after so many times its cutoff; None for no guard.  grace_s: between
    the request to end and the kill.  wall_limit_s: how long a run may last (`run-wallclock-limit`).
    runtime_source: whose word counts for the runtime (`runtime-from`).  slot_values: what the environment of
    runs has of each slot.
    """

    n_slots: int
    pins_cores: bool
    guard_factor: float | None
    grace_s: float
    memory_limit_bytes: int | None
    output_limit_bytes: int | None
    wall_limit_s: float | None
    runtime_source: str
    slot_values: SlotValues


@dataclass(frozen=True, slots=True)
class CrashPolicy:
    """What crashed runs lead to: `abort-on-first-run-crash`, `abort-on-crash`, `retry-crashed-count`."""

    abort_on_first: bool = True
    abort_on_any: bool = False
    retries: int = 0


@dataclass(frozen=True, slots=True)
class AnswerChecks:
    """SMAC v2's `check-sat-consistency`, `check-sat-consistency-exception` and `verify-sat`."""

    are_compared: bool = True
    contradiction_stops: bool = True
    are_verified: bool = False


def read_execution(options: OptionValues) -> ExecutionSettings:
    """What the options say."""
    has_guard = options.flag("kill-run-exceeding-captime")
    slot_values = read_slot_values(options)
    return ExecutionSettings(
        n_slots=_n_slots(options, slot_values),
        pins_cores=options.flag("pin-cores"),
        guard_factor=options.number("kill-run-exceeding-captime-factor") if has_guard else None,
        grace_s=options.number("kill-grace"),
        memory_limit_bytes=options.optional_bytes("memory-limit"),
        output_limit_bytes=options.optional_bytes("output-limit"),
        wall_limit_s=options.optional_number("run-wallclock-limit"),
        runtime_source=options.choice("runtime-from"),
        slot_values=slot_values,
    )


def read_crash_policy(options: OptionValues) -> CrashPolicy:
    """What the options say."""
    return CrashPolicy(
        abort_on_first=options.flag("abort-on-first-run-crash"),
        abort_on_any=options.flag("abort-on-crash"),
        retries=options.integer("retry-crashed-count"),
    )


def read_answer_checks(options: OptionValues, *, answers_are_known: bool) -> AnswerChecks:
    """What the options say; as in SMAC v2, answers are verified where the instances' info has all of them."""
    is_given = options.is_given("verify-sat")
    return AnswerChecks(
        are_compared=options.flag("check-sat-consistency"),
        contradiction_stops=options.flag("check-sat-consistency-exception"),
        are_verified=options.flag("verify-sat") if is_given else answers_are_known,
    )


def _n_slots(options: OptionValues, slot_values: SlotValues) -> int:
    """How many runs at a time; SMAC v2 knows a bound for all, and one for programs that it calls."""
    if not options.flag("cli-concurrent-execution"):
        return 1
    name = "cores" if options.is_given("cores") else "cli-cores"
    n_values = slot_values.n_slots
    if n_values is None or not options.is_given(name):
        return n_values or options.integer(name)
    if options.integer(name) > n_values:
        raise InputError(
            "slot-env has not a value for each slot",
            place=options.place("slot-env"),
            got=f"{n_values} values for {options.integer(name)} slots ({name})",
            remedy="give a value for each, or leave out the number of slots",
        )
    return options.integer(name)
