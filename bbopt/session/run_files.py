"""The files of runs that have folders: listed, followed while they grow, and put into an archive."""

from __future__ import annotations

import hashlib
import json
import os
import time
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bbopt.durable_files import file_error, output_exists
from bbopt.errors import InputError, Place
from bbopt.exports import read_run_table
from bbopt.output_folder import OutputFolder
from bbopt.runs import Row
from bbopt.session.folder_overview import best_in, folder_overview
from bbopt.stores import Results
from bbopt.target.supervisor.run_folder import MARKER, OUTPUT_NAME

__all__ = [
    "OUTPUT_NAME",
    "RunFile",
    "archive_runs",
    "best_run",
    "files_in",
    "followed",
    "run_files",
    "run_folder",
    "runs_with_folders",
]

MANIFEST = "manifest.json"
_POLL_S = 0.2
_CHUNK_BYTES = 1 << 16


@dataclass(frozen=True, slots=True)
class RunFile:
    """A file of a run, its name within the run's folder; of a link it is where that leads to."""

    name: str
    path: Path
    n_bytes: int
    link: str | None = None


def runs_with_folders(output: OutputFolder) -> list[str]:
    """The names of the runs that have folders, by seed and number."""
    try:
        names = [entry.name for entry in os.scandir(output.runs) if entry.is_dir()]
    except OSError:
        return []
    runs = [name for name in names if all(part.isdecimal() for part in name.split("-", 1)) and "-" in name]
    return sorted(runs, key=lambda name: tuple(map(int, name.split("-"))))


def run_files(output: OutputFolder, run: str) -> list[RunFile]:
    """All files of a run, by their names; InputError where it has no folder."""
    return files_in(run_folder(output, run))


def run_folder(output: OutputFolder, run: str) -> Path:
    """The folder of a run; InputError where it has none."""
    folder = output.runs / run
    if folder.is_dir():
        return folder
    has_any = bool(runs_with_folders(output))
    raise InputError(
        f"run {run} has no folder",
        place=Place(folder),
        remedy=None if has_any else "run-folders = true gives each run one",
    )


def files_in(folder: Path) -> list[RunFile]:
    """All files below a folder of a run, by their names."""
    return sorted(_files_in(folder), key=lambda file: file.name)


def _files_in(folder: Path) -> Iterator[RunFile]:
    for parent, folders, names in os.walk(folder):
        for name in (*names, *(name for name in folders if os.path.islink(os.path.join(parent, name)))):
            path = Path(parent, name)
            shown = str(path.relative_to(folder))
            if shown == MARKER:
                continue
            if path.is_symlink():
                yield RunFile(shown, path, 0, os.readlink(path))
            elif path.is_file():
                yield RunFile(shown, path, path.stat().st_size)


def best_run(results: Results) -> str:
    """The last run of the best configuration that has worked; InputError where none has."""
    best, configuration = best_in(folder_overview(results), results)
    record = dict(results.store().records())[best.seed]
    return [
        run.name(best.seed)
        for run in record.runs
        if run.request.configuration == configuration and not run.result.status.is_failure
    ][-1]


def followed(path: Path, is_over: Callable[[], bool], n_last_bytes: int) -> Iterator[bytes]:
    """What stands at the end of the file, and what comes, until its run `is_over` and nothing comes any more.

    A file that is not there yet is waited for; of one that becomes shorter all that is in it comes.
    """
    offset: int | None = None
    while True:
        was_over = is_over()  # before it is read: what is written until then is read below
        for chunk in _read_on(path, offset, n_last_bytes):
            offset, data = chunk
            if data:
                yield data
        if was_over:
            return
        time.sleep(_POLL_S)


def _read_on(path: Path, offset: int | None, n_last_bytes: int) -> Iterator[tuple[int, bytes]]:
    try:
        with path.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            if offset is None:
                offset = max(0, size - n_last_bytes)
            elif size < offset:
                offset = 0
            file.seek(offset)
            while data := file.read(_CHUNK_BYTES):
                offset += len(data)
                yield offset, data
    except FileNotFoundError:
        return
    except OSError as error:
        raise file_error("read", path, error) from error


def archive_runs(results: Results, runs: Sequence[str], archive: Path) -> int:
    """Write the files of runs into a new zip file with a manifest; how many files there are.

    The manifest has what the table of runs says of each, and the size and the SHA-256 of each file.  Links
    are only named there.  InputError where a run has no folder or the archive exists, StateError when it
    can't be written; then there is none.
    """
    found = {run: run_files(results.output, run) for run in runs}
    rows = {str(row["run_id"]): row for row in read_run_table(results).rows}
    try:
        file = archive.open("xb")
    except FileExistsError:
        raise output_exists(archive, "an archive") from None
    except OSError as error:
        raise file_error("write", archive, error) from error
    try:
        with file, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, allowZip64=True) as written:
            manifest = {run: _archived(written, run, files, rows.get(run)) for run, files in found.items()}
            written.writestr(MANIFEST, json.dumps({"runs": manifest}, indent=1))
    except BaseException as error:
        archive.unlink(missing_ok=True)
        if isinstance(error, OSError):
            raise file_error("write", archive, error) from error
        raise
    return sum(map(len, found.values()))


def _archived(
    written: zipfile.ZipFile, run: str, files: Iterable[RunFile], row: Row | None
) -> Mapping[str, Any]:
    entries: list[dict[str, str | int]] = []
    for file in files:
        if file.link is not None:
            entries.append({"name": file.name, "link": file.link})
            continue
        digest, n_bytes = _copied(written, f"{run}/{file.name}", file.path)
        entries.append({"name": file.name, "bytes": n_bytes, "sha256": digest})
    return {"run": row, "files": entries}


def _copied(written: zipfile.ZipFile, name: str, path: Path) -> tuple[str, int]:
    """Copy a file that may grow meanwhile; what is in the archive is what is told of it."""
    digest, n_bytes = hashlib.sha256(), 0
    info = zipfile.ZipInfo.from_file(path, name, strict_timestamps=False)
    info.compress_type = zipfile.ZIP_DEFLATED
    with path.open("rb") as source, written.open(info, "w", force_zip64=True) as target:
        while data := source.read(_CHUNK_BYTES):
            target.write(data)
            digest.update(data)
            n_bytes += len(data)
    return digest.hexdigest(), n_bytes
