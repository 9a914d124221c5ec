"""Programs that are no wrappers for SMAC v2: a search and a call in every format."""

from __future__ import annotations

import shlex
import subprocess

import pytest

from tests.end_to_end.conftest import ROOT, ScenarioFolder

REST = """pcs-file = params.pcs
use-instances = false
run-obj = QUALITY
deterministic = true
runcount-limit = 5
engine = random
"""
COST = 'BEGIN { printf "%.6f\\n", (x - 0.3) ^ 2 + (c == "red" ? 0 : 0.1) }'

ARGPARSE = f"""#!/bin/sh
[ "$1" = --colour ] && [ "$3" = --x ] && [ $# = 4 ] || exit 3
echo "Result of this algorithm run: SAT, 0.1, 0, $(awk -v x="$4" -v c="$2" '{COST}'), -1"
"""
ACLIB2 = f"""#!/bin/sh
[ "$1 $3 $5 $7" = "--instance --cutoff --seed --config" ] && [ "$8 ${{10}}" = "-colour -x" ] || exit 3
cost=$(awk -v x="${{11}}" -v c="$9" '{COST}')
echo 'Result of this algorithm run: {{"status": "SUCCESS", "cost": '$cost', "runtime": 0.5, "misc": ""}}'
"""
IRACE = f"""#!/bin/sh
[ "$4" = no_instance ] && [ "$5 $7" = "--colour --x" ] || exit 3
echo "some noise"
echo "trouble" >&2
echo "$(awk -v x="$8" -v c="$6" '{COST}') 0.25"
"""
SOLVER = f"""#!/bin/sh
# A solver with flags of its own, an exit code that tells its answer, and a long model after it.
[ "$1 $2 $3 $4 $7" = "-s 1 -t 4 data.txt" ] || exit 3
case $5 in -red) c=red ;; -no-red) c=blue ;; *) exit 3 ;; esac
echo "c cost $(awk -v x="${{6#-x=}}" -v c="$c" '{COST}')"
echo "s SATISFIABLE"
yes "v 1 -2 3 -4 5 -6 7 -8 9 -10 11 -12 13 -14 15 -16 17 -18" | head -n 5000
exit 10
"""
TEMPLATE = r"""algo-template = ./target.sh -s {seed} -t {cutoff-int} {params} data.txt
param-format = -{name}={value}
param-template = colour=red: -red
param-template = colour: -no-red
result-pattern = SAT: ^s SATISFIABLE
result-pattern = quality: ^c cost (\S+)
algo-cutoff-time = 3.5
"""
FORMATS = {
    "argparse": ("algo = ./target.sh\ncall-format = argparse\n", ARGPARSE),
    "aclib2": ("algo = ./target.sh\ncall-format = aclib2\n", ACLIB2),
    "irace": ("algo = ./target.sh\ncall-format = irace\n", IRACE),
    "template": (TEMPLATE, SOLVER),
}
EVERY_FORMAT = pytest.mark.parametrize(("scenario", "target"), FORMATS.values(), ids=FORMATS)


def prepare(folder: ScenarioFolder, scenario: str, target: str) -> None:
    folder.write("scenario.txt", scenario + REST)
    folder.write("target.sh", target, executable=True)


@EVERY_FORMAT
def test_a_search(folder: ScenarioFolder, scenario: str, target: str) -> None:
    prepare(folder, scenario, target)
    done = folder.tune()
    assert done.returncode == 0, done.stderr
    assert "CRASHED" not in (folder.output / "live-rundata-1.json").read_text()
    assert "Total number of runs performed: 5, " in done.stdout
    closing = done.stdout.splitlines()
    call = closing[closing.index("Sample call for this final incumbent:") + 1]
    pasted = subprocess.run(call, shell=True, capture_output=True, text=True, check=False)
    cost = float(done.stdout.rpartition("with estimated mean quality: ")[2].partition(",")[0])
    assert any(f"{cost:.6f}" in line for line in pasted.stdout.splitlines())


@EVERY_FORMAT
def test_a_call(folder: ScenarioFolder, scenario: str, target: str) -> None:
    prepare(folder, scenario, target)
    done = folder.bbopt("call", "--scenario", "scenario.txt", "-P", "x=0.5", "-P", "colour=red")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "status:     SAT\n" in done.stdout
    assert "quality:    0.04\n" in done.stdout
    command = done.stdout.splitlines()[1].partition("; ")[2]
    assert shlex.split(command)[0] == "./target.sh"


def test_a_template_reads_the_call(folder: ScenarioFolder) -> None:
    prepare(folder, *FORMATS["template"])
    done = folder.bbopt("call", "--scenario", "scenario.txt")
    assert "./target.sh -s 1 -t 4 -no-red -x=0.9 data.txt\n" in done.stdout


def test_exit_codes_alone_and_several_slots(folder: ScenarioFolder) -> None:
    by_exit_code = TEMPLATE.replace("result-pattern = SAT: ^s SATISFIABLE", "result-exit-codes = 10:SAT")
    prepare(folder, by_exit_code, SOLVER)
    done = folder.tune("--cores", "2")
    assert done.returncode == 0, done.stderr
    assert "CRASHED" not in (folder.output / "live-rundata-1.json").read_text()


def test_a_solver_that_fails_is_explained(folder: ScenarioFolder) -> None:
    prepare(folder, TEMPLATE, "#!/bin/sh\necho 'c cost 3'\necho 'bad option'\nexit 1\n")
    done = folder.bbopt("call", "--scenario", "scenario.txt")
    assert done.returncode == 1
    assert "found the quality 3, but the program ended with exit status 1" in done.stdout
    assert "add result-exit-codes = 1:SAT" in done.stdout
    assert r"expected: a line with /^s SATISFIABLE/ or /^c cost (\S+)/" in done.stdout


BOTH_LINES = """#!/bin/sh
echo 'Result of this algorithm run: {"status": "SUCCESS", "cost": 0.5, "runtime": 2.5, "misc": ""}'
echo "Result for ParamILS: SUCCESS, 2.5000, None, 0.5, $6"
"""
METRICS = """#!/bin/sh
echo "val_loss: 0.75"
echo "INFO val_loss: $2" >&2
kill -SEGV $$
"""


def test_a_wrapper_that_prints_both_lines(folder: ScenarioFolder) -> None:
    prepare(folder, FORMATS["aclib2"][0], BOTH_LINES)
    done = folder.bbopt("call", "--scenario", "scenario.txt")
    assert done.returncode == 0, done.stdout
    assert "status:     SAT\n" in done.stdout
    assert "runtime:    2.5 s\n" in done.stdout


def test_a_metric_on_standard_error_before_a_signal(folder: ScenarioFolder) -> None:
    loss = r"result-pattern = quality: val_loss: (\S+)"
    algo = "algo = ./target.sh\ncall-format = argparse\nparam-template = colour:"
    prepare(folder, f"{algo}\n{loss}\n", METRICS)
    done = folder.bbopt("call", "--scenario", "scenario.txt", "-P", "x=0.25")
    assert done.returncode == 1
    found = "found the quality 0.75"  # both came before the supervisor looked
    assert found in done.stdout or found.replace("0.75", "0.25") in done.stdout
    assert "but the program was ended by signal SIGSEGV" in done.stdout
    remedy = done.stdout.partition("add result-exit-codes")[2].partition("\n")[0]
    prepare(folder, f"{algo}\n{loss}\nresult-exit-codes{remedy}\n", METRICS)
    done = folder.bbopt("call", "--scenario", "scenario.txt", "-P", "x=0.25")
    assert done.returncode == 0, done.stdout


def test_a_result_line_on_standard_error_does_not_count(folder: ScenarioFolder) -> None:
    prepare(folder, "algo = ./target.sh\n", "#!/bin/sh\necho 'Result for SMAC: SAT, 0, 0, 0.5, 1' >&2\n")
    done = folder.bbopt("call", "--scenario", "scenario.txt")
    assert done.returncode == 1
    assert "'Result for SMAC: SAT, 0, 0, 0.5, 1' was printed to standard error" in done.stdout


def test_what_a_check_says_of_the_answer(folder: ScenarioFolder) -> None:
    prepare(folder, *FORMATS["argparse"])
    assert (
        "  answer      Result for SMAC: <status>"
        in folder.bbopt("check", "--scenario", "scenario.txt").stdout
    )
    prepare(folder, *FORMATS["template"])
    found = r"  answer      a line with /^s SATISFIABLE/ or /^c cost (\S+)/"
    assert found in folder.bbopt("check", "--scenario", "scenario.txt").stdout


def test_bad_templates_are_told_before_anything_runs(folder: ScenarioFolder) -> None:
    prepare(folder, TEMPLATE.replace("colour=red", "color=red").replace("{seed}", "{sede}"), SOLVER)
    done = folder.bbopt("check", "--scenario", "scenario.txt")
    assert done.returncode == 1
    assert "scenario.txt:1:32: unknown placeholder {sede}" in done.stderr
    prepare(folder, TEMPLATE.replace("colour=red", "color=red"), SOLVER)
    done = folder.bbopt("check", "--scenario", "scenario.txt")
    assert "scenario.txt:3:18: unknown parameter: color" in done.stderr
    assert "did you mean colour?" in done.stderr


def test_a_solver_without_a_limit_of_its_own_is_ended_at_the_cutoff(folder: ScenarioFolder) -> None:
    scenario = TEMPLATE.replace("algo-cutoff-time = 3.5", "algo-cutoff-time = 0.5")
    prepare(folder, scenario, "#!/bin/sh\necho 'c cost 7'\nwhile :; do :; done\n")
    done = folder.bbopt("call", "--scenario", "scenario.txt")
    assert done.returncode == 0, done.stdout
    assert "status:     TIMEOUT\n" in done.stdout
    assert "quality:    7.0\n" in done.stdout


SWITCHES = """import argparse
p = argparse.ArgumentParser()
p.add_argument("--foo", action=argparse.BooleanOptionalAction, default=True)
p.add_argument("--bar", action="store_true")
p.add_argument("--k1", dest="k", action="store_const", const=1)
p.add_argument("--k2", dest="k", action="store_const", const=2)
a = p.parse_args()
print("loss:", a.k + a.foo + a.bar)
"""
SWITCHED_PCS = """foo categorical {true, false} [true]
bar categorical {true, false} [true]
k categorical {1, 2} [2]
"""


def test_a_script_with_several_kinds_of_switches(folder: ScenarioFolder) -> None:
    folder.write("train.py", SWITCHES)
    folder.write("params.pcs", SWITCHED_PCS)
    call = "algo = python3 train.py\ncall-format = argparse\nresult-pattern = quality: loss: (\\S+)\n"
    styles = "flag-style = pair\nflag-style = bar: store_true\nparam-template = k: --k{value}\n"
    folder.write("scenario.txt", call + styles + REST)
    done = folder.tune("--runcount-limit", "8")
    assert done.returncode == 0, done.stderr
    assert "CRASHED" not in (folder.output / "live-rundata-1.json").read_text()
    best = f"cd {folder.path}; python3 train.py --no-foo --k1\n"
    assert f"Sample call for this final incumbent:\n{best}" in done.stdout
    assert folder.bbopt("status", str(folder.output)).stdout.count(best) == 1
    pasted = folder.bbopt("call", "--scenario", "scenario.txt", "--config", best.replace("--k1", "--k 1"))
    assert "python3 train.py --bar --no-foo --k1" in pasted.stdout
    folder.write("scenario.txt", call + "flag-style = k: pair\nflag-style = foot: pair\n" + REST)
    refused = folder.bbopt("check", "--scenario", "scenario.txt")
    assert "flag-style of k, which can't be on and off" in refused.stderr
    assert "unknown parameter: foot" in refused.stderr


def test_through_the_adapter_the_users_own_program_is_shown(folder: ScenarioFolder) -> None:
    folder.write("train.sh", 'echo "loss: $#"\n')
    adapter = f"{ROOT}/wrappers/argparse_adapter.py --quality-pattern 'loss: ([0-9]+)' -- sh train.sh"
    folder.write("scenario.txt", f"algo = {adapter}\n" + REST)
    done = folder.tune("--runcount-limit", "2")
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    typed = lines[lines.index("The same without the adapter:") + 1]
    assert typed.startswith(f"cd {folder.path}; sh train.sh --colour=")
    assert lines[lines.index("Sample call for this final incumbent:") + 1].partition("argparse_adapter")[1]
    assert typed in folder.bbopt("status", str(folder.output)).stdout
