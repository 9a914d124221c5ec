"""What a search writes and says, and what it shares with others."""

from __future__ import annotations

from dataclasses import dataclass

from bbopt.options import OptionValues

__all__ = ["LoggingSettings", "SharingSettings", "read_logging", "read_sharing"]


@dataclass(frozen=True, slots=True)
class LoggingSettings:
    """Levels of the log files and of the console, and what else is told or saved.

    saves_context: copies of the inputs stand in the state folder; `saves_every_iteration`: so do tables of
    all iterations, not of the last one only.  prints_rungroup_and_ends: nothing but what placeholders of the
    rungroup stand for is asked for.
    """

    level: str
    console_level: str
    logs_target_output: bool
    logs_calls: bool
    logs_results: bool
    saves_context: bool
    saves_every_iteration: bool
    prints_rungroup_and_ends: bool


@dataclass(frozen=True, slots=True)
class SharingSettings:
    """Shared-model mode: SMAC v2's options `shared-model-mode...`.

    is_open: whether others see the runs.  reuses: a result of another search is taken instead of a run.
    """

    is_on: bool
    is_open: bool
    frequency_s: int
    reuses: bool
    is_asymmetric: bool
    default_handling: str


def read_logging(options: OptionValues) -> LoggingSettings:
    """What the options say."""
    both = options.flag("cli-log-all-calls")
    return LoggingSettings(
        level=options.choice("log-level"),
        console_level=options.choice("console-log-level"),
        logs_target_output=options.flag("cli-log-all-process-output"),
        logs_calls=both or options.flag("cli-log-all-call-strings"),
        logs_results=both or options.flag("cli-log-all-results"),
        saves_context=options.flag("save-context"),
        saves_every_iteration=options.flag("save-runs-every-iteration"),
        prints_rungroup_and_ends=options.flag("print-rungroup-replacement-and-exit"),
    )


def read_sharing(options: OptionValues) -> SharingSettings:
    """What the options say."""
    return SharingSettings(
        is_on=options.flag("shared-model-mode"),
        is_open=options.flag("shared-model-mode-write-data"),
        frequency_s=options.integer("shared-model-mode-frequency"),
        reuses=options.flag("shared-model-mode-tae"),
        is_asymmetric=options.flag("shared-model-mode-asymetric"),
        default_handling=options.choice("shared-model-mode-default-handling"),
    )
