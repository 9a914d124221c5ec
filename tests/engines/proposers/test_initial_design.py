"""What is proposed before the search proper."""

from __future__ import annotations

from bbopt.engines import Problem
from bbopt.engines.proposers import InitialDesign, RandomProposer, StagedProposer
from bbopt.runs import QualityObjective
from bbopt.space import parse_pcs
from tests.engines.spaces import branin


def test_the_initial_design_fills_the_space_with_legal_configurations() -> None:
    space = parse_pcs("x real [0, 1] [0.5]\ny real [0, 1] [0.5]\n{x > 0.5 && y > 0.5}\n")
    design = InitialDesign(space, [space.default], 12, seed=4)
    points = [proposal for proposal in (design[i] for i in range(13)) if proposal]
    assert [p.kind for p in points] == ["default"] + ["initial design"] * 12
    assert len({p.configuration for p in points}) == 13
    assert not any(p.configuration.is_forbidden for p in points)
    rows = [[float(v) for v in p.configuration.values.values()] for p in points[1:]]
    assert min(r[0] for r in rows) < 0.2
    assert max(r[0] for r in rows) > 0.8
    assert design[13] is None


def test_a_staged_proposer_falls_through_to_the_search() -> None:
    space = branin()
    problem = Problem(space, QualityObjective(), (space.default,), None, seed=1)
    proposer = StagedProposer(problem, RandomProposer(space, 1))
    first = proposer.propose(0, ())
    again = proposer.propose(0, (space.default,))
    assert first is not None
    assert first.configuration == space.default
    assert again is not None
    assert again.kind == "random"
