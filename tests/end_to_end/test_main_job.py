"""The command as users and programs know it from SMAC v2."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from bbopt.exports import VALIDATION_TABLES, read_trajectory
from bbopt.java_numbers import format_double
from bbopt.space import read_pcs
from tests.end_to_end.conftest import ROOT, ScenarioFolder
from tests.journals import read_journal


def sequence(folder: ScenarioFolder, seed: int = 1) -> list[str]:
    journal = read_journal(folder.output / f"live-rundata-{seed}.json", read_pcs(folder.path / "params.pcs"))
    return [run.request.configuration.call_text() for run in journal.runs]


def test_a_scenario_is_tuned_and_every_file_is_there(folder: ScenarioFolder) -> None:
    done = folder.tune()
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    names = {str(path.relative_to(folder.output)) for path in folder.output.rglob("*") if path.is_file()}
    assert names == {
        "traj-run-1.txt",
        "detailed-traj-run-1.csv",
        "live-rundata-1.json",
        "log-run1.txt",
        "log-warn1.txt",
        "log-err1.txt",
        "state-run1/instances.txt",
        "state-run1/param.pcs",
        "state-run1/scenario.txt",
        "state-run1/runs_and_results-it2.csv",
        "state-run1/paramstrings-it2.txt",
        "state-run1/uniq_configurations-it2.csv",
        *(f"{table}-traj-run-1-walltime.csv" for table in VALIDATION_TABLES),
    }
    assert (folder.output / "log-warn1.txt").read_text() == ""
    assert (folder.output / "log-err1.txt").read_text() == ""
    assert (folder.output / "state-run1/param.pcs").read_bytes() == (folder.path / "params.pcs").read_bytes()
    assert (folder.output / "state-run1/scenario.txt").read_text() == (
        folder.path / "scenario.txt"
    ).read_text()


def test_the_result_is_better_than_the_default_and_stands_in_every_file(folder: ScenarioFolder) -> None:
    done = folder.tune("--runcount-limit", "40")
    space = read_pcs(folder.path / "params.pcs")
    runs = read_journal(folder.output / "live-rundata-1.json", space).runs
    best = min(runs, key=lambda run: run.result.quality)
    assert best.result.quality < 0.005 < runs[0].result.quality
    rows = read_trajectory(folder.output / "traj-run-1.txt")
    assert rows[0].performance == 1.7976931348623157e308
    assert rows[-1].performance == best.result.quality
    assert rows[-1].configuration == best.request.configuration.state_text()
    assert (
        f"with estimated mean quality: {format_double(best.result.quality)}, based on 1 run(s)" in done.stdout
    )
    (table,) = (folder.output / "state-run1").glob("runs_and_results-it*.csv")
    assert len(table.read_text().splitlines()) == 41


def test_standard_output_has_the_lines_that_programs_parse(folder: ScenarioFolder) -> None:
    first, second, *lines = folder.tune().stdout.splitlines()
    assert first == f"[INFO ] Logging to: {folder.output / 'log-run1.txt'}"
    assert re.fullmatch(
        r"\[INFO \] Version of SMAC is v2\.10\.03 \(bbopt .*\), running on Python .* ", second
    )
    assert lines[0] == "[INFO ] Call String: bbopt --scenario scenario.txt --seed 1 "
    assert re.fullmatch(
        r"\[INFO \] SMAC started at: \w{3} \d+, \d{4}, \d+:\d\d:\d\d [AP]M\. Minimizing mean quality\.",
        lines[1],
    )
    assert re.fullmatch(
        r"\[INFO \] First incumbent: config 1 \(internal ID: 0x0001\), with mean quality: [\d.E-]+; "
        r"estimate based on 1 runs\.",
        lines[2],
    )
    assert lines[3] == "[INFO ] Sample call for new incumbent config 1 (internal ID: 0x0001): "
    assert lines[4].startswith(
        f"cd {folder.path}; ./target.sh no_instance 0 1.7976931348623157E308 2147483647 -1 "
    )
    assert lines[4].endswith("'  ")
    rules = [i for i, line in enumerate(lines) if line == "=" * 87]
    closing = lines[rules[0] : rules[1] + 1]
    assert closing[1] == "SMAC has finished. Reason: algorithm run limit (20 runs) has been reached.   "
    assert closing[2] == "Total number of runs performed: 20, total configurations tried: 20."
    assert re.fullmatch(r"Total CPU time used: \d+ s, total wallclock time used: \d+ s\.", closing[3])
    assert closing[5] == "Sample call for this final incumbent:"


def test_the_last_line_that_names_the_target_gives_the_configuration(folder: ScenarioFolder) -> None:
    """As Sparkle reads it: behind the target and its five positional arguments."""
    lines = [line for line in folder.tune().stdout.splitlines() if "target.sh" in line]
    words = shlex.split(lines[-1].split("target.sh", 1)[1])
    settings = dict(zip(words[5::2], words[6::2], strict=True))
    space = read_pcs(folder.path / "params.pcs")
    journal = read_journal(folder.output / "live-rundata-1.json", space)
    best = min(journal.runs, key=lambda run: run.result.quality).request.configuration
    assert space.configuration({name[1:]: value for name, value in settings.items()}) == best


def test_the_sample_call_can_be_pasted_into_a_shell(folder: ScenarioFolder) -> None:
    lines = folder.tune().stdout.splitlines()
    call = lines[lines.index("Sample call for this final incumbent:") + 1]
    answer = subprocess.run(call, shell=True, text=True, capture_output=True, check=True).stdout
    assert answer.startswith("Result of this algorithm run: SAT")


@pytest.mark.parametrize(
    ("options", "kinds"),
    [
        ([], ["default", *["initial design"] * 4, *["model"] * 6]),
        (["--surrogate", "forest"], ["default", *["initial design"] * 4, *["model"] * 6]),
        (["--engine-preset", "smac2"], ["default", "random", *["random", "model"] * 4, "random"]),
    ],
)
def test_where_proposals_come_from(folder: ScenarioFolder, options: list[str], kinds: list[str]) -> None:
    done = folder.tune(*options, "--runcount-limit", "11")
    assert done.returncode == 0, done.stderr
    recorded = read_journal(folder.output / "live-rundata-1.json", read_pcs(folder.path / "params.pcs")).runs
    assert [run.request.origin.kind for run in recorded] == kinds


@pytest.mark.parametrize("engine", ["smbo", "random", "smac3"])
def test_every_engine_tunes(folder: ScenarioFolder, engine: str) -> None:
    done = folder.tune("--engine", engine, "--runcount-limit", "12")
    assert done.returncode == 0, done.stderr
    assert "Total number of runs performed: 12," in done.stdout
    assert (folder.output / "log-warn1.txt").read_text() == ""


def test_roar_is_random(folder: ScenarioFolder) -> None:
    folder.tune("--exec-mode", "ROAR", "--runcount-limit", "10")
    text = (folder.output / "live-rundata-1.json").read_text()
    assert text.count('"r-bbopt-origin":"random"') == 9


def test_the_sequence_depends_on_the_seed_only(folder: ScenarioFolder) -> None:
    folder.tune(PYTHONHASHSEED="1", OMP_NUM_THREADS="1")
    first = sequence(folder)
    folder.tune("--rungroup", "again", PYTHONHASHSEED="77", OMP_NUM_THREADS="2", OPENBLAS_NUM_THREADS="2")
    again = read_journal(
        folder.output.parent / "again/live-rundata-1.json", read_pcs(folder.path / "params.pcs")
    )
    assert [run.request.configuration.call_text() for run in again.runs] == first
    folder.tune(seed=2)
    assert sequence(folder, seed=2) != first
    assert len(set(first)) == len(first)


def test_the_target_is_called_as_smac2_calls_it(folder: ScenarioFolder) -> None:
    script = (
        '#!/bin/sh\n{ pwd; env | grep ^AEATK_ | sort; for a in "$@"; do echo "arg=$a"; done; } > seen\n'
        'echo "Result of algorithm run: SAT, 1, 0, 0.5, 0"\n'
    )
    folder.write("target.sh", script, executable=True)
    folder.write(
        "params.pcs",
        "b integer [1, 9] [5]\nB real [0.1, 100] [20] log\nc {on,off}[off]\nz | c in {on}\nz [0,1][0.5]\n",
    )
    folder.tune("--runcount-limit", "1")
    lines = (folder.path / "seen").read_text().splitlines()
    assert lines[0] == str(folder.path)
    assert [line.split("=")[0] for line in lines[1:5]] == [
        "AEATK_CONCURRENT_TASK_ID",
        "AEATK_CPU_TIME_FREQUENCY",
        "AEATK_EXECUTION_UUID",
        "AEATK_PORT",
    ]
    arguments = [line[4:] for line in lines if line.startswith("arg=")]
    assert arguments == [
        "no_instance", "0", "1.7976931348623157E308", "2147483647", "-1",
        "-B", "20", "-b", "5", "-c", "off",
    ]  # fmt: skip


def test_rescales_scenario_runs_as_it_stands(folder: ScenarioFolder) -> None:
    folder.write(
        "scenario.txt",
        "use-instances = false\nrunObj = QUALITY\nnumberOfRunsLimit = 100\npcs-file = params.pcs\n"
        "algo = ./smac_opt.py\ncheck-sat-consistency = false\ncheck-sat-consistency-exception = false\n",
    )
    folder.write("smac_opt.py", (folder.path / "target.sh").read_text(), executable=True)
    done = folder.bbopt("--scenario", "scenario.txt")
    assert done.returncode == 0, done.stderr
    assert "algorithm run limit (100 runs) has been reached." in done.stdout
    assert [p.read_text() for p in folder.output.glob("log-warn*")] == [""]


def test_a_finite_space_ends_with_that_reason(folder: ScenarioFolder) -> None:
    folder.write("params.pcs", "colour categorical {red, blue, green} [green]\n")
    done = folder.tune()
    assert "Reason: every possible configuration (3.0) has been run." in done.stdout
    assert "Total number of runs performed: 3," in done.stdout


def test_a_noisy_target_gets_seeds_and_the_incumbent_is_run_again(folder: ScenarioFolder) -> None:
    noisy = folder.path.joinpath("target.sh").read_text()
    noisy = (
        noisy.replace("shift 5\n", "seed=$5\nshift 5\n")
        .replace('awk -v x="$x"', 'awk -v s="$seed" -v x="$x"')
        .replace("0.2))\n", "0.2)) + (s % 100) / 1000\n")
    )
    folder.write("target.sh", noisy, executable=True)
    done = folder.tune("--deterministic", "false", "--runcount-limit", "60")
    assert done.returncode == 0, done.stderr
    rows = (folder.output / "state-run1/").glob("runs_and_results-it*.csv")
    runs = [line.split(",") for line in next(rows).read_text().splitlines()[1:]]
    assert len({run[6] for run in runs}) >= 3
    based_on = re.search(r"based on (\d+) run\(s\)", done.stdout)
    assert based_on is not None
    assert int(based_on[1]) > 3


def test_initial_incumbent_and_challengers(folder: ScenarioFolder) -> None:
    folder.tune(
        "--initial-incumbent", "-x '0.25' -colour 'red'",
        "--initial-challengers", "-x 0.5 -colour blue", "--initial-challengers", "DEFAULT",
        "--initial-challengers", "./target.sh --x=0.75", "--initial-challengers", '{"colour": "red"}',
        "--runcount-limit", "6",
    )  # fmt: skip
    assert sequence(folder)[:5] == [
        "-colour 'red' -x '0.25'",
        "-colour 'blue' -x '0.5'",
        "-colour 'green' -x '0.9'",
        "-colour 'green' -x '0.75'",
        "-colour 'red' -x '0.9'",
    ]


def test_warmstart_feeds_the_model_and_tries_the_best(folder: ScenarioFolder) -> None:
    folder.tune("--runcount-limit", "30")
    best = min(
        read_journal(folder.output / "live-rundata-1.json", read_pcs(folder.path / "params.pcs")).runs,
        key=lambda run: run.result.quality,
    )
    state = folder.output / "state-run1"
    done = folder.tune("--rungroup", "warm", "--warmstart", str(state), "--runcount-limit", "5", seed=4)
    assert done.returncode == 0, done.stderr
    warm = read_journal(
        folder.output.parent / "warm/live-rundata-4.json", read_pcs(folder.path / "params.pcs")
    )
    assert len(warm.runs) == 5
    assert best.request.configuration in {run.request.configuration for run in warm.runs[:2]}


def test_all_process_output_goes_to_the_log_and_the_console_when_asked_for(folder: ScenarioFolder) -> None:
    text = (
        folder.path.joinpath("target.sh")
        .read_text()
        .replace("shift 5\n", "echo chatter; echo gossip >&2\nshift 5\n")
    )
    folder.write("target.sh", text, executable=True)
    quiet = folder.tune("--runcount-limit", "3")
    assert "chatter" not in quiet.stdout + (folder.output / "log-run1.txt").read_text()
    done = folder.tune("--runcount-limit", "3", "--log-all-process-output", "true", "--rungroup", "chatty")
    log = (folder.output.parent / "chatty/log-run1.txt").read_text()
    assert log.count("chatter") == log.count("gossip") == 3
    shown = done.stdout.splitlines()
    assert shown.count("[INFO ] [PROCESS] chatter") == shown.count("[INFO ] [PROCESS] gossip") == 3
    assert done.stdout.count("[INFO ] [PROCESS] Result") == 3


def test_a_second_run_of_the_same_seed_sets_the_first_aside(folder: ScenarioFolder) -> None:
    folder.tune()
    first = (folder.output / "live-rundata-1.json").read_bytes()
    done = folder.tune("--runcount-limit", "5")
    moved = folder.output / "previous" / "run-1-1"
    assert (moved / "live-rundata-1.json").read_bytes() == first
    assert f"Earlier files of seed 1 were moved to {moved}" in done.stdout
    assert len(sequence(folder)) == 5


def test_the_scenario_works_from_another_folder(folder: ScenarioFolder, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    done = subprocess.run(
        folder.command("--scenario", str(folder.path / "scenario.txt"), "--seed=1", "--runcount-limit=3"),
        cwd=elsewhere, env=folder.environment(), capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert (elsewhere / "bbopt-output/work/live-rundata-1.json").exists()


def test_modules_in_the_current_folder_are_never_imported(folder: ScenarioFolder) -> None:
    for name in ("json", "select", "logging", "socket", "random"):
        folder.write(f"{name}.py", "raise SystemExit('shadowed')\n")
    as_console_script = "import sys; sys.path.pop(0); from bbopt.cli.main import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", as_console_script, "--scenario", "scenario.txt", "--runcount-limit", "2"],
        cwd=folder.path, env=folder.environment(), capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


def test_the_python_function_does_what_the_command_does(folder: ScenarioFolder) -> None:
    import bbopt

    outcome = bbopt.tune(folder.path / "scenario.txt", seed=1, cwd=folder.path, runcount_limit=12)
    assert outcome.progress.n_runs == len(outcome.history) == 12
    assert outcome.progress.incumbent is not None
    by_function = sequence(folder)
    folder.tune("--runcount-limit", "12")
    assert sequence(folder) == by_function


def test_importing_and_asking_the_version_is_light() -> None:
    code = "import sys; from bbopt.cli.main import run; run(['--version']); print(sorted(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", code], env={"PYTHONPATH": str(ROOT)}, capture_output=True, text=True
    )
    version, modules = done.stdout.splitlines()
    assert re.fullmatch(r"bbopt \d+\.\d+\.\d+", version)
    for heavy in ("numpy", "scipy", "sklearn", "smac", "dask", "tensorflow", "rich", "ConfigSpace"):
        assert f"'{heavy}'" not in modules


def test_a_reader_that_goes_away_costs_its_lines_only(folder: ScenarioFolder) -> None:
    command = " ".join(map(shlex.quote, folder.command("--scenario", "scenario.txt", "--seed", "1")))
    done = subprocess.run(
        f"{command} | head -1", shell=True, cwd=folder.path, env=folder.environment(), text=True,
        capture_output=True, timeout=60,
    )  # fmt: skip
    assert done.stdout.startswith("[INFO ] Logging to: ")
    assert done.stderr == ""
    assert len(sequence(folder)) == 20
    assert "SMAC has finished" in (folder.output / "log-run1.txt").read_text()


def test_a_full_standard_output_costs_its_lines_only(folder: ScenarioFolder) -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            folder.command("--scenario", "scenario.txt", "--seed", "1"), cwd=folder.path, stdout=full,
            env=folder.environment(), stderr=subprocess.PIPE, text=True, timeout=60,
        )  # fmt: skip
    assert done.stderr == ""
    assert len(sequence(folder)) == 20


def test_a_run_beyond_its_cutoff_is_killed_and_told(folder: ScenarioFolder) -> None:
    folder.write("target.sh", "#!/bin/sh\nsleep 30\n", executable=True)
    done = folder.tune(
        "--cutoff-time", "0.1", "--kill-run-exceeding-captime-factor", "3", "--runcount-limit", "2"
    )
    assert done.returncode == 0, done.stderr
    runs = read_journal(folder.output / "live-rundata-1.json", read_pcs(folder.path / "params.pcs")).runs
    assert [(run.result.status.value, run.result.quality) for run in runs] == [("TIMEOUT", 1e9)] * 2
    assert (folder.output / "log-warn1.txt").read_text().count("its cutoff was 0.1 s") == 2


def test_a_crash_is_on_record_with_the_quality_it_counts_for(folder: ScenarioFolder) -> None:
    folder.write(
        "target.sh", '#!/bin/sh\necho "Result for SMAC: CRASHED, 0, 0, 0.25, 0, oops"\n', executable=True
    )
    folder.tune("--runcount-limit", "2", "--abort-on-first-run-crash", "false")
    runs = read_journal(folder.output / "live-rundata-1.json", read_pcs(folder.path / "params.pcs")).runs
    assert [run.result.quality for run in runs] == [1e9, 1e9]
    folder.tune(
        "--runcount-limit", "2", "--abort-on-first-run-crash", "false", "--transform-crashed-quality", "false"
    )
    runs = read_journal(folder.output / "live-rundata-1.json", read_pcs(folder.path / "params.pcs")).runs
    assert [run.result.quality for run in runs] == [0.25, 0.25]


def test_psel_races_only_what_is_given(folder: ScenarioFolder) -> None:
    done = folder.tune("--exec-mode", "PSEL", "--initial-challengers", "-x 0.3 -colour red")
    assert "Total number of runs performed: 2," in done.stdout
    assert "-colour 'red' -x '0.3'" in done.stdout.splitlines()[-3]


def test_search_subspace(folder: ScenarioFolder) -> None:
    folder.tune("--search-subspace", "colour=red", "--runcount-limit", "12")
    later = sequence(folder)[1:]  # the default is what it is
    assert len(later) == 11
    assert all("-colour 'red'" in call for call in later)
