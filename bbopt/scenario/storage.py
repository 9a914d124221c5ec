"""Where the runs of a search are kept, if not in its output folder."""

from __future__ import annotations

from pathlib import Path

from bbopt.database_address import DatabaseAddress, StudyAddress, study_name
from bbopt.errors import InputError
from bbopt.options import OptionValues

__all__ = ["read_queue", "read_storage"]

_OF_THIS_MACHINE = ("cores", "cli-cores", "pin-cores", "slot-env")


def read_storage(
    options: OptionValues, current: Path, rungroup: str, suffix: str = ""
) -> StudyAddress | None:
    """The study in the database of `storage`, named like the folder of the outputs; None without a database.

    A name that is given gets the `suffix`, which the folder's has.  A relative file is one in the folder
    `current`.  InputError for what is no address.
    """
    address, study = options.optional_text("storage"), options.optional_text("study")
    if address is None:  # a scenario may name its study, and be used without a database
        return None
    given = None if study is None else study_name(study, options.place("study"))
    database = DatabaseAddress.read(address, current, options.place("storage"))
    named = given or database.study
    return StudyAddress(database, f"{named}{suffix}" if named else rungroup.strip())


def read_queue(options: OptionValues, storage: StudyAddress | None) -> StudyAddress | None:
    """Where workers take the runs from; None unless `executor = queue`.  InputError without a database."""
    if options.choice("executor") != "queue":
        return None
    if not options.is_given("storage"):
        raise InputError(
            "executor queue needs a database",
            place=options.place("executor"),
            remedy="give --storage sqlite:///FILE, or postgresql://USER@HOST/DATABASE",
        )
    for name in _OF_THIS_MACHINE:
        if options.is_given(name):
            raise InputError(
                f"{name} has no meaning with executor queue",
                place=options.place(name),
                remedy="leave it out: each worker says how much it does, bbopt worker --cores N",
            )
    return storage
