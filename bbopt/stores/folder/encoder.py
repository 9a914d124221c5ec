"""From runs to the JSON objects of a `live-rundata` file, numbered as SMAC v2 numbers them.

Each kind of object has a counter that starts at 2 and advances with every object of that kind that is
written, also when only its `@id` is written; so a configuration's id is the number of the run config that
used it first.
"""

from __future__ import annotations

from dataclasses import dataclass

from bbopt.runs import Instance, RunRequest
from bbopt.space import Configuration
from bbopt.stores.folder.decoder import RunConfig, RunDecoder
from bbopt.stores.folder.java_json import JsonValue, json_text
from bbopt.stores.folder.run_fields import SCENARIO_FOLDER, own_fields, result_fields
from bbopt.stores.identity import RecordIdentity
from bbopt.stores.records import RecordedRun

__all__ = ["RunEncoder", "header_text"]

_FIRST_ID = 2


def header_text(instances: tuple[Instance, ...]) -> str:
    """The array of instances that opens the file, on one line."""
    return json_text(
        [
            {
                "@pi-id": _FIRST_ID + index,
                "pi-name": instance.name,
                "pi-instance-specific-info": instance.info,
                "pi-features": {name: float(value) for name, value in instance.features},
                "pi-instance-id(deprecated)": index + 1,
            }
            for index, instance in enumerate(instances)
        ]
    )


@dataclass(slots=True)
class _Defined:
    """What a record defines for those behind it, and the counters before it."""

    next_run_config: int
    next_part: int
    knew_program: bool
    run_config: RunConfig | None = None
    pair: tuple[Instance, int] | None = None
    configuration: Configuration | None = None


class RunEncoder:
    """Writes the runs of one file: `encode`, and `commit` once the records are in it, or `take_back`."""

    def __init__(self, identity: RecordIdentity, written: RunDecoder) -> None:
        """Go on after what `written` read from the file."""
        self._identity = identity
        self._instance_ids = {instance: _FIRST_ID + i for i, instance in enumerate(identity.instances)}
        self._run_configs = {config: key for key, config in written.run_configs.items()}
        self._pairs = {pair: key for key, pair in written.pairs.items()}
        self._configurations = {config: key for key, config in written.configurations.items()}
        self._knows_program = written.identity is not None
        self._next_run_config = max(written.highest_id("@rc-id"), written.run_count + 1) + 1
        used = max(written.highest_id("@pisp-id"), written.highest_id("@pc-id"), len(self._run_configs) + 1)
        self._next_part = used + 1
        self._uncommitted: list[_Defined] = []

    def encode(self, run: RecordedRun) -> str:
        """The run on one line; ValueError when its instance is none of the identity's."""
        request = run.request
        if request.instance not in self._instance_ids:
            raise ValueError(f"instance {request.instance.name!r} is not in the journal's list")
        defined = _Defined(self._next_run_config, self._next_part, self._knows_program)
        self._uncommitted.append(defined)
        return json_text({"r-rc": self._run_config(defined, request)} | result_fields(run) | own_fields(run))

    def commit(self) -> None:
        """Take note that the records of all `encode` are in the file."""
        self._uncommitted.clear()

    def take_back(self) -> None:
        """Take note that those since the last `commit` are not: what they defined is unknown there."""
        while self._uncommitted:
            defined = self._uncommitted.pop()
            self._next_run_config, self._next_part = defined.next_run_config, defined.next_part
            self._knows_program = defined.knew_program
            if defined.run_config is not None:
                del self._run_configs[defined.run_config]
            if defined.pair is not None:
                del self._pairs[defined.pair]
            if defined.configuration is not None:
                del self._configurations[defined.configuration]

    def _run_config(self, defined: _Defined, request: RunRequest) -> dict[str, JsonValue]:
        config = RunConfig(request.configuration, request.instance, request.seed, request.cutoff_s)
        number = self._next_run_config
        self._next_run_config += 1
        if config in self._run_configs:
            return {"@rc-id": self._run_configs[config]}
        self._run_configs[config] = number
        defined.run_config = config
        text: dict[str, JsonValue] = {
            "@rc-id": number,
            "rc-algo-exec-config": self._program(),
            "rc-cutoff": float(request.cutoff_s),
            "rc-pisp": self._pair(defined, (request.instance, request.seed)),
            "rc-pc": self._configuration(defined, request.configuration),
            "rc-sample-idx": 0,
        }
        self._next_part += 1
        return text

    def _program(self) -> dict[str, JsonValue]:
        reference: dict[str, JsonValue] = {"@algo-exec-config-id": _FIRST_ID}
        if self._knows_program:
            return reference
        self._knows_program = True
        folder = self._identity.scenario_folder
        return reference | {
            "algo-exec": self._identity.algo_exec,
            "algo-exec-dir": self._identity.exec_dir,
            "algo-pcs": {
                "@pcs-id": _FIRST_ID,
                "pcs-filename": self._identity.pcs_path,
                "pcs-text": self._identity.pcs_text,
                "pcs-subspace": {},
            },
            "algo-cutoff": float(self._identity.cutoff_s),
            "algo-deterministic": self._identity.deterministic,
            "algo-tae-context": dict(self._identity.context),
            **({SCENARIO_FOLDER: folder} if folder else {}),
        }

    def _pair(self, defined: _Defined, pair: tuple[Instance, int]) -> dict[str, JsonValue]:
        if pair in self._pairs:
            return {"@pisp-id": self._pairs[pair]}
        self._pairs[pair] = self._next_part
        defined.pair = pair
        instance, seed = pair
        return {
            "@pisp-id": self._next_part,
            "pisp-pi": {"@pi-id": self._instance_ids[instance]},
            "pisp-seed": seed,
        }

    def _configuration(self, defined: _Defined, configuration: Configuration) -> dict[str, JsonValue]:
        if configuration in self._configurations:
            return {"@pc-id": self._configurations[configuration]}
        self._configurations[configuration] = self._next_part
        defined.configuration = configuration
        return {
            "@pc-id": self._next_part,
            "pc-pcs": {"@pcs-id": _FIRST_ID},
            "pc-settings": dict(configuration.values),
            "pc-active-parameters": list(configuration.active),
            "pc-forbidden": configuration.is_forbidden,
            "pc-default": configuration.is_default,
        }
