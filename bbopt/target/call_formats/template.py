"""Command lines of the user's own making, for programs that know nothing of any configurator."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from bbopt.runs import RunRequest
from bbopt.scenario.call_templates import FOLD_FACTS, NO_CHECKPOINT, RESULT_FILE_FACT, RUN_FACTS, Template
from bbopt.scenario.parameter_templates import ParameterTemplates
from bbopt.shell_words import shell_line
from bbopt.target.call_formats.call_format import natural_seed, plain_number
from bbopt.target.supervisor.wire import RESULT_FILE

__all__ = ["TemplateCall", "printed_call", "request_facts"]

_TERMINAL = "/dev/stdout"


@dataclass(frozen=True, slots=True)
class TemplateCall:
    """The words of `template` with a run's facts in their places (a `CallFormat`).

    A parameter that the template names itself is not among those of `{params}`.  `run_facts` are what is
    known of a single run.  Where they are not, the slot is the first, checkpoints are none, and other
    placeholders stand for themselves.
    """

    template: Template
    parameters: ParameterTemplates
    run_facts: Mapping[str, str] = field(default_factory=dict)

    def argv(self, algo: tuple[str, ...], request: RunRequest) -> list[str]:
        """The arguments of a run, the program first; `algo` is what the template was made of."""
        settings = request.configuration.active_values
        words = self.parameters.words(settings, without=self.template.parameters)
        unknown = {name: f"{{{name}}}" for name in RUN_FACTS} | NO_CHECKPOINT | {"slot": "0"}
        facts = {**unknown, **request_facts(request), **self.run_facts, RESULT_FILE_FACT: RESULT_FILE}
        return self.template.filled(facts, settings, words)

    def text(self, algo: tuple[str, ...], request: RunRequest) -> str:
        """The call for a shell, where the results are seen."""
        return printed_call(self.argv(algo, request))


def printed_call(argv: Sequence[str]) -> str:
    """The arguments of a run for a shell, where its results are seen."""
    return shell_line(word.replace(RESULT_FILE, _TERMINAL) for word in argv)


def request_facts(request: RunRequest) -> dict[str, str]:
    """What the placeholders of what is run stand for."""
    return {
        "instance": request.instance.name,
        "instance-info": request.instance.info,
        **dict(zip(FOLD_FACTS, (request.instance.name, request.instance.info), strict=True)),
        "seed": str(natural_seed(request)),
        "cutoff": plain_number(request.cutoff_s),
        "cutoff-int": str(math.ceil(request.cutoff_s)),
        "runlength": str(request.runlength),
        "configuration-id": str(request.origin.proposal),
    }
