"""`bbopt.automl.keras_automl`: the command as a Python function, with MADlib's arguments."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from os import PathLike
from pathlib import Path
from typing import Any

from bbopt.automl.arguments import AutomlArguments
from bbopt.automl.grids import grid_text
from bbopt.automl.keras_search import plan_search
from bbopt.automl.result_tables import Results
from bbopt.automl.tables import DEFAULT_DATABASE
from bbopt.errors import BboptError
from bbopt.options import read_command_line
from bbopt.session.api import words_of

__all__ = ["keras_automl"]


def keras_automl(  # noqa: PLR0917 - MADlib's arguments, in its order
    source_table: str,
    model_output_table: str,
    model_arch_table: str,
    model_selection_table: str,
    model_id_list: Sequence[int],
    compile_params_grid: str | Mapping[str, Any],
    fit_params_grid: str | Mapping[str, Any],
    automl_method: str = "hyperband",
    automl_params: str | None = None,
    random_state: int | None = None,
    object_table: str | Sequence[str] | None = None,
    use_gpus: bool = False,
    validation_table: str | None = None,
    metrics_compute_frequency: int | None = None,
    name: str | None = None,
    description: str | None = None,
    use_caching: bool = False,
    *,
    database: str = DEFAULT_DATABASE,
    overwrite: bool = False,
    cwd: str | PathLike[str] | None = None,
    **options: object,
) -> Results:
    """Search as `bbopt keras-automl` does, and write the tables; what was the best.

    The arguments are MADlib's, in its order; a grid may also be the dictionary itself.  `options` are those
    of any search, with underscores: `cores=2`, `executor="queue"`.  Raises InputErrors for what can't be
    used, before anything is written, and BboptError where no model was trained, or somebody has stopped the
    search.
    """
    arguments = AutomlArguments(
        source_table=source_table,
        model_output_table=model_output_table,
        model_arch_table=model_arch_table,
        model_selection_table=model_selection_table,
        model_id_list=tuple(model_id_list),
        compile_params_grid=grid_text(compile_params_grid),
        fit_params_grid=grid_text(fit_params_grid),
        automl_method=automl_method,
        automl_params=automl_params,
        random_state=random_state,
        object_table=(object_table,) if isinstance(object_table, str) else tuple(object_table or ()),
        use_gpus=use_gpus,
        validation_table=validation_table,
        metrics_compute_frequency=metrics_compute_frequency,
        name=name,
        description=description,
        use_caching=use_caching,
        database=database,
        overwrite=overwrite,
    )
    argv = words_of(options)
    folder = Path.cwd() if cwd is None else Path(cwd)
    search = plan_search(arguments, read_command_line(argv), folder)
    with search.session() as session:
        outcome = session.run()
    if outcome.was_asked_for or outcome.signal is not None:
        raise BboptError(
            f"the search was stopped: {outcome.reason}", remedy="call it again, and it goes on where it was"
        )
    return search.write(outcome)
