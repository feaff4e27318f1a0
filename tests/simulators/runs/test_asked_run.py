"""What is asked of a simulation is checked, and what a policy answers too."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from banditsvc.usage_error import UsageError
from simulators.runs.contexts import Contexts
from simulators.runs.in_process import PART
from simulators.runs.policy import Eligible, Learned, Policy
from simulators.runs.simulate import simulate
from simulators.worlds.read_world import read_world
from simulators.worlds.world_spec import WorldSpec

SMALL = read_world("two-segments").model_copy(update={"customers": 30})


NOTHING: Any = object()


class Answers:
    """A policy that answers an equal draw, changed."""

    def __init__(self, change: Any) -> None:
        self._change = change

    def pmf(self, contexts: Contexts, eligible: Eligible) -> NDArray[np.float64]:
        """Returns the changed draw."""
        del contexts
        equal = eligible.mask / eligible.mask.sum(axis=1, keepdims=True)
        return np.asarray(self._change(equal))


def not_eligible(equal: NDArray[np.float64]) -> NDArray[np.float64]:
    """Returns the whole of it on the first campaign."""
    changed = np.zeros_like(equal)
    changed[:, 0] = 1.0
    return changed


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (lambda equal: equal * np.nan, "a probability is not finite"),
        (lambda equal: equal * 2.0, "sum to 1 only to within 1"),
        (lambda equal: equal * 0.0, "sum to 1 only to within 1"),
        (lambda equal: np.where(equal > 0.0, [[-1.0, 1.0, 1.0]], 0.0), "a probability is negative: -1.0"),
        (lambda equal: equal[:, :1], "have the shape (30, 1), not (30, 3)"),
        (lambda equal: equal[0], "have the shape (3,), not (30, 3)"),
    ],
)
def test_what_are_no_probabilities_is_refused(change: Any, fault: str) -> None:
    """A policy that answers what is no pmf ends the run with its name, the day and the fault."""
    with pytest.raises(UsageError, match=r"^policy 'mine', day 0: ") as refused:
        simulate(SMALL, {"mine": Answers(change)})

    assert fault in str(refused.value)


def test_what_is_not_eligible_is_not_sent() -> None:
    """A policy that gives a campaign a probability where it is not eligible ends the run."""
    with pytest.raises(UsageError, match="a campaign that is not eligible has a probability"):
        simulate("lifecycle", {"mine": Answers(not_eligible)}, days=7)


def test_what_is_no_policy_is_refused() -> None:
    """An object without pmf is refused by the name that it was given under."""
    with pytest.raises(UsageError, match="policy 'mine' has no method pmf"):
        simulate(SMALL, {"mine": NOTHING})


@pytest.mark.parametrize(
    ("seeds", "fault"),
    [
        ([], "there is none"),
        (5, "5 is no list of seeds"),
        ([1, 1], "counted twice"),
        ([1.5], "1.5 is no whole number"),
        ([-1], "-1 is no whole number"),
        ([True], "True is no whole number"),
    ],
)
def test_faulty_seeds_are_refused(seeds: Any, fault: str) -> None:
    """Seeds are a list of different whole numbers."""
    with pytest.raises(UsageError, match=fault):
        simulate(SMALL, ["coin"], seeds=seeds)


@pytest.mark.parametrize("days", [0, -3])
def test_faulty_days_are_refused(days: int) -> None:
    """A run has at least a day."""
    with pytest.raises(UsageError, match="days: "):
        simulate(SMALL, ["coin"], days=days)


def test_a_longer_run_has_its_campaigns_to_the_end() -> None:
    """With more days than the world's own, what never ends goes on."""
    daily = simulate(SMALL.model_copy(update={"days": 3}), ["default"], days=12).daily

    assert [30] * 12 == daily["contacts"].tolist()


def test_days_without_a_live_campaign_pass() -> None:
    """Where no campaign is live nobody is sent anything, and the run goes on."""
    late = [one.model_copy(update={"start_day": 4, "end_day": 6}) for one in SMALL.campaigns]
    world = WorldSpec.model_validate(dict(SMALL) | {"campaigns": tuple(late), "days": 9})
    daily = simulate(world, ["default", "coin", "fixed_order", "exclusive_rules", "oracle"], keep_decisions=True).daily

    for _, of_policy in daily.groupby("policy"):
        assert [0, 0, 0, 0, 30, 30, 0, 0, 0] == of_policy["contacts"].tolist()
        assert [30, 30, 30, 30, 0, 0, 30, 30, 30] == of_policy["no_eligible"].tolist()


class Counting:
    """A policy whose answers depend on how its learning comes: by how many batches, and on what it is told."""

    def __init__(self) -> None:
        self.batches = 0
        self.seen: NDArray[np.float64] | None = None

    def see(self, expected: NDArray[np.float64]) -> None:
        """Takes in the truth."""
        self.seen = expected

    def pmf(self, contexts: Contexts, eligible: Eligible) -> NDArray[np.float64]:
        """Returns probabilities that change with each batch and with the truth."""
        del contexts
        assert self.seen is not None
        weights = np.where(eligible.mask, 1.0 + self.batches + 10.0 * self.seen, 0.0)
        weights[:, 0] *= 3.0
        return np.asarray(weights / weights.sum(axis=1, keepdims=True))

    def learn(self, batch: Learned) -> None:
        """Counts batches, by their size."""
        self.batches += len(batch.chosen) // 7 + 1


def test_many_customers_of_several_seeds_go_as_each_alone() -> None:
    """Also where a day has more customers than are decided for at a time, a seed's frames are those of it alone."""
    world = SMALL.model_copy(update={"customers": PART // 2 + 4000, "days": 6})
    policies: dict[str, Policy | str] = {"mine": Counting(), "coin": "coin"}
    together = simulate(world, policies, seeds=[1, 2, 3])
    for seed in (1, 2, 3):
        alone = simulate(world, policies, seeds=[seed])
        for name in ("daily", "shares", "campaigns", "finds"):
            of_seed = getattr(together, name).query("seed == @seed").reset_index(drop=True)
            assert of_seed.equals(getattr(alone, name)), name


def test_a_policy_is_left_as_it_was() -> None:
    """A run works on copies."""
    mine = Counting()
    simulate(SMALL, {"mine": mine}, seeds=[1, 2], days=8)

    assert (0, None) == (mine.batches, mine.seen)
