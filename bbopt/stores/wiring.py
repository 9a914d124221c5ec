"""Which store is where: the one place that names them all.

What each needs is imported only where it is used.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from bbopt.database_address import DatabaseAddress, StudyAddress, looks_like_address
from bbopt.errors import InputError, Place, did_you_mean, nearest
from bbopt.output_folder import OutputFolder
from bbopt.shell_words import shell_word

if TYPE_CHECKING:
    from bbopt.space import Space
    from bbopt.stores.contract import Recorder, RunStore
    from bbopt.stores.identity import RecordIdentity
    from bbopt.stores.job_queue import JobQueue
    from bbopt.stores.job_table import JobTable, ViewColumn
    from bbopt.stores.records import RecordedRuns
    from bbopt.stores.sql import Copied, Database, KnownStudy

__all__ = [
    "Results",
    "copy_database",
    "database_of_tables",
    "job_queue_at",
    "job_table_at",
    "make_job_view",
    "new_study_at",
    "results_at",
    "results_in",
    "store_in",
    "studies_in",
    "study_at",
    "validation_record_in",
    "validation_records_in",
]

JOBS = "jobs"
"""The study of jobs that belong to no other."""

NO_FOLDER = Path(os.devnull) / "none"
"""A folder that is not there, and never will be."""


@dataclass(frozen=True, slots=True)
class Results:
    """What searches that belong together have left: an output folder, and where their records are.

    The records are in the folder unless there is a `study`.  `folder` may be on another host then.
    """

    folder: Path
    study: StudyAddress | None = None

    def store(self, *, is_hidden: bool = False) -> RunStore:
        """The records."""
        return store_in(self.folder, self.study, is_hidden=is_hidden)

    def kept(self) -> list[tuple[RunStore, int]]:
        """Where the record of each seed is, in the seeds' order, be it hidden."""
        stores = (self.store(is_hidden=True), self.store())
        found = {seed: store for store in stores for seed in store.seeds()}
        return [(store, seed) for seed, store in sorted(found.items(), key=lambda one: one[0])]

    @property
    def output(self) -> OutputFolder:
        """The other files."""
        return OutputFolder(self.folder)

    @property
    def shown(self) -> str:
        """Where it is, for people."""
        return str(self.folder) if self.study is None else self.study.shown

    def no_seed_here(self) -> InputError:
        """The error where no seed has kept anything, although one is needed."""
        if self.study is None:
            return self.output.no_seed_here()
        return InputError("no seed has kept anything here", place=Place(self.study.shown))


def results_at(place: str, study: str | None = None) -> Results:
    """What is in an output folder, or in a database's study, which need not be named where it is alone.

    InputError where there is no such database or study, where it is not said which, and where there are only
    jobs.
    """
    if not looks_like_address(place):
        if study is None:
            return Results(Path(place))
        raise InputError("a study is one in a database", place=Place(place), got=f"the study {study}")
    return results_in(DatabaseAddress.read(place, Path.cwd()), study)


def results_in(address: DatabaseAddress, study: str | None = None) -> Results:
    """What is in a database's study, by default that of the address; see results_at."""
    known = _studies_by_name(address)
    if not known:
        raise InputError("no search has kept anything in this database", place=Place(address.shown))
    name = _study_of(address, study or address.study, known)
    results = Results(_open_folder(known[name].output_folder), StudyAddress(address, name))
    if known[name].has_jobs and not known[name].n_seeds:
        which = "" if len(known) == 1 else f" --study {shell_word(name)}"
        raise InputError(
            "no search has kept anything here, there are only jobs",
            place=Place(results.shown),
            remedy=f"bbopt jobs status {shell_word(address.shown)}{which}, or bbopt jobs --help",
        )
    return results


def _open_folder(folder: Path | None) -> Path:
    """The folder, unless this user may not look into it: then it is as good as none."""
    try:
        is_closed = folder is None or (folder.exists() and not os.access(folder, os.X_OK))
    except PermissionError:
        is_closed = True
    return NO_FOLDER if folder is None or is_closed else folder


def study_at(
    place: str, study: str | None = None, default: str | None = None, *, is_there: bool = False
) -> StudyAddress:
    """The study of a database: the one that is named, the `default` where none is, or else the only one.

    One that is named need not be there yet unless `is_there`.  InputError where there is no such database or
    study, or it is not said which.
    """
    address = DatabaseAddress.read(place, Path.cwd())
    known, study = _studies_by_name(address), study or address.study or default
    if study is not None and not is_there:
        return StudyAddress(address, study)
    if not known:
        raise InputError(
            "nobody has put anything into this database yet",
            place=Place(address.shown),
            remedy=None if is_there else "name the study with --study to wait for it",
        )
    return StudyAddress(address, _study_of(address, study, known))


def new_study_at(place: str, study: str | None, default: str | None) -> StudyAddress:
    """The same for who adds to it: neither the database nor the study need be there.

    Where none is named, and none is there, it is JOBS.
    """
    address = DatabaseAddress.read(place, Path.cwd())
    name = study or address.study or default
    if name is None:
        known = {one.name: one for one in studies_in(address)}
        name = _study_of(address, None, known) if known else JOBS
    return StudyAddress(address, name)


def _studies_by_name(address: DatabaseAddress) -> dict[str, KnownStudy]:
    known = {one.name: one for one in studies_in(address)}
    if not known and address.file is not None and not address.file.exists():
        raise InputError("there is no such database", place=Place(address.shown))
    return known


def _study_of(address: DatabaseAddress, study: str | None, known: Mapping[str, KnownStudy]) -> str:
    if study is None and len(known) == 1:
        (study,) = known
    if study is None or study not in known:
        raise InputError(
            "it is to be said which study" if study is None else "there is no such study",
            place=Place(address.shown),
            got=study,
            expected=f"--study with one of {', '.join(known)} (or ?study= behind the address)",
            remedy=did_you_mean(nearest(study or "", known)),
        )
    return study


def copy_database(
    source: DatabaseAddress, target: DatabaseAddress, study: str | None, on_rows: Callable[[int, int], None]
) -> Copied:
    """Copy what a database holds, or one study of it, into another one; see `stores/sql/copying.py`."""
    from bbopt.stores.sql import copy_database as copy

    return copy(source, target, study, on_rows)


def database_of_tables(address: DatabaseAddress) -> Database:
    """The connection to a database for tables that are people's own; it gets none of bbopt's."""
    from bbopt.stores.sql import Database

    return Database(address, keeps_runs=False)


def store_in(folder: Path, study: StudyAddress | None = None, *, is_hidden: bool = False) -> RunStore:
    """The store of the searches whose output folder this is; `is_hidden` from other seeds."""
    if study is None:
        from bbopt.stores.folder import FolderStore

        return FolderStore(OutputFolder(folder), is_hidden=is_hidden)
    from bbopt.stores.sql import Kind, SqlStore

    kind = Kind.HIDDEN if is_hidden else Kind.SEARCH
    return SqlStore(study.database, study.study, OutputFolder(folder), kind=kind)


def validation_record_in(
    results: Results, seed: int, identity: RecordIdentity, space: Space
) -> tuple[Recorder, str | None]:
    """Begin, or go on with, the record of the validation runs of a seed, at which no search looks.

    One of another scenario is set aside: the second value is where it is then.  Raises StateError when
    another process has the record, or it can't be written.
    """
    if (study := results.study) is None:
        from bbopt.stores.folder import open_validation_record as open_in_folder

        recorder, moved_to = open_in_folder(results.output, seed, identity, space)
        return recorder, None if moved_to is None else str(moved_to)
    from bbopt.stores.sql import Kind, SqlStore, open_validation_record

    store = SqlStore(study.database, study.study, results.output, kind=Kind.VALIDATION)
    return open_validation_record(store, seed, identity, space)


def validation_records_in(results: Results) -> Iterator[tuple[int, RecordedRuns]]:
    """The seeds with the records of their validation runs; StateError when they can't be read."""
    if (study := results.study) is None:
        from bbopt.stores.folder import validation_records

        return validation_records(results.output)
    from bbopt.stores.sql import Kind, SqlStore

    return SqlStore(study.database, study.study, results.output, kind=Kind.VALIDATION).records()


def studies_in(address: DatabaseAddress) -> list[KnownStudy]:
    """The studies of a database by name; none where there is no database of bbopt's."""
    from bbopt.stores.sql import Database
    from bbopt.stores.sql import studies_in as studies

    return studies(Database(address))


def job_queue_at(study: StudyAddress) -> JobQueue:
    """The queue of jobs of a study, which need not be there yet."""
    from bbopt.stores.sql import SqlJobQueue

    return SqlJobQueue(study.database, study.study)


def job_table_at(study: StudyAddress) -> JobTable:
    """The same jobs as people look at them and change them."""
    from bbopt.stores.sql import SqlJobTable

    return SqlJobTable(study.database, study.study)


def make_job_view(study: StudyAddress, name: str, columns: Sequence[ViewColumn] | None) -> None:
    """Make a view of a study's jobs anew, or remove it (None); InputError for a name that can't be one."""
    from bbopt.stores.sql import drop_view, make_view

    if columns is None:
        drop_view(study, name)
    else:
        make_view(study, name, columns)
