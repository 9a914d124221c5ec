"""What a record is about: runs of one target program, on one parameter space, on one list of instances."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass, field, fields, replace

from bbopt.errors import InputError, OtherScenarioError
from bbopt.runs import Instance
from bbopt.space import Space, parse_pcs

__all__ = ["UNSAT_IS_FAILURE", "RecordIdentity", "declared_space"]

UNSAT_IS_FAILURE = "unsat-is-failure"
"""The option, and the entry of the context ("true") of a record in which UNSAT runs count as failures."""

_PATHS = ("exec_dir", "pcs_path")


@dataclass(frozen=True, slots=True)
class RecordIdentity:
    """The scenario facts that SMAC v2 keeps with the runs.

    `exec_dir` and `pcs_path` are absolute paths as SMAC v2 writes them (`execdir = .` ends in `/.`),
    `cutoff_s` is the scenario's cutoff.  `context` (sorted names and texts) is what else tells one target
    from another: SMAC v2's `-T`, and how bbopt calls it and reads its answers.  `scenario_folder` is where a
    command that names it finds its files, "" for others; elsewhere it is the same target.
    """

    algo_exec: str
    exec_dir: str
    pcs_path: str
    pcs_text: str
    cutoff_s: float
    deterministic: bool
    instances: tuple[Instance, ...]
    context: tuple[tuple[str, str], ...] = ()
    scenario_folder: str = field(default="", compare=False)

    def differences(self, other: RecordIdentity) -> tuple[tuple[str, str, str], ...]:
        """For each field in which `other` differs: its name, this identity's value, and `other`'s.

        Two texts of one path are no difference: bbopt has not always written SMAC v2's.
        """
        names = (one.name for one in fields(self) if one.compare)
        pairs = ((name, getattr(self, name), getattr(other, name)) for name in names)
        return tuple(
            (name, str(own), str(others))
            for name, own, others in pairs
            if (_real(own) != _real(others) if name in _PATHS else _comparable(own) != _comparable(others))
        )

    def refuse_other(
        self, source: str, recorded: RecordIdentity | None, instances: tuple[Instance, ...]
    ) -> None:
        """OtherScenarioError when the record `source`, which shall be continued, is of another scenario.

        Before its first run (`recorded` is None) it says nothing but its instances.
        """
        differences = (recorded or replace(self, instances=instances)).differences(self)
        if differences:
            names = ", ".join(name for name, _, _ in differences)
            raise OtherScenarioError(
                f"{source} records runs of another scenario (other {names})",
                got="; ".join(f"{name} = {_brief(value)}" for name, value, _ in differences),
                expected="; ".join(f"{name} = {_brief(value)}" for name, _, value in differences),
                remedy="use another output folder or rungroup, or the scenario that it was made with",
            )

    def refusal_of(self, peer: RecordIdentity) -> str | None:
        """Why the runs of a peer's record can't be used here; None when they can.

        SMAC v2 also wants equal texts of `algo-exec-dir` and `pcs-filename`.  bbopt does not: one folder has
        other names on other hosts and in containers, and the PCS text says more than its path.
        """
        if reason := self.refusal_of_instances(peer.instances):
            return reason
        if peer.algo_exec != self.algo_exec:
            return _other("algo-exec", peer.algo_exec, self.algo_exec)
        if peer.deterministic != self.deterministic:
            return _other("algo-deterministic", _java(peer.deterministic), _java(self.deterministic))
        if peer.context != self.context:
            theirs, ours = set(peer.context), set(self.context)
            return _other("settings of the target", _settings(theirs - ours), _settings(ours - theirs))
        lines, own_lines = _declarations(peer.pcs_text), _declarations(self.pcs_text)
        if lines == own_lines:
            return None
        return _other("parameters (pcs-text)", sorted(lines - own_lines), sorted(own_lines - lines))

    def refusal_of_instances(self, peers: tuple[Instance, ...]) -> str | None:
        """The same for a record's list of instances, which is known before its first run."""
        if _comparable(peers) == _comparable(self.instances):
            return None
        if len(peers) != len(self.instances):
            return _other("instances", f"{len(peers)} of them", str(len(self.instances)))
        theirs, ours = next(
            pair for pair in zip(peers, self.instances, strict=True) if _as_dict(pair[0]) != _as_dict(pair[1])
        )
        return _other("instances", str(_as_dict(theirs)), str(_as_dict(ours)))


def _real(path: str) -> str:
    try:
        return os.path.realpath(path)
    except ValueError:  # for a zero byte in a damaged file
        return path


def _comparable(value: object) -> object:
    if isinstance(value, tuple):  # the order of an instance's features means nothing
        return [_as_dict(item) if isinstance(item, Instance) else item for item in value]
    return value


def _as_dict(instance: Instance) -> dict[str, object]:
    return {"name": instance.name, "info": instance.info, "features": dict(instance.features)}


def declared_space(pcs_text: str, source: str, ours: Space) -> Space:
    """`ours` where the text declares the same parameters (or can't be read), else its own space."""
    if _declarations(pcs_text) == _declarations(ours.text):
        return ours
    try:
        return parse_pcs(pcs_text, source)
    except InputError:
        return ours


def _declarations(pcs_text: str) -> frozenset[str]:
    """The lines of a PCS file that mean something; their order means nothing."""
    lines = (" ".join(line.partition("#")[0].split()) for line in pcs_text.splitlines())
    return frozenset(line for line in lines if line)


def _settings(pairs: Iterable[tuple[str, str]]) -> list[str]:
    return [f"{name} = {text}" for name, text in sorted(pairs)]


def _java(value: bool) -> str:
    return "true" if value else "false"


def _other(what: str, theirs: str | list[str], ours: str | list[str]) -> str:
    return f"other {what}: {_brief(theirs)}, here {_brief(ours)}"


def _brief(value: str | list[str]) -> str:
    if isinstance(value, list):
        more = f" and {len(value) - 1} more" if len(value) > 1 else ""
        return f"{_brief(value[0])}{more}" if value else "nothing"
    return value if len(value) <= 200 else value[:200] + "..."
