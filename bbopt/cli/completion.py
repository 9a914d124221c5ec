"""`bbopt completion SHELL`: a script that completes commands, options, choices and files.

It is made of the tables of options and commands, and static: at a TAB no Python is started.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from bbopt.cli.command import Arguments, Command
from bbopt.cli.commands import COMMANDS, SEARCH
from bbopt.errors import InputError
from bbopt.options import COMMAND_LINE, Kind, Option, Support, option_table

__all__ = ["SHELLS", "completion"]

_FILES, _FOLDERS, _PROGRAMS, _NOTHING, _SWITCH = "files", "folders", "programs", "nothing", "switch"
_KINDS = {
    Kind.SWITCH: _SWITCH,
    Kind.FILE: _FILES,
    Kind.FILES: _FILES,
    Kind.DIRECTORY: _FOLDERS,
    Kind.PATH: _FILES,
    Kind.PATHS: _FILES,
    Kind.COMMAND: _PROGRAMS,
}
_PLAIN = re.compile(r"--[a-z0-9-]+|-[A-Za-z]")


def completion(arguments: Arguments) -> int:
    """Print the script."""
    (shell,) = arguments.given.words
    if shell not in SHELLS:
        raise InputError(
            "this shell is not known", place=COMMAND_LINE, got=shell, expected=f"one of {', '.join(SHELLS)}"
        )
    print("\n".join(SHELLS[shell]()))
    return 0


def _flags(option: Option) -> list[str]:
    """What is offered: the name and those aliases that are written as usual."""
    return [flag for flag in (option.flag, *option.distinct_aliases) if _PLAIN.fullmatch(flag)]


def _offered(options: Iterable[Option]) -> list[Option]:
    return [one for one in options if one.support is Support.IMPLEMENT and _flags(one)]


def _own(command: Command) -> list[Option]:
    """Those besides a scenario's; without a scenario all."""
    return _offered(command.options if command.takes_scenario else command.table.options)


def _value(option: Option) -> str:
    """The kind of value that follows, or the choices with blanks between."""
    if option.kind in {Kind.FLAG, Kind.CHOICE}:
        return " ".join((*option.domain.strip("{}").split(", "), *option.extra_words))
    return _KINDS.get(option.kind, _NOTHING)


def _word(command: Command) -> str:
    """The same for the words of a command."""
    words = command.words
    if words is None:
        return _NOTHING
    if words.are_a_command:
        return _PROGRAMS
    if words.name.islower():
        return words.name.replace("|", " ")
    return _FOLDERS if "FOLDER" in words.name else _FILES


def _first_words() -> dict[str, str]:
    """What may stand first, each with its purpose."""
    return {
        name: command.purpose
        for name, command in COMMANDS.items()
        if " " not in name or name.split()[0] not in COMMANDS
    }


def _second_words() -> dict[str, dict[str, str]]:
    """What may stand second behind some first words."""
    found: dict[str, dict[str, str]] = {}
    for name, command in COMMANDS.items():
        first, _, second = name.partition(" ")
        if second:
            found.setdefault(first, {})[second] = command.purpose
    return found


def _two_words() -> list[str]:
    return [f"{first} {second}" for first, those in _second_words().items() for second in those]


def _values() -> Iterator[tuple[str, list[str], str]]:
    """A command (`*` for any), the flags of an option, and what its value is; the first that fits counts."""
    for command in (SEARCH, *COMMANDS.values()):
        yield from ((command.name, _flags(option), _value(option)) for option in _own(command))
    yield from (("*", _flags(option), _value(option)) for option in _offered(option_table().options))


def _quoted(text: str) -> str:
    """For bash and zsh."""
    return "'" + text.replace("'", "'\\''") + "'"


def _sentence(option: Option) -> str:
    return option.help.partition(". ")[0].rstrip(".")


def _pattern(command: str, flag: str) -> str:
    return f"*{_quoted(':' + flag)}" if command == "*" else _quoted(f"{command}:{flag}")


def _cases(form: str) -> Iterator[str]:
    """Lines of a `case` of bash or zsh over COMMAND:OPTION."""
    for command, flags, value in _values():
        patterns = "|".join(_pattern(command, flag) for flag in flags)
        yield f"    {patterns}) {form.format(_quoted(value))} ;;"


def _of_command(form: str, lists: Callable[[Sequence[Option]], str]) -> Iterator[str]:
    """Lines of a `case` of bash or zsh over the command: what its words are, and its options."""
    for command in (SEARCH, *COMMANDS.values()):
        scenario = "1" if command.takes_scenario else ""
        facts = form.format(word=_quoted(_word(command)), options=lists(_own(command)), scenario=scenario)
        yield f"    {_quoted(command.name)}) {facts} ;;"


def _command_case(subject: str) -> Iterator[str]:
    """Lines of bash or zsh that set `command` to the one that is typed."""
    two = "|".join(
        _quoted(f"{first} {second}") for first, those in _second_words().items() for second in those
    )
    yield f"  case {subject} in"
    yield f'    {two}) command="$first $second"; offset=3 ;;'
    one = "|".join(f"{_quoted(name + ' ')}*" for name in _first_words())
    yield f'    {one}) command="$first"; offset=2 ;;'
    yield "  esac"


def _bash() -> Iterator[str]:
    def flags(options: Sequence[Option]) -> str:
        return _quoted(" ".join(flag for option in options for flag in _flags(option)))

    yield "# Completion of bbopt for bash: source <(bbopt completion bash)"
    yield "_bbopt() {"
    yield '  local cur="${COMP_WORDS[COMP_CWORD]}" prev="${COMP_WORDS[COMP_CWORD-1]}"'
    yield '  local first="${COMP_WORDS[1]}" second="" command="" offset=1'
    yield '  local value="" word="" options="" scenario=""'
    yield "  COMPREPLY=()"
    yield '  ((COMP_CWORD > 1)) || { first=""; }'
    yield '  ((COMP_CWORD > 2)) && second="${COMP_WORDS[2]}"'
    yield '  if [[ $cur == "=" ]]; then cur=""'
    yield '  elif [[ $prev == "=" ]]; then prev="${COMP_WORDS[COMP_CWORD-2]}"; fi'
    yield from _command_case('"$first $second"')
    yield "  local i"
    yield "  for ((i = offset; i < COMP_CWORD; i++)); do"
    yield '    if [[ ${COMP_WORDS[i]} == "--" ]]; then _bbopt_reply files; return; fi'
    yield "  done"
    yield '  case "$command:$prev" in'
    yield from _cases("value={0}")
    yield "  esac"
    yield '  if [[ -n $value && $value != switch ]]; then _bbopt_reply "$value"; return; fi'
    yield '  case "$command" in'
    yield from _of_command("word={word} options={options} scenario={scenario}", flags)
    yield "  esac"
    yield f"  [[ -n $scenario ]] && options+={_quoted(' ')}{flags(_offered(option_table().options))}"
    yield '  if [[ $cur == -* ]]; then COMPREPLY=($(compgen -W "$options" -- "$cur")); return; fi'
    yield f"  ((COMP_CWORD == 1)) && {{ _bbopt_reply {_quoted(' '.join(_first_words()))}; return; }}"
    yield "  if ((COMP_CWORD == 2)); then"
    yield '    case "$first" in'
    for first, those in _second_words().items():
        yield f"      {first}) _bbopt_reply {_quoted(' '.join(those))}; return ;;"
    yield "    esac"
    yield "  fi"
    yield '  _bbopt_reply "$word"'
    yield "}"
    yield "_bbopt_reply() {"
    yield '  case "$1" in'
    yield "    nothing) ;;"
    for kind, flag in ((_FILES, "f"), (_FOLDERS, "d"), (_PROGRAMS, "c")):
        found = f'mapfile -t COMPREPLY < <(compgen -{flag} -- "$cur")'
        yield f"    {kind}) compopt -o filenames 2>/dev/null; {found} ;;"
    yield '    *) COMPREPLY=($(compgen -W "$1" -- "$cur")) ;;'
    yield "  esac"
    yield "}"
    yield "complete -F _bbopt bbopt"


def _zsh() -> Iterator[str]:
    def described(names: Mapping[str, str]) -> str:
        return "(" + " ".join(_quoted(f"{name}:{text}") for name, text in names.items()) + ")"

    def flags(options: Sequence[Option]) -> str:
        return described({flag: _sentence(o) for o in options for flag in _flags(o)})

    yield "#compdef bbopt"
    yield "# Completion of bbopt for zsh: source <(bbopt completion zsh), or a file _bbopt in $fpath"
    yield "_bbopt() {"
    yield '  local cur="${words[CURRENT]}" prev="${words[CURRENT-1]}" first="" second=""'
    yield "  local command='' value='' word='' offset=1 scenario=''"
    yield "  local -a options"
    yield '  ((CURRENT > 2)) && first="${words[2]}"'
    yield '  ((CURRENT > 3)) && second="${words[3]}"'
    yield "  if [[ $cur == --*=* ]]; then prev=\"${cur%%=*}\"; compset -P '*='; cur=''; fi"
    yield from _command_case('"$first $second"')
    yield "  if (( ${words[(I)--]} > 1 && ${words[(I)--]} < CURRENT )); then _files; return; fi"
    yield '  case "$command:$prev" in'
    yield from _cases("value={0}")
    yield "  esac"
    yield '  if [[ -n $value && $value != switch ]]; then _bbopt_reply "$value"; return; fi'
    yield '  case "$command" in'
    yield from _of_command("word={word}; options={options}; scenario='{scenario}'", flags)
    yield "  esac"
    yield "  if [[ $cur == -* ]]; then"
    yield f"    [[ -n $scenario ]] && options+={flags(_offered(option_table().options))}"
    yield "    _describe -o option options"
    yield "  elif ((CURRENT == 2)); then"
    yield f"    options={described(_first_words())}"
    yield "    _describe command options"
    for first, those in _second_words().items():
        yield f"  elif [[ CURRENT -eq 3 && $first == {first} ]]; then"
        yield f"    options={described(those)}"
        yield "    _describe command options"
    yield "  else"
    yield '    _bbopt_reply "$word"'
    yield "  fi"
    yield "}"
    yield "_bbopt_reply() {"
    yield '  case "$1" in'
    yield "    nothing) ;;"
    yield "    files) _files ;;"
    yield "    folders) _files -/ ;;"
    yield "    programs) _command_names -e || _files ;;"
    yield "    *) compadd -- ${=1} ;;"
    yield "  esac"
    yield "}"
    yield 'if [[ ${funcstack[1]} == _bbopt ]]; then _bbopt "$@"; else compdef _bbopt bbopt; fi'


def _fish() -> Iterator[str]:
    yield "# Completion of bbopt for fish: bbopt completion fish | source"
    yield "function __bbopt_command"
    yield "  set -l typed (commandline -opc)[2..-1]"
    two = " ".join(map(_fish_quoted, _two_words()))
    yield f'  if contains -- "$typed[1] $typed[2]" {two}'
    yield '    echo "$typed[1] $typed[2]"'
    yield f'  else if contains -- "$typed[1]" {" ".join(_first_words())}'
    yield '    echo "$typed[1]"'
    yield "  end"
    yield "end"
    yield "function __bbopt_is"
    yield '  test (__bbopt_command | string collect --allow-empty) = "$argv[1]"'
    yield "end"
    yield "function __bbopt_typed"
    yield "  test (count (commandline -opc)) -eq $argv[1]"
    yield "end"
    yield "complete -c bbopt -f"
    for name, purpose in _first_words().items():
        yield f"complete -c bbopt -n '__bbopt_typed 1' -a {name} -d {_fish_quoted(purpose)}"
    for first, those in _second_words().items():
        for second, purpose in those.items():
            condition = f"__bbopt_typed 2; and __bbopt_is {first}"
            yield f"complete -c bbopt -n '{condition}' -a {second} -d {_fish_quoted(purpose)}"
    without = [f'"{name}"' for name, command in COMMANDS.items() if not command.takes_scenario]
    yield "function __bbopt_takes_scenario"
    yield f"  not contains -- (__bbopt_command | string collect --allow-empty) {' '.join(without)}"
    yield "end"
    for command in (SEARCH, *COMMANDS.values()):
        condition = f'__bbopt_is "{command.name}"'
        if command is not SEARCH and (words := _fish_value(_word(command))):
            yield f"complete -c bbopt -n '{condition}' {words}"
        yield from (_fish_option(option, condition) for option in _own(command))
    yield from (_fish_option(option, "__bbopt_takes_scenario") for option in _offered(option_table().options))


def _fish_option(option: Option, condition: str) -> str:
    names = " ".join(f"-l {f[2:]}" if f.startswith("--") else f"-s {f[1:]}" for f in _flags(option))
    value = _value(option)
    follows = "" if value == _SWITCH else f" -r {_fish_value(value) or '-f'}"
    return f"complete -c bbopt -n '{condition}' {names}{follows} -d {_fish_quoted(_sentence(option))}"


def _fish_value(value: str) -> str:
    if value == _NOTHING:
        return ""
    if value == _FOLDERS:
        return "-f -a '(__fish_complete_directories)'"
    return "-F" if value in {_FILES, _PROGRAMS} else f"-f -a {_fish_quoted(value)}"


def _fish_quoted(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


SHELLS: Mapping[str, Callable[[], Iterator[str]]] = {"bash": _bash, "zsh": _zsh, "fish": _fish}
"""The scripts by shell, line by line."""
