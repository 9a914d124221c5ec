#!/usr/bin/env python3
"""clasp as a target algorithm: the parameters of `params.pcs` made into its composite options.

Many of clasp's options take several values, as in `--restarts=x,100,1.5`. A form below says how the
parameters that it names make one option. It is used when all of them are given; a form further down replaces
one above.
"""

import re
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "wrappers"))

from sat_solver import ANSWERS, Call, CallError, main

# What clasp answers when it has also proved that there is no other model.
CLASP_ANSWERS = {**ANSWERS, 30: "SAT"}

FORMS = (
    "--sat-prepro={sat-prepro}",
    "--sat-prepro={sat-prepro},iter={sat-prepro-iter},occ={sat-prepro-occ},time=0",
    "--heuristic={heuristic},{vsids-decay}",
    "--heuristic={heuristic},{berkmin-last}",
    "--heuristic={heuristic},{vmtf-move}",
    "--lookahead={lookahead}",
    "--lookahead={lookahead},{lookahead-limit}",
    "--restarts={restarts},{restarts-base}",
    "--restarts={restarts},{restarts-window},{restarts-margin}",
    "--restarts={restarts},{restarts-base},{restarts-factor}",
    "--restarts={restarts},{restarts-base},{restarts-step}",
    "--counter-restarts={counter-restarts}",
    "--counter-restarts={counter-restarts-rate},{counter-restarts-bump}",
    "--deletion={deletion},{deletion-percent},{deletion-score}",
    "--del-init={del-init},{del-init-least},{del-init-more}",
    "--del-grow={del-grow}",
    "--del-grow={del-grow-factor},{del-grow-limit}",
    "--del-grow={del-grow-factor},{del-grow-limit},{del-grow-schedule},{del-grow-base},{del-grow-ratio}",
    "--del-cfl={del-cfl}",
    "--del-cfl={del-cfl},{del-cfl-base},{del-cfl-step}",
    "--del-cfl={del-cfl},{del-cfl-base},{del-cfl-ratio}",
    "--del-glue={del-glue},{del-glue-counts}",
    "--strengthen={strengthen}",
    "--strengthen={strengthen},{strengthen-type}",
    "--contraction={contraction}",
    "--contraction={contraction-size}",
    *(
        f"--{name}={{{name}}}"
        for name in (
            *("init-watches", "sign-def", "save-progress", "rand-freq"),
            *("del-on-restart", "otfs", "update-lbd", "reverse-arcs"),
        )
    ),
)
SWITCHES = {
    "vsids-acids": "vsids-acids",
    "berkmin-huang": "berk-huang",
    "init-moms": "init-moms",
    "sign-fix": "sign-fix",
    "local-restarts": "local-restarts",
}
FLAGS = ("update-act",)  # no form to turn them off
WORDS = {
    "restarts": {"dynamic": "D", "luby": "L", "geometric": "x", "arithmetic": "+", "fixed": "F"},
    "del-grow-schedule": {"geometric": "x"},
    "del-cfl": {"geometric": "x", "arithmetic": "+"},
    "counter-restarts": {"off": "no"},
    "del-grow": {"off": "no"},
    "contraction": {"off": "no"},
    "del-glue-counts": {"on": "0", "off": "1"},  # clasp counts (0) or ignores (1) glue clauses in its limit
}
NAME = re.compile(r"\{([a-z-]+)\}")


def options(parameters: dict[str, str]) -> list[str]:
    """clasp's options for these parameters; CallError when a parameter makes none."""
    texts = {name: WORDS.get(name, {}).get(value, value) for name, value in parameters.items()}
    chosen: dict[str, str] = {}
    used = {*SWITCHES, *FLAGS, "del-grow-schedule"}
    for form in FORMS:
        names = NAME.findall(form)
        if all(name in texts for name in names):
            chosen[form.partition("=")[0]] = NAME.sub(lambda name: texts[name[1]], form)
            used.update(names)
    if unknown := sorted(parameters.keys() - used):
        raise CallError(f"no option of clasp is made of: {', '.join(unknown)}")
    switches = [
        f"--{option}" if parameters[name] == "on" else f"--no-{option}"
        for name, option in SWITCHES.items()
        if name in parameters
    ]
    flags = [f"--{name}" for name in FLAGS if parameters.get(name) == "on"]
    return [*chosen.values(), *switches, *flags]


def command(call: Call) -> list[str]:
    """clasp's command line; what no parameter sets comes from the preset "trendy"."""
    seed = [] if call.seed is None else [f"--seed={call.seed}"]
    return [
        "clasp",
        "--configuration=trendy",
        "--quiet=2",
        *options(dict(call.parameters)),
        *seed,
        call.instance,
    ]


if __name__ == "__main__":
    sys.exit(main(command, answers=CLASP_ANSWERS))
