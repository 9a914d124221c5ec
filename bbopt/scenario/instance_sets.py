"""From options to the instances of a scenario: lists, folders and features put together."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from bbopt.errors import InputError, InputErrors, Place, Problems, nearest
from bbopt.options import OptionValues
from bbopt.runs.instances import BLACK_BOX, InstanceSet
from bbopt.runs.values import NO_INSTANCE, Instance
from bbopt.scenario.feature_tables import FeatureTable, parse_feature_table
from bbopt.scenario.folds import read_folds
from bbopt.scenario.input_paths import Folders, find_file, find_path
from bbopt.scenario.instance_folders import files_of_folder
from bbopt.scenario.instance_lists import InstanceList, ListedInstance, parse_instance_list
from bbopt.scenario.instance_names import absolute_name, name_in_folder
from bbopt.scenario.state_folders import is_state_folder
from bbopt.text_files import read_text

__all__ = ["InstanceInputs", "load_instances"]


_MOST_PROBLEMS = 20


@dataclass(frozen=True, slots=True)
class InstanceInputs:
    """The instances that a scenario names.

    test: those to validate on; None when none are named.
    list_text, features_text: the files of which the state folder keeps copies (of a folder of instances a
        list of them); None for a file there is none of.
    warnings: sentences about readings that a user may not expect.
    """

    training: InstanceSet
    test: InstanceSet | None
    list_text: bytes | None = None
    features_text: bytes | None = None
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Named:
    """A list, where it came from, and its text; `absolute` has names that take the place of listed ones."""

    listed: InstanceList
    path: Path
    text: str
    absolute: Mapping[str, str]

    def place(self, entry: ListedInstance) -> Place:
        return Place(self.path) if os.path.isdir(self.path) else Place(self.path, entry.line)

    def name(self, entry: ListedInstance) -> str:
        return self.absolute.get(entry.name, entry.name)


@dataclass(frozen=True, slots=True)
class _Features:
    table: FeatureTable
    path: Path
    text: str


def load_instances(values: OptionValues, folders: Folders, exec_dir: Path) -> InstanceInputs:
    """What the options name; a scenario without instances has the one of a black box, for tests as well.

    Those of cross-validation are its folds.  `exec_dir` is where the target runs.  Raises InputError
    (InputErrors) with all problems found.
    """
    if (folds := read_folds(values)) is not None:
        return _folds(folds)
    if not values.flag("use-instances"):
        return InstanceInputs(BLACK_BOX, BLACK_BOX, f"{NO_INSTANCE.name}\n".encode())
    return _Loading(values, folders, exec_dir).inputs()


def _folds(n: int) -> InstanceInputs:
    """An instance for each fold: its name is the fold's number, its info how many there are."""
    listed = tuple(Instance(str(fold), str(n)) for fold in range(n))
    return InstanceInputs(InstanceSet(listed), None, "".join(f"{one.name}\n" for one in listed).encode())


class _Loading:
    def __init__(self, values: OptionValues, folders: Folders, exec_dir: Path) -> None:
        self._values = values
        self._folders = folders
        self._exec_dir = exec_dir
        self._problems = Problems()

    def inputs(self) -> InstanceInputs:
        attempt = self._problems.attempt
        training = attempt(lambda: self._named("instances", "instance-suffix", "instances.txt"))
        test = attempt(self._test_list)
        features = attempt(self._features)
        if training is not None and features is not None:
            self._refuse_missing(training, features)
        if self._problems or training is None:
            raise InputErrors(self._problems)
        warnings = [text for named in (training, test) if named for text in named.listed.warnings]
        if features is not None:
            warnings.append(_unused_rows(features, training, test))
        return InstanceInputs(
            _instance_set(training, features),
            None if test is None else _instance_set(test, _if_complete(test, features)),
            training.text.encode("utf-8"),
            None if features is None else features.text.encode("utf-8"),
            tuple(filter(None, warnings)),
        )

    def _test_list(self) -> _Named | None:
        """The test instances; a folder of them without a suffix of its own has that of the others."""
        if not self._values.is_given("test-instances"):
            return None
        has_own = self._values.is_given("test-instance-suffix")
        return self._named("test-instances", "test-instance-suffix" if has_own else "instance-suffix", None)

    def _named(self, option: str, suffix: str, copy: str | None) -> _Named:
        text = self._values.optional_text(option)
        if text is None:
            raise _no_instances()
        role = "file of " + option.replace("-", " ")
        place = self._values.place(option)
        path = self._path(text, copy, lambda: find_path(text, self._folders, f"folder or {role}", place))
        is_folder = path.is_dir()
        content = self._folder_as_list(text, path, suffix) if is_folder else read_text(path, role)
        listed = parse_instance_list(content, str(path))
        named = _Named(listed, path, content, {})
        return replace(named, absolute=self._absolute(named))

    def _path(self, text: str, copy: str | None, find: Callable[[], str]) -> Path:
        """Where `find` finds a file; a state folder's scenario may have the folder's copy of it instead."""
        try:
            return Path(find())
        except InputError:
            folder = self._folders.scenario
            if copy is None or folder is None or not is_state_folder(Path(folder)):
                raise
            if not os.path.isfile(f"{folder}/{copy}"):
                raise
            return Path(folder, copy)

    def _folder_as_list(self, text: str, path: Path, suffix: str) -> str:
        files = files_of_folder(path, self._values.optional_text(suffix), self._values.place(suffix), suffix)
        names = (name_in_folder(text, path, file, self._exec_dir) for file in files)
        return "".join(f"{_quoted(name)}\n" for name in names)

    def _absolute(self, named: _Named) -> dict[str, str]:
        """With `check-instances-exist` the absolute path of each instance, by its listed name."""
        if not self._values.flag("check-instances-exist"):
            return {}
        found: dict[str, str] = {}
        problems: list[InputError] = []
        listed_as: dict[str, ListedInstance] = {}
        for entry in named.listed.instances:
            name = absolute_name(entry.name, self._folders)
            if name is None:
                problems.append(self._not_there(named, entry))
                continue
            earlier = listed_as.setdefault(name, entry)
            if earlier is not entry:
                problems.append(_same_file(named, entry, earlier))
            found[entry.name] = name
        if problems:
            raise InputErrors(problems[:_MOST_PROBLEMS])
        return found

    def _not_there(self, named: _Named, entry: ListedInstance) -> InputError:
        looked_for = ", ".join(self._folders.search_order)
        return InputError(
            "an instance does not exist",
            place=named.place(entry),
            got=repr(entry.name),
            expected=f"an existing file, as check-instances-exist is on; looked in {looked_for}",
        )

    def _features(self) -> _Features | None:
        text = self._values.optional_text("feature-file")
        if text is None or self._values.flag("skip-features"):
            return None
        place = self._values.place("feature-file")
        path = self._path(
            text,
            "instance-features.txt",
            lambda: find_file(text, self._folders, "feature file", place),
        )
        content = read_text(path, "feature file")
        return _Features(parse_feature_table(content, str(path)), path, content)

    def _refuse_missing(self, named: _Named, features: _Features) -> None:
        rows = features.table.rows
        lacking = [entry for entry in named.listed.instances if _row_name(named, entry, features) is None]
        for entry in lacking[:_MOST_PROBLEMS]:
            near = nearest(entry.name, rows, limit=1)
            did_you_mean = f"{features.path}:{rows[near[0]].line} has {near[0]}; " if near else ""
            self._problems.append(
                InputError(
                    "an instance has no features",
                    place=named.place(entry),
                    got=entry.name,
                    expected=f"a row of that name in {features.path}",
                    remedy=f"{did_you_mean}add a row, or do without features by skip-features = true",
                )
            )
        if len(lacking) > _MOST_PROBLEMS:
            self._problems.append(
                InputError(f"{len(lacking)} instances in all have no features", place=Place(named.path))
            )


def _no_instances() -> InputError:
    return InputError(
        "no instances are named",
        expected="instances = FILE, or a folder of instances",
        remedy="name them, or set use-instances = false when the target is a black box",
    )


def _same_file(named: _Named, entry: ListedInstance, earlier: ListedInstance) -> InputError:
    return InputError(
        "an instance is listed twice",
        place=named.place(entry),
        got=f"{entry.name}, which is the file of {earlier.name} in line {earlier.line}",
        expected="each instance once",
    )


def _quoted(name: str) -> str:
    """`name` as it stands in an instance file."""
    if not any(char.isspace() or char in '",' for char in name):
        return name
    escaped = name.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _row_name(named: _Named, entry: ListedInstance, features: _Features | None) -> str | None:
    """The name by which the feature file knows the instance."""
    if features is None:
        return None
    candidates = (entry.name, named.name(entry))
    return next((name for name in candidates if name in features.table.rows), None)


def _if_complete(test: _Named, features: _Features | None) -> _Features | None:
    """The features, unless one of the test instances lacks them: then none has any, as in SMAC v2."""
    has_all = all(_row_name(test, entry, features) for entry in test.listed.instances)
    return features if has_all else None


def _unused_rows(features: _Features, *lists: _Named | None) -> str:
    """A warning of rows for instances that are in no list."""
    used = {_row_name(named, entry, features) for named in lists if named for entry in named.listed.instances}
    unused = [name for name in features.table.rows if name not in used]
    if not unused:
        return ""
    first = f"{features.path}:{features.table.rows[unused[0]].line}"
    others = f" and {len(unused) - 1} more" if len(unused) > 1 else ""
    return f"{first}: features of unknown instances have no effect: {unused[0]}{others}"


def _instance_set(named: _Named, features: _Features | None) -> InstanceSet:
    instances = tuple(_instance(named, entry, features) for entry in named.listed.instances)
    if not named.listed.seed_order:
        return InstanceSet(instances)
    seeds = tuple(tuple(entry.seeds) for entry in named.listed.instances)
    return InstanceSet(instances, seeds, named.listed.seed_order)


def _instance(named: _Named, entry: ListedInstance, features: _Features | None) -> Instance:
    row = _row_name(named, entry, features)
    found = features.table.rows[row].features if features and row else ()
    return Instance(named.name(entry), entry.info, found)
