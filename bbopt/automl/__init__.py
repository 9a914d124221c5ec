"""AutoML for Keras as MADlib has it: from tables, over architectures and grids, to tables of results."""

from bbopt.automl.tables import Kind, Tables

__all__ = ["Kind", "Tables"]
