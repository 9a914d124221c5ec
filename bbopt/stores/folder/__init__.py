"""SMAC v2's own record: every finished run in the seed's `live-rundata-N.json`, which SMAC v2 can read too.

Also what seeds that share a folder tell each other: by following each other's journals, and by claims.
"""

from bbopt.stores.folder.store import FolderStore
from bbopt.stores.folder.validation_record import open_validation_record, validation_records

__all__ = ["FolderStore", "open_validation_record", "validation_records"]
