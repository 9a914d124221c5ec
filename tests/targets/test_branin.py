from __future__ import annotations

import itertools
import math
import os
import subprocess
import sys

import pytest

from tests.targets.target_calls import TARGETS, Call

OPTIMA = [(-math.pi, 12.275), (math.pi, 2.275), (9.42477796076938, 2.475)]
BOTH = pytest.mark.parametrize("program", ["branin.py", "branin.sh"])


def reference(x1: float, x2: float) -> float:
    """The textbook form: a(x2 - b x1^2 + c x1 - r)^2 + s(1 - t) cos(x1) + s."""
    a, b, c, r, s, t = 1.0, 5.1 / (4 * math.pi**2), 5 / math.pi, 6.0, 10.0, 1 / (8 * math.pi)
    return a * (x2 - b * x1**2 + c * x1 - r) ** 2 + s * (1 - t) * math.cos(x1) + s


@BOTH
@pytest.mark.parametrize(("x1", "x2"), OPTIMA)
def test_the_three_optima_have_the_known_value(call: Call, program: str, x1: float, x2: float) -> None:
    answer = call(program, "-x1", repr(x1), "-x2", repr(x2))
    assert answer.status == "SAT"
    assert answer.quality == pytest.approx(0.397887, abs=1e-6)
    assert answer.exit_code == 0
    assert answer.stderr == ""


@BOTH
def test_agrees_with_the_textbook_form_over_the_domain(call: Call, program: str) -> None:
    for x1, x2 in itertools.product((-5.0, -0.1, 3.75, 10.0), (0.0, 7.5, 15.0)):
        answer = call(program, "-x1", repr(x1), "-x2", repr(x2))
        assert answer.quality == pytest.approx(reference(x1, x2), rel=1e-12)


@BOTH
@pytest.mark.parametrize("text", ["1.0E-4", "-5.828071252623558E-4", "+2", ".5", "3."])
def test_reads_numbers_as_java_and_c_print_them(call: Call, program: str, text: str) -> None:
    assert call(program, "-x1", text, "-x2", "1").quality == pytest.approx(reference(float(text), 1.0))


@BOTH
def test_the_seed_comes_back(call: Call, program: str) -> None:
    assert call(program, "-x1", "0", "-x2", "0", seed=16049169).seed == 16049169


@BOTH
@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ((), "parameter -x1 is missing"),
        (("-x1", "1"), "parameter -x2 is missing"),
        (("-x1", "1", "-x2"), "parameter -x2 has no value"),
        (("-x1", "1", "-x2", "2", "-x3", "3"), "unknown parameter '-x3'"),
        (("-x1", "1", "-x2", "2", "-x1", "3"), "parameter -x1 is given twice"),
        (("-x1", "one", "-x2", "2"), "parameter -x1 must be a finite number"),
        (("-x1", "1", "-x2", "nan"), "parameter -x2 must be a finite number"),
        (("-x1", "1e308", "-x2", "1"), "no finite value"),
        (("-x1", "", "-x2", "1"), "parameter -x1 must be a finite number"),
    ],
)
def test_refuses_what_it_can_not_use(
    call: Call, program: str, parameters: tuple[str, ...], message: str
) -> None:
    answer = call(program, *parameters)
    assert answer.status == "CRASHED"
    assert message in answer.stderr
    assert answer.exit_code == 1


@BOTH
def test_refuses_a_call_without_the_positional_arguments(program: str) -> None:
    done = subprocess.run([TARGETS / program, "no_instance", "0"], capture_output=True, text=True)
    assert "CRASHED" in done.stdout
    assert "got 2 of the five" in done.stderr


def test_the_shell_version_takes_nothing_from_the_environment() -> None:
    done = subprocess.run(
        [TARGETS / "branin.sh", "no_instance", "0", "1.0", "1", "-1", "-x1", "1"],
        env={**os.environ, "x2": "5"},
        capture_output=True,
        text=True,
    )
    assert "parameter -x2 is missing" in done.stderr


def test_the_python_version_imports_only_sys_and_math() -> None:
    source = "import sys; before = set(sys.modules); import branin; print(sorted(set(sys.modules) - before))"
    done = subprocess.run(
        [sys.executable, "-B", "-c", source], cwd=TARGETS, capture_output=True, text=True, check=True
    )
    assert set(eval(done.stdout)) <= {"branin", "math"}


@pytest.mark.parametrize(
    ("parameters", "point"),
    [
        (("-refine", "none", "-x1", "2.5", "-x2", "2"), (2.5, 2.0)),
        (("-refine", "x1", "-x1", "2.5", "-x1_shift", "-1.0E-4", "-x2", "2"), (2.4999, 2.0)),
        (
            ("-refine", "both", "-x1", "2.5", "-x1_shift", "0.625", "-x2", "2", "-x2_shift", "0.25"),
            (3.125, 2.25),
        ),
    ],
)
def test_mixed_adds_the_active_shifts(
    call: Call, parameters: tuple[str, ...], point: tuple[float, float]
) -> None:
    assert call("branin_mixed.py", *parameters).quality == pytest.approx(reference(*point), rel=1e-9)


@pytest.mark.parametrize(("x1", "x2"), OPTIMA)
def test_mixed_reaches_every_optimum(call: Call, x1: float, x2: float) -> None:
    grid_x1 = round(x1 / 2.5) * 2.5
    grid_x2 = round(x2)
    answer = call(
        "branin_mixed.py",
        *("-refine", "both", "-x1", str(grid_x1), "-x1_shift", repr(x1 - grid_x1)),
        *("-x2", str(grid_x2), "-x2_shift", repr(x2 - grid_x2)),
    )
    assert answer.quality == pytest.approx(0.397887, abs=1e-6)


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        (("-x1", "0", "-x2", "0"), "-refine must be one of none, x1, both"),
        (("-refine", "all", "-x1", "0", "-x2", "0"), "-refine must be one of none, x1, both"),
        (("-refine", "x1", "-x1", "0", "-x2", "0"), "parameter -x1_shift is missing"),
        (("-refine", "none", "-x1", "0", "-x2", "0", "-x1_shift", "0"), "-x1_shift is inactive"),
        (
            ("-refine", "x1", "-x1", "0", "-x2", "0", "-x1_shift", "0", "-x2_shift", "0"),
            "-x2_shift is inactive",
        ),
    ],
)
def test_mixed_refuses_wrong_conditionals(call: Call, parameters: tuple[str, ...], message: str) -> None:
    answer = call("branin_mixed.py", *parameters)
    assert answer.status == "CRASHED"
    assert message in answer.stderr
