"""A search that uses cheap runs without trusting them."""

from bbopt.engines.racers.budget_search.engine import BudgetSearchEngine
from bbopt.engines.racers.budget_search.levels import BudgetSearchSettings, budget_levels

__all__ = ["BudgetSearchEngine", "BudgetSearchSettings", "budget_levels"]
