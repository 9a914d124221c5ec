from __future__ import annotations

import math

import pytest

from bbopt.automl.grids import read_grid
from bbopt.errors import InputError
from bbopt.space import parse_pcs

COMPILE = """{'loss': ['categorical_crossentropy'],
'optimizer_params_list': [
{'optimizer': ['SGD'], 'lr': [0.0001, 0.001, 'log'], 'momentum': [0.95, 0.99, 'log_near_one']},
{'optimizer': ['Adam'], 'lr': [0.01, 0.1, 'log'], 'decay': [1e-6, 1e-4, 'log']}],
'metrics': ['accuracy']
}"""
FIT = "{'batch_size': [32, 64, 128, 256], 'epochs': [10, 20, 30]}"


def test_the_grids_of_madlibs_manual() -> None:
    grid = read_grid((1, 2), COMPILE, FIT)
    assert grid.pcs() == (
        "model_id categorical {1, 2} [1]\n"
        "optimizer categorical {SGD, Adam} [SGD]\n"
        "SGD.lr real [0.0001, 0.001] [0.000316228] log\n"
        "SGD.momentum real [0.95, 0.99] [0.977639] log_near_one\n"
        "Adam.lr real [0.01, 0.1] [0.0316228] log\n"
        "Adam.decay real [1e-06, 0.0001] [1e-05] log\n"
        "batch_size ordinal {32, 64, 128, 256} [32]\n"
        "epochs ordinal {10, 20, 30} [10]\n"
        "SGD.lr | optimizer == SGD\n"
        "SGD.momentum | optimizer == SGD\n"
        "Adam.lr | optimizer == Adam\n"
        "Adam.decay | optimizer == Adam\n"
    )
    space = parse_pcs(grid.pcs(), "params.pcs")
    configuration = space.configuration(
        {**space.default.values, "model_id": "2", "optimizer": "Adam", "Adam.lr": "0.05", "epochs": "20"}
    )
    settings = grid.settings(configuration.active_values)
    assert settings.model_id == 2
    assert settings.arguments["lr"] == 0.05
    assert settings.fit_params == {"batch_size": 32, "epochs": 20}
    assert settings.compile_text == (
        "optimizer='Adam(lr=0.05,decay=1e-05)',metrics=['accuracy'],loss='categorical_crossentropy'"
    )
    assert settings.fit_text == "epochs=20,batch_size=32"


def test_names_are_told_apart_and_literals_of_any_kind_are_choices() -> None:
    grid = read_grid(
        (3,),
        "{'loss': ['mse', 'a,b'], 'loss_weights': [None, [1, 2]], 'optimizer_params_list': "
        "[{'optimizer': ['Adam', 'Adam'], 'amsgrad': [True, False]}, {'optimizer': ['Nadam']}]}",
        """{'epochs': [1, 9, 'log'], 'callbacks': ['[TensorBoard(log_dir="x y")]']}""",
    )
    assert [one.label for one in grid.optimizers] == ["Adam", "Adam.2", "Nadam"]
    space = parse_pcs(grid.pcs(), "params.pcs")
    settings = grid.settings(
        space.configuration(
            {**space.default.values, "optimizer": "Adam.2", "loss": "2", "loss_weights": "2", "epochs": "7"}
        ).active_values
    )
    assert settings.compile_params == {"loss": "a,b", "loss_weights": [1, 2]}
    assert settings.compile_text == "optimizer='Adam(amsgrad=True)',loss='a,b',loss_weights=[1, 2]"
    assert settings.fit_text == 'epochs=7,callbacks=[TensorBoard(log_dir="x y")]'


def test_the_middle_of_a_range_near_one_is_on_its_scale() -> None:
    grid = read_grid(
        (1,),
        "{'loss': ['mse'], 'optimizer_params_list': [{'optimizer': ['SGD'], "
        "'momentum': [0.9, 0.999, 'log_near_one']}]}",
        "{}",
    )
    space = parse_pcs(grid.pcs(), "p")
    momentum = space.parameters[space.index["SGD.momentum"]]
    middle = 1 - 10 ** ((math.log10(0.1) + math.log10(0.001)) / 2)
    assert math.isclose(momentum.default, middle, rel_tol=1e-5)


LOSS = "'loss': ['mse']"
ADAM = "'optimizer_params_list': [{'optimizer': ['Adam'], 'lr': [0.1]}]"


@pytest.mark.parametrize(
    ("compile_grid", "fit_grid", "told"),
    [
        ("", "{}", "this is no Python dictionary"),
        ("{'loss': __import__('os').system('true')}", "{}", "only literals"),
        ("['mse']", "{}", "a dictionary is needed"),
        ("{" + ADAM + "}", "{}", "there is no loss"),
        ("{" + LOSS + "}", "{}", "optimizer_params_list is missing"),
        ("{" + LOSS + ", 'optimizer': ['Adam']," + ADAM + "}", "{}", "stands outside optimizer_params_list"),
        ("{" + LOSS + ", 'optimizer_params_list': [{'lr': [0.1]}]}", "{}", "an optimizer has no name"),
        ("{'loss': 'mse', " + ADAM + "}", "{}", "the values of loss are no list"),
        ("{'loss': [], " + ADAM + "}", "{}", "the values of loss are no list"),
        ("{1: ['mse'], " + LOSS + "," + ADAM + "}", "{}", "no name of a parameter"),
        ("{" + LOSS + "," + ADAM.replace("[0.1]", "[0.1, 0.2, 'logg']") + "}", "{}", "did you mean log?"),
        ("{" + LOSS + "," + ADAM.replace("[0.1]", "[0, 0.2, 'log']") + "}", "{}", "both above 0"),
        ("{" + LOSS + "," + ADAM.replace("[0.1]", "[0.3, 0.2, 'linear']") + "}", "{}", "low < high"),
        ("{" + LOSS + "," + ADAM.replace("[0.1]", "[0.3, 1, 'log_near_one']") + "}", "{}", "both below 1"),
        ("{" + LOSS + "," + ADAM + "}", "{'epochs': [1.5, 3, 'linear']}", "whole bounds"),
        ("{" + LOSS + "," + ADAM + "}", "{'epochs': [0]}", "epochs are counted"),
        ("{" + LOSS + "," + ADAM + "}", "{'batch_size': ['8']}", "batch_size are counted"),
    ],
)
def test_what_is_no_grid(compile_grid: str, fit_grid: str, told: str) -> None:
    with pytest.raises(InputError) as caught:
        read_grid((1,), compile_grid, fit_grid)
    assert told in str(caught.value)


def test_all_problems_are_told_at_once() -> None:
    with pytest.raises(InputError) as caught:
        read_grid((1,), "{'loss': 'mse', 'optimizer_params_list': []}", "{'epochs': 3}")
    assert len(caught.value.errors) == 3
