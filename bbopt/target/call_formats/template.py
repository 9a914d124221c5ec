"""Command lines of the user's own making, for programs that know nothing of any configurator."""

from __future__ import annotations

import math
from dataclasses import dataclass

from bbopt.runs import RunRequest
from bbopt.scenario.call_templates import Template
from bbopt.scenario.parameter_templates import ParameterTemplates
from bbopt.shell_words import shell_line
from bbopt.target.call_formats.call_format import natural_seed, plain_number
from bbopt.target.supervisor.wire import RESULT_FILE

__all__ = ["TemplateCall"]

_TERMINAL = "/dev/stdout"


@dataclass(frozen=True, slots=True)
class TemplateCall:
    """The words of `template` with a run's facts in their places (a `CallFormat`).

    A parameter that the template names itself is not among those of `{params}`.
    """

    template: Template
    parameters: ParameterTemplates

    def argv(self, algo: tuple[str, ...], request: RunRequest) -> list[str]:
        """The arguments of a run, the program first; `algo` is what the template was made of."""
        settings = request.configuration.active_values
        words = self.parameters.words(settings, without=self.template.parameters)
        return self.template.filled(_facts(request), settings, words)

    def text(self, algo: tuple[str, ...], request: RunRequest) -> str:
        """The call for a shell, where the results are seen."""
        return shell_line(word.replace(RESULT_FILE, _TERMINAL) for word in self.argv(algo, request))


def _facts(request: RunRequest) -> dict[str, str]:
    """What the placeholders stand for."""
    return {
        "instance": request.instance.name,
        "instance-info": request.instance.info,
        "seed": str(natural_seed(request)),
        "cutoff": plain_number(request.cutoff_s),
        "cutoff-int": str(math.ceil(request.cutoff_s)),
        "runlength": str(request.runlength),
        "result-file": RESULT_FILE,
    }
