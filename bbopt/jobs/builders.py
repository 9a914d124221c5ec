"""Python functions and classes by their names, and the objects that a state describes."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from typing import Any

from bbopt.errors import InputError, did_you_mean, nearest
from bbopt.jobs.nested import DD, expand

__all__ = ["BUILDER", "check_dotted_name", "find_callable", "make"]

BUILDER = "__builder__"
"""The key for the name of what builds an object from the other values beside it."""


def make(state: Any) -> Any:
    """What `state` describes, flat or nested: a dictionary becomes what its builder returns.

    A builder is called with the other values of its dictionary by name, themselves made before.  Values, and
    dictionaries without a builder, are themselves.  InputError for a builder that is not found; what builders
    raise passes through.
    """
    return _make(expand(state)) if isinstance(state, Mapping) else state


def _make(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    made = DD({key: _make(item) for key, item in value.items()})
    return find_callable(made.pop(BUILDER))(**made) if BUILDER in made else made


def check_dotted_name(name: object) -> str:
    """`name` where it has the form `module.function`; InputError otherwise."""
    if isinstance(name, str) and "." in name and all(map(str.isidentifier, name.split("."))):
        return name
    raise InputError("this is no name of a function in a module", got=str(name), expected="module.function")


def find_callable(name: str) -> Callable[..., Any]:
    """The function, class or method `module.function`, after the import of its module.

    InputError for whatever the import raises, which runs the module, and for a name that is not found.
    """
    module, path = _import_of(check_dotted_name(name))
    found: Any = module
    for part in path:
        if not hasattr(found, part):
            raise InputError(
                f"{getattr(found, '__name__', found)} has no {part!r}",
                got=name,
                remedy=did_you_mean(nearest(part, [one for one in dir(found) if not one.startswith("_")])),
            )
        found = getattr(found, part)
    if not callable(found):
        raise InputError(
            "this is no function", got=f"{name} of type {type(found).__name__}", expected="module.function"
        )
    return found  # type: ignore[no-any-return]


def _import_of(name: str) -> tuple[Any, list[str]]:
    """The innermost module that the dotted `name` begins with, imported, and the names behind it."""
    parts = name.split(".")
    module: Any = None
    for length in range(1, len(parts)):
        inner = ".".join(parts[:length])
        try:
            module = importlib.import_module(inner)
        except (Exception, SystemExit) as error:  # the latter from scripts that run when they are imported
            is_missing = isinstance(error, ModuleNotFoundError) and error.name == inner
            if is_missing and module is not None:
                return module, parts[length - 1 :]
            raise _not_imported(inner, name, error, is_missing) from error
    return module, parts[-1:]


def _not_imported(module: str, name: str, error: BaseException, is_missing: bool) -> InputError:
    if is_missing:
        remedy = "set PYTHONPATH to the folder of the module"
        return InputError(f"there is no module {module}", got=name, remedy=remedy)
    return InputError(f"the module {module} can't be imported", got=f"{type(error).__name__}: {error}")
