"""A tuning session: everything that `bbopt --scenario` does but talk to the terminal."""

from bbopt.session.api import tune
from bbopt.session.plan import Plan, plan_session
from bbopt.session.session import Session

__all__ = ["Plan", "Session", "plan_session", "tune"]
