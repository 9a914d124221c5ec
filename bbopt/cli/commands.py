"""All commands of bbopt; the options that each has besides those of a scenario stand in `options.tsv`."""

from __future__ import annotations

import os
from collections.abc import Collection, Sequence

from bbopt.cli.command import Command, options_of
from bbopt.cli.dispatch_commands import DISPATCH_COMMANDS
from bbopt.cli.folder_commands import FOLDER_COMMANDS
from bbopt.cli.job_commands import JOB_COMMANDS
from bbopt.cli.jobdispatch_words import JOBDISPATCH, with_nb_proc_apart
from bbopt.cli.jobman_commands import JOBMAN_COMMANDS
from bbopt.cli.keras_automl_commands import KERAS_AUTOML_COMMANDS
from bbopt.database_address import looks_like_address
from bbopt.errors import InputError, nearest
from bbopt.options import COMMAND_LINE, Words, looks_like_option

__all__ = ["COMMANDS", "SEARCH", "find_command"]

SEARCH = Command(
    name="",
    purpose="Search for the best configuration of the scenario's target.",
    usage="--scenario FILE [options]",
    function="bbopt.cli.tune:tune",
    text="""\
Options may stand on the command line (--name value), in a scenario file or in an option file (name =
value); the command line wins over option files, and these over the scenario file. In names, capitals, - and
_ make no difference: numberOfTrees is number-of-trees.""",
    options=options_of(""),
)
"""What bbopt does without the name of a command."""

_RUN = Command(
    name="run",
    purpose="Tune a command; no files are needed.",
    usage="--param LINE ... --metric NAME [options] -- COMMAND ...",
    function="bbopt.cli.run:run",
    text="""\
Parameters stand in braces in the command, {lr}; those that do not are added as --lr VALUE. No shell reads it.

  bbopt run --param 'lr real [1e-5, 1] [0.01] log' \\
            --param 'layers integer [1, 8] [2]' \\
            --metric val_loss --runs 50 -- python train.py --lr {lr}

The scenario and the parameter file that this means are written into the output folder, bbopt-output/NAME,
which is called after the script: bbopt --scenario bbopt-output/NAME/scenario.txt does the same. A command
that has no {seed} counts as deterministic, unless --deterministic false is given.""",
    options=options_of("run"),
    words=Words("COMMAND", are_a_command=True),
)

_INIT = Command(
    name="init",
    purpose="Write a scenario for a script, from its own arguments.",
    usage="SCRIPT [options] [-- ARGUMENT ...]",
    function="bbopt.cli.init:init",
    text="""\
Reads what SCRIPT takes, by starting it up to where its parser (argparse, click, or what builds on them) reads
the arguments, and writes params.pcs and scenario.txt. Then it runs the script once, for at most 20 s, to see
which metric it prints.

  bbopt init train.py
  bbopt init train.py -- fit --data ../data    # these stay as they are
  bbopt init -- python3.12 -m package.train    # a module, and which Python
  bbopt init ./program --from-help             # any program that knows --help

Nothing is replaced. Guessed ranges are marked as such in params.pcs.""",
    options=options_of("init"),
    takes_scenario=False,
    words=Words("SCRIPT", are_several=True),
)

_CHECK = Command(
    name="check",
    purpose="Report all problems of a scenario at once; run nothing.",
    usage="--scenario FILE ... [options]",
    function="bbopt.cli.check:check",
    text="""\
Reads the scenario and all files that it names, as a search would. Nothing is written. With a parameter file
(-p FILE) and no scenario, that file alone is checked.""",
    options=options_of("check"),
)

_CALL = Command(
    name="call",
    purpose="Run the target once; show command, output and verdict.",
    usage="--scenario FILE [--config C] [-P NAME=VALUE ...] [--instance I]",
    function="bbopt.cli.call:call",
    text="""\
The run is one that a search would make. The exit code is 0 when the answer was understood and is no crash,
else 1.""",
    options=options_of("call"),
)

_VALIDATE = Command(
    name="validate",
    purpose="Run configurations on the test instances, as smac-validate.",
    usage="--scenario FILE [--trajectory-file FILE ...] [options]",
    function="bbopt.cli.validate:validate",
    text="""\
Each configuration is run as often as the options say; SMAC v2's five validation files are written into the
scenario's output folder, and earlier ones of the same names moved to previous/. Without any option that
says what to validate, the trajectories in that folder are, with --seed N only that of N.

The section "Validation Options" of bbopt --help --help-level DEVELOPER is about which incumbents of a
trajectory are run (--validate-all, --validate-only-last-incumbent false, ...) and how often
(--num-validation-runs, --validation-seed, --validation-cores, ...).""",
    options=options_of("validate"),
)

_MERGE = Command(
    name="merge",
    purpose="Join the runs of several searches on one scenario.",
    usage="--scenario FILE --directories FOLDER ... --output FOLDER",
    function="bbopt.cli.merge:merge",
    text="""\
Does what SMAC v2's state-merge does; the new state is for --restore-state-from and --warmstart. Runs that
two states share are taken once. Only the new folder is written.""",
    options=options_of("merge"),
)

_DESIGN = Command(
    name="design",
    purpose="Print the rows that a design of experiments would run.",
    usage="NAME [-n N] --scenario FILE",
    function="bbopt.cli.design:design",
    text="""\
NAME is that of an --engine which is a design: monte-carlo, lhs, sobol, halton, grid or csv. The rows are
printed as comma-separated values, which --engine csv --design FILE takes; an empty field is a parameter that
a condition switches off. Nothing is run.""",
    options=options_of("design"),
    words=Words("DESIGN"),
)

_HYPERBAND_SCHEDULE = Command(
    name="hyperband-schedule",
    purpose="Print the schedule of Hyperband for a budget.",
    usage="--R N [--eta N] [--skip-last K] [--csv|--table NAME]",
    function="bbopt.cli.hyperband_schedule:hyperband_schedule",
    text="""\
A row is a round i of bracket s: n_i configurations are run for r_i each. Nothing is run.""",
    options=options_of("hyperband-schedule"),
    required=("R",),
    takes_scenario=False,
)

_RUN_LIMITED = Command(
    name="run-limited",
    purpose="Run any command under limits, and say what it has used.",
    usage="[options] [--] COMMAND ...",
    function="bbopt.cli.run_limited:run_limited",
    text="""\
A command that exceeds a limit is ended. Everything that it starts counts and is ended with it, daemons
included.

The measurements are lines as BenchExec's runexec prints them; times are seconds, sizes bytes:

  starttime=2026-01-31T12:00:00.123456+01:00
  terminationreason=cputime    or walltime, memory, files-size (the output),
                               killed (a signal to bbopt), failed (it could not
                               be started); absent when it ended by itself
  returnvalue=0                absent when it was killed
  exitsignal=9                 only when it was killed
  walltime=1.234567s
  cputime=1.200000s
  memory=12345678B             for a command that is over in a moment not below
                               the size of bbopt's own process, about 15 MB

Standard input, output and error of the command are those of bbopt; with --output, the last two are pipes,
so that the command does not see a terminal. It runs in a session of its own. Ctrl-C and SIGTERM end it, a
second time without the grace.

Exit code: 0 when the command was run, whatever became of it; 1 when it could not be started or the
arguments are wrong; 128 + n when bbopt was ended by signal n; 255 for anything else.""",
    options=options_of("run-limited"),
    takes_scenario=False,
    words=Words("COMMAND", are_a_command=True),
)

_INSTALL_SMAC_NAMES = Command(
    name="install-smac-names",
    purpose="Have scripts that call smac and its tools call bbopt.",
    usage="FOLDER",
    function="bbopt.cli.install_smac_names:install_smac_names",
    text="""\
Writes the scripts smac, smac-validate, algo-test, pcs-check, verify-scenario and state-merge into FOLDER, for
the PATH of those who call these names. A file of such a name that this command has not written stays.""",
    takes_scenario=False,
    words=Words("FOLDER"),
)

_DOCTOR = Command(
    name="doctor",
    purpose="Say what this machine offers to searches.",
    usage="[FOLDER]",
    function="bbopt.cli.doctor:doctor",
    text="""\
Tries what searches need: a run under limits, control groups, locks and files in FOLDER (or the current
one), extras, batch systems, solvers, the terminal. Of each stands what was found, what follows from it, and
what helps. Nothing is left behind. The exit code is 1 when something is broken without which no search
works, else 0.""",
    takes_scenario=False,
    words=Words("FOLDER", are_optional=True),
)

_COMPLETION = Command(
    name="completion",
    purpose="Print a script that completes bbopt's commands in a shell.",
    usage="bash|zsh|fish",
    function="bbopt.cli.completion:completion",
    text="""\
A TAB then completes commands, options, their choices, files and folders.

  echo 'source <(bbopt completion bash)' >> ~/.bashrc
  echo 'source <(bbopt completion zsh)' >> ~/.zshrc        (behind compinit)
  bbopt completion fish > ~/.config/fish/completions/bbopt.fish""",
    takes_scenario=False,
    words=Words("bash|zsh|fish"),
)

COMMANDS = {
    command.name: command
    for command in (
        _INIT,
        _RUN,
        _CHECK,
        _CALL,
        _DESIGN,
        _HYPERBAND_SCHEDULE,
        _VALIDATE,
        _MERGE,
        *FOLDER_COMMANDS,
        *JOB_COMMANDS,
        *JOBMAN_COMMANDS,
        *KERAS_AUTOML_COMMANDS,
        *DISPATCH_COMMANDS,
        _RUN_LIMITED,
        _DOCTOR,
        _COMPLETION,
        _INSTALL_SMAC_NAMES,
    )
}
"""By the name that is typed."""


def find_command(argv: Sequence[str]) -> tuple[Command, Sequence[str]]:
    """The command that `argv` names, the search when it begins with an option; and the other arguments.

    Some names are two words, Jobman's program has two names, and to check an address is to check jobs.
    Raises InputError for a word that is no command.
    """
    if looks_like_option(argv[0]):
        return SEARCH, argv
    if argv[0] == "check" and looks_like_address(" ".join(argv[1:2])):
        return COMMANDS["jobs check"], argv[1:]
    if argv[0] in JOBDISPATCH:
        return COMMANDS["jobdispatch"], with_nb_proc_apart(argv[1:])
    if (two := " ".join(argv[:2])) in COMMANDS:
        return COMMANDS[two], argv[2:]
    command = COMMANDS.get(argv[0])
    if command is None:
        raise _unknown(argv[0], COMMANDS)
    steps = [name for name in COMMANDS if name.startswith(f"{command.name} ")]
    if steps and command.words is None and len(argv) > 1 and not looks_like_option(argv[1]):
        raise _unknown(two, steps)
    return command, argv[1:]


def _unknown(word: str, known: Collection[str]) -> InputError:
    near = nearest(word, known, limit=1)
    if os.path.isfile(word):
        meant: str | None = f"init {word}" if word.endswith(".py") else f"--scenario {word}"
    else:
        meant = near[0] if near else None
    return InputError(
        f"there is no command {word}",
        place=COMMAND_LINE,
        expected=f"{', '.join(known)}, or options of a search",
        remedy=f"did you mean bbopt {meant}?" if meant else "bbopt alone says what each is for",
    )
