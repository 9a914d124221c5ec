"""From the JSON objects of a `live-rundata` file back to runs.

SMAC v2 writes an object in full once and then only its `@id`; the decoder keeps what each id stands for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from bbopt.errors import InputError, OtherScenarioError
from bbopt.java_numbers import LARGEST_INT
from bbopt.runs import Elapsed, Instance, Origin, RunRequest, RunResult, RunStatus, Texts
from bbopt.space import Configuration, Space
from bbopt.stores.folder.java_json import JsonValue, number
from bbopt.stores.folder.run_fields import OWN_PREFIX, SCENARIO_FOLDER, TEXT_PREFIX, curve_in, metrics_in
from bbopt.stores.identity import RecordIdentity
from bbopt.stores.records import UNKNOWN_ORIGIN, RecordedRun

__all__ = ["RunConfig", "RunDecoder", "UnreadableRecordError"]


_T = TypeVar("_T")
_Fields = Mapping[str, JsonValue]
_STATUSES = {status.value: status for status in RunStatus}


class UnreadableRecordError(Exception):
    """A JSON value that is no run that can be used; the text says why."""


@dataclass(frozen=True, slots=True)
class RunConfig:
    """What SMAC v2 calls a run config: everything that identifies a run."""

    configuration: Configuration
    instance: Instance
    seed: int
    cutoff_s: float


class RunDecoder:
    """Reads one file's objects in their order; `identity` is known from the first run on."""

    def __init__(self, space: Space, source: str, *, refuse_other_space: bool = True) -> None:
        """`source` names the file in messages.

        Without `refuse_other_space` a configuration that is none of the space makes its runs unreadable,
        and no more.
        """
        self._space = space
        self._refuse_other_space = refuse_other_space
        self._source = source
        self._names = frozenset(space.names)
        self.instances: tuple[Instance, ...] = ()
        self.identity: RecordIdentity | None = None
        self.instances_by_id: dict[int, Instance] = {}
        self.pairs: dict[int, tuple[Instance, int]] = {}
        self.configurations: dict[int, Configuration] = {}
        self.run_configs: dict[int, RunConfig] = {}
        self._programs: dict[int, RecordIdentity] = {}
        self._pcs: dict[int, tuple[str, str]] = {}
        self._highest_ids: dict[str, int] = {}
        self.run_count = 0

    def highest_id(self, id_name: str) -> int:
        """The highest id of a kind (`@pc-id`, say) seen so far, in references too; 0 when there is none."""
        return self._highest_ids.get(id_name, 0)

    def read_instances(self, value: JsonValue) -> None:
        """Take the array that opens the file; UnreadableRecordError when it is no list of instances."""
        if not isinstance(value, list):
            raise UnreadableRecordError("the file does not start with a list of instances")
        self.instances = tuple(self._instance(item) for item in value)

    def configurations_in(self, values: Iterable[JsonValue]) -> list[Configuration | None]:
        """For each of many runs the configuration that it spells out, all made at once: for `read_run`.

        None where it spells out none, or one that can't be used: `read_run` tells what is wrong.
        """
        return self._space.complete_configurations(map(_settings_in, values))

    def read_run(self, value: JsonValue, configuration: Configuration | None = None) -> RecordedRun | None:
        """The run in `value`; `configuration` is its item of `configurations_in`.

        None for a run without any time: SMAC v2 records some that it capped to nothing and never made.
        UnreadableRecordError when it is none; OtherScenarioError when its configuration is none of the space.
        """
        fields = _object(value, "a run")
        self.run_count += 1
        config = self._run_config(fields.get("r-rc"), configuration)
        if config.cutoff_s == 0:
            return None
        budget = fields.get(OWN_PREFIX + "runlength", LARGEST_INT)
        try:
            request = RunRequest(
                configuration=config.configuration,
                instance=config.instance,
                seed=config.seed,
                cutoff_s=config.cutoff_s,
                runlength=_integer(budget, "r-bbopt-runlength"),
                origin=_origin(fields),
                texts=_texts(fields),
            )
            result = _result(fields)
        except ValueError as error:
            raise UnreadableRecordError(str(error)) from error
        reused_from = _optional_integer(fields, OWN_PREFIX + "from")
        return RecordedRun(request, result, _elapsed(fields), reused_from, self.run_count)

    def _run_config(self, value: JsonValue, configuration: Configuration | None) -> RunConfig:
        def build(fields: _Fields) -> RunConfig:
            self._note_program(fields.get("rc-algo-exec-config"))
            instance, seed = self._pair(fields.get("rc-pisp"))
            return RunConfig(
                configuration=self._configuration(fields.get("rc-pc"), configuration),
                instance=instance,
                seed=seed,
                cutoff_s=_double(fields, "rc-cutoff"),
            )

        return self._resolve(value, "@rc-id", self.run_configs, build)

    def _note_program(self, value: JsonValue) -> None:
        """Learn the identity from the first run; a run that only refers to a lost definition is accepted."""

        def build(fields: _Fields) -> RecordIdentity:
            path, text = self._resolve(fields.get("algo-pcs"), "@pcs-id", self._pcs, _pcs)
            return RecordIdentity(
                algo_exec=_text(fields, "algo-exec"),
                exec_dir=_text(fields, "algo-exec-dir"),
                pcs_path=path,
                pcs_text=text,
                cutoff_s=_double(fields, "algo-cutoff"),
                deterministic=fields.get("algo-deterministic") is True,
                instances=self.instances,
                context=_context(fields),
                scenario_folder=str(fields.get(SCENARIO_FOLDER, "")),
            )

        try:
            program = self._resolve(value, "@algo-exec-config-id", self._programs, build)
        except UnreadableRecordError:
            return
        self.identity = self.identity or program
        if program is not self.identity and program != self.identity:
            raise UnreadableRecordError("it is of another target program than the runs before it")

    def _pair(self, value: JsonValue) -> tuple[Instance, int]:
        def build(fields: _Fields) -> tuple[Instance, int]:
            return self._instance(fields.get("pisp-pi")), _integer(fields.get("pisp-seed"), "pisp-seed")

        return self._resolve(value, "@pisp-id", self.pairs, build)

    def _instance(self, value: JsonValue) -> Instance:
        return self._resolve(value, "@pi-id", self.instances_by_id, _instance)

    def _configuration(self, value: JsonValue, made: Configuration | None) -> Configuration:
        def build(fields: _Fields) -> Configuration:
            settings = _object(fields.get("pc-settings"), "pc-settings")
            return self._rebuild(settings) if made is None else made

        return self._resolve(value, "@pc-id", self.configurations, build)

    def _rebuild(self, settings: _Fields) -> Configuration:
        texts = {name: str(value) for name, value in settings.items()}
        try:
            configuration = self._space.configuration(texts)
        except InputError as error:
            raise self._wrong_space(_in_one_line(error)) from error
        missing = sorted(self._names.difference(texts))
        if missing:
            raise self._wrong_space(f"a configuration without the parameter {', '.join(missing)}")
        return configuration

    def _wrong_space(self, got: str) -> Exception:
        if not self._refuse_other_space:
            return UnreadableRecordError(got)
        return OtherScenarioError(
            f"{self._source} belongs to another parameter space",
            got=got,
            expected=f"configurations of {self._space.source or 'the space that is being searched'}",
        )

    def _resolve(
        self, value: JsonValue, id_name: str, known: dict[int, _T], build: Callable[[_Fields], _T]
    ) -> _T:
        """The thing that `value` defines, or refers to by its id alone."""
        fields = _object(value, id_name)
        key = _integer(fields[id_name], id_name) if id_name in fields else None
        if key is not None:
            if key > self.highest_id(id_name):
                self._highest_ids[id_name] = key
            if key in known:
                return known[key]
        if len(fields) == (key is not None):
            raise UnreadableRecordError(f"it refers to {id_name} {key}, which stands nowhere before it")
        thing = build(fields)
        if key is not None:
            known[key] = thing
        return thing


def _settings_in(value: JsonValue) -> dict[str, str]:
    """The settings that a run's object spells out; none where there are none, or it is damaged."""
    for name in ("r-rc", "rc-pc", "pc-settings"):
        value = value.get(name) if isinstance(value, dict) else None
    return {name: str(text) for name, text in value.items()} if isinstance(value, dict) else {}


def _in_one_line(error: InputError) -> str:
    return "; ".join(one.what for one in error.errors)


def _context(fields: _Fields) -> tuple[tuple[str, str], ...]:
    context = _object(fields.get("algo-tae-context", {}), "algo-tae-context")
    return tuple(sorted((name, _text(context, name)) for name in context))


def _pcs(fields: _Fields) -> tuple[str, str]:
    return _text(fields, "pcs-filename"), _text(fields, "pcs-text")


def _instance(fields: _Fields) -> Instance:
    features = _object(fields.get("pi-features", {}), "pi-features")
    try:
        numbers = tuple((name, number(item)) for name, item in features.items())
    except ValueError as error:
        raise UnreadableRecordError(f"pi-features: {error}") from error
    return Instance(_text(fields, "pi-name"), str(fields.get("pi-instance-specific-info", "0")), numbers)


def _origin(fields: _Fields) -> Origin:
    proposal = fields.get(OWN_PREFIX + "proposal", 0)
    return Origin(
        str(fields.get(OWN_PREFIX + "origin", UNKNOWN_ORIGIN)), _integer(proposal, "r-bbopt-proposal")
    )


def _elapsed(fields: _Fields) -> Elapsed | None:
    wallclock_s = _optional_double(fields, OWN_PREFIX + "elapsed-s")
    own_cpu_s = _optional_double(fields, OWN_PREFIX + "own-cpu-s")
    return None if wallclock_s is None or own_cpu_s is None else Elapsed(wallclock_s, own_cpu_s)


def _result(fields: _Fields) -> RunResult:
    return RunResult(
        status=_status(str(fields.get("r-run-result"))),
        runtime_s=_double(fields, "r-runtime"),
        runlength=_double(fields, "r-run-length"),
        quality=_double(fields, "r-quality"),
        additional=str(fields.get("r-addl-run-data") or ""),
        wallclock_s=_double(fields, "r-wallclock-time"),
        cpu_s=_optional_double(fields, OWN_PREFIX + "cpu-s"),
        memory_bytes=_optional_integer(fields, OWN_PREFIX + "memory-bytes"),
        started_at=_optional_double(fields, OWN_PREFIX + "started-at"),
        reason=str(fields.get(OWN_PREFIX + "reason", "")),
        metrics=metrics_in(str(fields.get(OWN_PREFIX + "metrics", ""))),
        curve=curve_in(str(fields.get(OWN_PREFIX + "curve", ""))),
        run_id=str(fields.get(OWN_PREFIX + "run", "")),
    )


def _texts(fields: _Fields) -> Texts:
    prefix = OWN_PREFIX + TEXT_PREFIX
    return tuple((name[len(prefix) :], str(fields[name])) for name in fields if name.startswith(prefix))


def _status(word: str) -> RunStatus:
    if word in _STATUSES:
        return _STATUSES[word]
    status = RunStatus.KILLED if word.upper() == RunStatus.KILLED.value else RunStatus.from_text(word)
    if status is None:
        known = ", ".join(status.value for status in RunStatus)
        raise UnreadableRecordError(f"r-run-result is {word!r}, none of {known}")
    return status


def _object(value: JsonValue, what: str) -> _Fields:
    if not isinstance(value, dict):
        raise UnreadableRecordError(f"{what} should be an object, it is {value!r:.60}")
    return value


def _text(fields: _Fields, name: str) -> str:
    value = fields.get(name)
    if not isinstance(value, str):
        raise UnreadableRecordError(f"{name} should be text, it is {value!r:.60}")
    return value


def _double(fields: _Fields, name: str) -> float:
    value = fields.get(name)
    if isinstance(value, float):
        return value
    try:
        return number(value)
    except ValueError as error:
        raise UnreadableRecordError(f"{name}: {error}") from error


def _optional_double(fields: _Fields, name: str) -> float | None:
    return None if fields.get(name) is None else _double(fields, name)


def _optional_integer(fields: _Fields, name: str) -> int | None:
    return None if fields.get(name) is None else _integer(fields[name], name)


def _integer(value: JsonValue, name: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise UnreadableRecordError(f"{name} should be a whole number, it is {value!r:.60}")
    return value
