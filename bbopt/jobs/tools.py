"""What Jobman's `jobman.tools` has for scripts."""

from bbopt.jobs.builders import make
from bbopt.jobs.nested import DD, expand, flatten

__all__ = ["DD", "expand", "flatten", "make"]
