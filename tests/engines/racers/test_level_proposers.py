"""Who proposes: the highest level with enough runs, and each is told those of its own level only."""

from __future__ import annotations

from collections.abc import Container, Sequence

from bbopt.engines.proposers import Ability, Proposal
from bbopt.engines.racers.level_proposers import LevelProposers
from bbopt.runs import NO_INSTANCE, Origin, Run, RunRequest, RunResult, RunStatus
from bbopt.space import Configuration, parse_pcs

SPACE = parse_pcs("x integer [0, 99] [0]\n")


class Spy:
    """Notes what it is told, and says how much that was."""

    abilities = frozenset(Ability)

    def __init__(self) -> None:
        self.told: list[int] = []

    def observe(self, run: Run) -> None:
        self.told.append(run.request.runlength)

    def propose(
        self, index: int, taken: Container[Configuration], pending: Sequence[Configuration]
    ) -> Proposal | None:
        return Proposal(SPACE.default, f"{len(self.told)} of {sorted(set(self.told))}")


def run(x: int, budget: int) -> Run:
    request = RunRequest(SPACE.configuration({"x": str(x)}), NO_INSTANCE, -1, 1.0, budget, Origin("test", x))
    return Run(request, RunResult(RunStatus.SAT, 0.1, 0, 0.0), 0.0)


def kind(proposers: LevelProposers) -> str:
    proposal = proposers.propose(0, (), ())
    assert proposal is not None
    return proposal.kind


def test_the_highest_level_with_enough_configurations_proposes() -> None:
    proposers = LevelProposers(Spy, n_parameters=1, levels=[1, 3, 9])
    assert kind(proposers) == "0 of []"
    for x in range(9):
        proposers.observe(run(x, 1))
    for x in range(3):
        proposers.observe(run(x, 3))
    assert kind(proposers) == "9 of [1]"
    proposers.observe(run(2, 3))  # the same once more
    assert kind(proposers) == "9 of [1]"
    proposers.observe(run(3, 3))
    assert kind(proposers) == "5 of [3]"
    proposers.observe(run(0, 9))
    assert kind(proposers) == "5 of [3]"


def test_runs_between_two_levels_belong_to_the_lower_one() -> None:
    proposers = LevelProposers(Spy, n_parameters=1, levels=[1, 3, 9])
    for x, budget in enumerate((4, 8, 3, 5)):
        proposers.observe(run(x, budget))
    assert kind(proposers) == "4 of [3, 4, 5, 8]"
