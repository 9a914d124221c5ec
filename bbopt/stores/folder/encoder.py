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
class _Pending:
    """What a record defines; known to the file only once the record is in it."""

    run_config: tuple[RunConfig, int]
    pair: tuple[tuple[Instance, int], int] | None = None
    configuration: tuple[Configuration, int] | None = None


class RunEncoder:
    """Writes the runs of one file; `encode` and, once the record is in the file, `commit`."""

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
        self._pending: _Pending | None = None

    def encode(self, run: RecordedRun) -> str:
        """The run on one line; ValueError when its instance is none of the identity's."""
        request = run.request
        if request.instance not in self._instance_ids:
            raise ValueError(f"instance {request.instance.name!r} is not in the journal's list")
        return json_text({"r-rc": self._run_config(request)} | result_fields(run) | own_fields(run))

    def commit(self) -> None:
        """Take note that the record of the last `encode` is in the file."""
        pending, self._pending = self._pending, None
        if pending is None:
            raise RuntimeError("nothing was encoded")
        config, key = pending.run_config
        is_new = config not in self._run_configs
        self._run_configs.setdefault(config, key)
        self._next_run_config += 1
        self._next_part += is_new
        self._knows_program = True
        if pending.pair is not None:
            self._pairs.setdefault(*pending.pair)
        if pending.configuration is not None:
            self._configurations.setdefault(*pending.configuration)

    def _run_config(self, request: RunRequest) -> dict[str, JsonValue]:
        config = RunConfig(request.configuration, request.instance, request.seed, request.cutoff_s)
        self._pending = _Pending((config, self._next_run_config))
        if config in self._run_configs:
            return {"@rc-id": self._run_configs[config]}
        return {
            "@rc-id": self._next_run_config,
            "rc-algo-exec-config": self._program(),
            "rc-cutoff": float(request.cutoff_s),
            "rc-pisp": self._pair(self._pending, (request.instance, request.seed)),
            "rc-pc": self._configuration(self._pending, request.configuration),
            "rc-sample-idx": 0,
        }

    def _program(self) -> dict[str, JsonValue]:
        reference: dict[str, JsonValue] = {"@algo-exec-config-id": _FIRST_ID}
        if self._knows_program:
            return reference
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

    def _pair(self, pending: _Pending, pair: tuple[Instance, int]) -> dict[str, JsonValue]:
        if pair in self._pairs:
            return {"@pisp-id": self._pairs[pair]}
        pending.pair = (pair, self._next_part)
        instance, seed = pair
        return {
            "@pisp-id": self._next_part,
            "pisp-pi": {"@pi-id": self._instance_ids[instance]},
            "pisp-seed": seed,
        }

    def _configuration(self, pending: _Pending, configuration: Configuration) -> dict[str, JsonValue]:
        if configuration in self._configurations:
            return {"@pc-id": self._configurations[configuration]}
        pending.configuration = (configuration, self._next_part)
        return {
            "@pc-id": self._next_part,
            "pc-pcs": {"@pcs-id": _FIRST_ID},
            "pc-settings": dict(configuration.values),
            "pc-active-parameters": list(configuration.active),
            "pc-forbidden": configuration.is_forbidden,
            "pc-default": configuration.is_default,
        }
