from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from bbopt.errors import InputError, InputErrors
from bbopt.options import resolve
from bbopt.runs import NO_BUDGET, Instance, Origin, RunRequest, Texts
from bbopt.scenario import read_command_line
from bbopt.scenario.input_paths import Folders
from bbopt.scenario.run_folders import read_run_folders
from bbopt.space import Space, parse_pcs
from bbopt.target.run_folder import FolderPlan, plan_folders
from bbopt.target.supervisor.run_folder import FolderOrder

SPACE = parse_pcs(
    "lr real [1e-6, 1] [0.01] log\nlayers integer [1, 8] [2]\nopt categorical {sgd, adam} [adam]\n"
    "mom real [0, 1] [0.9]\nmom | opt == sgd\n"
)
FACTS = frozenset({"seed", "run-id"})


def plan(
    folder: Path, *options: str, template: str = "${lr}", space: Space = SPACE, texts: tuple[str, ...] = ()
) -> FolderPlan:
    (folder / "t.in").write_text(template)
    values = resolve(read_command_line([*options, "--template=t.in -> t.out"]))
    settings = read_run_folders(values, Folders(folder, None))
    assert settings is not None
    return plan_folders(settings, space, folder / "runs", FACTS, frozenset(texts))


def request(texts: Texts = (), **values: str) -> RunRequest:
    configuration = SPACE.configuration({**SPACE.default.values, **values})
    return RunRequest(configuration, Instance("i.cnf"), 7, 5.0, NO_BUDGET, Origin("csv", 3), texts)


def order(made: FolderPlan, asked: RunRequest) -> FolderOrder:
    return made.order(asked, "1-1", made.path_of("1-1"), {"run-id": "1-1", "run-folder": "/runs/1-1"})


def filled(made: FolderPlan, asked: RunRequest) -> str:
    return order(made, asked).files["t.out"]


def test_values_facts_and_texts_are_filled_in(tmp_path: Path) -> None:
    template = '${lr} ${layers?string("00")} ${opt} ${seed} ${run-id} ${note} $${HOME}'
    made = plan(tmp_path, template=template, texts=("note",))
    assert filled(made, request((("note", " a b "),), lr="0.5")) == "0.5 02 adam 7 1-1  a b  ${HOME}"
    assert made.named == {"lr", "layers", "opt", "seed", "run-id", "note"}


def test_a_text_of_the_table_stands_for_a_parameter_too(tmp_path: Path) -> None:
    made = plan(tmp_path, template='${lr} ${lr?string("0.0##")}')
    assert filled(made, request((("lr", "0.0100"),))) == "0.0100 0.01"


def test_runs_of_no_row_have_the_texts_of_one(tmp_path: Path) -> None:
    made = plan(tmp_path, template="${note}", texts=("note",))
    rows = [request(layers="3").configuration, request(layers="4").configuration]
    made = made.with_texts([*rows, rows[1]], [(("note", "one"),), (("note", "two"),), (("note", "again"),)])
    assert [filled(made, request(layers=n)) for n in "345"] == ["one", "two", "one"]


@pytest.mark.parametrize(("said", "expected"), [("default", "0.9"), ("empty", "")])
def test_what_stands_for_an_inactive_parameter(tmp_path: Path, said: str, expected: str) -> None:
    made = plan(tmp_path, f"--template-inactive={said}", template="<${mom}>")
    assert filled(made, request()) == f"<{expected}>"
    assert filled(made, request(opt="sgd", mom="0.5")) == "<0.5>"


def test_an_inactive_parameter_may_be_an_error(tmp_path: Path) -> None:
    with pytest.raises(InputErrors) as caught:
        plan(tmp_path, "--template-inactive=error", template="x\n  ${mom} ${lr}")
    (error,) = caught.value.errors
    assert str(error).startswith(f"{tmp_path}/t.in:2:3: the template names mom, which is not always active")


def test_an_unknown_name_has_its_place(tmp_path: Path) -> None:
    with pytest.raises(InputErrors) as caught:
        plan(tmp_path, template="a\nb ${layer}")
    assert f"{tmp_path}/t.in:2:3" in str(caught.value)
    assert "did you mean layers?" in str(caught.value)
    made = plan(tmp_path, "--template-unknown=keep", template="${lr} ${layer}")
    assert filled(made, request()) == "0.01 ${layer}"


def test_other_delimiters(tmp_path: Path) -> None:
    made = plan(tmp_path, "--template-delimiters=<< >>", template="${lr} {x} <<lr>> <<<lr>>")
    assert filled(made, request()) == "${lr} {x} 0.01 <<lr>>"


def test_choices_that_no_format_takes_are_refused_beforehand(tmp_path: Path) -> None:
    with pytest.raises(InputErrors, match=r"t.in:1:1: a number format for a text that is no number"):
        plan(tmp_path, template='${opt?string("0.0")}')


def test_texts_that_no_format_takes_are_refused_beforehand(tmp_path: Path) -> None:
    made = plan(tmp_path, template='${note?string("0.0")}', texts=("note",))
    with pytest.raises(InputError, match="no number"):
        made.with_texts([request().configuration], [(("note", "x"),)])


def parameters(folder: Path, *options: str) -> str:
    made = plan(folder, *options)
    (text,) = [text for name, text in order(made, request()).files.items() if name != "t.out"]
    return text


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (["--parameters-file=p.txt"], "layers = 2\nlr = 0.01\nopt = adam\n"),
        (["--parameters-file=p.json", "--parameters-format=blanks"], "layers 2\nlr 0.01\nopt adam\n"),
    ],
)
def test_parameters_files(tmp_path: Path, options: list[str], expected: str) -> None:
    assert parameters(tmp_path, *options) == expected


def test_numbers_are_numbers_in_json(tmp_path: Path) -> None:
    text = parameters(tmp_path, "--parameters-file={run-folder}/in/params.json")
    assert json.loads(text) == {"layers": 2, "lr": 0.01, "opt": "adam"}


def test_commands_have_their_placeholders(tmp_path: Path) -> None:
    made = plan(tmp_path, "--pre-process=mesh {run-folder} {param:layers}", "--post-process=tail -n 1 'a b'")
    asked: dict[str, Any] = {"before": order(made, request()).before, "after": order(made, request()).after}
    assert asked == {"before": [["mesh", "/runs/1-1", "2"]], "after": [["tail", "-n", "1", "a b"]]}


def test_a_template_keeps_its_right_to_be_executed(tmp_path: Path) -> None:
    assert order(plan(tmp_path), request()).executables == []
    (tmp_path / "t.in").chmod(0o755)
    assert order(plan(tmp_path), request()).executables == ["t.out"]


def test_the_folder_says_what_it_is_for(tmp_path: Path) -> None:
    about = order(plan(tmp_path), request()).about
    settings = {"layers": "2", "lr": "0.01", "opt": "adam"}
    assert about == {"configuration": 3, "instance": "i.cnf", "seed": 7, "settings": settings}
