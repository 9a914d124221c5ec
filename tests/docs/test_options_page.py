"""The option reference is what the table of options says."""

from __future__ import annotations

import pytest

from bbopt.options import Option, Support, option_table
from docs.generate_options import PAGE, WITHOUT_EFFECT, page

TEXT = PAGE.read_text()
REFERENCE, REST = TEXT.split(f"\n## {WITHOUT_EFFECT}\n")


def test_it_is_up_to_date() -> None:
    assert page() == TEXT, "python docs/generate_options.py writes it anew"


@pytest.mark.parametrize("option", option_table().options, ids=lambda option: option.name)
def test_it_has_every_option(option: Option) -> None:
    has_effect = option.support is Support.IMPLEMENT
    assert (f"\n### {option.name}\n" in REFERENCE) is has_effect
    assert (f"\n| `{option.flag}` |" in REST) is not has_effect
    for name in option.distinct_aliases:
        assert f"`{name}`" in (REFERENCE if has_effect else REST)
