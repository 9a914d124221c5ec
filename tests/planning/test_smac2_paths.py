"""Paths as SMAC v2 writes them, in all the ways they can be given: it tells scenarios apart by them."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from bbopt.planning.setup import build_objective, load_space, record_identity, target_command
from bbopt.runs import Instance, Origin, RunRequest
from bbopt.scenario import Scenario, load_scenario, read_command_line

GOLDEN = json.loads((Path(__file__).parents[1] / "golden" / "smac2-paths.json").read_text(encoding="utf-8"))
CASES: dict[str, dict[str, Any]] = {case["name"]: case for case in GOLDEN["cases"]}
RUNGROUPS: list[dict[str, Any]] = GOLDEN["rungroups"]

# SMAC v2 goes from the root down to the target's folder and takes the first file; bbopt takes the near one.
NEAR_FILES = {
    "an outer pcs-file above the current folder": "<folder>/run/params.pcs",
    "an outer pcs-file, started in a subfolder": "<folder>/run/sub/params.pcs",
    "an outer pcs-file above an absolute execdir": "<folder>/other/params.pcs",
}
# SMAC v2 prints no quotes here, which a shell would not understand.
QUOTED_CALLS = {"a folder with a parenthesis": 'cd "<folder>/run/a(b"; ./target.sh no_instance'}


@dataclass(frozen=True)
class Tree:
    """The folders of a case, and the text that stands for their root."""

    root: Path
    case: dict[str, Any]

    def build(self) -> None:
        given, tree = self.case, GOLDEN["tree"]
        for name in (*tree["programs"], *given.get("programs", ())):
            self._write(name, GOLDEN["target"]).chmod(0o755)
        for name in given.get("pcs", tree["pcs"]):
            self._write(name, GOLDEN["parameters"])
        for name, text in tree["files"].items():
            self._write(name, text)
        for name, goal in {**tree["links"], **given.get("links", {})}.items():
            (self.root / name).symlink_to(goal)
        options = {**GOLDEN["scenario"], **given.get("options", {})}
        lines = [f"{name} = {text}\n" for name, text in options.items() if text is not None]
        self._write(given.get("scenario", "run/scenario.txt"), self.real("".join(lines)))

    def _write(self, name: str, text: str) -> Path:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    def load(self, *more: str) -> Scenario:
        arguments = ("--scenario-file", self.case.get("scenario_argument", "scenario.txt"))
        argv = [*arguments, *self.case.get("arguments", ()), "--seed", "1", *more]
        cwd = Path(os.path.realpath(self.root / self.case.get("cwd", "run")))  # as the system tells it
        return load_scenario(read_command_line([self.real(text) for text in argv]), cwd=cwd, home=self.root)

    def real(self, text: str) -> str:
        return text.replace("<folder>", str(self.root))

    def named(self, text: str) -> str:
        return text.replace(str(self.root), "<folder>")


def tree_of(case: dict[str, Any], tmp_path: Path) -> Tree:
    tree = Tree(tmp_path.resolve(), case)
    tree.build()
    return tree


def printed_calls(scenario: Scenario) -> list[str]:
    """The call of the default configuration on each instance."""
    default, command = load_space(scenario).default, target_command(scenario, build_objective(scenario))

    def call(instance: Instance) -> str:
        origin = Origin("default", 0)
        request = RunRequest(default, instance, -1, scenario.cutoff_s, 2147483647, origin)
        return command.shell_line(request)

    return [call(instance) for instance in scenario.instances.instances]


def test_the_golden_file_is_complete() -> None:
    assert len(CASES) == len(GOLDEN["cases"]) == 145
    assert len(RUNGROUPS) == 21
    assert {*NEAR_FILES, *QUOTED_CALLS} <= set(CASES)


@pytest.mark.parametrize("name", CASES)
def test_texts_are_smac2s(name: str, tmp_path: Path) -> None:
    tree = tree_of(CASES[name], tmp_path)
    scenario = tree.load()
    identity = record_identity(scenario, load_space(scenario))
    smac2 = tree.case["smac2"]
    assert tree.named(identity.exec_dir) == smac2["algo-exec-dir"]
    assert tree.named(identity.pcs_path) == NEAR_FILES.get(name, smac2["pcs-filename"])
    assert tree.named(identity.algo_exec) == smac2["algo-exec"]
    assert [tree.named(instance.name) for instance in identity.instances] == smac2["instances"]
    calls = [tree.named(call) for call in printed_calls(scenario)]
    if name in QUOTED_CALLS:
        assert calls[0].startswith(QUOTED_CALLS[name])
    else:
        assert smac2["call"] in calls


@pytest.mark.parametrize("name", NEAR_FILES)
def test_a_file_that_smac2_would_not_read_is_told_where_it_matters(name: str, tmp_path: Path) -> None:
    tree = tree_of(CASES[name], tmp_path)
    assert tree.load().warnings == ()
    (warning,) = tree.load("--shared-model-mode", "true").warnings
    own, outer = NEAR_FILES[name], tree.case["smac2"]["pcs-filename"]
    assert f"the parameters are those of {own}; SMAC v2 would read {outer}" in tree.named(warning)


def test_nothing_is_told_where_both_read_the_same_file(tmp_path: Path) -> None:
    tree = tree_of(CASES["execdir = <folder>/linkrun/link/.."], tmp_path)
    assert tree.load("--shared-model-mode", "true").warnings == ()


@pytest.mark.parametrize("case", RUNGROUPS, ids=lambda case: str(case["scenario_argument"]))
def test_the_output_folder_has_smac2s_name(case: dict[str, Any], tmp_path: Path) -> None:
    tree = tree_of(case, tmp_path)
    program, parameters = f"{tree.root}/run/target.sh", f"{tree.root}/run/params.pcs"
    assert tree.load("--algo", program, "--pcs-file", parameters).rungroup == case["smac2"]
