"""Where finished runs are kept and searches hear of each other: one contract, and stores that keep it."""

from bbopt.stores.claimed_runs import ClaimedRuns
from bbopt.stores.contract import Claims, Follower, News, Peer, Recorder, RunStore
from bbopt.stores.control import Control, Request, RequestKind, RunUnderWay
from bbopt.stores.identity import UNSAT_IS_FAILURE, RecordIdentity, declared_space
from bbopt.stores.records import UNKNOWN_ORIGIN, ForeignRun, RecordedRun, RecordedRuns, last_number
from bbopt.stores.status import SeedStatus, StoreStatus
from bbopt.stores.wiring import (
    Results,
    results_at,
    store_in,
    studies_in,
    validation_record_in,
    validation_records_in,
)

__all__ = [
    "UNKNOWN_ORIGIN",
    "UNSAT_IS_FAILURE",
    "ClaimedRuns",
    "Claims",
    "Control",
    "Follower",
    "ForeignRun",
    "News",
    "Peer",
    "RecordIdentity",
    "RecordedRun",
    "RecordedRuns",
    "Recorder",
    "Request",
    "RequestKind",
    "Results",
    "RunStore",
    "RunUnderWay",
    "SeedStatus",
    "StoreStatus",
    "declared_space",
    "last_number",
    "results_at",
    "store_in",
    "studies_in",
    "validation_record_in",
    "validation_records_in",
]
