"""Resources of slots: variables in the environment of runs that have another value in each slot."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from bbopt.errors import InputError, Place
from bbopt.options import OptionValues
from bbopt.scenario.clusters import LOCAL, Cluster, ClusterSettings

__all__ = ["SlotValues", "read_slot_values", "refuse_slot_values"]

_OPTION = "slot-env"


@dataclass(frozen=True, slots=True)
class SlotValues:
    """The values of each variable, one a slot."""

    by_name: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def n_slots(self) -> int | None:
        """For how many slots there are values; None where there are no variables."""
        return min((len(values) for values in self.by_name.values()), default=None)

    def of_slot(self, slot: int) -> dict[str, str]:
        """The environment of a slot; several values that belong to it are separated by commas there.

        InputError where there are none for it.
        """
        if slot >= (n_slots := self.n_slots or slot + 1):
            raise InputError(
                f"{_OPTION} has no values for so many slots",
                got=f"values for {n_slots}, and a run in slot {slot}, counted from 0",
                remedy=f"add values, or have {n_slots} runs at a time: bbopt worker --cores {n_slots}",
            )
        return {name: values[slot].replace(":", ",") for name, values in self.by_name.items()}

    def part(self, number: int, n_parts: int, size: int | None) -> SlotValues:
        """Part `number` of `n_parts` with `size` values each, by default as many as there are for all."""
        n_each = size or (self.n_slots or 0) // n_parts
        begin = number * n_each
        return SlotValues({name: values[begin : begin + n_each] for name, values in self.by_name.items()})

    def as_texts(self) -> list[str]:
        """The option's values."""
        return [f"{name}={','.join(values)}" for name, values in self.by_name.items()]


def read_slot_values(options: OptionValues) -> SlotValues:
    """What the options say; InputError for what is none."""
    found: dict[str, tuple[str, ...]] = {}
    for text, place in options.placed_texts(_OPTION):
        name, _, rest = text.partition("=")
        values = tuple(value.strip() for value in rest.split(","))
        name = name.strip()
        if not name or not all(values) or name in found:
            raise InputError(
                f"a second slot-env for {name}" if name in found else "slot-env can't be read",
                place=place,
                got=text,
                expected="NAME=VALUE,VALUE,... with a value for each slot, such as CUDA_VISIBLE_DEVICES=0,1",
            )
        found[name] = values
    _refuse_unequal(found, options.place(_OPTION))
    return SlotValues(found)


def _refuse_unequal(found: Mapping[str, tuple[str, ...]], place: Place) -> None:
    counts = {name: len(values) for name, values in found.items()}
    if len(set(counts.values())) > 1:
        raise InputError(
            "the variables of slot-env have not as many values each",
            place=place,
            got=", ".join(f"{name}: {count}" for name, count in counts.items()),
            expected="a value for each slot",
        )


def refuse_slot_values(options: OptionValues, cluster: Cluster) -> None:
    """Raise InputError where slots are on several machines, or are more than there are values."""
    n_values = read_slot_values(options).n_slots
    if n_values is None:
        return
    if not isinstance(cluster, ClusterSettings) or cluster.kind != LOCAL:
        raise InputError(
            "slot-env is for slots of one machine",
            place=options.place(_OPTION),
            expected="--executor local, or a cluster of this machine's own workers",
            remedy="leave it to the batch system to give each worker what it may use",
        )
    if cluster.n_slots > n_values:
        raise InputError(
            "slot-env has not a value for each slot of the cluster",
            place=options.place(_OPTION),
            got=f"{n_values} values for {cluster.n_slots} slots",
            remedy="give a value for each, or fewer workers or worker-cores",
        )
