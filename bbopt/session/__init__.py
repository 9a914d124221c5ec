"""A tuning session: everything that `bbopt --scenario` does but talk to the terminal."""

from typing import TYPE_CHECKING

from bbopt.lazy_names import lazy_names

if TYPE_CHECKING:
    from bbopt.session.api import tune
    from bbopt.session.optimizer import Best, Optimizer, Proposal
    from bbopt.session.plan import Plan, plan_session
    from bbopt.session.session import Session
else:
    __getattr__ = lazy_names(__name__, "plan", "session", "optimizer", "api")

__all__ = ["Best", "Optimizer", "Plan", "Proposal", "Session", "plan_session", "tune"]
