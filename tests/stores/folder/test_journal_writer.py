from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import textwrap
import time
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bbopt import append_file
from bbopt.errors import StateError
from bbopt.java_numbers import LARGEST_DOUBLE, LARGEST_INT
from bbopt.runs.values import NO_INSTANCE, Instance, Origin, RunRequest, RunResult, RunStatus
from bbopt.space import Space, parse_pcs
from bbopt.stores import RecordedRun, RecordIdentity
from bbopt.stores.folder.writer import JournalWriter
from tests.journals import journal_path, read_journal

ROOT = Path(__file__).parents[3]


def request(space: Space, identity: RecordIdentity, number: int = 0, **changes: object) -> RunRequest:
    values = {"alpha": str(number % 1000 / 1000), "beta": "7", "heur": "fast"}
    made = RunRequest(
        configuration=space.configuration(values),
        instance=identity.instances[number % len(identity.instances)],
        seed=number,
        cutoff_s=2.0,
        runlength=LARGEST_INT,
        origin=Origin("model", number),
    )
    return replace(made, **changes)  # type: ignore[arg-type]


RESULT = RunResult(RunStatus.SAT, runtime_s=0.5, runlength=-1.0, quality=0.25, wallclock_s=0.75)


def lines(path: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return journal_path(tmp_path, 3)


class TestForm:
    def test_name(self, tmp_path: Path) -> None:
        assert journal_path(tmp_path, 12) == tmp_path / "live-rundata-12.json"

    def test_a_new_journal_holds_its_instances(
        self, path: Path, space: Space, identity: RecordIdentity
    ) -> None:
        JournalWriter(path, replace(identity, instances=(NO_INSTANCE,)), space).close()
        assert path.read_text() == (
            '[{"@pi-id":2,"pi-name":"no_instance","pi-instance-specific-info":"0","pi-features":{},'
            '"pi-instance-id(deprecated)":1}]\n'
        )
        assert os.listdir(path.parent) == [path.name]

    def test_a_line_as_it_stands_in_the_file(
        self, path: Path, space: Space, identity: RecordIdentity
    ) -> None:
        with JournalWriter(path, identity, space) as writer:
            writer.record(RecordedRun(request(space, identity, cutoff_s=LARGEST_DOUBLE), RESULT))
            writer.record(
                RecordedRun(request(space, identity, 4), replace(RESULT, quality=1e-5, additional='ü "\n'))
            )
        assert path.read_text().splitlines()[2] == (
            '{"r-rc":{"@rc-id":3,"rc-algo-exec-config":{"@algo-exec-config-id":2},"rc-cutoff":2.0,'
            '"rc-pisp":{"@pisp-id":3,"pisp-pi":{"@pi-id":2},"pisp-seed":4},"rc-pc":{"@pc-id":3,'
            '"pc-pcs":{"@pcs-id":2},"pc-settings":{"alpha":"0.004","beta":"7","heur":"fast"},'
            '"pc-active-parameters":["alpha","beta","heur"],"pc-forbidden":false,"pc-default":false},'
            '"rc-sample-idx":0},"r-run-result":"SAT","r-runtime":0.5,"r-run-length":-1.0,"r-quality":1.0E-5,'
            '"r-result-seed":4,"r-addl-run-data":"\\u00fc \\"\\n","r-wallclock-time":0.75,'
            '"r-bbopt-origin":"model","r-bbopt-proposal":4}'
        )
        assert '"rc-cutoff":1.7976931348623157E308,' in path.read_text()

    def test_no_field_of_bbopt_holds_an_object(
        self, path: Path, space: Space, identity: RecordIdentity
    ) -> None:
        """SMAC v2 loses its place at a nested object that it does not know."""
        full = replace(RESULT, cpu_s=0.1, memory_bytes=2**40, started_at=1.7e9, reason="killed", run_id="1-7")
        texts = (("note", "a b"), ("lr", "0.10"))
        with JournalWriter(path, identity, space) as writer:
            writer.record(RecordedRun(replace(request(space, identity, runlength=81), texts=texts), full))
        (recorded,) = read_journal(path, space).runs
        assert (recorded.request.texts, recorded.result.run_id) == (texts, "1-7")
        own = {name: value for name, value in lines(path)[1].items() if name.startswith("r-bbopt-")}
        assert own == {
            "r-bbopt-origin": "model",
            "r-bbopt-proposal": 0,
            "r-bbopt-runlength": 81,
            "r-bbopt-started-at": 1.7e9,
            "r-bbopt-cpu-s": 0.1,
            "r-bbopt-memory-bytes": 2**40,
            "r-bbopt-reason": "killed",
            "r-bbopt-run": "1-7",
            "r-bbopt-text-note": "a b",
            "r-bbopt-text-lr": "0.10",
        }

    def test_the_same_run_twice_is_written_by_its_id(
        self, path: Path, space: Space, identity: RecordIdentity
    ) -> None:
        with JournalWriter(path, identity, space) as writer:
            for number, quality in ((1, 0.1), (1, 0.2), (2, 0.3)):
                writer.record(RecordedRun(request(space, identity, number), replace(RESULT, quality=quality)))
        _, second, third = (line["r-rc"] for line in lines(path)[1:])
        assert second == {"@rc-id": 2}
        assert (third["@rc-id"], third["rc-pisp"]["@pisp-id"], third["rc-pc"]["@pc-id"]) == (4, 3, 3)
        assert [run.result.quality for run in read_journal(path, space).runs] == [0.1, 0.2, 0.3]
        with JournalWriter(path, identity, space) as writer:
            writer.record(RecordedRun(request(space, identity, 3), RESULT))
        assert lines(path)[-1]["r-rc"]["@rc-id"] == 5  # type: ignore[index]

    def test_an_instance_of_another_list(self, path: Path, space: Space, identity: RecordIdentity) -> None:
        with JournalWriter(path, identity, space) as writer, pytest.raises(ValueError, match="'x' is not in"):
            writer.record(RecordedRun(request(space, identity, instance=Instance("x")), RESULT))


odd_text = st.text(alphabet=st.characters(codec=None, exclude_categories=()), max_size=30) | st.sampled_from(
    ['"', "\\", "\n", '{"r-rc" : {', "}\n{", "\u2028", "\x00", "\ud800", "ü€😀", "a,b", "NaN", "'"]
)
finite = st.floats(allow_nan=False, allow_infinity=False)
positive = st.floats(min_value=0.0, allow_nan=False, allow_infinity=False)
results = st.builds(
    RunResult,
    status=st.sampled_from(RunStatus),
    runtime_s=positive,
    runlength=st.just(-1.0) | positive,
    quality=st.floats(allow_nan=False),
    additional=odd_text,
    wallclock_s=positive,
    cpu_s=st.none() | positive,
    memory_bytes=st.none() | st.integers(0, 2**63),
    started_at=st.none() | positive,
    reason=odd_text,
    run_id=odd_text,
)


class TestRoundTrip:
    @settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
    @given(data=st.data())
    def test_what_was_written_is_read(
        self, data: st.DataObject, tmp_path_factory: pytest.TempPathFactory, space: Space,
        identity: RecordIdentity,
    ) -> None:  # fmt: skip
        requests = st.builds(
            lambda alpha, heur, **rest: RunRequest(
                configuration=space.configuration({"alpha": repr(alpha), "beta": "9", "heur": heur}), **rest
            ),
            alpha=st.floats(0.0, 1.0).map(lambda x: x + 0.0),
            heur=st.sampled_from(["fast", "slow", "mixed"]),
            instance=st.sampled_from(identity.instances),
            seed=st.integers(-1, 2**40),
            cutoff_s=st.floats(min_value=1e-300, allow_infinity=False),
            runlength=st.just(LARGEST_INT) | st.integers(1, 1000),
            origin=st.builds(Origin, kind=odd_text, proposal=st.integers(0, 10**6)),
        )
        written = data.draw(st.lists(st.builds(RecordedRun, requests, results), max_size=8))
        path = journal_path(tmp_path_factory.mktemp("journal"), 1)
        half = len(written) // 2
        for part in (written[:half], written[half:]):
            with JournalWriter(path, identity, space) as writer:
                for run in part:
                    writer.record(RecordedRun(run.request, run.result))
        journal = read_journal(path, space)
        assert list(journal.runs) == written
        assert (journal.problems, journal.n_unreadable) == ((), 0)
        assert path.read_bytes().isascii()
        assert len(path.read_bytes().split(b"\n")) == len(written) + 2


class TestIdentity:
    @pytest.mark.parametrize(
        ("field", "value", "shown"),
        [
            ("algo_exec", "./other.py", "algo_exec = ./other.py"),
            ("exec_dir", "/elsewhere", "exec_dir = /elsewhere"),
            ("pcs_text", "x [0,1] [0]", "pcs_text = x [0,1] [0]"),
            ("cutoff_s", 5.0, "cutoff_s = 5.0"),
            ("deterministic", True, "deterministic = True"),
            ("instances", (NO_INSTANCE,), "no_instance"),
        ],
    )
    def test_another_scenario_is_refused(
        self, path: Path, space: Space, identity: RecordIdentity, field: str, value: object, shown: str
    ) -> None:
        with JournalWriter(path, identity, space) as writer:
            writer.record(RecordedRun(request(space, identity), RESULT))
        before = path.read_bytes()
        with pytest.raises(StateError, match=rf"another scenario \(other {field}\)") as caught:
            JournalWriter(path, replace(identity, **{field: value}), space)  # type: ignore[arg-type]
        assert shown in str(caught.value.expected)
        assert path.read_bytes() == before
        assert os.listdir(path.parent) == [path.name]

    def test_other_instances_are_refused_before_the_first_run(
        self, path: Path, space: Space, identity: RecordIdentity
    ) -> None:
        JournalWriter(path, identity, space).close()
        with pytest.raises(StateError, match="other instances"):
            JournalWriter(path, replace(identity, instances=identity.instances[:2]), space)

    def test_the_order_of_features_means_nothing(
        self, path: Path, space: Space, identity: RecordIdentity
    ) -> None:
        with JournalWriter(path, identity, space) as writer:
            writer.record(RecordedRun(request(space, identity), RESULT))
        turned = tuple(replace(i, features=i.features[::-1]) for i in identity.instances)
        JournalWriter(path, replace(identity, instances=turned), space).close()

    def test_other_texts_of_the_same_paths_are_gone_on_with(
        self, path: Path, space: Space, identity: RecordIdentity, tmp_path: Path
    ) -> None:
        (tmp_path / "ex").mkdir()
        (tmp_path / "link").symlink_to("ex")
        ex, link = (replace(identity, exec_dir=f"{tmp_path}/{name}") for name in ("ex/.", "link"))
        with JournalWriter(path, ex, space) as writer:
            writer.record(RecordedRun(request(space, identity), RESULT))
        before = path.read_bytes()
        JournalWriter(path, replace(link, pcs_path="/home/user/./ex//params.pcs"), space).close()
        assert path.read_bytes() == before
        assert ex.differences(replace(ex, pcs_path="/a\0b")) == (("pcs_path", ex.pcs_path, "/a\0b"),)

    def test_another_space_is_refused(self, path: Path, space: Space, identity: RecordIdentity) -> None:
        with JournalWriter(path, identity, space) as writer:
            writer.record(RecordedRun(request(space, identity, 500), RESULT))
        for text, shown in (
            ("alpha [0,1] [0.9]", "unknown parameter"),
            (space.text.replace("[0, 1] [0.9]", "[0.8, 1] [0.9]").replace("0.5}", "0.85}"), "illegal value"),
            (space.text + "gamma [0,1] [0]\ngamma | alpha > 0.9", "without the parameter gamma"),
        ):
            with pytest.raises(StateError, match="belongs to another parameter space") as caught:
                JournalWriter(path, identity, parse_pcs(text))
            assert shown in str(caught.value.got)
            assert "the space that is being searched" in str(caught.value.expected)

    def test_a_file_of_another_kind_is_left_alone(
        self, path: Path, space: Space, identity: RecordIdentity
    ) -> None:
        path.write_text("my diary\n")
        with pytest.raises(StateError, match="another scenario"):
            JournalWriter(path, identity, space)
        assert path.read_text() == "my diary\n"

    def test_two_writers(self, path: Path, space: Space, identity: RecordIdentity) -> None:
        held = f"live-rundata-3.json is in use by process {os.getpid()}"
        with JournalWriter(path, identity, space), pytest.raises(StateError, match=held):
            JournalWriter(path, identity, space)


class TestTornTails:
    def test_cut_at_every_byte_of_the_last_record(
        self, path: Path, space: Space, identity: RecordIdentity
    ) -> None:
        with JournalWriter(path, identity, space) as writer:
            for number in (1, 2):
                writer.record(RecordedRun(request(space, identity, number), RESULT))
            before = path.read_bytes()
            writer.record(RecordedRun(request(space, identity, 3), replace(RESULT, additional='} {"r-rc"')))
            whole = path.read_bytes()
        for end in range(len(before), len(whole) + 1):
            for left_over in path.parent.glob("*.torn-*"):
                left_over.unlink()
            path.write_bytes(whole[:end])
            survives = end >= len(whole) - 1
            with JournalWriter(path, identity, space) as writer:
                assert len(writer.take_recovered()) == (3 if survives else 2)
                if survives or end == len(before):
                    assert writer.repaired is None
                else:
                    (torn,) = path.parent.glob("*.torn-*")
                    assert writer.repaired == f"The last record of {path} was torn; it is kept in {torn}"
                    assert torn.read_bytes() == whole[len(before) : end]
                writer.record(RecordedRun(request(space, identity, 3 + survives), RESULT))
            seeds = [run.request.seed for run in read_journal(path, space).runs]
            assert seeds == ([1, 2, 3, 4] if survives else [1, 2, 3])
            assert len(lines(path)) == len(seeds) + 1

    def test_cut_at_every_byte_of_the_header(
        self, path: Path, space: Space, identity: RecordIdentity
    ) -> None:
        JournalWriter(path, identity, space).close()
        header = path.read_bytes()
        for end in range(len(header)):
            path.write_bytes(header[:end])
            JournalWriter(path, identity, space).close()
            assert path.read_bytes() == header or path.read_bytes() == header[:end]
            JournalWriter(path, identity, space).close()

    def test_damage_in_the_middle_costs_only_what_it_hit(
        self, path: Path, space: Space, identity: RecordIdentity
    ) -> None:
        with JournalWriter(path, identity, space) as writer:
            for number in range(1, 6):
                writer.record(RecordedRun(request(space, identity, number), RESULT))
        text = path.read_text().splitlines(keepends=True)
        text[1] = text[1][:50] + "\x00\x00\x00" + text[1][90:]  # also holds the program and the space
        text[3] = text[3][:100] + "\n"
        path.write_text("".join(text))
        with JournalWriter(path, identity, space) as writer:
            assert [run.request.seed for run in writer.take_recovered()] == [2, 4, 5]
            writer.record(RecordedRun(request(space, identity, 6), RESULT))
        journal = read_journal(path, space)
        assert [run.request.seed for run in journal.runs] == [2, 4, 5, 6]
        assert len(journal.problems) == journal.n_unreadable == 2
        assert "damaged" in journal.problems[0]
        assert journal.identity == identity


KILLED_WRITER = """
    import sys
    from pathlib import Path
    from dataclasses import replace
    from bbopt.runs.values import NO_INSTANCE, Origin, RunRequest, RunResult, RunStatus
    from bbopt.space import parse_pcs
    from bbopt.output_folder import OutputFolder
    from bbopt.stores import RecordIdentity, RecordedRun
    from bbopt.stores.folder.writer import JournalWriter
    space = parse_pcs("x integer [0, 1000000] [0]", "p.pcs")
    identity = RecordIdentity("a", "/", "/p.pcs", space.text, 1.0, True, (NO_INSTANCE,))
    writer = JournalWriter(Path(sys.argv[1]), identity, space, sync_interval_s=60.0)
    number = len(writer.take_recovered())
    result = RunResult(RunStatus.SAT, 0.0, 0.0, 0.0, additional="y" * 3000)
    print("ready", flush=True)
    while True:
        configuration = space.configuration({"x": str(number)})
        request = RunRequest(configuration, NO_INSTANCE, -1, 1.0, 1, Origin("default", number))
        writer.record(RecordedRun(request, result))
        print(number, flush=True)
        number += 1
"""


class TestDeath:
    @pytest.mark.slow
    def test_what_was_acknowledged_survives_kill_9(self, path: Path) -> None:
        space = parse_pcs("x integer [0, 1000000] [0]", "p.pcs")
        draw, acknowledged = random.Random(1), -1
        for _ in range(20):
            child = subprocess.Popen(
                [sys.executable, "-c", textwrap.dedent(KILLED_WRITER), str(path)],
                stdout=subprocess.PIPE,
                text=True,
                cwd=ROOT,
            )
            assert child.stdout is not None
            assert child.stdout.readline() == "ready\n"
            output = "".join(child.stdout.readline() for _ in range(draw.randrange(40)))
            time.sleep(draw.random() / 100)  # die in the middle of an append, too
            child.send_signal(signal.SIGKILL)
            output += child.stdout.read()
            child.communicate(timeout=60)
            acknowledged = max([acknowledged, *map(int, output.split("\n")[:-1])])
            runs = read_journal(path, space).runs
            assert [run.request.origin.proposal for run in runs] == list(range(len(runs)))
            assert len(runs) > acknowledged
        assert acknowledged > 100

    def test_a_full_disk(self, path: Path, space: Space, identity: RecordIdentity) -> None:
        script = """
            import resource, signal, sys
            from pathlib import Path
            from bbopt.errors import StateError
            from bbopt.runs.values import NO_INSTANCE, Origin, RunRequest, RunResult, RunStatus
            from bbopt.space import parse_pcs
            from bbopt.stores import RecordIdentity, RecordedRun
            from bbopt.stores.folder.writer import JournalWriter
            from tests.journals import read_journal
            path = Path(sys.argv[1])
            space = parse_pcs("x integer [0, 1000000] [0]", "p.pcs")
            identity = RecordIdentity("a", "/", "/p.pcs", space.text, 1.0, True, (NO_INSTANCE,))
            def run(number):
                configuration = space.configuration({"x": str(number)})
                request = RunRequest(configuration, NO_INSTANCE, -1, 1.0, 1, Origin("default", number))
                return request, RunResult(RunStatus.SAT, 0.0, 0.0, 0.0)
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            limits = resource.getrlimit(resource.RLIMIT_FSIZE)
            resource.setrlimit(resource.RLIMIT_FSIZE, (5000, limits[1]))
            writer, number = JournalWriter(path, identity, space), 0
            try:
                while True:
                    writer.record(RecordedRun(*run(number)))
                    number += 1
            except StateError as error:
                print(error)
            whole = read_journal(path, space)
            print(number, len(whole.runs), whole.n_unreadable)
            resource.setrlimit(resource.RLIMIT_FSIZE, limits)
            writer.record(RecordedRun(*run(number)))
            writer.record(RecordedRun(*run(number + 1)))
            again = read_journal(path, space)
            print([r.request.origin.proposal for r in again.runs] == list(range(number + 2)), again.problems)
        """
        done = subprocess.run(
            [sys.executable, "-c", textwrap.dedent(script), str(path)],
            capture_output=True,
            text=True,
            cwd=ROOT,
            timeout=60,
        )
        assert done.stderr == ""
        message, remedy, counts, after = done.stdout.splitlines()
        assert message == f"cannot append to {path}: File too large"
        assert "make room" in remedy
        number, read, torn = counts.split()
        assert int(number) == int(read) > 3
        assert torn == "0"
        assert after == "True ()"

    def test_a_refused_record_is_defined_again_when_retried(
        self, path: Path, space: Space, identity: RecordIdentity, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def full_disk(_descriptor: int, _data: object) -> int:
            raise OSError(28, "No space left on device")

        with JournalWriter(path, identity, space) as writer:
            monkeypatch.setattr(append_file.os, "write", full_disk)
            first, second = (RecordedRun(request(space, identity, seed=seed), RESULT) for seed in (1, 2))
            for runs in ([first], [second, first]):
                with pytest.raises(StateError, match="No space left"):
                    writer.record(*runs)
            monkeypatch.undo()
            writer.record(first)
            monkeypatch.setattr(append_file.os, "write", full_disk)
            with pytest.raises(StateError, match="No space left"):
                writer.record(first, second)
            monkeypatch.undo()
            writer.record(second)
        journal = read_journal(path, space)
        assert journal.runs == (first, second)
        assert journal.identity == identity
