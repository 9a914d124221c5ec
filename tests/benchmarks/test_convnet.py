from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.convnet import errors_of, main, summary


def test_an_engines_row_sums_up_its_searches() -> None:
    searches = [[0.5, None, 0.2, 0.1], [None, 0.3, 0.4, 0.3]]
    assert summary(searches, [1, 2, 4]) == ["0.750", "0.400", "0.200", "0.200", "2 of 8"]
    assert summary([[None, None]], [2]) == ["1.000", "1.000", "2 of 2"]


@pytest.mark.slow
def test_searches_are_made_once_and_go_on(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    algo = "./convnet_lfw.py --data digits --max-per-class 5 --max-features 200"
    words = [str(tmp_path), "--scenario", "digits", "--engines", "random", "--cores", "1"]
    more = ["--more", "--algo", algo]
    assert main([*words, "--runs", "2", *more]) == 0
    two = errors_of(tmp_path / "random" / "digits", 1)
    assert main([*words, "--runs", "3", *more]) == 0
    three = errors_of(tmp_path / "random" / "digits", 1)
    assert len(three) == 3
    assert three[:2] == two
    assert capsys.readouterr().out.count("| random") == 2
