"""One run of a program with its defaults, to see what it prints and whether that is understood."""

from __future__ import annotations

from dataclasses import dataclass, replace

from bbopt.executors.run_orders import RunOrders
from bbopt.init.catching import Interrupted
from bbopt.planning.setup import Setup
from bbopt.runs import DETERMINISTIC_SEED, Origin, RunRequest, RunResult
from bbopt.target.limited_run import execute_limited
from bbopt.target.supervisor.metric_series import MetricSeries
from bbopt.target.supervisor.wire import EndedBy, SupervisedRun

__all__ = ["LIMIT_S", "Trial", "try_once"]

LIMIT_S = 20.0
_GRACE_S = 2.0


@dataclass(frozen=True, slots=True)
class Trial:
    """A run that was made, of at most LIMIT_S."""

    request: RunRequest
    run: SupervisedRun

    @property
    def lines(self) -> list[str]:
        """The end of what it has printed."""
        return self.run.tail.splitlines()

    @property
    def is_cut_short(self) -> bool:
        """Whether it was ended for its time."""
        return self.run.ended_by is EndedBy.WALL

    def judged(self, setup: Setup) -> RunResult:
        """What a search by `setup` would have made of it, where the output is read for other metrics, too."""
        metrics = {}
        for search in setup.command.metrics.searches:
            series = MetricSeries(search)
            for number, line in enumerate(self.lines, 1):
                series.see(number, line)
            metrics[search.name] = series.seen()
        run = replace(self.run, metrics=metrics, torn_metrics={})
        return _orders(setup).conclude(self.request, run).result


def try_once(setup: Setup) -> Trial:
    """Run the target once as a search by `setup` would; Interrupted when a signal ends it."""
    scenario = setup.scenario
    seed = DETERMINISTIC_SEED if scenario.deterministic else 1
    instance = scenario.instances.instances[0]
    origin = Origin("call", 0)
    request = RunRequest(setup.space.default, instance, seed, scenario.cutoff_s, setup.runlength, origin)
    run, signum = execute_limited(_orders(setup).order(request, slot=0))
    if signum is not None:
        raise Interrupted(signum)
    return Trial(request, run)


def _orders(setup: Setup) -> RunOrders:
    return RunOrders(setup.command, wall_limit_s=LIMIT_S, grace_s=_GRACE_S)
