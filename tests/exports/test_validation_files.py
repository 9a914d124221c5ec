from __future__ import annotations

import math
from pathlib import Path

import pytest

from bbopt.errors import StateError
from bbopt.exports import (
    VALIDATION_TABLES,
    ValidatedIncumbent,
    ValidationReport,
    write_validation,
)
from bbopt.output_folder import OutputFolder
from bbopt.runs import (
    Instance,
    Objective,
    Origin,
    Pair,
    QualityObjective,
    Run,
    RunRequest,
    RunResult,
    RunStatus,
    RuntimeObjective,
)
from bbopt.space import Configuration, parse_pcs

SPACE = parse_pcs("x integer [0, 9] [0]\ny categorical {a, b} [a]\ny | x in {1}\n")
B, A = Instance("b.cnf"), Instance('a, "1".cnf', "info")
ONE, TWO = (SPACE.configuration({"x": text, "y": "b"}) for text in ("1", "2"))
PAIRS = ((B, 7), (B, 3), (A, 5))


def run(configuration: Configuration, instance: Instance, seed: int, result: RunResult) -> Run:
    objective: Objective = RuntimeObjective(2.0, 10)
    request = RunRequest(configuration, instance, seed, 2.0, 2147483647, Origin("validation", 0))
    return Run.valued(request, result, objective)


def sat(runtime_s: float, additional: str = "") -> RunResult:
    return RunResult(RunStatus.SAT, runtime_s, 0, 0.5, additional)


RUNS = [
    run(ONE, B, 7, sat(0.5, "x=1,y")),
    run(ONE, B, 3, RunResult(RunStatus.TIMEOUT, 2.25, -1, 0)),
    run(ONE, A, 5, sat(1.0)),
    run(TWO, B, 7, RunResult(RunStatus.CRASHED, 0.0, 0, 0)),
    run(TWO, B, 3, sat(2.5)),
    run(TWO, A, 5, sat(0.0625)),
]


def report(runs: list[Run], is_quality_objective: bool = False) -> ValidationReport:
    by_key: dict[tuple[Configuration, Pair], Run] = {
        (one.request.configuration, one.pair): one for one in runs
    }
    incumbents = (
        ValidatedIncumbent(1.0, 1.7976931348623157e308, 0.0, ONE),
        ValidatedIncumbent(2.5, 3.25, 0.125, TWO),
        ValidatedIncumbent(20.0, 3.5, 0.25, ONE),
    )
    calls = {ONE: "./solver b.cnf 0 2.0 1 7 -x '1' -y 'b'", TWO: "./solver b.cnf 0 2.0 1 7 -x '2'"}
    return ValidationReport(incumbents, PAIRS, by_key, calls, is_quality_objective)


def texts(folder: Path, given: ValidationReport, headers: bool = True) -> dict[str, list[str]]:
    paths = write_validation(OutputFolder(folder), "traj-run-1-walltime", given, headers=headers)
    assert [path.name for path in paths] == [
        f"{table}-traj-run-1-walltime.csv" for table in VALIDATION_TABLES
    ]
    contents = [path.read_text() for path in paths]
    assert all(content.endswith("\n") for content in contents)
    lines = [content.splitlines() for content in contents]
    return dict(zip(VALIDATION_TABLES, lines, strict=True))


def test_several_configurations(tmp_path: Path) -> None:
    written = texts(tmp_path, report(RUNS))
    assert written["validationCallStrings"][1:] == [
        "\"1\",\"-x '1' -y 'b'\",\"./solver b.cnf 0 2.0 1 7 -x '1' -y 'b' \"",
        '"2","-x \'2\'","./solver b.cnf 0 2.0 1 7 -x \'2\' "',
    ]
    assert written["validationResults"] == [
        '"Time","Training (Empirical) Performance","Test Set Performance","AC Overhead Time",'
        '"Validation Configuration ID",',
        '1.0,1.7976931348623157E308,5.625,0.0,"1",',
        '2.5,3.25,10.03125,0.125,"2",',
        '20.0,3.5,5.625,0.25,"1",',
    ]
    assert written["validationObjectiveMatrix"] == [
        '"Problem Instance","Seed","Objective of validation config #1","Objective of validation config #2"',
        '"b.cnf","3","2.0","2.5"',
        '"b.cnf","7","0.5","2.0"',
        '"a, ""1"".cnf","5","1.0","0.0625"',
    ]
    assert written["validationRunResultLineMatrix"][1:] == [
        '"b.cnf","3","TIMEOUT, 2.25, -1.0, 0.0, 3","SAT, 2.5, 0.0, 0.5, 3"',
        '"b.cnf","7","SAT, 0.5, 0.0, 0.5, 7,x=1,y","CRASHED, 0.0, 0.0, 0.0, 7"',
        '"a, ""1"".cnf","5","SAT, 1.0, 0.0, 0.5, 5","SAT, 0.0625, 0.0, 0.5, 5"',
    ]
    assert written["validationPerformanceDebug"] == [
        '"Validation Configuration ID:1","Instance","OverallObjective","Run #1","Run #2"',
        '"","b.cnf","10.25","0.5","2.0"',
        '"","a, ""1"".cnf","1.0","1.0"',
        '"","Overall Objective On Test Set","5.625"',
        '"Validation Configuration ID:2","Instance","OverallObjective","Run #1","Run #2"',
        '"","b.cnf","20.0","2.0","2.5"',
        '"","a, ""1"".cnf","0.0625","0.0625"',
        '"","Overall Objective On Test Set","10.03125"',
    ]


def test_qualities(tmp_path: Path) -> None:
    objective = QualityObjective()
    runs = [Run.valued(one.request, objective.settled(one.result), objective) for one in RUNS]
    written = texts(tmp_path, report(runs, is_quality_objective=True))
    assert written["validationObjectiveMatrix"][2] == '"b.cnf","7","0.5","1.0E9"'
    assert written["validationPerformanceDebug"][3] == '"","Overall Objective On Test Set","0.375"'


def test_runs_that_have_not_finished_are_left_open(tmp_path: Path) -> None:
    given = report(RUNS[:2])
    assert given.cost(ONE) == 10.25
    assert math.isnan(given.cost(TWO))
    written = texts(tmp_path, given)
    assert written["validationObjectiveMatrix"][1:] == [
        '"b.cnf","3","2.0","NaN"',
        '"b.cnf","7","0.5","NaN"',
        '"a, ""1"".cnf","5","NaN","NaN"',
    ]
    assert written["validationRunResultLineMatrix"][3] == '"a, ""1"".cnf","5","",""'
    assert written["validationResults"][2] == '2.5,3.25,NaN,0.125,"2",'
    assert written["validationPerformanceDebug"][3:] == [
        '"Validation Configuration ID:2","Instance","OverallObjective"',
        '"","Overall Objective On Test Set","NaN"',
    ]


def test_without_headers(tmp_path: Path) -> None:
    with_headers, without = (texts(tmp_path, report(RUNS), headers=headers) for headers in (True, False))
    performance = "validationPerformanceDebug"
    assert without.pop(performance) == with_headers.pop(performance)
    assert without == {table: lines[1:] for table, lines in with_headers.items()}


def test_a_folder_that_can_not_be_written(tmp_path: Path) -> None:
    with pytest.raises(StateError, match="validationCallStrings"):
        write_validation(OutputFolder(tmp_path / "nowhere"), "name", report(RUNS))
