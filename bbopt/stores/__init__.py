"""Where finished runs are kept and searches hear of each other: one contract, and stores that keep it."""

from typing import TYPE_CHECKING

from bbopt.lazy_names import lazy_names

if TYPE_CHECKING:
    from bbopt.stores.claimed_runs import ClaimedRuns
    from bbopt.stores.contract import Claims, Follower, News, Peer, Recorder, RunStore
    from bbopt.stores.control import Control, Request, RequestKind, RunUnderWay
    from bbopt.stores.identity import UNSAT_IS_FAILURE, RecordIdentity, declared_space
    from bbopt.stores.job_queue import (
        MAX_KILLED,
        ClaimedJob,
        EndedJob,
        JobKind,
        JobQueue,
        JobResult,
        NewGroup,
        NewJob,
        QueueState,
        Wish,
    )
    from bbopt.stores.job_table import JobChoice, JobCounts, JobRow, JobTable, Member, SettingIs, ViewColumn
    from bbopt.stores.records import UNKNOWN_ORIGIN, ForeignRun, RecordedRun, RecordedRuns, last_number
    from bbopt.stores.retrained import retrained_runs
    from bbopt.stores.status import SeedStatus, StoreStatus
    from bbopt.stores.wiring import (
        Results,
        copy_database,
        database_of_tables,
        job_queue_at,
        job_table_at,
        make_job_view,
        new_study_at,
        results_at,
        results_in,
        store_in,
        studies_in,
        study_at,
        validation_record_in,
        validation_records_in,
    )
else:
    __getattr__ = lazy_names(
        __name__,
        "job_queue",
        "job_table",
        "wiring",
        "control",
        "records",
        "retrained",
        "identity",
        "claimed_runs",
        "status",
        "contract",
    )

__all__ = [
    "MAX_KILLED",
    "UNKNOWN_ORIGIN",
    "UNSAT_IS_FAILURE",
    "ClaimedJob",
    "ClaimedRuns",
    "Claims",
    "Control",
    "EndedJob",
    "Follower",
    "ForeignRun",
    "JobChoice",
    "JobCounts",
    "JobKind",
    "JobQueue",
    "JobResult",
    "JobRow",
    "JobTable",
    "Member",
    "NewGroup",
    "NewJob",
    "News",
    "Peer",
    "QueueState",
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
    "SettingIs",
    "StoreStatus",
    "ViewColumn",
    "Wish",
    "copy_database",
    "database_of_tables",
    "declared_space",
    "job_queue_at",
    "job_table_at",
    "last_number",
    "make_job_view",
    "new_study_at",
    "results_at",
    "results_in",
    "retrained_runs",
    "store_in",
    "studies_in",
    "study_at",
    "validation_record_in",
    "validation_records_in",
]
