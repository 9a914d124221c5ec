"""Folders on a small disk, and folders that can't be written: real ones, where the tests may make them."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


def _mount(*arguments: object) -> None:
    try:
        done = subprocess.run(["mount", *map(str, arguments)], capture_output=True, text=True, check=False)
    except OSError as error:
        pytest.skip(f"no mount program: {error}")
    if done.returncode != 0:
        pytest.skip(f"nothing may be mounted here: {done.stderr.strip()}")


@contextmanager
def small_disk(folder: Path, size_kib: int) -> Iterator[Path]:
    if os.geteuid() != 0:
        pytest.skip("only root may mount a small disk")
    folder.mkdir()
    _mount("-t", "tmpfs", "-o", f"size={size_kib}k", "tmpfs", folder)
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def fill(file: Path) -> None:
    """Write to a new file until its disk is full."""
    with pytest.raises(OSError, match="No space left"):
        file.write_bytes(bytes(1 << 22))


def enlarge(disk: Path, size_kib: int) -> None:
    subprocess.run(["mount", "-o", f"remount,size={size_kib}k", str(disk)], check=True)


@contextmanager
def read_only(folder: Path) -> Iterator[Path]:
    """A name under which `folder` can be read but not written."""
    if os.geteuid() != 0:
        folder.chmod(0o500)
        try:
            yield folder
        finally:
            folder.chmod(0o700)
        return
    view = folder.with_name(folder.name + "-read-only")
    view.mkdir()
    _mount("--bind", folder, view)
    try:
        _mount("-o", "remount,bind,ro", view)
        yield view
    finally:
        subprocess.run(["umount", "--lazy", str(view)], check=True)
