"""The command line of a run, exactly as SMAC v2 builds it."""

from __future__ import annotations

from dataclasses import dataclass

from bbopt.java_numbers import format_double
from bbopt.runs import RunRequest
from bbopt.shell_words import shell_line, shell_value, shell_word

__all__ = ["SmacCall"]


@dataclass(frozen=True, slots=True)
class SmacCall:
    """Five positional arguments, then `-name value` for each active parameter (a `CallFormat`).

    `quote_values` passes the values in single quotes (`cli-call-params-with-quotes`).
    """

    quote_values: bool = False

    def argv(self, algo: tuple[str, ...], request: RunRequest) -> list[str]:
        """The arguments of a run, the program first."""
        argv = [*algo, *_positional(request)]
        for name, value in request.configuration.active_values.items():
            argv += [f"-{name}", f"'{value}'" if self.quote_values else value]
        return argv

    def text(self, algo: tuple[str, ...], request: RunRequest) -> str:
        """The call as SMAC v2 prints it, with each value in single quotes; a shell understands it."""
        settings = request.configuration.active_values.items()
        pairs = (f"{shell_word(f'-{name}')} {shell_value(value)}" for name, value in settings)
        return " ".join([shell_line((*algo, *_positional(request))), *pairs])


def _positional(request: RunRequest) -> tuple[str, ...]:
    """The five arguments before the parameters."""
    return (
        request.instance.name,
        request.instance.info,
        format_double(request.cutoff_s),
        str(request.runlength),
        str(request.seed),
    )
