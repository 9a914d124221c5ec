"""The command line of irace's target runners."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from bbopt.java_numbers import LARGEST_DOUBLE
from bbopt.runs import NO_INSTANCE, RunRequest
from bbopt.scenario.parameter_templates import ParameterTemplates
from bbopt.shell_words import shell_line
from bbopt.target.call_formats.call_format import natural_seed, plain_number

__all__ = ["IraceCall"]

_ID_BYTES = 6  # a number below 2^48, which shells, R and JSON all take as it is


@dataclass(frozen=True, slots=True)
class IraceCall:
    """`id instance-id seed instance [bound]`, then the parameters (a `CallFormat`).

    irace counts configurations and instances; here their ids are numbers made of their texts, so that
    every process gives the same id to the same thing.  The bound is left out when there is no cutoff, as
    irace does without capping.
    """

    parameters: ParameterTemplates

    def argv(self, algo: tuple[str, ...], request: RunRequest) -> list[str]:
        """The arguments of a run, the program first."""
        configuration, instance = request.configuration, request.instance
        facts = [
            _number_of(configuration.call_text()),
            "1" if instance == NO_INSTANCE else _number_of(instance.name),
            str(natural_seed(request)),
            instance.name,
        ]
        if request.cutoff_s < LARGEST_DOUBLE:
            facts.append(plain_number(request.cutoff_s))
        return [*algo, *facts, *self.parameters.words(configuration.active_values)]

    def text(self, algo: tuple[str, ...], request: RunRequest) -> str:
        """The call for a shell."""
        return shell_line(self.argv(algo, request))


def _number_of(text: str) -> str:
    digest = hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=_ID_BYTES)
    return str(int.from_bytes(digest.digest(), "big"))
