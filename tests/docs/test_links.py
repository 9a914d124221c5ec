"""Every link of the documents leads somewhere, and every file that they name is there."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

from tests.docs.markdown import (
    PAGES,
    ROOT,
    USER_PAGES,
    anchor,
    code_spans,
    example_files,
    headings,
    links,
    name_of,
    site_anchor,
)

EVERY = pytest.mark.parametrize("page", PAGES, ids=name_of)
FOLDERS = ("bbopt", "benchmarks", "docs", "scenarios", "targets", "tests", "wrappers", ".ci")
OF_A_KIND = re.compile(r"[\w./-]+\.(?:py|sh|md|tsv|pcs|toml|yml)")
BELOW_A_FOLDER = re.compile(rf"(?:{'|'.join(map(re.escape, FOLDERS))})/[\w./-]*")
NOT_HERE = {"train.py", "your_script.py"}
"""What stands for a file of the reader's own, or is made by a run."""

TRACKED = {
    str(path.relative_to(ROOT))
    for top in (*FOLDERS, ".")
    for path in ((ROOT / top).rglob("*") if top != "." else ROOT.glob("*"))
    if path.is_file()
}


def is_there(name: str) -> bool:
    """Whether a file or folder of this name, or with a longer path in front, is in the repository."""
    if name.endswith("/"):
        return any(f"/{path}".find(f"/{name}") >= 0 for path in TRACKED)
    plain = name.removeprefix("./").removeprefix("../")
    return any(f"/{path}".endswith(f"/{plain}") for path in TRACKED) or (ROOT / name).exists()


@EVERY
def test_links_lead_somewhere(page: Path) -> None:
    for link in links(page):
        if re.match(r"[a-z]+:", link):
            continue
        path, _, fragment = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), link
        if fragment:
            assert fragment in {anchor(heading) for heading in headings(target)}, link


@pytest.mark.parametrize("page", USER_PAGES, ids=name_of)
def test_links_of_the_pages_for_users_stay_among_them(page: Path) -> None:
    outside = [link for link in links(page) if link.startswith("..")]
    assert outside == []  # the rendered pages stand alone


@EVERY
def test_headings_have_the_same_anchor_everywhere(page: Path) -> None:
    for heading in headings(page):
        assert anchor(heading) == site_anchor(heading), heading


@EVERY
def test_no_two_headings_of_a_page_share_an_anchor(page: Path) -> None:
    counts = Counter(map(anchor, headings(page)))
    assert [found for found, n in counts.items() if n > 1] == []


@EVERY
def test_named_files_are_there(page: Path) -> None:
    shown = {name for other in USER_PAGES for name in example_files(other)}
    for span in code_spans(page):
        if OF_A_KIND.fullmatch(span) or BELOW_A_FOLDER.fullmatch(span):
            own = page.parent / span
            is_elsewhere = span.removeprefix("./") in NOT_HERE | shown
            assert is_elsewhere or own.exists() or is_there(span), span


def test_a_missing_file_is_noticed() -> None:
    assert is_there("bbopt/tuning/tuner.py")
    assert is_there("tuner.py")
    assert is_there("smbo/")
    assert not is_there("bbopt/tuning/nothing.py")
    assert not is_there("uner.py")
    assert not is_there("nothing/")


def test_every_page_for_users_is_in_the_navigation() -> None:
    navigation = (ROOT / "mkdocs.yml").read_text()
    assert [page.name for page in USER_PAGES if f"- {page.name}\n" not in navigation] == []
