"""Parameter spaces: PCS files read, checked and compiled; sampled, encoded and searched as matrices."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bbopt.space.configuration import Configuration
from bbopt.space.declarations import Parameter, ParameterKind
from bbopt.space.reader import parse_pcs, read_pcs
from bbopt.space.space import Space

if TYPE_CHECKING:
    import ConfigSpace

__all__ = [
    "Configuration",
    "Parameter",
    "ParameterKind",
    "Space",
    "from_configspace",
    "parse_pcs",
    "read_pcs",
]


def from_configspace(space: ConfigSpace.ConfigurationSpace) -> Space:
    """The space with the meaning of a ConfigSpace object; InputError for what PCS can't say."""
    from bbopt.space.configspace_import import from_configspace as convert

    return convert(space)
