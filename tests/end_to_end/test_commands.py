"""The other commands: check, call, help."""

from __future__ import annotations

from tests.end_to_end.conftest import ScenarioFolder


def test_check_says_what_would_be_used_and_writes_nothing(folder: ScenarioFolder) -> None:
    done = folder.bbopt("check", "--scenario", "scenario.txt")
    assert done.returncode == 0, done.stderr
    for text in (
        "no problems found",
        "./target.sh",
        "2 in ",
        "infinitely many",
        "QUALITY",
        "bbopt-output/work",
    ):
        assert text in done.stdout
    assert not (folder.path / "bbopt-output").exists()


def test_what_can_never_hold_is_warned_of(folder: ScenarioFolder) -> None:
    with (folder.path / "params.pcs").open("a") as file:
        file.write("{colour=red, colour=blue}\n")
    told = "params.pcs: the forbidden clause {colour=red, colour=blue} (line 3) can never hold"
    done = folder.bbopt("check", "--scenario", "scenario.txt")
    assert f"warning: {folder.path}/{told}" in done.stdout
    folder.tune("--runcount-limit", "1")
    assert told in (folder.output / "log-warn1.txt").read_text()


def test_call_shows_command_output_and_verdict(folder: ScenarioFolder) -> None:
    done = folder.bbopt("call", "--scenario", "scenario.txt")
    assert done.returncode == 0, done.stderr
    assert (
        "./target.sh no_instance 0 1.7976931348623157E308 2147483647 -1 -colour 'green' -x '0.9'"
        in done.stdout
    )
    assert "Result of this algorithm run: SAT, 0.01, 0, 0.560000000000, -1" in done.stdout
    assert "status:     SAT" in done.stdout
    assert "quality:    0.56" in done.stdout
    assert not (folder.path / "bbopt-output").exists()


def test_call_with_a_configuration_and_changes(folder: ScenarioFolder) -> None:
    done = folder.bbopt(
        "call", "--scenario", "scenario.txt", "--config", "-x '0.3' -colour 'blue'", "-P", "colour=red"
    )
    assert "quality:    0.0\n" in done.stdout
    random_one = folder.bbopt("call", "--scenario", "scenario.txt", "--config", "RANDOM", "--seed", "4")
    again = folder.bbopt(
        "call", "--scenario", "scenario.txt", "--config=RANDOM", "--seed", "4", "-Pcolour=red"
    )
    x = [word for line in random_one.stdout.splitlines() if " -x '" in line for word in line.split()][-1]
    assert x in again.stdout
    assert "-colour 'red'" in again.stdout


def test_call_as_algo_test_does(folder: ScenarioFolder) -> None:
    """On an instance that is listed, one that is not, and without a scenario file."""
    folder.write("list.txt", "one else\ntwo info\n")
    listed = ("--scenario", "scenario.txt", "--use-instances", "true", "--instances", "list.txt")
    for name, called in (("two", "two info "), ("three", "three 0 ")):
        done = folder.bbopt("call", *listed, "--instance", name, "-Px=0.5")
        assert f"./target.sh {called}" in done.stdout
    bare = (
        "--algo-exec", "./target.sh", "--algo-cutoff-time", "5", "--algo-exec-dir", ".",
        "--param-file", "params.pcs", "--run-obj", "QUALITY", "--instance", "any",
        "--config", "RANDOM", "--seed", "7",
    )  # fmt: skip
    calls = [folder.bbopt("call", *bare, "--config-seed", seed).stdout.splitlines()[1] for seed in "112"]
    assert "./target.sh any 0 5.0 2147483647 -1 " in calls[0]
    assert calls[0] == calls[1] != calls[2]
    folder.write("scenario.txt", "algo = ./target.sh\npcs-file = params.pcs\nrun-obj = QUALITY\n")
    done = folder.bbopt(
        "call", "--scenario", "scenario.txt", "--instance", "any", "--seed", "-1", "--kill-time", "3"
    )
    assert "./target.sh any 0 " in done.stdout
    assert "kill-time is accepted" in done.stderr


def test_call_of_a_crashing_target(folder: ScenarioFolder) -> None:
    folder.write("target.sh", "#!/bin/sh\necho oops\n", executable=True)
    done = folder.bbopt("call", "--scenario", "scenario.txt")
    assert done.returncode == 1
    assert "status:     CRASHED" in done.stdout
    assert "oops" in done.stdout
    assert "expected: Result for SMAC: <status>" in done.stdout


def test_call_with_bad_arguments(folder: ScenarioFolder) -> None:
    done = folder.bbopt("call", "--scenario", "scenario.txt", "-P", "colour")
    assert done.returncode == 1
    assert "P can't have this value\n  got:      'colour'\n  expected: name=value" in done.stderr
    done = folder.bbopt("call", "--scenario", "scenario.txt", "-P", "colour=pink")
    assert done.returncode == 1
    assert "red" in done.stderr


def test_help_by_level(folder: ScenarioFolder) -> None:
    basic = folder.bbopt("--help").stdout
    developer = folder.bbopt("--help-level", "DEVELOPER").stdout
    assert "--runcount-limit" in basic
    assert "--search-subspace" not in basic
    assert "--search-subspace" in developer
    assert len(developer) > 2 * len(basic)
    assert "bbopt check --scenario FILE" in folder.bbopt("check", "--help").stdout
    assert "--configuration TEXT" in folder.bbopt("call", "--frobnicate", "--help").stdout
