"""Every verdict of SMAC v2 on the golden files."""

import numpy as np
import pytest

from bbopt.errors import InputError
from bbopt.space import parse_pcs
from tests.space.golden_files import EDGES, FOLDER, PCS_NAMES, rows, space_of

ACCEPTED_BY_BBOPT_ONLY = {"é real [0,1] [0.5]"}


def check_sample(space, sample):
    configuration = space.configuration(sample["values"])
    assert list(configuration.active) == sorted(sample["active"])
    assert configuration.is_forbidden == sample["forbidden"]
    expected = [sample["unit"][name] for name in space.names]
    np.testing.assert_allclose(configuration.smac2_row(), expected, rtol=0, atol=1e-9)
    assert list(configuration.values) == sorted(sample["values"])


def test_golden_files_are_there():
    assert len(PCS_NAMES) == 13
    assert len(EDGES) == 63


@pytest.mark.parametrize("stem", PCS_NAMES)
def test_verdicts_on_real_files(stem):
    space = space_of(stem)
    samples = rows(FOLDER / f"{stem}.jsonl")
    assert len(samples) == 26
    for sample in samples:
        check_sample(space, sample)


@pytest.mark.parametrize("stem", PCS_NAMES)
def test_first_sample_is_the_default(stem):
    space = space_of(stem)
    configuration = space.configuration(rows(FOLDER / f"{stem}.jsonl")[0]["values"])
    assert configuration.is_default
    assert configuration.values == space.default.values


@pytest.mark.parametrize("edge", EDGES, ids=[edge["pcs"] for edge in EDGES])
def test_edges(edge):
    if not edge["accepted"] and edge["pcs"] not in ACCEPTED_BY_BBOPT_ONLY:
        with pytest.raises(InputError) as caught:
            parse_pcs(edge["pcs"])
        assert caught.value.place.line is not None
        assert caught.value.place.column is not None
        assert caught.value.got
        assert caught.value.expected
        return
    space = parse_pcs(edge["pcs"])
    for sample in edge["samples"]:
        check_sample(space, sample)


@pytest.mark.parametrize("edge", [e for e in EDGES if e["accepted"]], ids=lambda edge: edge["pcs"])
def test_numbers_are_printed_as_smac2_reads_them(edge):
    space = parse_pcs(edge["pcs"])
    for sample in edge["samples"]:
        for name, text in space.configuration(sample["values"]).values.items():
            if text != sample["values"][name]:
                assert float(text) == pytest.approx(float(sample["values"][name]), rel=1e-15)
