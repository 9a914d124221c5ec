"""bbopt tunes any program that can be started from a shell, speaking SMAC v2's subprocess protocol."""

__version__ = "0.1.0"
