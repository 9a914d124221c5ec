"""The rows of records and of their runs, read: the same for whoever goes on with, follows or looks at one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import Connection, Select, select

from bbopt.errors import InputError, OtherScenarioError
from bbopt.process_identity import ProcessIdentity
from bbopt.runs import Instance
from bbopt.space import Configuration, Space
from bbopt.stores.identity import RecordIdentity
from bbopt.stores.records import RecordedRun
from bbopt.stores.sql.codec import identity_from, run_from
from bbopt.stores.sql.schema import CONFIGURATIONS, FORGOTTEN, RECORDS, RUNS, STUDIES, Kind

__all__ = ["RecordHead", "RecordRow", "RunReader", "forgotten_names", "record_heads", "record_rows"]

_KEPT_PROBLEMS = 100


@dataclass(frozen=True, slots=True)
class RecordRow:
    """A record as it stands in the table; `age_s` is since it changed, `source` names it for people.

    `last_process` has held it last, or does.  `incumbent` is the number of a configuration.
    """

    id: int
    seed: int
    kind: Kind
    source: str
    identity: RecordIdentity
    n_runs: int
    age_s: float
    holder: str | None
    last_process: ProcessIdentity | None
    incumbent: int | None
    incumbent_cost: float | None

    @property
    def told_identity(self) -> RecordIdentity | None:
        """What the record is about, known from its first run on."""
        return self.identity if self.n_runs else None


class RecordHead(NamedTuple):
    """What changes of a record."""

    id: int
    seed: int
    n_runs: int
    holder: str | None


def record_rows(
    connection: Connection, study: str, now: Any, kinds: Sequence[Kind], seed: int | None = None
) -> list[RecordRow]:
    """The records of a study that count, in the order of their seeds."""
    columns = select(RECORDS, (now - RECORDS.c.changed_at).label("age"))
    query = _of_study(columns, study).where(RECORDS.c.kind.in_([kind.value for kind in kinds]))
    if seed is not None:
        query = query.where(RECORDS.c.seed == seed)
    return [_row(row, study) for row in connection.execute(query)]


def record_heads(connection: Connection, study: str, kinds: Sequence[Kind]) -> list[RecordHead]:
    """The same records in short: for looks that are repeated, while identities may be long."""
    columns = (RECORDS.c.id, RECORDS.c.seed, RECORDS.c.n_runs, RECORDS.c.holder)
    query = _of_study(select(*columns), study).where(RECORDS.c.kind.in_([kind.value for kind in kinds]))
    return [RecordHead(*row) for row in connection.execute(query)]


def _of_study(query: Select[Any], study: str) -> Select[Any]:
    query = query.join(STUDIES, STUDIES.c.id == RECORDS.c.study_id)
    query = query.where(STUDIES.c.name == study, RECORDS.c.set_aside == 0)
    return query.order_by(RECORDS.c.seed, RECORDS.c.kind)


def _row(row: Any, study: str) -> RecordRow:
    kind = Kind(row.kind)
    what = "validation of " if kind is Kind.VALIDATION else ""
    return RecordRow(
        row.id,
        row.seed,
        kind,
        f"{what}seed {row.seed} of study {study}",
        identity_from(row.identity),
        row.n_runs,
        row.age,
        row.holder,
        None if row.holder_pid is None else ProcessIdentity(row.holder_host, row.holder_pid),
        row.incumbent,
        row.incumbent_cost,
    )


def forgotten_names(connection: Connection, study: str) -> frozenset[str]:
    """The runs of all seeds to be left out, for one may have taken over what another one has to forget."""
    query = select(FORGOTTEN.c.name).join(RECORDS, RECORDS.c.id == FORGOTTEN.c.record_id)
    query = query.join(STUDIES, STUDIES.c.id == RECORDS.c.study_id)
    query = query.where(STUDIES.c.name == study, RECORDS.c.set_aside == 0)
    return frozenset(connection.execute(query).scalars())


class RunReader:
    """Reads the runs of one record, a part at a time.

    What can't be used is skipped, counted (`n_skipped`) and explained (`problems`, the first hundred), or
    refused (OtherScenarioError) where it is a configuration of another space.
    """

    def __init__(self, record: RecordRow, space: Space, *, refuses_other_space: bool = True) -> None:
        self.n_read = 0
        self.problems: list[str] = []
        self.n_skipped = 0
        self.configurations: dict[int, Configuration] = {}
        self._n_known = 0
        self._record = record
        self._instances: tuple[Instance, ...] = record.identity.instances
        self._space = space
        self._refuses = refuses_other_space

    def read(self, connection: Connection, limit: int | None = None) -> list[RecordedRun]:
        """The runs behind those that were read before."""
        query = select(RUNS.c.number, RUNS.c.configuration, RUNS.c.details)
        query = query.where(RUNS.c.record_id == self._record.id, RUNS.c.number > self.n_read)
        rows = connection.execute(query.order_by(RUNS.c.number).limit(limit)).all()
        if not rows:
            return []
        self._learn_configurations(connection, max(row.configuration for row in rows))
        self.n_read = rows[-1].number
        runs = (self._run(row) for row in rows)
        return [run for run in runs if run is not None]

    @property
    def incumbent(self) -> tuple[Configuration, float] | None:
        """What the search stands by, as far as it was read."""
        configuration = self.configurations.get(self._record.incumbent or 0)
        cost = self._record.incumbent_cost
        return None if configuration is None or cost is None else (configuration, cost)

    def _learn_configurations(self, connection: Connection, up_to: int) -> None:
        of_record = CONFIGURATIONS.c.record_id == self._record.id
        number = CONFIGURATIONS.c.number
        query = select(number, CONFIGURATIONS.c.settings)
        query = query.where(of_record, number > self._n_known, number <= up_to)
        rows = connection.execute(query).all()
        made = self._space.complete_configurations(row.settings for row in rows)
        for row, configuration in zip(rows, made, strict=True):
            known = configuration or self._made_slowly(row.number, row.settings)
            if known is not None:
                self.configurations[row.number] = known
        self._n_known = max(self._n_known, up_to)

    def _made_slowly(self, number: int, settings: dict[str, str]) -> Configuration | None:
        """To find out what is wrong with it."""
        try:
            return self._space.configuration(settings)
        except InputError as error:
            got = "; ".join(one.what for one in error.errors)
            if self._refuses:
                raise OtherScenarioError(
                    f"{self._record.source} belongs to another parameter space",
                    got=got,
                    expected=f"configurations of {self._space.source or 'the space that is being searched'}",
                ) from error
            self._note(f"configuration {number}: {got}")
            return None

    def _run(self, row: Any) -> RecordedRun | None:
        configuration = self.configurations.get(row.configuration)
        if configuration is None:
            self.n_skipped += 1
            return None
        try:
            return run_from(row.details, configuration, self._instances, row.number)
        except (ValueError, TypeError, KeyError, IndexError) as error:
            self.n_skipped += 1
            self._note(f"run {row.number}: {error}")
            return None

    def _note(self, problem: str) -> None:
        if len(self.problems) < _KEPT_PROBLEMS:
            self.problems.append(problem)
