"""Several sources become one value for every option."""

from __future__ import annotations

from pathlib import Path

import pytest

from bbopt.errors import InputErrors, Place
from bbopt.options import Assignments, OptionValues, read_command_line, resolve
from bbopt.scenario import read_option_file

_SIMULATION = ("observer-frequency", "scale-simulate-delay", "simulate-cores", "simulate-delay")

BLACK_BOX = ("--use-instances", "false", "--run-obj", "QUALITY")


def file_of(tmp_path: Path, name: str, text: str) -> Assignments:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return read_option_file(path, name)


def black_box(*argv: str) -> OptionValues:
    return resolve(read_command_line((*BLACK_BOX, *argv)))


def messages(*argv: str) -> str:
    with pytest.raises(InputErrors) as caught:
        black_box(*argv)
    return str(caught.value)


def test_earlier_sources_win(tmp_path: Path) -> None:
    scenario = file_of(tmp_path, "s.txt", "numTrees = 30\nsplit-min = 3\nnum-pca = 3\n")
    option_file = file_of(tmp_path, "o.txt", "rf-num-trees = 20\nrf-split-min = 2\n")
    values = resolve(read_command_line((*BLACK_BOX, "--nTrees", "11")), option_file, scenario)
    assert values.integer("rf-num-trees") == 11
    assert values.integer("rf-split-min") == 2
    assert values.integer("num-pca") == 3
    assert values.integer("num-challengers") == 2


@pytest.mark.parametrize(
    ("words", "option_file", "counts"),
    [
        ((), "", True),
        (("--seed", "3"), "", False),
        (("--numRun=3",), "", False),
        (("--restore-scenario", "state-run1"), "", False),
        (("--restoreStateFrom", "state-run1"), "", False),
        ((), "seed = 3", False),
        (("--seeds", "5-7", "--seed", "3"), "", True),
        (("--seeds", "5-7"), "seed = 3", True),
    ],
)
def test_one_search_is_asked_for_by_a_stronger_source(
    tmp_path: Path, words: tuple[str, ...], option_file: str, counts: bool
) -> None:
    scenario = file_of(tmp_path, "s.txt", "seeds = 1-4\nseed = 9\n")
    given = file_of(tmp_path, "o.txt", option_file)
    values = resolve(read_command_line((*BLACK_BOX, *words)), given, scenario)
    assert values.is_given("seeds") == counts


def test_places(tmp_path: Path) -> None:
    values = resolve(read_command_line(BLACK_BOX), file_of(tmp_path, "s.txt", "\nnumTrees = 30\n"))
    assert values.place("rf-num-trees") == Place("s.txt", 2, 12)
    assert values.place("run-obj") == Place("command line")
    assert values.place("rf-split-min") == Place("default")
    assert values.is_given("rf-num-trees")
    assert not values.is_given("rf-split-min")


def test_defaults_by_type() -> None:
    values = black_box()
    assert values.flag("algo-deterministic") is True
    assert values.number("algo-cutoff-time") == 1.7976931348623157e308
    assert values.number("kill-grace") == 5.0
    assert values.choice("engine") == "smbo"
    assert values.text("algo-exec-dir") == "."
    assert values.optional_text("search-subspace") is None
    assert values.optional_integer("restore-iteration") is None
    assert values.texts("initial-challengers") == ()
    assert values.texts("T") == ()
    assert values.flag("help") is False
    assert values.optional_flag("prepost-log-output") is None
    assert values.optional_flag("help") is False


def test_repeated_values_add_up_within_the_winning_source(tmp_path: Path) -> None:
    scenario = file_of(tmp_path, "s.txt", "T x=9\ninitial-challengers = RANDOM\n")
    values = resolve(read_command_line((*BLACK_BOX, "-T", "a = 1", "-Tb=2", "-Ta=3")), scenario)
    assert values.texts("T") == ("a = 1", "b=2", "a=3")
    assert values.texts("initial-challengers") == ("RANDOM",)


def test_wrong_types_and_names_are_programming_errors() -> None:
    values = black_box()
    with pytest.raises(TypeError, match="search-subspace"):
        values.text("search-subspace")
    with pytest.raises(KeyError):
        values.flag("no-such-option")


def test_problems_of_all_sources_come_together(tmp_path: Path) -> None:
    scenario = file_of(tmp_path, "s.txt", "xyzzy = 1\nnumTrees = none\n")
    with pytest.raises(InputErrors) as caught:
        resolve(read_command_line((*BLACK_BOX, "--kill-grace", "-1", "stray")), scenario)
    places = [str(error.place) for error in caught.value.errors]
    assert places == ["command line", "s.txt:1:1", "s.txt:2:12", "command line"]
    assert "numTrees (rf-num-trees) can't have this value" in str(caught.value)
    assert caught.value.exit_code == 1


def test_a_wrong_value_in_a_weaker_source_is_overruled(tmp_path: Path) -> None:
    scenario = file_of(tmp_path, "s.txt", "numTrees = none\n")
    assert resolve(read_command_line((*BLACK_BOX, "--num-trees", "5")), scenario).integer("rf-num-trees") == 5


def test_help_resolves_without_a_scenario() -> None:
    assert (
        resolve(read_command_line(("--help", "--help-level", "advanced"))).choice("help-level") == "ADVANCED"
    )


@pytest.mark.parametrize(
    "argv",
    [
        ("--ac-add-slack", "1"),
        ("--adaptive-capping", "false"),
        ("--init-mode", "classic"),
        ("--shared-model-mode-frequency", "300"),
        ("--cores", "1"),
        ("--always-run-initial-config", "false"),
        ("--overall_obj", "mean"),
        ("--inter_instance_obj", "MEAN"),
        ("--restore-iteration", "AUTO"),
        ("--warmstart-iteration", "auto"),
        ("--frac_rawruntime", "0.5"),
        ("--save-context", "true"),
        ("--exit-on-failure", "false"),
        ("--cutoff_length", "max"),
    ],
)
def test_defaults_spelled_out_are_silent(argv: tuple[str, ...]) -> None:
    assert black_box(*argv).warnings == ()


@pytest.mark.parametrize(
    "argv",
    [
        ("--instance_file", "nowhere.txt"),
        ("--test_instance_file", "nowhere.txt"),
        ("--feature_file", "nowhere.csv"),
        ("--skip-features", "true"),
        ("--num-pca", "3"),
        ("--validate-all", "true"),
        ("--validation-cores", "4"),
        ("--validation", "true"),
        ("--validation", "false"),
        ("--check-sat-consistency", "true"),
        ("--check-sat-consistency", "false"),
        ("--check-sat-consistency-exception", "true"),
        ("--check-sat-consistency-exception", "false"),
        ("--cli-concurrent-execution", "true"),
        ("--cli-concurrent-execution", "false"),
        ("--constant-runtime", "3"),
        ("--preload-response-data", "nonsense"),
        ("--prepost-log-output", "false"),
    ],
)
def test_options_that_mean_nothing_for_a_black_box_are_silent(argv: tuple[str, ...]) -> None:
    assert black_box(*argv).warnings == ()


def test_ignored_options_give_one_warning_and_never_an_error() -> None:
    values = black_box("--quick-saves", "perhaps", "--ipc-remote-port", "9999999")
    assert values.warnings == (
        "command line: quick-saves is accepted for the sake of old files, but has no effect",
        "command line: ipc-remote-port is accepted for the sake of old files, but has no effect",
    )


def test_options_that_gained_nothing_are_ignored() -> None:
    values = black_box("--final-race", "0.1", "--dominance-bound", "1.5")
    assert values.warnings == (
        "command line: final-race is accepted for the sake of old files, but has no effect",
        "command line: dominance-bound is accepted for the sake of old files, but has no effect",
    )


def test_options_that_smac2s_evaluators_have_but_ours_do_not_are_ignored() -> None:
    names = [
        *(f"{kind}-{what}" for kind in ("analytic", "random") for what in _SIMULATION),
        "blackhole-warnings",
    ]
    values = black_box(*(word for name in names for word in (f"--{name}", "perhaps")))
    assert set(values.warnings) == {
        f"command line: {name} is accepted for the sake of old files, but has no effect" for name in names
    }


def test_the_smac2_preset_brings_back_its_defaults_but_not_over_what_is_given() -> None:
    values = black_box("--engine-preset", "smac2", "--num-ei-random", "77")
    assert values.integer("rf-split-min") == 10
    assert values.integer("num-challengers") == 10
    assert values.choice("surrogate") == "forest"
    assert values.integer("num-ei-random") == 77
    assert values.integer("rf-num-trees") == 10  # the same in both
    assert values.as_text("rf-split-min") == "10"


def test_as_text() -> None:
    values = black_box("--num-trees", "011")
    assert values.as_text("rf-num-trees") == "011"
    assert values.as_text("rf-split-min") == "2"
    assert values.as_text("search-subspace") == ""
    assert dict(values.as_given())["rf-num-trees"] == "011"


def test_of_two_names_for_one_option_the_last_counts_and_a_warning_says_so() -> None:
    values = black_box("--seed", "1", "--numRun", "2", "--seed-offset", "0")
    assert values.integer("num-run") == 2
    assert values.warnings == (
        "command line: num-run is '2', which counts because it comes after seed at command line, '1'",
    )
    assert black_box("--seed", "2", "--numRun", "2").warnings == ()
