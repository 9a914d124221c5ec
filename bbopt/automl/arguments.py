"""What `bbopt keras-automl` and `bbopt.automl.keras_automl` are asked for, under MADlib's names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bbopt.automl.tables import DEFAULT_DATABASE, derived_name

__all__ = ["AutomlArguments"]


@dataclass(frozen=True, slots=True)
class AutomlArguments:
    """The arguments of MADlib's madlib_keras_automl, and where the tables are.

    The grids are texts of Python dictionaries.  object_table: paths of Python files with losses and metrics.
    metrics_compute_frequency: None for once in each round.  use_caching has no effect: every process keeps
    its data in memory.
    """

    source_table: str
    model_output_table: str
    model_arch_table: str
    model_selection_table: str
    model_id_list: tuple[int, ...]
    compile_params_grid: str
    fit_params_grid: str
    automl_method: str = "hyperband"
    automl_params: str | None = None
    random_state: int | None = None
    object_table: tuple[str, ...] = ()
    use_gpus: bool = False
    validation_table: str | None = None
    metrics_compute_frequency: int | None = None
    name: str | None = None
    description: str | None = None
    use_caching: bool = False
    database: str = DEFAULT_DATABASE
    overwrite: bool = False

    @property
    def output_tables(self) -> Mapping[str, str]:
        """The names of the five tables that are made, by what they are."""
        return {
            "models": self.model_output_table,
            "info": derived_name(self.model_output_table, "_info"),
            "summary": derived_name(self.model_output_table, "_summary"),
            "best": self.model_selection_table,
            "best_summary": derived_name(self.model_selection_table, "_summary"),
        }

    def shown(self, name: str) -> Any:
        """An argument as the summary has it."""
        value = getattr(self, name)
        return (", ".join(value) or None) if name == "object_table" else value
