"""The runs on record in which winners were trained on all data: they stand beside those of validations."""

from __future__ import annotations

from collections.abc import Iterator

from bbopt.stores.identity import RecordIdentity
from bbopt.stores.records import RecordedRun
from bbopt.stores.wiring import Results, validation_records_in

__all__ = ["retrained_runs"]


def retrained_runs(
    results: Results, identity: RecordIdentity | None = None
) -> Iterator[tuple[int, RecordedRun]]:
    """Each with the seed of its search; with an identity only those on records of this one.

    StateError when they can't be read.
    """
    for seed, record in validation_records_in(results):
        if identity is not None and (record.identity is None or record.identity.differences(identity)):
            continue
        yield from ((seed, run) for run in record.runs if run.request.is_retraining)
