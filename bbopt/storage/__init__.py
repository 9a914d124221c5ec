"""The record of truth: every finished run in `live-rundata-N.json`, which SMAC v2 can read too.

Also what seeds that share a folder tell each other: by following each other's records, and by claims.
"""

from bbopt.storage.claims import Claims
from bbopt.storage.folder_status import FolderStatus, SeedStatus, folder_status
from bbopt.storage.identity import JournalIdentity
from bbopt.storage.reader import Journal, JournalReader, SkippedStretch, read_journal
from bbopt.storage.record import UNKNOWN_ORIGIN, RecordedRun
from bbopt.storage.shared_folder import ForeignRun, Peer, SharedFolder
from bbopt.storage.writer import JournalWriter, set_aside_run

__all__ = [
    "UNKNOWN_ORIGIN",
    "Claims",
    "FolderStatus",
    "ForeignRun",
    "Journal",
    "JournalIdentity",
    "JournalReader",
    "JournalWriter",
    "Peer",
    "RecordedRun",
    "SeedStatus",
    "SharedFolder",
    "SkippedStretch",
    "folder_status",
    "read_journal",
    "set_aside_run",
]
