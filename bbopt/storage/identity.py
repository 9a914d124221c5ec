"""What a journal is about: runs of one target program, on one parameter space, on one list of instances."""

from __future__ import annotations

from dataclasses import dataclass, fields

from bbopt.runs.values import Instance

__all__ = ["JournalIdentity"]


@dataclass(frozen=True, slots=True)
class JournalIdentity:
    """The scenario facts that SMAC v2 writes into a `live-rundata` file.

    `exec_dir` and `pcs_path` are absolute paths as text (SMAC v2 writes `<cwd>/<execdir>`, so `execdir = .`
    ends in `/.`), `cutoff_s` is the scenario's cutoff.
    """

    algo_exec: str
    exec_dir: str
    pcs_path: str
    pcs_text: str
    cutoff_s: float
    deterministic: bool
    instances: tuple[Instance, ...]

    def differences(self, other: JournalIdentity) -> tuple[tuple[str, str, str], ...]:
        """For each field in which `other` differs: its name, this identity's value, and `other`'s."""
        return tuple(
            (field.name, str(getattr(self, field.name)), str(getattr(other, field.name)))
            for field in fields(self)
            if _comparable(getattr(self, field.name)) != _comparable(getattr(other, field.name))
        )


def _comparable(value: object) -> object:
    if isinstance(value, tuple):  # instances; the order of an instance's features means nothing
        return [(instance.name, instance.info, dict(instance.features)) for instance in value]
    return value
