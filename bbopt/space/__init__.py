"""Parameter spaces: PCS files read, checked and compiled; sampled, encoded and searched as matrices."""

from __future__ import annotations

from bbopt.space.configspace_import import from_configspace
from bbopt.space.configuration import Configuration
from bbopt.space.declarations import Parameter, ParameterKind, Scale
from bbopt.space.foreign_files import recognised
from bbopt.space.reader import parse_pcs, read_pcs
from bbopt.space.space import Space
from bbopt.space.vacuous import never_holding

__all__ = [
    "Configuration",
    "Parameter",
    "ParameterKind",
    "Scale",
    "Space",
    "from_configspace",
    "never_holding",
    "parse_pcs",
    "read_pcs",
    "recognised",
]
