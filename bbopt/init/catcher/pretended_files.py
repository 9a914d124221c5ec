"""Files that are only pretended to be written, so that a look at a program leaves none behind."""

from __future__ import annotations

import builtins
import errno
import io
import itertools
import os
import shutil
import sys
from collections.abc import Callable
from typing import Any

__all__ = ["pretend_to_write"]

_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
_WITHOUT_EFFECT = ("mkdir", "remove", "unlink", "rmdir", "rename", "replace", "symlink", "link")


def pretend_to_write(folder: str) -> None:
    """Let files that are written be made in `folder`, and nothing else be made, moved or removed."""
    home, numbers = os.path.realpath(folder) + os.sep, itertools.count()
    stand_ins: dict[str, str] = {}
    real_open = io.open

    def whole(path: Any) -> str:
        return os.path.realpath(os.fsdecode(path))

    def is_elsewhere(path: Any) -> bool:
        return not isinstance(path, int) and not whole(path).startswith((home, "/dev/", "/proc/"))

    def open_pretended(file: Any, mode: str = "r", *args: Any, **named: Any) -> Any:
        if isinstance(file, int) or not is_elsewhere(file):
            return real_open(file, mode, *args, **named)
        path = whole(file)
        if set(mode) & set("wax+") and path not in stand_ins:
            if "x" in mode and os.path.exists(path):
                return real_open(file, mode, *args, **named)
            stand_in = f"{home}written-{next(numbers)}"
            if os.path.isfile(path) and "w" not in mode:
                shutil.copyfile(path, stand_in)
            stand_ins[path] = stand_in
        return real_open(stand_ins.get(path, file), mode, *args, **named)

    def without_effect(real: Callable[..., Any], *, unless_there: bool) -> Callable[..., Any]:
        def pretend(path: Any, *args: Any, **named: Any) -> Any:
            paths = [path, *(arg for arg in args[:1] if isinstance(arg, (str, bytes, os.PathLike)))]
            is_by_folder = any(named.get(name) is not None for name in ("dir_fd", "src_dir_fd"))
            if is_by_folder or not any(is_elsewhere(each) for each in paths):
                return real(path, *args, **named)
            if unless_there and os.path.lexists(path):
                return real(path, *args, **named)
            return None

        return pretend

    def refuse(event: str, args: tuple[Any, ...]) -> None:
        """What goes round these functions."""
        is_to_write = event == "open" and isinstance(args[2], int) and args[2] & _WRITES
        if is_to_write and args[0] is not None and is_elsewhere(args[0]):
            raise OSError(errno.EROFS, "nothing is written while the arguments are looked at", args[0])

    io.open = builtins.open = open_pretended
    for name in _WITHOUT_EFFECT:
        setattr(os, name, without_effect(getattr(os, name), unless_there=name == "mkdir"))
    for name in ("rmtree", "move"):
        setattr(shutil, name, without_effect(getattr(shutil, name), unless_there=False))
    if hasattr(sys, "addaudithook"):
        sys.addaudithook(refuse)
