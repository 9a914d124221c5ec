"""The supervisor: a small process of its own that executes the runs of one slot, one after the other.

It declares itself the subreaper of its descendants.  Whatever a run starts, and however far that flees from
its parent, session and environment, stays below the supervisor, so "all processes of the run" is simply
"all descendants of the supervisor".  When the optimizer dies, its end of the socket closes, and the
supervisor kills what it started and ends too.

Only light parts of the standard library are imported here: a supervisor must start fast and stay small.
"""
