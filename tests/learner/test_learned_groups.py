"""What is learned from target and control groups: from real decisions of all groups, live and relearned."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from banditsvc.clock import SimulatedClock
from banditsvc.core.assignment_group import AssignmentGroup
from banditsvc.core.decision import Decision
from banditsvc.core.outcome import Outcome, OutcomeType
from banditsvc.core.portfolio import Portfolio
from banditsvc.core.times import DAY_US, HOUR_US
from banditsvc.learner import Learner, replay
from banditsvc.ports import DecisionLog, LogRecord, ModelRegistry, RelearnRequest
from banditsvc.store import MemoryLog, MemoryRegistry
from tests.learner.worlds import Learned
from tests.serving.grouped_shop import (
    BUSINESS_AS_USUAL,
    CAMPAIGNS,
    HOLDOUT,
    OPTIMIZED,
    SHOP,
    UNIFORM_RANDOM,
    records_of,
    stored_shop,
)
from tests.serving.shop import START_US, rank_call
from tests.serving.stories import rank

CUSTOMERS = 400
OVER_US = START_US + 30 * DAY_US
LEARNED = frozenset({OPTIMIZED, UNIFORM_RANDOM})


def shop_of(*, as_usual: bool) -> Portfolio:
    """Returns the shop, learning from business as usual or not."""
    settle = replace(SHOP.learner.settle, learn_business_as_usual=as_usual)
    return replace(SHOP, learner=replace(SHOP.learner, settle=settle))


@cache
def decided() -> tuple[Decision, ...]:
    """Returns what the shop decides for customers of all groups."""
    calls = [rank_call(f"c{number}", decision_id=f"d{number}") for number in range(CUSTOMERS)]
    return tuple(asyncio.run(rank(stored_shop(), *calls)))


def orders() -> list[Outcome]:
    """Returns the orders of every third customer, held-out ones among them, known by customer and time."""
    rng = np.random.default_rng(8)
    return [
        Outcome(
            portfolio_id="shop",
            outcome_id=f"o{number}",
            type=OutcomeType.REVENUE,
            occur_time_us=START_US + HOUR_US,
            amount=float(rng.integers(5, 80)),
            customer_id=f"c{number}",
        )
        for number in range(0, CUSTOMERS, 3)
    ]


def log_of(groups: frozenset[AssignmentGroup], portfolio: Portfolio) -> MemoryLog:
    """Returns a log with the decisions of some groups, everyone's orders, and time that goes on until all is settled."""
    log = MemoryLog()
    log.append(records_of(portfolio, CAMPAIGNS), START_US)
    log.append([decision for decision in decided() if decision.group in groups], START_US)
    log.append(orders(), START_US + 2 * HOUR_US)
    log.append([], OVER_US)
    return log


def catch_up(log: DecisionLog, registry: ModelRegistry) -> Learned:
    """Returns the served model once everything is learned."""
    learner = Learner(log, registry, SimulatedClock())
    while learner.step("shop"):
        pass
    progress = registry.progress("shop")
    assert progress is not None
    model = registry.load_model("shop", progress.model_version)
    assert model is not None
    return Learned(model.weights, progress.sums, progress.model_version, progress.settled_through_us)


def learned(log: DecisionLog, *, more: LogRecord | None = None) -> Learned:
    """Returns the model that a log makes, and what it comes to when something more is recorded and learned from."""
    registry = MemoryRegistry()
    found = catch_up(log, registry)
    if more is not None:
        log.append([more], OVER_US + DAY_US)
        found = catch_up(log, registry)
    lineage, progress = registry.serving_lineage("shop"), registry.progress("shop")
    assert lineage is not None
    assert progress is not None
    weights, sums = replay(log, lineage, progress.position)
    assert weights.tobytes() == found.weights.tobytes()
    assert sums == found.sums
    return found


@pytest.mark.parametrize("as_usual", [False, True])
def test_only_some_groups_teach(*, as_usual: bool) -> None:
    """The model is bit for bit the one of a log that never had the others: held-out customers teach nothing, whatever
    they bought, and business as usual only by its switch.
    """
    teaching = LEARNED | {BUSINESS_AS_USUAL} if as_usual else LEARNED
    everyone = learned(log_of(frozenset(AssignmentGroup), shop_of(as_usual=as_usual)))
    alone = learned(log_of(teaching, shop_of(as_usual=as_usual)))
    assert everyone.same_model_as(alone)
    assert sum(decision.group in teaching for decision in decided()) == everyone.sums.learned_count
    assert 0 < everyone.sums.reward_sum


def test_who_is_held_out_bought_too() -> None:
    """The world is one in which learning from held-out customers would show."""
    buyers = {outcome.customer_id for outcome in orders()}
    assert 20 < sum(one.group is HOLDOUT and one.input.customer_id in buyers for one in decided())


@pytest.mark.parametrize("as_usual", [False, True])
def test_the_switch_relearns_to_what_it_would_have_been(*, as_usual: bool) -> None:
    """Switched on or off in midlife, the log relearns to the model that had it so from the first day, bit for bit."""
    always = learned(log_of(frozenset(AssignmentGroup), shop_of(as_usual=as_usual)))
    switched = replace(shop_of(as_usual=as_usual), portfolio_version=2, learner_version=2)
    relearned = learned(log_of(frozenset(AssignmentGroup), shop_of(as_usual=not as_usual)), more=switched)
    assert relearned.model_version.startswith("2.")
    assert relearned.same_model_as(always)


@pytest.mark.parametrize("as_usual", [False, True])
def test_a_relearn_gives_the_same_groups_the_same_say(*, as_usual: bool) -> None:
    """Relearning without a change gives the live model bit for bit, with and without business as usual."""
    log = log_of(frozenset(AssignmentGroup), shop_of(as_usual=as_usual))
    live = learned(log)
    assert learned(log, more=RelearnRequest(portfolio_id="shop")).same_model_as(live)
