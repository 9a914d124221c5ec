"""From the command line to a Scenario, with real files."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest

from bbopt.errors import InputError, InputErrors, Place
from bbopt.java_numbers import LARGEST_DOUBLE
from bbopt.options import Kind, Support, option_table
from bbopt.scenario import (
    RunObjective,
    Scenario,
    draw_seed,
    find_pcs_file,
    load_scenario,
    read_command_line,
    replacements_for_rungroup,
)
from tests.scenario.test_input_paths import make_homeless

GOLDEN_RUN = Path(__file__).parent.parent / "golden" / "smac2-run"

RESCALE = """\
use-instances = false
runObj = QUALITY
numberOfRunsLimit = 100
pcs-file = params.pcs
algo = ./smac_opt.py
check-sat-consistency = false
check-sat-consistency-exception = false
"""

# The scenario of the reference run of SMAC v2.
SMAC2_RUN = """\
algo = ./solver.py
execdir = .
deterministic = 0
run_obj = runtime
overall_obj = mean10
cutoff_time = 2
paramfile = params.pcs
instance_file = train.txt
test_instance_file = test.txt
feature_file = features.csv
runcount-limit = 60
wallclock-limit = 60
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A scenario folder `ex` as Rescale's users have it, and an empty home."""
    (tmp_path / "home").mkdir()
    folder = tmp_path / "ex"
    folder.mkdir()
    (folder / "scenario.txt").write_text(RESCALE, encoding="utf-8")
    (folder / "params.pcs").write_text("x real [0, 1] [0.5]\n", encoding="utf-8")
    for name in ("smac_opt.py", "solver.py"):
        (folder / name).write_text("#!/bin/sh\n", encoding="utf-8")
        (folder / name).chmod(0o755)
    return folder


def load(folder: Path, *argv: str, cwd: Path | None = None) -> Scenario:
    return load_scenario(
        read_command_line(argv or ("--scenario", "scenario.txt", "--seed", "1")),
        cwd=cwd or folder,
        home=folder.parent / "home",
        search_path="",
        draw=lambda: 77,
    )


def refusals(folder: Path, *argv: str, cwd: Path | None = None) -> list[str]:
    with pytest.raises(InputErrors) as caught:
        load(folder, *argv, cwd=cwd)
    return [str(error) for error in caught.value.errors]


def test_rescales_scenario_is_silent(folder: Path) -> None:
    scenario = load(folder)
    assert scenario.warnings == ()
    assert scenario.path == folder / "scenario.txt"
    assert scenario.text == RESCALE
    assert (scenario.name, scenario.rungroup) == ("ex", "ex")
    assert scenario.output_root == folder / "bbopt-output" / "ex"
    assert (scenario.algo, scenario.algo_text) == (("./smac_opt.py",), "./smac_opt.py")
    assert scenario.program == folder / "smac_opt.py"
    assert (scenario.exec_dir, scenario.exec_dir_text) == (folder, str(folder))
    assert (scenario.pcs_path, scenario.pcs_path_text) == (folder / "params.pcs", f"{folder}/params.pcs")
    assert (scenario.run_objective, scenario.deterministic) == (RunObjective.QUALITY, True)
    assert scenario.cutoff_s == LARGEST_DOUBLE
    assert scenario.limits.runcount == 100
    assert (
        scenario.limits.wallclock_s == scenario.limits.cputime_s == scenario.limits.iterations == 2147483647
    )
    assert (scenario.limits.has_run_limit, scenario.limits.has_wallclock_limit) == (True, False)
    assert scenario.limits.count_own_cpu_time
    assert scenario.limits.delete_file is None
    assert (scenario.num_run, scenario.seed) == (1, 1)
    assert scenario.answers.are_compared is False


def test_the_reference_scenario(folder: Path) -> None:
    (folder / "scenario.txt").write_text(SMAC2_RUN, encoding="utf-8")
    for name in ("train.txt", "test.txt", "features.csv"):
        shutil.copy(GOLDEN_RUN / name, folder / name)
    scenario = load(folder)
    assert scenario.warnings == ()
    assert [instance.name for instance in scenario.instances.instances] == [f"inst/{x}.cnf" for x in "abcd"]
    assert scenario.test_instances is not None
    assert [instance.name for instance in scenario.test_instances.instances] == ["inst/e.cnf", "inst/f.cnf"]
    assert scenario.instances.feature_names == ("nvars", "ratio") == scenario.test_instances.feature_names
    assert (scenario.run_objective, scenario.objective.intra_objective) == (RunObjective.RUNTIME, "MEAN10")
    assert (scenario.cutoff_s, scenario.adaptive_capping, scenario.answers.are_verified) == (2.0, True, False)
    state = GOLDEN_RUN / "output" / "state-run1"
    assert scenario.instance_files.instances == (state / "instances.txt").read_bytes()
    assert scenario.instance_files.features == (state / "instance-features.txt").read_bytes()


def test_the_reference_scenario_as_a_black_box(folder: Path) -> None:
    (folder / "scenario.txt").write_text(SMAC2_RUN, encoding="utf-8")
    argv = (
        "--scenario",
        "scenario.txt",
        "--run-obj",
        "QUALITY",
        "--use-instances",
        "0",
        "--overall-obj",
        "MEAN",
    )
    scenario = load(folder, *argv)
    assert scenario.warnings == ()
    assert scenario.algo == ("./solver.py",)
    assert scenario.exec_dir_text == f"{folder}/."
    assert (scenario.cutoff_s, scenario.deterministic) == (2.0, False)
    assert (scenario.limits.runcount, scenario.limits.wallclock_s) == (60, 60)


def test_a_scenario_folder_works_from_anywhere(folder: Path, tmp_path: Path) -> None:
    scenario = load(folder, "--scenario", "ex/scenario.txt", cwd=tmp_path)
    assert scenario.pcs_path == folder / "params.pcs"
    assert (scenario.exec_dir, scenario.exec_dir_text) == (folder, str(folder))
    assert scenario.output_root == tmp_path / "bbopt-output" / "ex"
    assert refusals(folder, "--scenario", "ex/scenario.txt", "--paramfile", "x.pcs", cwd=tmp_path)


def test_execdir_relative_to_the_current_folder(folder: Path, tmp_path: Path) -> None:
    scenario = load(folder, "--scenario", "ex/scenario.txt", "--execdir", "ex", cwd=tmp_path)
    assert (scenario.exec_dir, scenario.exec_dir_text) == (folder, f"{tmp_path}/ex")
    absolute = load(folder, "--scenario", "ex/scenario.txt", "--execdir", str(folder), cwd=tmp_path)
    assert (absolute.exec_dir, absolute.exec_dir_text) == (folder, str(folder))


def test_experiment_dir(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "new.pcs").touch()
    argv = ("--scenario", "ex/scenario.txt", "-e", "elsewhere", "--pcs-file", "new.pcs")
    assert load(folder, *argv, cwd=tmp_path).pcs_path == tmp_path / "elsewhere" / "new.pcs"
    assert (
        "experiment-dir does not exist" in refusals(folder, "--scenario", "ex/scenario.txt", "-e", "none")[0]
    )


def test_placeholders_may_begin_with_another_sign(folder: Path) -> None:
    argv = ("--scenario", "scenario.txt", "--rungroup", "%seed-@SCENARIO_NAME@seed", "--seed", "5")
    assert load(folder, *argv, "--rungroup-char", "@").rungroup == "%seed-ex5"


def test_the_default_rungroup_is_the_stem(folder: Path) -> None:
    (folder / "scenario.txt").rename(folder / "mine.v2.txt")
    assert load(folder, "--scenario", "mine.v2.txt").rungroup == "mine.v2"


@pytest.mark.parametrize(
    ("template", "rungroup"),
    [
        ("plain", "plain"),
        ("%SCENARIO_NAME", "ex"),
        ("%SCENARIO_NAME-run%seed", "ex-run5"),
        ("a_%numRun_%rf-num-trees", "a_5_10"),
        ("%runcount-limit-runs/%algo", "100-runs/._smac_opt.py"),
        ("100%", "100%"),
        ("%xyzzy", "%xyzzy"),
    ],
)
def test_placeholders_of_the_rungroup(folder: Path, template: str, rungroup: str) -> None:
    assert (
        load(folder, "--scenario", "scenario.txt", "--seed", "5", "--rungroup", template).rungroup == rungroup
    )


@pytest.mark.parametrize("template", ["/tmp/x", "../x", "a/../../b", "."])
def test_the_rungroup_stays_below_the_output_folder(folder: Path, template: str) -> None:
    found = refusals(folder, "--scenario", "scenario.txt", "--rungroup", template)
    assert found[0].startswith("command line: the rungroup is no folder below the output folder")


def test_replacements_are_listed(folder: Path) -> None:
    replacements = replacements_for_rungroup(load(folder))
    assert replacements["SCENARIO_NAME"] == "ex"
    assert replacements["num-run"] == "1"
    assert replacements["runcount-limit"] == "100"


def test_output_folder(folder: Path, tmp_path: Path) -> None:
    argv = ("--scenario", "scenario.txt", "--outdir")
    assert load(folder, *argv, "out").output_root == folder / "out" / "ex"
    assert load(folder, *argv, str(tmp_path / "o")).output_root == tmp_path / "o" / "ex"
    assert load(folder, *argv, "~/o").output_root == tmp_path / "home" / "o" / "ex"
    assert not (folder / "out").exists()


def test_seeds(folder: Path) -> None:
    argv = ("--scenario", "scenario.txt")
    drawn = load(folder, *argv)
    assert (drawn.num_run, drawn.seed) == (77, 77)
    offset = load(folder, *argv, "--seed", "3", "--seed-offset", "100")
    assert (offset.num_run, offset.seed) == (3, 103)
    negative = load(folder, *argv, "--seed-offset", "-100")
    assert (negative.num_run, negative.seed) == (177, 77)
    found = refusals(folder, *argv, "--seed", "2147483647", "--seed-offset", "1")
    assert "the seed plus its offset is out of range" in found[0]
    assert len(refusals(folder, *argv, "--seed", "many")) == 1


def test_drawn_seeds_are_in_range_and_differ() -> None:
    seeds = {draw_seed() for _ in range(20)}
    assert len(seeds) > 10
    assert all(0 <= seed <= 2147483647 for seed in seeds)


def test_precedence_of_all_sources(folder: Path) -> None:
    names = ("rf-num-trees", "rf-split-min", "num-challengers", "num-ls-random", "kill-grace")
    write_options(folder / "scenario.txt", names, 5, RESCALE)
    (folder.parent / "home" / ".aeatk").mkdir()
    write_options(folder.parent / "home" / ".aeatk" / "smac.opt", names[:4], 4)
    write_options(folder / "two.opt", names[:3], 3)
    write_options(folder / "one.opt", names[:2], 2)
    argv = (
        "--option-file",
        "one.opt",
        "--option-file2",
        "two.opt",
        "--scenario",
        "scenario.txt",
        "--num-trees",
        "1",
    )
    scenario = load(folder, *argv)
    assert [scenario.said(name).text for name in names] == ["1", "2", "3", "4", "5"]
    assert scenario.said("rf-split-min").place == Place("one.opt", 2, 16)


def write_options(path: Path, names: tuple[str, ...], value: int, before: str = "") -> None:
    path.write_text(before + "".join(f"{name} = {value}\n" for name in names), encoding="utf-8")


def test_missing_option_files(folder: Path) -> None:
    found = refusals(
        folder, "--option-file", "none.opt", "--smac-default-file", "none2.opt", "--scenario", "scenario.txt"
    )
    assert [line.splitlines()[0] for line in found] == [
        "command line: the option-file does not exist",
        "command line: the smac-default-file does not exist",
    ]


def test_option_files_name_no_further_ones(folder: Path) -> None:
    (folder / "one.opt").write_text("scenario = scenario.txt\noption-file = two.opt\n", encoding="utf-8")
    found = refusals(folder, "--option-file", "one.opt")
    assert len(found) == 1
    assert found[0].startswith("one.opt:2:15: option-file can't be given in this file")
    (folder / "scenario.txt").write_text(RESCALE + "scenario = other.txt\n", encoding="utf-8")
    assert refusals(folder)[0].startswith("scenario.txt:8:12: scenario-file can't be given in this file")


def test_an_option_file_may_name_the_scenario(folder: Path) -> None:
    (folder / "one.opt").write_text("scenario = scenario.txt\n", encoding="utf-8")
    assert load(folder, "--option-file", "one.opt").path == folder / "scenario.txt"


def test_no_scenario(folder: Path) -> None:
    found = refusals(folder, "--seed", "1", "--xyzzy")
    assert len(found) == 2
    assert found[1].startswith("command line: no scenario file is given")


def test_missing_scenario_file(folder: Path) -> None:
    found = refusals(folder, "--scenario", "scenari.txt", "--xyzzy", "1")
    assert len(found) == 2
    assert "the scenario file does not exist" in found[1]
    assert "did you mean scenario.txt?" in found[1]


def test_everything_on_the_command_line(folder: Path) -> None:
    argv = ("--algo", "./solver.py", "--pcs-file", "params.pcs", "--use-instances=false", "--run-obj=quality")
    scenario = load(folder, *argv)
    assert scenario.path is None
    assert (scenario.name, scenario.rungroup) == ("NoScenarioFile", "NoScenarioFile")
    assert "algo-exec = ./solver.py\n" in scenario.text


def test_missing_required_options(folder: Path) -> None:
    (folder / "scenario.txt").write_text("run-obj = quality\nuse-instances = 0\n", encoding="utf-8")
    assert [line.splitlines()[0] for line in refusals(folder)] == [
        "the required option algo-exec is missing",
        "the required option pcs-file is missing",
    ]


def test_an_option_without_value_is_not_also_called_missing(folder: Path) -> None:
    (folder / "scenario.txt").write_text(RESCALE.replace("./smac_opt.py", ""), encoding="utf-8")
    assert [line.splitlines()[0] for line in refusals(folder)] == ["scenario.txt:5:1: algo-exec has no value"]


def test_all_problems_at_once(folder: Path) -> None:
    text = (
        RESCALE.replace("./smac_opt.py", "./none.py").replace("params.pcs", "parms.pcs")
        + "xyzzy = 1\nseed = x\n"
    )
    (folder / "scenario.txt").write_text(text, encoding="utf-8")
    found = refusals(folder, "--scenario", "scenario.txt", "--cores", "0")
    assert [line.splitlines()[0] for line in found] == [
        "scenario.txt:8:1: unknown option xyzzy",
        "scenario.txt:9:8: seed (num-run) can't have this value",
        "command line: cores can't have this value",
        "scenario.txt:5:8: the target's program does not exist",
        "scenario.txt:4:12: the pcs-file does not exist",
    ]


CHOICES = [
    one.name for one in option_table().options if (one.kind, one.support) == (Kind.CHOICE, Support.IMPLEMENT)
]


@pytest.mark.parametrize("name", CHOICES)
def test_a_choice_that_there_is_not(folder: Path, name: str) -> None:
    told = refusals(folder, "--scenario=scenario.txt", f"--{name}=no-such-thing")
    assert told[0].startswith(f"command line: {name} can't have this value")


def test_a_racer_that_there_is_not_is_not_also_called_missing(folder: Path) -> None:
    told = refusals(folder, "--scenario=scenario.txt", "--racer=hyberband", "--budget-max=27")
    assert [text.partition("\n")[0] for text in told] == ["command line: racer can't have this value"]
    assert "hyperband" in told[0]


def test_files_to_be_deleted_must_exist(folder: Path) -> None:
    argv = (
        "--scenario",
        "scenario.txt",
        "--terminate-on-delete",
        "stop",
        "--kill-runs-on-file-delete",
        "kill",
    )
    assert len(refusals(folder, *argv)) == 2
    (folder / "stop").touch()
    (folder / "kill").touch()
    scenario = load(folder, *argv)
    assert scenario.limits.delete_file == folder / "stop"
    assert scenario.kill_runs_file == folder / "kill"


def test_state_folders(folder: Path) -> None:
    state = folder / "bbopt-output" / "mine" / "state-run1"
    state.mkdir(parents=True)
    (state / "scenario.txt").write_text(RESCALE, encoding="utf-8")
    path = "bbopt-output/mine/state-run1"
    with_scenario = load(folder, "--scenario", "scenario.txt", "--restore-state-from", path)
    assert with_scenario.resumption.restore_dir == state
    warm = load(folder, "--scenario", "scenario.txt", "--warmstart", path)
    assert warm.resumption.warmstart_path == state
    assert warm.resumption.restore_dir is None
    merged = load(folder, "--scenario", "scenario.txt", "--restore-state-from", "bbopt-output/mine")
    assert merged.resumption.restore_dir == state  # the only one
    assert "does not exist" in refusals(folder, "--scenario", "scenario.txt", "--warmstart", "nowhere")[0]


def test_a_restored_scenario_comes_from_its_state_folder(folder: Path) -> None:
    state = folder / "bbopt-output" / "mine" / "state-run1"
    state.mkdir(parents=True)
    (state / "scenario.txt").write_text(RESCALE + "deterministic = 0\n", encoding="utf-8")
    scenario = load(folder, "--restore-scenario", "bbopt-output/mine/state-run1")
    assert scenario.path == state / "scenario.txt"
    assert scenario.resumption.restore_dir == state
    assert scenario.rungroup == "mine"
    assert not scenario.deterministic
    assert scenario.exec_dir == folder


def test_subspace_file(folder: Path) -> None:
    (folder / "sub.txt").touch()
    scenario = load(folder, "--scenario", "scenario.txt", "--search-subspace-file", "sub.txt")
    assert scenario.subspace_path == folder / "sub.txt"


def test_nothing_is_written(folder: Path) -> None:
    before = sorted(folder.parent.rglob("*"))
    load(folder)
    assert sorted(folder.parent.rglob("*")) == before


def test_a_user_without_a_home(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_homeless(monkeypatch)

    def homeless(*argv: str) -> Scenario:
        command_line = read_command_line(("--scenario", "scenario.txt", *argv))
        assert find_pcs_file(command_line, cwd=folder) == folder / "params.pcs"
        return load_scenario(command_line, cwd=folder, search_path="")

    assert homeless().output_dir == folder / "bbopt-output"
    with pytest.raises(InputErrors) as caught:
        homeless("--output-dir", "~/out", "--execdir", "~")
    assert [str(error).splitlines()[0] for error in caught.value.errors] == [
        "command line: the home folder is not known"
    ] * 2


def test_names_that_are_too_long(folder: Path) -> None:
    name = "x" * 300
    for option, what in (
        ("--scenario", "the scenario file does not exist"),
        ("--pcs-file", "the pcs-file does not exist"),
        ("--algo", "the target's program is in no folder of PATH"),
        ("--execdir", "the folder to run the target in does not exist"),
        ("--option-file", "the option-file does not exist"),
        ("--warmstart-from", "the warmstart does not exist"),
    ):
        given = ("--scenario", "scenario.txt") if option != "--scenario" else ()
        found = refusals(folder, *given, option, name)
        assert len(found) == 1
        assert found[0].splitlines()[0].endswith(f": {what}")


def test_a_kill_command_runs_where_the_target_does(folder: Path) -> None:
    given = ("--scenario", "scenario.txt")
    assert load(folder, *given).kill_command == ()
    scenario = load(folder, *given, "--cli-kill-by-environment-cmd", f"'{sys.executable}' -S")
    assert scenario.kill_command == (sys.executable, "-S")


@pytest.mark.parametrize(
    ("command", "what"),
    [
        ("./nothing -x", "the program of cli-kill-by-environment-cmd does not exist"),
        ("'open", "the command can't be split into words"),
    ],
)
def test_a_kill_command_that_can_not_be_run(folder: Path, command: str, what: str) -> None:
    (found,) = refusals(folder, "--scenario", "scenario.txt", "--cli-kill-by-environment-cmd", command)
    assert found.splitlines()[0] == f"command line: {what}"


def write(folder: Path, *lines: str) -> None:
    text = "use-instances = false\nrunObj = QUALITY\npcs-file = params.pcs\n"
    (folder / "scenario.txt").write_text(text + "".join(f"{line}\n" for line in lines), encoding="utf-8")


def test_a_built_in_evaluator_needs_no_command(folder: Path) -> None:
    write(folder, "tae = constant")
    scenario = load(folder)
    assert scenario.evaluator is not None
    assert (scenario.evaluator.name, scenario.program) == ("CONSTANT", None)
    assert (scenario.algo, scenario.algo_text) == (("CONSTANT",), "CONSTANT")
    assert scenario.exec_dir_text == str(folder)


@pytest.mark.parametrize("lines", [("algo = ./none.py -v",), ("algo = ./none.py -v", "execdir = nowhere")])
def test_a_built_in_evaluator_does_not_ask_for_the_program(folder: Path, lines: tuple[str, ...]) -> None:
    write(folder, "tae = RANDOM", *lines)
    scenario = load(folder)
    assert (scenario.algo, scenario.algo_text) == (("./none.py", "-v"), "./none.py -v")
    assert scenario.program is None


def test_a_built_in_evaluator_without_a_scenario_file(folder: Path) -> None:
    argv = ("--tae", "ANALYTIC", "--pcs-file", "params.pcs", "--use-instances=false", "--run-obj=quality")
    evaluator = load(folder, *argv).evaluator
    assert evaluator is not None
    assert evaluator.name == "ANALYTIC"
    assert "algo-exec is missing" in refusals(folder, "--tae", "CLI", *argv[2:])[0]


def test_the_target_is_started_by_default(folder: Path) -> None:
    assert load(folder).evaluator is None
    assert load(folder, "--scenario", "scenario.txt", "--tae", "CLI").evaluator is None


def test_a_command_with_open_quotes_is_refused_all_the_same(folder: Path) -> None:
    write(folder, "tae = RANDOM", "algo = './none.py")
    assert refusals(folder)[0].startswith("scenario.txt:5:8: the command can't be split into words")


def test_ipc_is_refused_with_a_way_out(folder: Path) -> None:
    found = refusals(folder, "--scenario", "scenario.txt", "--tae", "IPC")
    assert len(found) == 1
    assert found[0].startswith("command line: tae = IPC: bbopt does not send its runs to a server")
    assert "remedy:   set tae = CLI, and let algo name a program" in found[0]


def test_commands_around_the_search(folder: Path, tmp_path: Path) -> None:
    commands = load(folder).commands
    assert (commands.before, commands.after, commands.directory) == (None, None, folder)
    assert (commands.failure_is_error, commands.logs_output) == (False, True)
    (folder / "sub").mkdir()
    write(
        folder,
        "algo = ./solver.py",
        "pre_cmd = make -C 'a b'  all",
        "postScenarioCommand = rm -r x",
        "prePostExecDir = sub",
        "exceptionOnPrePostCommand = true",
        "logOutput = false",
    )
    commands = load(folder, "--scenario", "ex/scenario.txt", cwd=tmp_path).commands
    assert (commands.before, commands.after) == ("make -C 'a b'  all", "rm -r x")
    assert commands.directory == folder / "sub"
    assert (commands.failure_is_error, commands.logs_output) == (True, False)


def test_the_folder_of_the_commands_must_exist(folder: Path) -> None:
    found = refusals(folder, "--scenario", "scenario.txt", "--prepost-exec-dir", "nowhere")
    assert found[0].startswith("command line: the prepost-exec-dir does not exist")


def test_the_command_for_incumbents_is_looked_for_beside_the_scenario_too(folder: Path) -> None:
    words = ("--scenario", "ex/scenario.txt", "--on-new-incumbent")
    cwd = folder.parent
    found = load(folder, *words, "./solver.py now", cwd=cwd).on_incumbent
    assert found == (("./solver.py", "now"), folder)
    (cwd / "solver.py").symlink_to(folder / "solver.py")
    assert load(folder, *words, "./solver.py now", cwd=cwd).on_incumbent.folder == cwd
    assert load(folder, *words, "/bin/true", cwd=cwd).on_incumbent.folder == cwd
    with pytest.raises(InputError, match=r"\./missing(.|\n)*relative to prepost-exec-dir"):
        load(folder, *words, "./missing", cwd=cwd)


@pytest.mark.parametrize(
    ("option", "role"),
    [
        ("--scenario", "scenario file"),
        ("--option-file", "option file"),
        ("--instances", "file of instances"),
        ("--test-instances", "file of test instances"),
        ("--feature-file", "feature file"),
    ],
)
def test_a_file_that_is_no_text_is_the_only_problem(folder: Path, option: str, role: str) -> None:
    """Nothing is missing in a scenario file of which nothing was read."""
    (folder / "scenario.txt").write_text(RESCALE.replace("use-instances = false", "instances = list"))
    (folder / "list").write_text("a\n")
    (folder / "bad").write_bytes(b"name,f\n\xe9\n")
    given = [] if option == "--scenario" else ["--scenario", "scenario.txt"]
    with pytest.raises(InputError) as caught:
        load_scenario(read_command_line([*given, option, "bad"]), cwd=folder)
    (error,) = caught.value.errors
    assert error.what == f"the {role} is not UTF-8 text"
    assert str(error.place).endswith("bad:2:1")


def test_a_built_in_evaluator_runs_on_no_cluster(folder: Path) -> None:
    with pytest.raises(InputErrors, match="tae = RANDOM there is nothing to run on a cluster"):
        load(folder, "--scenario", "scenario.txt", "--tae", "RANDOM", "--cluster", "local")
