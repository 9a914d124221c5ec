"""Settings as people give them: command lines that were copied, parts of configurations, JSON."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bbopt.errors import InputError
from bbopt.space import parse_pcs

SPACE = parse_pcs(
    """lr real [1e-5, 1] [0.1] log
layers integer [1, 8] [2]
opt categorical {sgd, adam} [sgd]
batch_size integer [1, 512] [32]
nesterov categorical {true, false} [true]
amp categorical {True, False} [False]
no-cache categorical {yes, no} [no]
k categorical {1, 2} [1]
"""
)


@pytest.mark.parametrize(
    ("text", "settings"),
    [
        ("--lr 0.003 --layers 5 --opt adam", {"lr": "0.003", "layers": "5", "opt": "adam"}),
        ("--lr=1e-05 --opt='adam'", {"lr": "1e-05", "opt": "adam"}),
        ("-lr 0.003", {"lr": "0.003"}),
        ("lr=0.003, opt = adam", {"lr": "0.003", "opt": "adam"}),
        ("lr = 0.003", {"lr": "0.003"}),
        ("--batch-size 64 --lr .5", {"batch_size": "64", "lr": ".5"}),
        ("--nesterov --amp --lr 1", {"nesterov": "true", "amp": "True", "lr": "1"}),
        ("--no-nesterov --layers 3 --no-amp", {"nesterov": "false", "layers": "3", "amp": "False"}),
        ("--nesterov false --amp=True", {"nesterov": "false", "amp": "True"}),
        ("--no-cache --k 2", {"no-cache": "yes", "k": "2"}),
        ("cd '/home/me/a b'; python3 train.py --epochs 20 --lr 0.1 --layers 3", {"lr": "0.1", "layers": "3"}),
        ("python3 train.py data=a.csv lr=0.1 opt=adam", {"lr": "0.1", "opt": "adam"}),
        ("cd /x; ./t no_instance 0 2.0 214 -1 -lr '0.1' -opt 'adam'", {"lr": "0.1", "opt": "adam"}),
        ('{"lr": 1e-3, "layers": 5, "nesterov": false, "amp": true, "opt": "adam", "k": null}',
         {"lr": "1e-3", "layers": "5", "nesterov": "false", "amp": "True", "opt": "adam"}),
        ("", {}),
        (" \n", {}),
    ],
)  # fmt: skip
def test_settings_in_all_forms(text: str, settings: dict[str, str]) -> None:
    assert SPACE.parse_given(text) == settings


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("lr 0.1", "there are no settings in this"),
        ("python3 train.py", "there are no settings in this"),
        ("--lrr 0.1", "unknown parameter 'lrr'"),
        ("--lr 0.1 --epochs 3", "unknown parameter 'epochs'"),
        ("--lr", "no value for parameter 'lr'"),
        ("--no-opt", "unknown parameter 'no-opt'"),
        ("--lr 0.1 --lr 0.2", "set twice"),
        ("{'lr': 1}", "no JSON"),
        ('{"lr": [1]}', "a setting is a text, a number, true or false"),
        ('{"lrr": 1}', "unknown parameter 'lrr'"),
    ],
)
def test_what_is_none(text: str, words: str) -> None:
    with pytest.raises(InputError, match=words):
        SPACE.configuration({**SPACE.default.values, **SPACE.parse_given(text)})


@given(st.text())
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        SPACE.parse_given(text)
    except InputError:
        return


@pytest.mark.parametrize(
    ("choices", "switch"),
    [
        ("true,false", ("true", "false")),
        ("False, True", ("True", "False")),
        ("off, on, auto", ("on", "off")),
        ("0,1", ("1", "0")),
        ("1,2", None),
        ("yes,false", None),
    ],
)
def test_which_parameters_are_switches(choices: str, switch: tuple[str, str] | None) -> None:
    first = choices.split(",", maxsplit=1)[0]
    assert parse_pcs(f"x categorical {{{choices}}} [{first}]\n").parameters[0].switch == switch
