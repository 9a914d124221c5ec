"""Templates of command lines: words with placeholders such as `{seed}` and `{param:name}`."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from bbopt.errors import InputError, Place, nearest

__all__ = [
    "BUDGET",
    "CHECKPOINT_FACTS",
    "FACTS",
    "FOLD",
    "FOLD_FACTS",
    "NO_CHECKPOINT",
    "OUTER_FOLD_FACTS",
    "RESULT_FILE_FACT",
    "RUN_FACTS",
    "SCENARIO_FOLDER",
    "WORD_LIST",
    "Template",
    "parse_template",
    "place_within",
    "split_words",
]

_PLACEHOLDER = re.compile(
    r"\{\{(?P<literal>[A-Za-z][\w-]*(?::[^{}\[\]]+)?)\}\}"
    r"|\{(?P<name>[A-Za-z][\w-]*)(?::(?P<parameter>[^{}\[\]]+))?\}"
)
_OPTIONAL_PART = re.compile(r"\[([^\[\]]*\{param:[^{}\[\]]+\}[^\[\]]*)\]")

WORD_LIST = "params"
"""The placeholder that stands for any number of words, and must be a word of its own."""

BUDGET = "runlength"
"""The placeholder that stands for the budget of a run."""

FACTS = ("instance", "instance-info", "seed", "cutoff", "cutoff-int", BUDGET, WORD_LIST)
"""The placeholders that stand for what is run."""

FOLD = "fold"
"""The placeholder for the number of the fold that a run leaves out, counted from 0."""

FOLD_FACTS = (FOLD, "folds")
"""The placeholders of cross-validation; the second stands for how many folds there are."""

OUTER_FOLD_FACTS = ("outer-fold", "outer-folds")
"""Those of the search's own fold in a double cross-validation, and of how many searches there are."""

RESULT_FILE_FACT = "result-file"
"""The placeholder for where the program may leave its results."""

NO_CHECKPOINT = {"checkpoint-in": "", "checkpoint-out": "", "budget-done": "0"}
"""What those of checkpoints stand for in a run that has none."""

CHECKPOINT_FACTS = tuple(NO_CHECKPOINT)
"""The placeholders that stand for what a run goes on from, and what it leaves."""

SCENARIO_FOLDER = "scenario-folder"
"""The placeholder for the folder of the scenario file: of all runs of a search the same."""

RUN_FACTS = (
    "run-id",
    "configuration-id",
    "slot",
    SCENARIO_FOLDER,
    "run-folder",
    "parameters-file",
    *CHECKPOINT_FACTS,
)
"""The placeholders that stand for what is known of a single run when it starts."""


@dataclass(frozen=True, slots=True)
class _Placeholder:
    """What a text is put in for: a fact by its name, or the value of a parameter."""

    name: str
    parameter: str | None = None


@dataclass(frozen=True, slots=True)
class _Part:
    """A piece of a word; an optional one is left out where it asks for an inactive parameter."""

    pieces: tuple[str | _Placeholder, ...]
    is_optional: bool = False

    def placeholders(self) -> Iterator[_Placeholder]:
        return (piece for piece in self.pieces if isinstance(piece, _Placeholder))

    def filled(self, facts: Mapping[str, str], settings: Mapping[str, str]) -> str | None:
        """The text; None when it needs a parameter that `settings` do not have."""
        texts = []
        for piece in self.pieces:
            if isinstance(piece, str):
                texts.append(piece)
            elif piece.parameter is None:
                texts.append(facts[piece.name])
            elif piece.parameter in settings:
                texts.append(settings[piece.parameter])
            else:
                return None
        return "".join(texts)


_Word = tuple[_Part, ...]


@dataclass(frozen=True, slots=True)
class Template:
    """The words of a command, or of a piece of one, with placeholders."""

    words: tuple[_Word, ...]

    @property
    def names(self) -> frozenset[str]:
        """The placeholders that it has, `param:...` left out."""
        return frozenset(found.name for found in self._placeholders() if found.parameter is None)

    @property
    def parameters(self) -> frozenset[str]:
        """The parameters whose values it names by `{param:...}`."""
        return frozenset(found.parameter for found in self._placeholders() if found.parameter is not None)

    @property
    def begins_plainly(self) -> bool:
        """Whether the first word has no placeholder."""
        return not any(found for part in self.words[0] for found in part.placeholders())

    def followed_by(self, word_list: str) -> Template:
        """The template with `{word_list}` as a further word."""
        return replace(self, words=(*self.words, (_Part((_Placeholder(word_list),)),)))

    def filled(
        self, facts: Mapping[str, str], settings: Mapping[str, str], params: Sequence[str] = ()
    ) -> list[str]:
        """The words with `facts` for the placeholders, and `params` for `{params}`.

        `settings` are the active parameters.  A word that names another parameter is left out, or only
        its part in square brackets around the parameter.
        """
        words: list[str] = []
        for word in self.words:
            if any(found.name == WORD_LIST for part in word for found in part.placeholders()):
                words += params
            elif (text := _filled_word(word, facts, settings)) is not None:
                words.append(text)
        return words

    def _placeholders(self) -> Iterator[_Placeholder]:
        return (found for word in self.words for part in word for found in part.placeholders())


def _filled_word(word: _Word, facts: Mapping[str, str], settings: Mapping[str, str]) -> str | None:
    texts = []
    for part in word:
        text = part.filled(facts, settings)
        if text is not None:
            texts.append(text)
        elif not part.is_optional:
            return None
    return "".join(texts)


def split_words(text: str, place: Place) -> list[str]:
    """The words of `text`, split like a shell command line; InputError for open quotes."""
    try:
        return shlex.split(text)
    except ValueError as error:
        raise InputError(
            "the template can't be split into words",
            place=place,
            got=text,
            expected="words as on a shell command line, with every quote closed",
            remedy=str(error),
        ) from error


def parse_template(words: Sequence[str], names: Sequence[str], text: str, place: Place) -> Template:
    """The template of `words`, which `text` at `place` was split into, with the placeholders `names`.

    Besides them there is `{param:NAME}`.  Raises InputError for another placeholder, and for `{params}`
    as a part of a word.
    """
    for word in words:
        for match in _PLACEHOLDER.finditer(word):
            _check(match, word, names, text, place)
    return Template(tuple(_word(word) for word in words))


def _check(match: re.Match[str], word: str, names: Sequence[str], text: str, place: Place) -> None:
    if match["literal"]:
        return
    here = place_within(place, max(0, text.find(match[0])))
    if match["name"] == "param" and match["parameter"]:
        return
    if match["parameter"] is None and match["name"] in names:
        if match["name"] == WORD_LIST and word != match[0]:
            raise InputError(
                f"{{{WORD_LIST}}} stands for several arguments, and must be a word of its own",
                place=here,
                got=word,
            )
        return
    known = [f"{{{name}}}" for name in (*names, "param:NAME")]
    near = nearest(match["name"], (*names, "param"))
    remedy = f"did you mean {{{'param:NAME' if near[0] == 'param' else near[0]}}}? " if near else ""
    if match["parameter"] is None:
        remedy += f"write {{param:{match['name']}}} for the value of a parameter {match['name']}, "
    else:
        remedy += "write "
    raise InputError(
        f"unknown placeholder {match[0]}",
        place=here,
        expected=f"one of {', '.join(known)}",
        remedy=f"{remedy}{{{match[0]}}} for the text {match[0]} itself",
    )


def place_within(place: Place, offset: int) -> Place:
    """The place `offset` characters further on, where `place` has a column."""
    return place if place.column is None else replace(place, column=place.column + offset)


def _word(text: str) -> _Word:
    parts, end = [], 0
    for match in _OPTIONAL_PART.finditer(text):
        parts += [_Part(_pieces(text[end : match.start()])), _Part(_pieces(match[1]), is_optional=True)]
        end = match.end()
    return (*parts, _Part(_pieces(text[end:])))


def _pieces(text: str) -> tuple[str | _Placeholder, ...]:
    pieces: list[str | _Placeholder] = []
    end = 0
    for match in _PLACEHOLDER.finditer(text):
        pieces.append(text[end : match.start()])
        literal = match["literal"]
        pieces.append(f"{{{literal}}}" if literal else _Placeholder(match["name"], match["parameter"]))
        end = match.end()
    return tuple(piece for piece in (*pieces, text[end:]) if piece != "")
