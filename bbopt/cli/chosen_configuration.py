"""The one configuration that `--config`, `--config-seed` and `-P` name together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bbopt.options import OptionValues

if TYPE_CHECKING:
    from bbopt.space import Configuration, Space

__all__ = ["chosen_configuration"]


def chosen_configuration(space: Space, own: OptionValues, seed: int) -> Configuration:
    """What a command's own options choose; `seed` draws a RANDOM one where they name none.

    Raises InputErrors when it is no configuration of `space`.
    """
    from bbopt.planning.setup import named_configuration, problems_of
    from bbopt.seeding import stream

    given = own.optional_integer("config-seed")
    rng = stream(seed if given is None else given, "call")
    configuration = named_configuration(space, own.text("configuration"), rng, "--configuration")
    changes = dict(pair.split("=", 1) for pair in own.texts("P"))
    if not changes:
        return configuration
    with problems_of("-P"):
        return space.configuration({**configuration.values, **changes})
