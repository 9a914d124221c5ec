"""Designs from the options: tables as people write them, how many runs there are, and what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from bbopt.errors import InputError
from bbopt.planning.engine import build_engine
from bbopt.runs import RunRequest, RunResult, RunStatus
from bbopt.scenario import load_scenario, read_command_line
from bbopt.session import Plan, plan_session

PCS = """Lr real [0, 1] [0.1]
layers integer [1, 8] [2]
opt categorical {sgd, adam} [adam]
mom real [0, 1] [0.9]
mom | opt == sgd
{layers=8, opt=sgd}
"""


def plan(folder: Path, **options: str) -> Plan:
    (folder / "p.pcs").write_text(PCS)
    (folder / "i.txt").write_text("one\ntwo\nthree\n")
    words = {"pcs-file": "p.pcs", "tae": "RANDOM", "use-instances": "false", "seed": "1"}
    words["run-obj"] = "QUALITY"
    words |= {name.replace("_", "-"): text for name, text in options.items()}
    scenario = load_scenario(
        read_command_line([f"--{name}={text}" for name, text in words.items()]), cwd=folder
    )
    return plan_session(scenario)


def made(plan: Plan) -> list[RunRequest]:
    engine, asked = build_engine(plan.scenario, plan.problem), []
    while (request := engine.ask()) is not None:
        engine.tell(request, RunResult(RunStatus.SAT, 0.1, 0, float(len(asked))))
        asked.append(request)
        assert len(asked) < 1000
    return asked


def of_table(folder: Path, text: str, **options: str) -> list[tuple[str, ...]]:
    (folder / "d.csv").write_text(text)
    requests = made(plan(folder, engine="csv", design="d.csv", **options))
    return [tuple(request.configuration.values.values()) for request in requests]


def test_a_table_is_run_row_by_row_with_repeats(tmp_path: Path) -> None:
    """As the article's file: other capitals, blanks behind commas, columns in any order, empty lines."""
    rows = of_table(tmp_path, "LAYERS, lR , opt\n 3, 0.5, sgd\n\n2,0.25, adam\n 3, 0.5, sgd\n")
    assert rows == [("0.5", "3", "0.9", "sgd"), ("0.25", "2", "0.9", "adam"), ("0.5", "3", "0.9", "sgd")]


@pytest.mark.parametrize("separator", [";", "\t"])
def test_other_separators_quotes_and_empty_fields(tmp_path: Path, separator: str) -> None:
    text = '"layers",Lr,opt\r\n"3",,sgd\r\n'.replace(",", separator)
    assert of_table(tmp_path, text) == [("0.1", "3", "0.9", "sgd")]


def test_each_row_is_run_on_every_instance(tmp_path: Path) -> None:
    (tmp_path / "d.csv").write_text("Lr\n0.5\n0.6\n")
    planned = plan(tmp_path, engine="csv", design="d.csv", use_instances="true", instance_file="i.txt")
    assert [(r.configuration.values["Lr"], r.instance.name) for r in made(planned)] == [
        (lr, name) for lr in ("0.5", "0.6") for name in ("one", "two", "three")
    ]


@pytest.mark.parametrize("engine", ["monte-carlo", "lhs", "sobol", "halton"])
def test_runs_counts_the_configurations(tmp_path: Path, engine: str) -> None:
    planned = plan(tmp_path, engine=engine, runs="5", use_instances="true", instance_file="i.txt")
    requests = made(planned)
    assert len(requests) == 15
    assert planned.scenario.limits.runcount == 15
    assert len({request.configuration for request in requests}) == 5
    assert not any(request.configuration.is_default for request in requests)


def test_searches_that_share_have_the_same_design_and_others_their_own(tmp_path: Path) -> None:
    def rows(seed: str, shared: str) -> list[object]:
        options = {"engine": "lhs", "runs": "6", "shared_model_mode": shared, "seed": seed}
        return list(plan(tmp_path, **options).given)

    assert rows("1", "true") == rows("2", "true")
    assert rows("1", "false") != rows("2", "false")


def test_a_search_without_a_race_counts_configurations_too(tmp_path: Path) -> None:
    options = {"engine": "random", "racer": "none", "runs": "4", "use_instances": "true"}
    planned = plan(tmp_path, instance_file="i.txt", **options)
    engine = build_engine(planned.scenario, planned.problem)
    assert planned.scenario.limits.runcount == 12
    first = engine.ask()
    assert first is not None
    assert first.configuration.is_default


def test_a_design_may_be_raced(tmp_path: Path) -> None:
    (tmp_path / "d.csv").write_text("Lr\n0.5\n0.6\n0.5\n")
    requests = made(plan(tmp_path, engine="csv", design="d.csv", racer="racing"))
    assert [request.configuration.values["Lr"] for request in requests] == ["0.5", "0.6"]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("lrr\n0.5\n", ["d.csv:1:1", "unknown parameter 'lrr'", "did you mean"]),
        ("Lr, LR\n1,1\n", ["d.csv:1:5", "a second column for Lr"]),
        ("Lr,Lr\n1,1\n", ["d.csv:1", "two columns have the name 'Lr'"]),
        ("Lr,layers\n0.5,9\n2,x\n", ["d.csv:2:5", "in [1, 8]", "d.csv:3:1", "got:      2", "d.csv:3:3"]),
        ('"Lr",opt\n"0.5", adm\n', ["d.csv:2:8", "did you mean adam?"]),
        (
            "Lr,layers\n0.5\n0.5,9\n1,2,3\n",
            ["d.csv:2", "1 field\n", "2: Lr, layers", "d.csv:3:5", "in [1, 8]", "d.csv:4", "3 fields"],
        ),
        ("lrr,opt\n0.5\n", ["d.csv:1:1", "unknown parameter 'lrr'", "d.csv:2", "1 field\n"]),
        ("opt,layers\nsgd,8\n", ["d.csv:2", "forbidden by the parameter file"]),
        ("", ["d.csv", "is empty"]),
        ("x\n", ["d.csv", "the design has no rows"]),
    ],
)
def test_bad_tables(tmp_path: Path, text: str, told: list[str]) -> None:
    with pytest.raises(InputError) as caught:
        of_table(tmp_path, text)
    for part in told:
        assert part in str(caught.value)


def test_bytes_that_are_no_text(tmp_path: Path) -> None:
    (tmp_path / "d.csv").write_bytes(b"opt\n\xff\n")
    with pytest.raises(InputError, match=r"d\.csv:2:1: the design is not UTF-8"):
        plan(tmp_path, engine="csv", design="d.csv")


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"engine": "csv"}, "design = FILE"),
        ({"engine": "lhs"}, "runs = N"),
        ({"engine": "grid", "grid_levels": "lr=3"}, "did you mean Lr?"),
        ({"engine": "grid", "grid_levels": "Lr=0"}, "NAME=COUNT"),
        ({"engine": "grid", "grid_levels": "all"}, "Lr=5, say"),
        ({"engine": "lhs", "runs": "3", "initial_challengers": "-Lr 1"}, "does not cope with configurations"),
        ({"engine": "lhs", "runs": "3", "exec_mode": "ROAR"}, "different proposers"),
        (
            {
                "engine": "lhs",
                "runs": "3",
                "run_obj": "RUNTIME",
                "cutoff_time": "5",
                "adaptive_capping": "true",
            },
            "leave adaptive-capping out",
        ),
    ],
)
def test_what_can_not_be_planned(tmp_path: Path, options: dict[str, str], told: str) -> None:
    with pytest.raises(InputError) as caught:
        plan(tmp_path, **options)
    assert told in str(caught.value)


def test_runtimes_without_a_race_are_not_capped(tmp_path: Path) -> None:
    planned = plan(tmp_path, engine="lhs", runs="3", run_obj="RUNTIME", cutoff_time="5")
    assert {request.cutoff_s for request in made(planned)} == {5.0}
    assert not planned.scenario.adaptive_capping


TEMPLATE = "${Lr} ${layers} ${note}\n"


def with_template(folder: Path, table: str, template: str = TEMPLATE, **options: str) -> Plan:
    (folder / "d.csv").write_text(table)
    (folder / "t.in").write_text(template)
    return plan(folder, engine="csv", design="d.csv", template="t.in", **options)


@pytest.mark.parametrize("racer", ["none", "racing"])
def test_texts_go_with_all_runs_of_a_row(tmp_path: Path, racer: str) -> None:
    (tmp_path / "i.txt").write_text("one\ntwo\n")
    options = {"use-instances": "true", "instances": "i.txt", "deterministic": "true", "racer": racer}
    table = "Lr, note\n0.5, first\n0.25, second\n"
    requests = made(with_template(tmp_path, table, runs="6", **options))
    found = {(request.configuration.values["Lr"], dict(request.texts)["note"]) for request in requests}
    assert found == {("0.5", "first"), ("0.25", "second")}
    assert len(requests) > 2


def test_texts_of_a_table_go_with_its_rows(tmp_path: Path) -> None:
    """As they stand: numbers, too, where any row of the column has another text than calls have."""
    table = 'LR, layers, note\n0.10, 3, one\n0.1, 3, "  two, quoted "\n, 2, ""\n'
    requests = made(with_template(tmp_path, table))
    assert [dict(request.texts) for request in requests] == [
        {"Lr": "0.10", "note": "one"},
        {"Lr": "0.1", "note": "  two, quoted "},
        {"note": ""},
    ]
    assert [request.configuration.values["Lr"] for request in requests] == ["0.1"] * 3


def test_runs_outside_the_table_have_the_texts_of_its_first_row(tmp_path: Path) -> None:
    folders = with_template(tmp_path, "Lr, note\n0.50, one\n0.25, two\n").setup.folders
    assert folders is not None
    assert folders.other_texts == (("note", "one"),)


def test_a_table_without_texts_has_none(tmp_path: Path) -> None:
    assert with_template(tmp_path, "Lr\n0.5\n", "${Lr}").problem.texts == ()


def test_a_column_that_no_template_uses_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"d.csv:1:5: unknown parameter"):
        with_template(tmp_path, "Lr, layer\n0.5, 3\n", "${Lr}")


def test_a_search_that_goes_on_has_the_texts_of_its_rows(tmp_path: Path) -> None:
    """Also of a row that only a part of its instances has been run with."""
    (tmp_path / "i.txt").write_text("one\ntwo\n")
    options = {"use-instances": "true", "instances": "i.txt", "deterministic": "true"}
    search = with_template(tmp_path, "Lr, note\n0.5, first\n0.25, second\n", **options)
    engine = build_engine(search.scenario, search.problem)
    first = engine.ask()
    assert first is not None
    again = build_engine(search.scenario, search.problem)
    again.tell(first, RunResult(RunStatus.SAT, 0.1, 0, 0.5))
    asked = [again.ask() for _ in range(3)]
    assert [dict(request.texts)["note"] for request in asked if request] == ["first", "first", "second"]
