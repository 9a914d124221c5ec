"""The runs that other searches are making at this moment, as far as they have said so."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from contextlib import suppress

from bbopt.errors import InputError
from bbopt.runs import Pair
from bbopt.space import Configuration, Space

__all__ = ["ClaimedRuns", "claimed_settings", "configuration_key"]

_LONGEST_SETTINGS = 8192


def configuration_key(configuration: Configuration) -> str:
    """What stands for a configuration in a claim, in every process alike."""
    names = "\0".join(configuration.space.names)
    return hashlib.sha256(names.encode() + b"\0" + configuration.key).hexdigest()[:32]


def claimed_settings(configuration: Configuration) -> str:
    """Its settings as on a command line; "" for very long ones, so that what all claim stays small."""
    settings = configuration.call_text()
    return settings if len(settings) <= _LONGEST_SETTINGS else ""


class ClaimedRuns:
    """What a store's Claims last heard of the others; it is brought up to date by them."""

    def __init__(self, space: Space) -> None:
        self._space = space
        self._runs: frozenset[tuple[str, Pair]] = frozenset()
        self._settings: dict[str, str] = {}
        self._parsed: dict[str, Configuration | None] = {}

    def update(self, claims: Iterable[tuple[str, Pair, str]]) -> None:
        """Replace what is known.

        A claim is the configuration's key, the pair that it runs on, and its settings as on a command line,
        which may be left out ("").
        """
        known = tuple(claims)
        self._runs = frozenset((key, pair) for key, pair, _ in known)
        self._settings = {key: settings for key, _, settings in known}

    def __bool__(self) -> bool:
        return bool(self._runs)

    def __contains__(self, configuration: object) -> bool:
        if not self._settings or not isinstance(configuration, Configuration):
            return False
        return configuration_key(configuration) in self._settings

    def is_running(self, configuration: Configuration, pair: Pair) -> bool:
        """Whether one of them is making this very run."""
        return bool(self._runs) and (configuration_key(configuration), pair) in self._runs

    @property
    def configurations(self) -> list[Configuration]:
        """Those that are being run; without those of which the settings can't be read."""
        texts = filter(None, self._settings.values())
        self._parsed = {text: self._parsed.get(text) or self._parse(text) for text in texts}
        return [configuration for configuration in self._parsed.values() if configuration is not None]

    def _parse(self, settings: str) -> Configuration | None:
        with suppress(InputError):  # another scenario's, or damaged: it is advice only
            return self._space.parse_configuration(settings)
        return None
