"""The command line of wrappers for AClib 2 (GenericWrapper4AC)."""

from __future__ import annotations

from dataclasses import dataclass

from bbopt.java_numbers import LARGEST_DOUBLE, LARGEST_INT, format_double
from bbopt.runs import RunRequest
from bbopt.shell_words import shell_line

__all__ = ["Aclib2Call"]


@dataclass(frozen=True, slots=True)
class Aclib2Call:
    """`--instance I --cutoff C --seed S --config -name value ...` (a `CallFormat`).

    A cutoff is always passed, because the wrappers have a default of their own: without one, it is the
    largest number that fits their integers.
    """

    def argv(self, algo: tuple[str, ...], request: RunRequest) -> list[str]:
        """The arguments of a run, the program first."""
        has_cutoff = request.cutoff_s < LARGEST_DOUBLE
        facts = {
            "--instance": request.instance.name,
            "--cutoff": format_double(request.cutoff_s) if has_cutoff else str(LARGEST_INT),
            "--seed": str(request.seed),
        }
        settings = {f"-{name}": value for name, value in request.configuration.active_values.items()}
        pairs = [word for pair in facts.items() for word in pair]
        return [*algo, *pairs, "--config", *(word for pair in settings.items() for word in pair)]

    def text(self, algo: tuple[str, ...], request: RunRequest) -> str:
        """The call for a shell."""
        return shell_line(self.argv(algo, request))
