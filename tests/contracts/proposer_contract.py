"""What every proposer must do; each one's tests subclass ProposerContract and say how to make it."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import replace

import numpy as np
import pytest

from bbopt.engines import Problem
from bbopt.engines.proposers import Ability, Proposal, Proposer
from bbopt.runs import (
    NO_INSTANCE,
    Instance,
    InstanceSet,
    Origin,
    QualityObjective,
    Run,
    RunRequest,
    RunStatus,
    RuntimeObjective,
)
from bbopt.space import Configuration, parse_pcs
from tests.engines.spaces import FINITE, MIXED, answer

CUTOFF_S = 5.0
OTHER = {MIXED: {"algo": "two", "depth": "7", "rate": "0.1", "size": "s"}, FINITE: {"a": "y"}}
INSTANCES = InstanceSet(tuple(Instance(name) for name in ("a", "b", "c")))


def problem_of(text: str = MIXED, seed: int = 1) -> Problem:
    space = parse_pcs(text)
    given = (space.default, space.configuration(OTHER[text]))
    return Problem(space, QualityObjective(), given, budget=40, seed=seed, cutoff_s=CUTOFF_S)


class ProposerContract:
    """Observe and propose, for any proposer."""

    n_proposals = 25

    @abstractmethod
    def make(self, problem: Problem) -> Proposer:
        """A fresh proposer."""

    def proposer(self, problem: Problem, *needs: Ability) -> Proposer:
        proposer = self.make(problem)
        if lacking := set(needs) - proposer.abilities:
            pytest.skip(f"it does not cope with {', '.join(one.value for one in lacking)}")
        return proposer

    def run(
        self,
        problem: Problem,
        configuration: Configuration,
        index: int = 0,
        instance: Instance = NO_INSTANCE,
        **more: object,
    ) -> Run:
        """What running it brings; `more` replaces fields of the result or the request."""
        request = RunRequest(configuration, instance, -1, CUTOFF_S, 300, Origin("test", index))
        result = answer(request)
        of_request = {name: value for name, value in more.items() if hasattr(request, name)}
        request = replace(request, **of_request)  # type: ignore[arg-type]
        of_result = {name: value for name, value in more.items() if name not in of_request}
        return Run.valued(request, replace(result, **of_result), problem.objective)  # type: ignore[arg-type]

    def search(self, proposer: Proposer, problem: Problem, n: int) -> list[Proposal]:
        """`n` proposals, each run once."""
        taken: set[Configuration] = set()
        proposals = []
        for index in range(n):
            proposal = proposer.propose(index, taken, ())
            if proposal is None:
                break
            assert proposal.configuration not in taken
            taken.add(proposal.configuration)
            proposals.append(proposal)
            proposer.observe(self.run(problem, proposal.configuration, index))
        return proposals

    def test_abilities_are_the_same_for_every_problem(self) -> None:
        one, other = self.make(problem_of()), self.make(replace(problem_of(FINITE), deterministic=False))
        assert one.abilities == other.abilities
        assert isinstance(one.abilities, frozenset)

    def test_the_given_configurations_come_first(self) -> None:
        problem = problem_of()
        proposals = self.search(self.make(problem), problem, 3)
        assert tuple(proposal.configuration for proposal in proposals[:2]) == problem.given
        assert proposals[2].configuration not in problem.given

    def test_proposals_are_legal_and_each_is_another(self) -> None:
        problem = problem_of()
        for proposal in self.search(self.make(problem), problem, self.n_proposals):
            assert not proposal.configuration.is_forbidden

    def test_there_is_nothing_to_propose_when_all_are_taken(self) -> None:
        problem = problem_of(FINITE)
        proposer = self.make(problem)
        assert len(self.search(proposer, problem, 30)) == 5
        everything = problem.space.enumerate_values(100)
        assert everything is not None
        assert proposer.propose(5, problem.space.configurations(everything), ()) is None

    def test_what_was_lost_may_be_proposed_again(self) -> None:
        """With a noisy target: what is known and not in the race is not taken."""
        problem = replace(problem_of(FINITE), deterministic=False)
        proposer = self.proposer(problem, Ability.NOISE)
        self.search(proposer, problem, 30)
        assert proposer.propose(5, (), ()) is not None

    def test_a_taken_configuration_that_is_pending_is_left_alone(self) -> None:
        problem = problem_of()
        proposer = self.make(problem)
        pending: list[Configuration] = []
        for index in range(6):
            proposal = proposer.propose(index, pending, pending)
            assert proposal is not None
            assert proposal.configuration not in pending
            pending.append(proposal.configuration)

    def test_it_copes_with_runs_that_failed(self) -> None:
        problem = problem_of()
        proposer = self.make(problem)
        for index in range(12):
            proposal = proposer.propose(index, (), ())
            assert proposal is not None
            crash = RunStatus.CRASHED if index % 3 == 0 else RunStatus.SAT
            proposer.observe(self.run(problem, proposal.configuration, index, status=crash))

    def test_it_copes_with_several_instances_and_with_unknown_ones(self) -> None:
        """A warm start may have been run on others."""
        problem = replace(problem_of(), instances=INSTANCES)
        proposer = self.proposer(problem, Ability.INSTANCES, Ability.PEERS)
        for index in range(8):
            proposal = proposer.propose(index, (), ())
            assert proposal is not None
            for instance in (*INSTANCES.instances[: 1 + index % 3], Instance("of another scenario")):
                proposer.observe(self.run(problem, proposal.configuration, index, instance))

    def test_it_copes_with_noise(self) -> None:
        problem = replace(problem_of(), deterministic=False)
        proposer = self.proposer(problem, Ability.NOISE)
        for index in range(8):
            proposal = proposer.propose(index, (), ())
            assert proposal is not None
            for seed in range(1 + index % 3):
                run = self.run(problem, proposal.configuration, index, seed=seed, quality=float(seed))
                proposer.observe(run)

    @pytest.mark.parametrize("instances", [None, INSTANCES])
    def test_it_copes_with_runs_that_were_capped_and_made_again(self, instances: InstanceSet | None) -> None:
        problem = replace(problem_of(), objective=RuntimeObjective(CUTOFF_S))
        problem = problem if instances is None else replace(problem, instances=instances)
        instance = problem.instances.instances[0]
        needs = {Ability.RUNTIMES, Ability.CAPPING} | ({Ability.INSTANCES} if instances else set())
        proposer = self.proposer(problem, *needs)
        for index in range(10):
            proposal = proposer.propose(index, (), ())
            assert proposal is not None
            capped = self.run(
                problem,
                proposal.configuration,
                index,
                instance,
                status=RunStatus.TIMEOUT,
                runtime_s=0.3,
                cutoff_s=0.3,
            )
            assert capped.is_censored
            proposer.observe(capped)
            if index % 2 == 0:
                proposer.observe(self.run(problem, proposal.configuration, index, instance, runtime_s=2.0))

    def test_it_copes_with_runs_of_several_lengths(self) -> None:
        problem = problem_of()
        proposer = self.proposer(problem, Ability.RUN_LENGTHS)
        for index in range(8):
            proposal = proposer.propose(index, (), ())
            assert proposal is not None
            for runlength in (1, 10):
                proposer.observe(self.run(problem, proposal.configuration, index, runlength=runlength))

    def test_it_learns_from_runs_that_it_did_not_propose(self) -> None:
        problem = problem_of()
        proposer = self.proposer(problem, Ability.PEERS, Ability.EXPLORING)
        rows = problem.space.sample(10, np.random.default_rng(3))
        theirs = problem.space.configurations(rows)
        for configuration in theirs:
            proposer.observe(self.run(problem, configuration))
        proposal = proposer.propose(7, theirs, ())
        assert proposal is not None
        assert proposal.configuration not in theirs

    def test_seed_index_and_runs_decide(self) -> None:
        """A fresh proposer that is told the runs says the same, and says it as often as it is asked."""
        problem = problem_of()
        proposer = self.proposer(problem, Ability.REPLAY)
        known = [one.configuration for one in self.search(proposer, problem, 12)]
        fresh = self.make(problem)
        for index, configuration in enumerate(known):
            fresh.observe(self.run(problem, configuration, index))
        following = [one.propose(12, known, ()) for one in (proposer, fresh, proposer, fresh)]
        assert following[0] is not None
        assert len(set(following)) == 1

    def test_seeds_differ(self) -> None:
        one, other = (
            self.search(self.proposer(problem, Ability.EXPLORING), problem, self.n_proposals)
            for problem in (problem_of(seed=1), problem_of(seed=2))
        )
        assert [p.configuration for p in one] != [p.configuration for p in other]
