"""Laws of settling for merged customers: outcomes follow, as soon as the log knows of the merge."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from banditsvc.core.customer_merge import CustomerMerge
from banditsvc.core.decision import Decision
from banditsvc.core.merges import Merges
from banditsvc.core.organization import DEFAULT_ORGANIZATION_ID
from banditsvc.core.outcome import Outcome
from banditsvc.core.portfolio import Attribution
from banditsvc.core.settle import SettleState
from banditsvc.core.times import DAY_US, HOUR_US
from banditsvc.ports import LogRecord
from banditsvc.settling import SettledDecision, SettleLimit, outcome_ids, settle_decisions, settlement_now
from banditsvc.store import MemoryLog
from tests.learner.feeds import END_US, dirty_feed, facts
from tests.learner.worlds import (
    SHOP,
    START_US,
    WINDOW_US,
    Event,
    World,
    decision,
    learner_spec,
    opening,
    outcome,
    relearn,
)

SEEDS = st.integers(0, 10_000)
RULES = st.sampled_from(Attribution)
DUE_US = START_US + WINDOW_US
SPEC = learner_spec(required_feeds=())


def merge(merged: int, surviving: int, organization_id: str = DEFAULT_ORGANIZATION_ID) -> CustomerMerge:
    """Returns the merge of two customers of the shop."""
    return CustomerMerge(
        organization_id=organization_id,
        merged_customer_id=f"c{merged}",
        surviving_customer_id=f"c{surviving}",
    )


def told(events: Sequence[Event]) -> MemoryLog:
    """Returns a log of events, in order of time."""
    log = MemoryLog()
    for time_us, records in sorted(events, key=lambda event: event[0]):
        log.append(records, time_us)
    return log


def by_survivor(record: LogRecord, merges: Merges) -> LogRecord:
    """Returns a record as if its customer had had the surviving id from the start."""
    if isinstance(record, Outcome):
        return record._replace(customer_id=merges.survivor(record.customer_id))
    if isinstance(record, Decision):
        survivor = merges.survivor(record.input.customer_id)
        return structs.replace(record, input=structs.replace(record.input, customer_id=survivor))
    return record


def rewards(log: MemoryLog, rule: Attribution) -> list[Any]:
    """Returns what each decision was settled with, relearned with all that the log has."""
    line = settle_decisions(log, SHOP, learner_spec(rule), 0, SettleLimit(END_US + DAY_US, as_of=True))
    return [(one.decision.decision_id, shares_of(one), one.reward) for one in line]


def shares_of(settled: SettledDecision) -> list[tuple[str, float, float]]:
    """Returns the outcomes that joined, with their shares and amounts."""
    return [(one.outcome.outcome_id, one.share, one.amount) for one in settled.joined]


def world_of(*events: Event) -> World:
    """Returns a shop without feeds to wait for, in which these were recorded."""
    world = World()
    world.append(opening(SPEC), *events)
    return world


@settings(max_examples=60, deadline=None, derandomize=True)
@given(seed=SEEDS, rule=RULES)
def test_merged_customers_are_settled_as_one(seed: int, rule: Attribution) -> None:
    """By every rule decisions of merged ids get the outcomes and shares that they would get had all had one id."""
    truth = facts(seed, count=40, customers=4, prompt=False)
    events = [opening(learner_spec(rule)), *truth.deeds, *dirty_feed(truth, seed), (END_US + DAY_US, [])]
    whole = Merges((0, one) for one in truth.merges)
    renamed = [(time_us, [by_survivor(record, whole) for record in records]) for time_us, records in events]
    without = [
        (time_us, [record for record in records if not isinstance(record, CustomerMerge)])
        for time_us, records in renamed
    ]
    assert rewards(told(without), rule) == rewards(told(events), rule)


@pytest.mark.parametrize(("merged", "surviving"), [(0, 1), (1, 0)])
def test_an_outcome_under_either_id_is_learned_by_decisions_of_either(merged: int, surviving: int) -> None:
    """Whichever of two ids survives, an outcome under one joins a decision of the other, recorded before or after."""
    asked = decision(0, customer=0, send_us=START_US)
    bought = outcome("o", START_US + HOUR_US, amount=30.0, customer_id="c1")
    for merge_us in (START_US + 1, START_US + 3 * HOUR_US, DUE_US):
        world = world_of(
            (START_US, [asked]), (START_US + 2 * HOUR_US, [bought]), (merge_us, [merge(merged, surviving)])
        )
        world.wait_until(DUE_US + 1)
        assert 1 == world.learned().sums.learned_count
        assert (30.0 + 10.0) / 60.0 == pytest.approx(world.learned().sums.reward_sum)


def test_a_late_merge_counts_at_the_next_relearn() -> None:
    """A merge that comes when the decision was learned changes what stands now and what is relearned, nothing else."""
    asked = decision(0, customer=0, send_us=START_US)
    bought = outcome("o", START_US + HOUR_US, amount=30.0, customer_id="c1")
    world = world_of((START_US, [asked]), (START_US + HOUR_US, [bought]), (DUE_US + 1, [merge(1, 0)]))
    world.wait_until(DUE_US + HOUR_US)
    [recorded] = world.log.read_decisions(SHOP, 0, 9)
    assert 10.0 / 60.0 == pytest.approx(world.learned().sums.reward_sum)
    assert ["o"] == outcome_ids(settlement_now(world.log, SPEC, recorded), SPEC)

    world.append((DUE_US + 2 * HOUR_US, [relearn()]))
    world.catch_up()
    assert (30.0 + 10.0) / 60.0 == pytest.approx(world.learned().sums.reward_sum)


def test_a_merge_counts_in_its_organization_alone() -> None:
    """A merge of the same ids in another organization joins nothing here."""
    asked = decision(0, customer=0, send_us=START_US)
    bought = outcome("o", START_US + HOUR_US, amount=30.0, customer_id="c1")
    log = world_of((START_US, [asked, bought, merge(1, 0, "elsewhere")]), (DUE_US, [])).log
    [settled] = settle_decisions(log, SHOP, SPEC, 0, SettleLimit(DUE_US))
    assert (SettleState.SETTLED, ()) == (settled.settlement.state, settled.joined)


def test_the_last_decision_of_all_ids_takes_the_outcome() -> None:
    """Under LAST_SENT an outcome goes to the last decision before it, whichever id of the customer that was for."""
    spec = learner_spec(Attribution.LAST_SENT, required_feeds=())
    first = decision(0, customer=0, send_us=START_US)
    last = decision(1, customer=1, send_us=START_US + HOUR_US)
    bought = outcome("o", START_US + 2 * HOUR_US, amount=30.0, customer_id="c0")
    events = [opening(spec), (START_US, [first, last]), (START_US + 2 * HOUR_US, [bought])]
    limit = SettleLimit(DUE_US + DAY_US)

    apart = settle_decisions(told([*events, (DUE_US + DAY_US, [])]), SHOP, spec, 0, limit)
    assert [["o"], []] == [outcome_ids(one, spec) for one in apart]
    together = told([*events, (START_US + 3 * HOUR_US, [merge(0, 1)]), (DUE_US + DAY_US, [])])
    assert [[], ["o"]] == [outcome_ids(one, spec) for one in settle_decisions(together, SHOP, spec, 0, limit)]
