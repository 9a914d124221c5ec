from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from bbopt.errors import StateError
from bbopt.runs.values import RunStatus
from bbopt.space import Space
from bbopt.stores import RecordedRun
from bbopt.stores.folder import reader as reader_module
from bbopt.stores.folder.java_json import json_text, number
from bbopt.stores.folder.reader import JournalReader, read_journal

HEADER = '[{"@pi-id":2,"pi-name":"i","pi-instance-specific-info":"0","pi-features":{}}]\n'


def run_object(seed: int, **changes: object) -> dict[str, object]:
    made: dict[str, object] = {
        "r-rc": {
            "@rc-id": seed,
            "rc-algo-exec-config": {"@algo-exec-config-id": 2},
            "rc-cutoff": 2.0,
            "rc-pisp": {"@pisp-id": seed, "pisp-pi": {"@pi-id": 2}, "pisp-seed": seed},
            "rc-pc": {"@pc-id": seed, "pc-settings": {"alpha": "0.5", "beta": "2", "heur": "slow"}},
            "rc-sample-idx": 0,
        },
        "r-run-result": "SAT",
        "r-runtime": 1.0,
        "r-run-length": 0.0,
        "r-quality": 0.5,
        "r-result-seed": seed,
        "r-addl-run-data": "",
        "r-wallclock-time": 0.1,
    }
    return made | {name.replace("_", "-"): value for name, value in changes.items()}


def run_text(seed: int, **changes: object) -> str:
    return json.dumps(run_object(seed, **changes))


def seeds(runs: object) -> list[int]:
    return [run.request.seed for run in runs]  # type: ignore[attr-defined]


def stretch(path: Path, problem: str) -> bytes:
    """What the message is about."""
    start, end = map(int, re.findall(r"\d+", problem)[:2])
    return path.read_bytes()[start:end]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "live-rundata-1.json"


class TestGarbage:
    @pytest.mark.parametrize(
        ("garbage", "reason"),
        [
            ("garbage", "this is no run"),
            ('{"another": "object"}', "this is no run"),
            ("\x00" * 50, "this is no run"),
            (run_text(9)[:200], "cut short or damaged"),
            ('{"r-rc": ' + "[" * 100_000, "cut short or damaged"),
            ('{"r-rc": "unterminated', "cut short or damaged"),
            ('{"r-rc": 5}', "@rc-id should be an object"),
            ('{"r-rc": {"@rc-id": 77}}', "refers to @rc-id 77"),
            (run_text(9, r_runtime=float("nan")), "runtime_s must be finite"),
            (run_text(9, r_runtime="x"), "r-runtime: not a number"),
            (run_text(9, r_quality="NaN"), "quality must be a number"),
            (run_text(9, r_run_result="RUNNING"), "r-run-result is 'RUNNING'"),
            (run_text(9, r_bbopt_proposal=-1), "proposal must be at least 0"),
            (run_text(9, r_bbopt_proposal="1"), "should be a whole number"),
            (run_text(9).replace('"rc-cutoff": 2.0', '"rc-cutoff": -1'), "cutoff_s must be positive"),
            (run_text(9).replace('"@pi-id": 2', '"@pi-id": 8'), "refers to @pi-id 8"),
            (run_text(9).replace('"alpha"', '"pc-settings": 3, "alpha"'), None),
        ],
    )
    def test_in_the_middle_it_costs_only_itself(
        self, path: Path, space: Space, garbage: str, reason: str | None
    ) -> None:
        path.write_text(HEADER + run_text(1) + "\n" + garbage + "\n" + run_text(2) + "\n")
        if reason is None:
            with pytest.raises(StateError, match="another parameter space"):
                read_journal(path, space)
            return
        journal = read_journal(path, space)
        assert seeds(journal.runs) == [1, 2]
        assert journal.n_unreadable == len(journal.problems) == 1
        problem = journal.problems[0]
        assert reason in problem
        assert garbage.encode() in stretch(path, problem)

    def test_bytes_that_are_no_text(self, path: Path, space: Space) -> None:
        path.write_bytes(
            HEADER.encode() + run_text(1).encode() + b"\xff\xfe\xc3" + run_text(2).encode() + b"\n"
        )
        journal = read_journal(path, space)
        assert seeds(journal.runs) == [1, 2]
        assert stretch(path, journal.problems[0]) == b"\xff\xfe\xc3"
        assert journal.n_unreadable == 1

    def test_the_parts_of_a_refused_run_can_still_be_referred_to(self, path: Path, space: Space) -> None:
        reference = run_object(2)
        reference["r-rc"] = {"@rc-id": 1}
        path.write_text(HEADER + run_text(1, r_run_result="RUNNING") + json.dumps(reference))
        assert seeds(read_journal(path, space).runs) == [1]

    def test_a_run_that_smac2_capped_to_nothing_is_none_and_no_damage(self, path: Path, space: Space) -> None:
        """It writes such runs, without having called the target, and refers to their parts later."""
        capped = run_text(1, r_run_result="TIMEOUT", r_runtime=0.0, r_wallclock_time=0.0)
        other = run_object(2)
        other["r-rc"] |= {"rc-pc": {"@pc-id": 1}, "rc-pisp": {"@pisp-id": 1}}  # type: ignore[operator]
        path.write_text(HEADER + capped.replace('"rc-cutoff": 2.0', '"rc-cutoff": 0.0') + json.dumps(other))
        journal = read_journal(path, space)
        assert seeds(journal.runs) == [1]
        assert journal.runs[0].request.cutoff_s == 2.0
        assert journal.n_unreadable == 0

    def test_a_run_of_a_second_program_is_refused(self, path: Path, space: Space) -> None:
        def program(key: int, cutoff_s: float) -> dict[str, object]:
            return {
                "@algo-exec-config-id": key,
                "algo-exec": "a",
                "algo-exec-dir": "/",
                "algo-pcs": {"@pcs-id": 2, "pcs-filename": "/p", "pcs-text": "", "pcs-subspace": {}},
                "algo-cutoff": cutoff_s,
                "algo-deterministic": True,
            }

        first, second = run_object(1), run_object(2)
        first["r-rc"]["rc-algo-exec-config"] = program(2, 2.0)  # type: ignore[index]
        second["r-rc"]["rc-algo-exec-config"] = program(3, 9.0)  # type: ignore[index]
        path.write_text(HEADER + json.dumps(first) + json.dumps(second) + run_text(3))
        journal = read_journal(path, space)
        assert seeds(journal.runs) == [1, 3]
        assert "another target program" in journal.problems[0]
        assert journal.identity is not None
        assert journal.identity.cutoff_s == 2.0

    def test_a_file_that_is_no_journal(self, path: Path, space: Space) -> None:
        path.write_text("once upon a time " * 100)
        journal = read_journal(path, space)
        assert journal.runs == ()
        assert journal.problems[0].endswith("the file does not start with a list of instances")

    def test_complaints_are_counted_but_not_all_kept(self, path: Path, space: Space) -> None:
        path.write_text(HEADER + ("x" + run_text(1, r_run_result="?")) * 500)
        journal = read_journal(path, space)
        assert (len(journal.problems), journal.n_unreadable) == (100, 1000)

    @given(st.binary(max_size=300))
    @example(b'[1]{"r-rc":')
    @example(b"[")
    @settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
    def test_anything_can_be_read(self, path: Path, space: Space, content: bytes) -> None:
        path.write_bytes(content)
        journal = read_journal(path, space)
        assert journal.runs == ()
        path.write_bytes(HEADER.encode() + run_text(1).encode() + content + b"\n" + run_text(2).encode())
        assert seeds(read_journal(path, space).runs) == [1, 2]


class TestFields:
    def test_words_and_numbers_as_text(self, path: Path, space: Space) -> None:
        path.write_text(HEADER + run_text(1, r_run_result="success", r_quality="-Infinity", r_runtime=1))
        result = read_journal(path, space).runs[0].result
        assert (result.status, result.quality) == (RunStatus.SAT, float("-inf"))

    def test_foreign_fields_are_passed_over(self, path: Path, space: Space) -> None:
        path.write_text(HEADER + run_text(1, r_other={"a": [1]}, r_addl_run_data=None))
        journal = read_journal(path, space)
        assert (seeds(journal.runs), journal.n_unreadable) == ([1], 0)
        assert journal.runs[0].result.additional == ""

    def test_an_inline_instance(self, path: Path, space: Space) -> None:
        inline = run_text(1).replace(
            '{"@pi-id": 2}', '{"@pi-id": 3, "pi-name": "j", "pi-features": {"f": 1}}'
        )
        path.write_text(HEADER + inline)
        run = read_journal(path, space).runs[0]
        assert (run.request.instance.name, run.request.instance.features) == ("j", (("f", 1.0),))

    def test_missing_file(self, path: Path, space: Space) -> None:
        assert read_journal(path, space) is None


class TestPolling:
    def test_byte_by_byte(self, path: Path, space: Space) -> None:
        content = (HEADER + run_text(1, r_addl_run_data='} {"r-rc" : ü') + "\n" + run_text(2) + "\n").encode()
        reader = JournalReader(path, space)
        found = []
        for end in range(len(content) + 1):
            path.write_bytes(content[:end])
            found += seeds(reader.poll())
        assert found == [1, 2]
        assert reader.offset == len(content)
        assert reader.poll() == []
        assert reader.skipped == 0

    @pytest.mark.parametrize("step_bytes", [1, 100, 5000])
    def test_many_runs_at_once_are_read_as_one_by_one(
        self, path: Path, space: Space, monkeypatch: pytest.MonkeyPatch, step_bytes: int
    ) -> None:
        lines = [run_text(seed) for seed in range(1, 161)]
        for seed, given_settings in (
            (20, {"alpha": "0.5", "beta": "2", "heur": "unheard"}),
            (48, {"alpha": "0.50", "heur": "slow"}),
            (49, {"alpha": "0.5", "beta": "2.5", "heur": "slow", "more": "1"}),
            (50, "none"),
            (51, {"alpha": "5e-1", "beta": 2, "heur": "slow"}),
            (120, {"alpha": "x", "beta": "2", "heur": "slow"}),
        ):
            made = run_object(seed)
            made["r-rc"]["rc-pc"]["pc-settings"] = given_settings  # type: ignore[index, call-overload]
            lines[seed - 1] = json.dumps(made)
        lines[60] = run_text(61, r_quality="NaN")
        lines[99] = lines[99][:200]
        lines[130] = json.dumps(run_object(131) | {"r-rc": {"@rc-id": 20}})
        lines[131] = json.dumps(run_object(132) | {"r-rc": {"@rc-id": 51}})
        path.write_text(HEADER)
        slow = JournalReader(path, space, refuse_other_space=False)
        expected = slow.poll()
        for line in lines:
            with path.open("a") as file:
                file.write(line + "\n")
            expected += slow.poll()
        quick = JournalReader(path, space, refuse_other_space=False)
        assert quick.poll() == expected
        assert (quick.offset, quick.problems) == (slow.offset, slow.problems)
        assert [problem.partition(": ")[2].split(" ")[0] for problem in quick.problems] == (
            ["illegal", "a", "illegal", "pc-settings", "quality", "this", "illegal", "it"]
        )
        assert (len(expected), expected[-29].request.seed) == (152, 51)
        monkeypatch.setattr(reader_module, "_STEP_BYTES", step_bytes)
        stepping = JournalReader(path, space, refuse_other_space=False)
        n_steps, runs = 1, stepping.poll_some()
        while stepping.is_behind:
            n_steps, runs = n_steps + 1, runs + stepping.poll_some()
        assert runs == expected
        assert (stepping.offset, stepping.problems) == (slow.offset, slow.problems)
        assert n_steps > path.stat().st_size / max(step_bytes, 2000)
        assert JournalReader(path, space, refuse_other_space=False).poll() == expected

    def test_only_what_is_new_is_read(self, path: Path, space: Space) -> None:
        path.write_text(HEADER + run_text(1) + "\n")
        reader = JournalReader(path, space)
        assert seeds(reader.poll()) == [1]
        content = path.read_bytes()
        compared = content[-256:]
        path.write_bytes(b"#" * (len(content) - 256) + compared + run_text(2).encode())
        assert seeds(reader.poll()) == [2]

    def test_a_torn_tail_that_its_writer_repaired(self, path: Path, space: Space) -> None:
        whole = HEADER + run_text(1) + "\n"
        path.write_text(whole + run_text(2)[:150])
        reader = JournalReader(path, space)
        assert seeds(reader.poll()) == [1]
        path.write_text(whole)
        assert reader.poll() == []
        path.write_text(whole + run_text(3) + "\n")
        assert seeds(reader.poll()) == [3]
        assert reader.skipped == 0

    def test_a_file_that_was_started_anew(self, path: Path, space: Space) -> None:
        path.write_text(HEADER + run_text(1) + run_text(2))
        reader = JournalReader(path, space)
        assert seeds(reader.poll()) == [1, 2]
        path.write_text(HEADER + run_text(3))
        assert seeds(reader.poll()) == [3]
        path.rename(path.with_name("moved"))
        path.write_text(HEADER + run_text(4) + run_text(5) + run_text(6))
        assert seeds(reader.poll()) == [4, 5, 6]
        assert reader.skipped == 0

    def test_another_file_takes_its_place_between_two_steps(
        self, path: Path, space: Space, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(reader_module, "_STEP_BYTES", 1000)
        path.write_text(HEADER + "\n".join(map(run_text, range(1, 20))))
        reader = JournalReader(path, space)
        first_step = reader.poll_some

        def step_and_replace() -> list[RecordedRun]:
            monkeypatch.setattr(reader, "poll_some", first_step)
            runs = first_step()
            path.unlink()
            path.write_text(HEADER + run_text(30))
            return runs

        monkeypatch.setattr(reader, "poll_some", step_and_replace)
        assert seeds(reader.poll()) == [30]

    def test_a_folder_in_its_place(self, path: Path, space: Space) -> None:
        path.mkdir()
        with pytest.raises(StateError, match=r"cannot read .*: it is a folder, no file"):
            JournalReader(path, space).poll()


class TestJavaJson:
    def test_forms(self) -> None:
        value = {"a": [1, 2.0, 1e-5, True, None, "ü\n"], "b": {}, "c": float("inf"), "d": 1e300}
        assert json_text(value) == (
            '{"a":[1,2.0,1.0E-5,true,null,"\\u00fc\\n"],"b":{},"c":"Infinity","d":1.0E300}'
        )

    @pytest.mark.parametrize(
        ("value", "expected"), [(1, 1.0), ("1.0E-4", 1e-4), ("-Infinity", -float("inf"))]
    )
    def test_numbers(self, value: object, expected: float) -> None:
        assert number(value) == expected

    @pytest.mark.parametrize("value", [None, True, "x", [], 10**400])
    def test_what_is_no_number(self, value: object) -> None:
        with pytest.raises(ValueError, match="not a"):
            number(value)


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("SATISFIABLE", RunStatus.SAT),
        ("unsatisfiable", RunStatus.UNSAT),
        ("KILLED", RunStatus.KILLED),
        ("killed", RunStatus.KILLED),
    ],
)
def test_words_of_a_status(path: Path, space: Space, word: str, status: RunStatus) -> None:
    path.write_text(HEADER + run_text(1, r_run_result=word) + "]")
    assert [run.result.status for run in read_journal(path, space).runs] == [status]


def test_word_that_is_no_status(path: Path, space: Space) -> None:
    path.write_text(HEADER + run_text(1, r_run_result="FINE") + "]")
    journal = read_journal(path, space)
    assert journal.runs == ()
    assert "'FINE', none of SAT, UNSAT, TIMEOUT, CRASHED, ABORT, KILLED" in journal.problems[0]
