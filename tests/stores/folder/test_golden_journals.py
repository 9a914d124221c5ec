"""SMAC v2's own `live-rundata` files: read, written again, compared object by object."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bbopt.java_numbers import LARGEST_INT
from bbopt.runs.values import RunStatus
from bbopt.space import Space
from bbopt.stores import UNKNOWN_ORIGIN, RecordedRun, RecordIdentity
from bbopt.stores.folder.reader import JournalReader
from bbopt.stores.folder.run_fields import OWN_PREFIX
from bbopt.stores.folder.writer import JournalWriter
from tests.journals import read_journal

GOLDEN = Path(__file__).parents[2] / "golden"
FILES = [
    GOLDEN / "smac2-run" / "output" / "live-rundata-1.json",
    GOLDEN / "smac2-shared-run" / "live-rundata-1.json",
    GOLDEN / "smac2-shared-run" / "live-rundata-2.json",
]


def objects(text: str) -> list[object]:
    """All JSON values of a text, with the order of the fields."""
    decoder = json.JSONDecoder(object_pairs_hook=lambda pairs: ("object", pairs))
    found, position = [], 0
    while position < len(text):
        value, position = decoder.raw_decode(text, position)
        found.append(value)
        position += len(text[position:]) - len(text[position:].lstrip())
    return found


def without_own_fields(value: object) -> object:
    if isinstance(value, tuple) and value[0] == "object":
        return "object", [pair for pair in value[1] if not pair[0].startswith(OWN_PREFIX)]
    return value


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.name}")
class TestGoldenJournal:
    def test_it_is_read_whole(self, path: Path, space: Space, identity: RecordIdentity) -> None:
        journal = read_journal(path, space)
        assert journal.identity == identity
        assert journal.instances == identity.instances
        assert len(journal.runs) == len(objects(path.read_text())) - 1
        assert (journal.problems, journal.n_unreadable) == ((), 0)

    def test_it_is_regenerated(
        self, path: Path, space: Space, identity: RecordIdentity, tmp_path: Path
    ) -> None:
        again = tmp_path / "live-rundata-1.json"
        with JournalWriter(again, identity, space) as writer:
            for run in read_journal(path, space).runs:
                writer.record(RecordedRun(run.request, run.result))
        assert list(map(without_own_fields, objects(again.read_text()))) == objects(path.read_text())
        assert len(again.read_text().splitlines()) == len(objects(path.read_text()))

    def test_numbering_continues_after_any_number_of_reopenings(
        self, path: Path, space: Space, identity: RecordIdentity, tmp_path: Path
    ) -> None:
        again = tmp_path / "live-rundata-1.json"
        for number, run in enumerate(read_journal(path, space).runs):
            with JournalWriter(again, identity, space) as writer:
                assert len(writer.take_recovered()) == number
                writer.record(RecordedRun(run.request, run.result))
        assert list(map(without_own_fields, objects(again.read_text()))) == objects(path.read_text())

    def test_smac2s_own_file_can_be_continued(
        self, path: Path, space: Space, identity: RecordIdentity, tmp_path: Path
    ) -> None:
        runs = read_journal(path, space).runs
        copy = tmp_path / "live-rundata-1.json"
        copy.write_bytes(path.read_bytes())
        with JournalWriter(copy, identity, space) as writer:
            assert writer.take_recovered() == runs
            assert writer.take_recovered() == ()
            writer.record(RecordedRun(runs[-1].request, runs[-1].result))
        assert copy.read_bytes().startswith(path.read_bytes() + b"\n{")
        assert [run.request for run in read_journal(copy, space).runs] == [
            run.request for run in (*runs, runs[-1])
        ]

    def test_it_can_be_read_while_it_grows(self, path: Path, space: Space, tmp_path: Path) -> None:
        content, growing = path.read_bytes(), tmp_path / "live-rundata-1.json"
        reader = JournalReader(growing, space)
        assert reader.poll() == []
        runs = []
        for end in [*range(0, len(content), 97), len(content)]:
            growing.write_bytes(content[:end])
            runs += reader.poll()
        assert tuple(runs) == read_journal(path, space).runs
        assert reader.skipped == 0


def test_the_first_run_of_the_golden_file(space: Space, identity: RecordIdentity) -> None:
    run = read_journal(FILES[0], space).runs[0]
    assert run.request.configuration.values == {"alpha": "0.9", "beta": "50", "heur": "slow"}
    assert run.request.configuration.is_default
    assert run.request.instance == identity.instances[1]
    assert (run.request.seed, run.request.cutoff_s, run.request.runlength) == (8765092, 2.0, LARGEST_INT)
    assert run.request.origin.kind == UNKNOWN_ORIGIN
    assert (run.result.status, run.result.runtime_s, run.result.runlength) == (RunStatus.TIMEOUT, 2.0, 0.0)
    assert (run.result.quality, run.result.additional, run.result.wallclock_s) == (0.3948, "h=0.395", 0.235)
