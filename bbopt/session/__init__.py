"""A tuning session: everything that `bbopt --scenario` does but talk to the terminal."""

from bbopt.session.api import tune
from bbopt.session.session import Plan, Session, plan_session

__all__ = ["Plan", "Session", "plan_session", "tune"]
