"""`--json` and `--quiet`: what a search leaves on standard output."""

from __future__ import annotations

import json

from tests.end_to_end.conftest import ScenarioFolder, folder

__all__ = ["folder"]


def test_a_program_reads_a_search(folder: ScenarioFolder) -> None:
    done = folder.tune("--json", "--runcount-limit", "6", "--config-tracking", "true")
    events = [json.loads(line) for line in done.stdout.splitlines()]
    first, last = events[0], events[-1]
    assert (first["event"], first["search_seed"], first["runcount_limit"]) == ("begun", 1, 6)
    assert first["output"] == str(folder.output)
    runs = [event for event in events if event["event"] == "run"]
    assert [run["number"] for run in runs] == [1, 2, 3, 4, 5, 6]
    assert runs[0]["settings"] == {"x": 0.9, "colour": "green"}
    assert (runs[0]["status"], runs[0]["value"]) == ("SAT", 0.56)
    incumbents = [event for event in events if event["event"] == "incumbent"]
    assert last["event"] == "end"
    assert last["incumbent"].items() <= incumbents[-1].items()
    assert last["incumbent"]["value"] == min(run["value"] for run in runs)
    assert last["n_runs"] == 6
    against = last["against_default"]
    assert against == {"n_runs": 1, "default": 0.56, "incumbent": last["incumbent"]["value"]}
    # Warnings, as that of an option without effect, go to standard error.
    assert done.stderr.startswith("[WARN ] ")


def test_quiet_leaves_errors_only(folder: ScenarioFolder) -> None:
    done = folder.tune("--quiet", "--runcount-limit", "2")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    several = folder.bbopt("--scenario", "scenario.txt", "--seeds", "2-3", "--runcount-limit", "2", "--quiet")
    assert (several.returncode, several.stdout, several.stderr) == (0, "", "")
    refused = folder.bbopt("--scenario", "scenario.txt", "--seeds", "2-3", "--json")
    assert (refused.returncode, refused.stdout) == (1, "")
    assert "--json tells of one search" in refused.stderr
