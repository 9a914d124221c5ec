"""The record of truth: every finished run in `live-rundata-N.json`, which SMAC v2 can read too."""

from bbopt.storage.identity import JournalIdentity
from bbopt.storage.reader import Journal, JournalReader, SkippedStretch, read_journal
from bbopt.storage.record import UNKNOWN_ORIGIN, RecordedRun
from bbopt.storage.writer import JournalWriter, journal_path

__all__ = [
    "UNKNOWN_ORIGIN",
    "Journal",
    "JournalIdentity",
    "JournalReader",
    "JournalWriter",
    "RecordedRun",
    "SkippedStretch",
    "journal_path",
    "read_journal",
]
