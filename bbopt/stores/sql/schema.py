"""The tables of a database; `migrations.py` makes them, and brings those of older versions up to date.

Their names begin with `bbopt_`, so that a database may hold other programs' tables as well.  Times are
seconds since the epoch by the database's own clock.  Texts that programs made may hold what PostgreSQL's
can't: they are JSON in ASCII, in columns of the type `Json`.
"""

from __future__ import annotations

import json
from enum import Enum
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Dialect,
    Double,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
    event,
    text,
)

from bbopt.stores.job_queue import Wish

__all__ = [
    "CLAIMS",
    "CONFIGURATIONS",
    "FORGOTTEN",
    "GROUPED_JOBS",
    "GROUPS",
    "JOBS",
    "MEMBERS",
    "METADATA",
    "NOBODYS",
    "PROCESSES",
    "RECORDS",
    "REFERS_TO",
    "REQUESTS",
    "RUNS",
    "SCENARIOS",
    "SCHEMA",
    "SCHEMA_VERSION",
    "STUDIES",
    "UNDER_WAY",
    "Json",
    "Kind",
    "plain",
]

SCHEMA_VERSION = 4


class Json(TypeDecorator[Any]):
    """A value as JSON in ASCII: also zero bytes, halves of surrogate pairs, infinities."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        """See TypeDecorator."""
        return None if value is None else json.dumps(value, separators=(",", ":"))

    def process_result_value(self, value: Any, dialect: Dialect) -> Any:
        """See TypeDecorator."""
        return None if value is None else json.loads(value)


def plain(text: str) -> str:
    """The text for a column that people look at: what not every database can hold is replaced."""
    return text.replace("\0", "\ufffd").encode("utf-8", "replace").decode("utf-8")


class Kind(Enum):
    """Who looks at a record."""

    SEARCH = "search"
    HIDDEN = "hidden"
    """One at which peers do not look."""
    VALIDATION = "validation"


METADATA = MetaData()
REFERS_TO = "bbopt.refers_to"
"""In the `info` of a column: the table whose rows it names by their numbers, also those that are gone."""

_Key = BigInteger().with_variant(Integer, "sqlite")
"""SQLite counts up by itself only what it calls INTEGER, which has 64 bits, too."""

SCHEMA = Table("bbopt_schema", METADATA, Column("version", Integer, nullable=False))

STUDIES = Table(
    "bbopt_studies",
    METADATA,
    Column("id", _Key, primary_key=True),
    Column("name", Text, nullable=False, unique=True),
    Column("output_folder", Json),
    Column("created_at", Double, nullable=False),
)
"""Searches that belong together, as those in one output folder do."""

PROCESSES = Table(
    "bbopt_processes",
    METADATA,
    Column("token", String(32), primary_key=True),
    Column("host", Text, nullable=False),
    Column("pid", BigInteger, nullable=False),
    Column("process_start", Text),
    Column("heartbeat_at", Double, nullable=False),
    Column("batch_job", Text),
)
"""Who holds records and claims.  The token stands for a life of a process, and for nobody after it.
`batch_job` is the job of a batch system that the process is in, as `slurm 1234`."""

RECORDS = Table(
    "bbopt_records",
    METADATA,
    Column("id", _Key, primary_key=True),
    Column("study_id", _Key, ForeignKey("bbopt_studies.id"), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("seed", BigInteger, nullable=False),
    Column("set_aside", Integer, nullable=False),
    Column("identity", Json, nullable=False),
    Column("n_runs", BigInteger, nullable=False),
    Column("changed_at", Double, nullable=False),
    Column("holder", String(32)),
    Column("holder_host", Text),
    Column("holder_pid", BigInteger),
    Column("incumbent", BigInteger),
    Column("incumbent_cost", Double),
    UniqueConstraint("study_id", "kind", "seed", "set_aside"),
)
"""What one seed has kept.  `set_aside` is 0 for the one that counts, and numbers those that were moved away.

`holder` is the token of the process that adds to it, `holder_host` and `holder_pid` are the last one's.
`incumbent` is the number of the configuration that the search stands by, `incumbent_cost` its estimated cost.
"""

CONFIGURATIONS = Table(
    "bbopt_configurations",
    METADATA,
    Column("record_id", _Key, ForeignKey("bbopt_records.id"), primary_key=True),
    Column("number", BigInteger, primary_key=True),
    Column("settings", Json, nullable=False),
)
"""The settings that runs have, of all parameters by name; numbered in each record as they came."""

RUNS = Table(
    "bbopt_runs",
    METADATA,
    Column("record_id", _Key, ForeignKey("bbopt_records.id"), primary_key=True),
    Column("number", BigInteger, primary_key=True),
    Column("configuration", BigInteger, nullable=False),
    Column("name", Text, nullable=False),
    Column("instance", Text, nullable=False),
    Column("target_seed", BigInteger, nullable=False),
    Column("budget", BigInteger),
    Column("status", String(16), nullable=False),
    Column("quality", Double, nullable=False),
    Column("runtime_s", Double, nullable=False),
    Column("wallclock_s", Double, nullable=False),
    Column("started_at", Double),
    Column("reused_from", BigInteger),
    Column("details", Json, nullable=False),
)
"""The runs of each record, numbered from 1 without gaps.  `details` is all of a run but its settings, to the
last bit; the columns before it repeat of it what people ask a database for."""

FORGOTTEN = Table(
    "bbopt_forgotten",
    METADATA,
    Column("record_id", _Key, ForeignKey("bbopt_records.id"), primary_key=True),
    Column("name", Text, primary_key=True),
    Column("asked_by", Json, nullable=False),
    Column("asked_at", Double, nullable=False),
)
"""Runs that do not count any more."""

CLAIMS = Table(
    "bbopt_claims",
    METADATA,
    Column("study_id", _Key, ForeignKey("bbopt_studies.id"), primary_key=True),
    Column("run", String(64), primary_key=True),
    Column("seed", BigInteger, nullable=False),
    Column("owner", String(32), nullable=False),
    Column("claimed_at", Double, nullable=False),
    Column("content", Json, nullable=False),
)
"""Runs that searches are making; those of processes that are gone mean nothing.  `run` is a hash."""

UNDER_WAY = Table(
    "bbopt_under_way",
    METADATA,
    Column("study_id", _Key, ForeignKey("bbopt_studies.id"), primary_key=True),
    Column("seed", BigInteger, primary_key=True),
    Column("runs", Json, nullable=False),
)
"""What each search shows people of its runs under way."""

REQUESTS = Table(
    "bbopt_requests",
    METADATA,
    Column("id", _Key, primary_key=True),
    Column("study_id", _Key, ForeignKey("bbopt_studies.id"), nullable=False),
    Column("seed", BigInteger, nullable=False),
    Column("content", Json, nullable=False),
    Index("bbopt_requests_of_search", "study_id", "seed"),
)
"""What people ask of searches, until it is taken."""

MEMBERS = Table(
    "bbopt_members",
    METADATA,
    Column("token", String(32), primary_key=True),
    Column("study_id", _Key, ForeignKey("bbopt_studies.id"), nullable=False),
    Column("n_slots", Integer, nullable=False),
)
"""Processes that take part in a study's queue of jobs: workers with their slots, and with 0 who asks."""

SCENARIOS = Table(
    "bbopt_scenarios",
    METADATA,
    Column("id", _Key, primary_key=True),
    Column("study_id", _Key, ForeignKey("bbopt_studies.id"), nullable=False),
    Column("digest", String(64), nullable=False),
    Column("content", Json, nullable=False),
    UniqueConstraint("study_id", "digest"),
)
"""What workers need to make runs of a scenario."""

GROUPS = Table(
    "bbopt_job_groups",
    METADATA,
    Column("id", _Key, primary_key=True),
    Column("study_id", _Key, ForeignKey("bbopt_studies.id"), nullable=False),
    Column("name", Text, nullable=False),
    Column("phase", Integer, nullable=False),
    Column("done_at", Double),
    Index("bbopt_job_groups_of_study", "study_id"),
)
"""Sets of jobs that others come after.  `phase` is that of the jobs that come after: one more than the
latest of the group's.  `done_at` is when the last of the group's jobs was done, while all are."""

GROUPED_JOBS = Table(
    "bbopt_grouped_jobs",
    METADATA,
    Column("group_id", _Key, ForeignKey("bbopt_job_groups.id"), primary_key=True),
    Column("job", _Key, primary_key=True, info={REFERS_TO: "bbopt_jobs"}),
    Column("is_open", Integer, nullable=False),
    Index("bbopt_grouped_jobs_of_job", "job"),
    Index("bbopt_grouped_jobs_open", "group_id", "is_open"),
)
"""The jobs of each group; `is_open` is 0 for one that is done, also if it is not there any more."""

_AFTER = Index("bbopt_jobs_after", "after_group")

JOBS = Table(
    "bbopt_jobs",
    METADATA,
    Column("id", _Key, primary_key=True),
    Column("study_id", _Key, ForeignKey("bbopt_studies.id"), nullable=False),
    Column("status", Integer, nullable=False),
    Column("priority", Double, nullable=False),
    Column("kind", String(16), nullable=False),
    Column("scenario_id", _Key, ForeignKey("bbopt_scenarios.id")),
    Column("digest", String(64)),
    Column("asker", String(32)),
    Column("owner", String(32)),
    Column("claim", String(32)),
    Column("wish", Integer, nullable=False),
    Column("n_killed", Integer, nullable=False),
    Column("worker", Text),
    Column("added_at", Double, nullable=False),
    Column("started_at", Double),
    Column("ended_at", Double),
    Column("settings", Json, nullable=False),
    Column("content", Json, nullable=False),
    Column("latest", Json),
    Column("result", Json),
    Column("reason", Text),
    Column("after_group", _Key, ForeignKey("bbopt_job_groups.id")),
    Column("waits", Integer, nullable=False, server_default="0"),
    Index("bbopt_jobs_due", "study_id", "status", "waits", text("priority DESC"), "id"),
    Index("bbopt_jobs_equal", "study_id", "digest"),
    Index("bbopt_jobs_asked", "asker", "status"),
    Index("bbopt_jobs_owned", "owner"),
    _AFTER,
    sqlite_autoincrement=True,  # the number of a job that is gone is not another one's
)
"""Jobs.  `status` is a JobStatus; one with an `owner`, a worker's token, is under way, by that `claim`.
`asker` is the token of the search that a job goes with.  `worker` says who had it last.  One that `waits`
comes after a group with open jobs, and is not begun."""


@event.listens_for(JOBS, "before_create")
def _leave_out_most(table: Table, connection: Connection, **_: Any) -> None:
    """Of `_AFTER` the jobs that come after none.  To say so imports what is the database's own: only here."""
    _AFTER.dialect_kwargs[f"{connection.dialect.name}_where"] = text("after_group IS NOT NULL")


NOBODYS: dict[str, Any] = {"owner": None, "claim": None, "latest": None, "wish": Wish.NOTHING.value}
"""What a job has that nobody is at."""
