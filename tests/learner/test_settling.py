"""Laws of settling from the log: only the past counts, in log order, and every store tells the same."""

from __future__ import annotations

import dataclasses
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from banditsvc.core.assignment_group import AssignmentGroup
from banditsvc.core.decision import DecidedBy, Result
from banditsvc.core.outcome import OutcomeType
from banditsvc.core.portfolio import Attribution
from banditsvc.core.settle import SettleState
from banditsvc.core.times import DAY_US, HOUR_US
from banditsvc.ports import DecisionLog
from banditsvc.settling import (
    SettledDecision,
    SettleLimit,
    outcome_ids,
    settle_batch,
    settle_decisions,
    settlement_now,
    settlements_of,
)
from banditsvc.store import MemoryLog, SqliteLog
from tests.learner.feeds import END_US, dirty_feed, facts
from tests.learner.worlds import (
    SHOP,
    START_US,
    WINDOW_US,
    Event,
    decision,
    decisions,
    learner_spec,
    opening,
    outcome,
    sent,
)

SEEDS = st.integers(0, 10_000)
RULES = st.sampled_from(Attribution)
LAWS = settings(max_examples=40, deadline=None, derandomize=True)


def history(seed: int) -> list[Event]:
    """Returns a random history told by a dirty feed, in order of time."""
    truth = facts(seed, count=40, customers=3, prompt=False)
    return sorted([opening(learner_spec()), *truth.deeds, *dirty_feed(truth, seed)], key=lambda event: event[0])


def told(log: DecisionLog, events: list[Event]) -> None:
    """Appends events to a log."""
    for time_us, records in events:
        log.append(records, time_us)


def settled(log: DecisionLog, rule: Attribution, limit: SettleLimit) -> list[SettledDecision]:
    """Returns all that can be settled from the beginning."""
    return list(settle_decisions(log, SHOP, learner_spec(rule), 0, limit))


@LAWS
@given(seed=SEEDS, rule=RULES, cut=st.integers(START_US, END_US), as_of=st.booleans())
def test_only_the_log_up_to_the_limit_counts(seed: int, rule: Attribution, cut: int, as_of: bool) -> None:
    """What is settled up to a limit is the same from the log as it was then and from the log with all that came since."""
    events = history(seed)
    then, now = MemoryLog(), MemoryLog()
    told(then, [event for event in events if event[0] <= cut])
    told(now, events)
    limit = SettleLimit(then.watermark().time_us, as_of=as_of)

    assert settled(now, rule, limit) == settled(then, rule, limit)


@LAWS
@given(seed=SEEDS, rule=RULES, cut=st.integers(START_US, END_US), later=st.integers(START_US, END_US))
def test_what_is_settled_stays_settled(seed: int, rule: Attribution, cut: int, later: int) -> None:
    """A later look settles more decisions and changes none that were settled before."""
    log = MemoryLog()
    told(log, history(seed))

    before = settled(log, rule, SettleLimit(min(cut, later)))
    after = settled(log, rule, SettleLimit(max(cut, later)))

    assert after[: len(before)] == before


@LAWS
@given(seed=SEEDS, rule=RULES, size=st.integers(1, 9))
def test_the_size_of_batches_does_not_matter(seed: int, rule: Attribution, size: int) -> None:
    """Batches of any size settle the same decisions with the same evidence."""
    log, spec, limit = MemoryLog(), learner_spec(rule), SettleLimit(END_US)
    told(log, history(seed))

    in_parts: list[SettledDecision] = []
    has_more = True
    while has_more:
        after = in_parts[-1].recorded.position if in_parts else 0
        batch = settle_batch(log, SHOP, spec, after, limit, count=size)
        in_parts += batch.settled
        has_more = batch.has_more

    assert in_parts == settled(log, rule, limit)


def test_the_line_waits_for_its_head() -> None:
    """A decision that is due is not settled before all earlier ones in the log are closed."""
    log = MemoryLog()
    slow = decision(0, customer=0, send_us=START_US + 5 * DAY_US)
    quick = decision(1, customer=1, send_us=START_US)
    told(log, [(START_US, [slow, quick])])
    spec = learner_spec(required_feeds=())

    early = settle_batch(log, SHOP, spec, 0, SettleLimit(START_US + WINDOW_US + HOUR_US))
    late = settle_batch(log, SHOP, spec, 0, SettleLimit(START_US + 5 * DAY_US + WINDOW_US))

    assert early.settled == []
    assert early.open_head is not None
    assert [one.decision.decision_id for one in late.settled] == ["d0", "d1"]


@LAWS
@given(seed=SEEDS)
def test_each_decision_alone_stands_where_it_stands_in_line(seed: int) -> None:
    """Asked one by one, decisions that the line has settled have the same settlement and reward."""
    log, spec, limit = MemoryLog(), learner_spec(), SettleLimit(END_US)
    told(log, history(seed))
    line = settled(log, Attribution.ALL_IN_WINDOW, limit)

    alone = [settlements_of(log, spec, [one.recorded], limit)[0] for one in line]

    assert alone == line


def test_a_store_on_disk_settles_like_one_in_memory(tmp_path: Path) -> None:
    """The same records settle alike from SQLite and from memory, under every rule."""
    memory, disk = MemoryLog(), SqliteLog(tmp_path / "log.db")
    told(memory, history(3))
    told(disk, history(3))

    def found(log: DecisionLog, rule: Attribution) -> list[object]:
        line = settled(log, rule, SettleLimit(END_US))
        return [
            (one.recorded.position, one.decision.decision_id, one.settlement, one.joined, one.reward) for one in line
        ]

    for rule in Attribution:
        assert found(disk, rule) == found(memory, rule)
    disk.close()


def test_the_reward_as_of_now_takes_in_what_came_late() -> None:
    """A look at one decision shows what is known now; what it was learned with stays as it was."""
    log, spec = MemoryLog(), learner_spec(required_feeds=())
    made = decision(0, customer=0, send_us=START_US)
    told(log, [(START_US, [made]), (START_US + 1, [outcome("early", START_US + 1, amount=5.0, customer_id="c0")])])
    recorded = log.get_decision("d0")
    assert recorded is not None
    waiting = settlement_now(log, spec, recorded)
    told(log, [(START_US + 9 * DAY_US, [outcome("late", START_US + 2, amount=7.0, decision_id="d0")])])
    now = settlement_now(log, spec, recorded)
    learned = settlements_of(log, spec, [recorded], SettleLimit(log.watermark().time_us))[0]

    assert (waiting.settlement.state, waiting.reward and waiting.reward.raw) == (SettleState.OPEN, 5.0)
    assert (now.settlement.state, now.reward and now.reward.raw) == (SettleState.SETTLED, 12.0)
    assert outcome_ids(now, spec) == ["early", "late"]
    assert learned.reward is not None
    assert learned.reward.raw == 5.0


def test_refunds_count_from_when_the_log_has_them() -> None:
    """A refund, which names neither decision nor customer, lowers the reward once recorded; its highest revision counts."""
    log, spec = MemoryLog(), learner_spec(required_feeds=())
    order = outcome("o", START_US + 1, amount=20.0, customer_id="c0")
    back = outcome("r", START_US + 2, OutcomeType.REFUND, 5.0, refunds="o")
    more = outcome("r", START_US + 2, OutcomeType.REFUND, 8.0, revision=1, refunds="o")
    told(log, [(START_US, [decision(0, customer=0, send_us=START_US), order]), (START_US + 2, [back])])
    told(log, [(START_US + WINDOW_US + 1, [more])])
    recorded = log.get_decision("d0")
    assert recorded is not None

    due = settlements_of(log, spec, [recorded], SettleLimit(START_US + WINDOW_US))[0]
    now = settlement_now(log, spec, recorded)

    assert [one.reward and one.reward.raw for one in (due, now)] == [15.0, 12.0]


def test_a_rival_counts_from_when_the_log_knows_that_it_was_sent() -> None:
    """Under SPLIT a decision that is settled before a rival's activation was recorded keeps the whole outcome."""
    log, spec = MemoryLog(), learner_spec(Attribution.SPLIT, required_feeds=())
    first = decision(0, customer=0, send_us=START_US)
    rival = decision(1, customer=0, send_us=START_US + 2 * DAY_US, deferred=True)
    bought_us = START_US + 2 * DAY_US + 2 * HOUR_US
    told(log, [(START_US, [first, rival]), (bought_us, [outcome("o", bought_us, amount=20.0, customer_id="c0")])])
    told(log, [(START_US + WINDOW_US + HOUR_US, [sent("d1", bought_us - HOUR_US)])])
    recorded = log.get_decision("d0")
    assert recorded is not None

    learned = settlements_of(log, spec, [recorded], SettleLimit(log.watermark().time_us))[0]
    now = settlement_now(log, spec, recorded)

    assert [one.reward and one.reward.raw for one in (learned, now)] == [20.0, 10.0]


def test_a_rival_whose_window_starts_after_the_deadline_is_found() -> None:
    """Under SPLIT an immediate decision that went out long after its send_time shares what its window contains."""
    log, spec = MemoryLog(), learner_spec(Attribution.SPLIT, required_feeds=())
    long_ago_us = START_US - 6 * DAY_US
    rival = decision(1, customer=0, send_us=long_ago_us)
    told(log, [(long_ago_us, [rival]), (START_US - DAY_US, [sent("d1", START_US - DAY_US)])])
    bought = outcome("o", START_US + DAY_US, amount=20.0, customer_id="c0")
    told(log, [(START_US, [decision(0, customer=0, send_us=START_US)]), (START_US + DAY_US, [bought])])
    recorded = log.get_decision("d0")
    assert recorded is not None

    learned = settlements_of(log, spec, [recorded], SettleLimit(START_US + WINDOW_US))[0]

    assert (learned.reward and learned.reward.raw) == 10.0


def test_decisions_that_are_never_learned_from_have_a_reward_as_of_now() -> None:
    """Held-out and business-as-usual decisions are joined like any other; who was sent nothing cost nothing; tests have
    no reward.
    """
    log, spec = MemoryLog(), learner_spec(required_feeds=())
    spec = dataclasses.replace(spec, reward=dataclasses.replace(spec.reward, cost=0.5))
    plain = decision(0, customer=0, send_us=START_US)
    held_out = structs.replace(plain, result=Result.HELD_OUT, decided_by=DecidedBy.HOLDOUT, campaign_id="")
    usual = structs.replace(
        plain,
        decision_id="d1",
        decided_by=DecidedBy.BUSINESS_AS_USUAL,
        group=AssignmentGroup.BUSINESS_AS_USUAL,
    )
    test = structs.replace(plain, decision_id="d2", input=structs.replace(plain.input, is_test=True))
    told(log, [(START_US, [held_out, usual, test])])
    told(log, [(START_US + 1, [outcome("o", START_US + 1, OutcomeType.REVENUE, 5.0, customer_id="c0")])])

    looks = [settlement_now(log, spec, recorded) for recorded in log.read_decisions(SHOP, 0, 3)]

    assert [one.settlement.state for one in looks] == [SettleState.NOT_LEARNED] * 3
    assert [one.reward and one.reward.raw for one in looks] == [5.0, 4.5, None]


def test_outcomes_before_the_log_knows_the_decision_are_joined() -> None:
    """An outcome that names a decision which comes later joins it when it comes."""
    log = MemoryLog()
    (time_us, made), *_ = decisions(1)
    told(
        log,
        [(time_us - HOUR_US, [outcome("o", made.input.send_time_us, amount=5.0, decision_id="d0")]), (time_us, [made])],
    )
    log.append([], time_us + 9 * DAY_US)

    line = list(settle_decisions(log, SHOP, learner_spec(required_feeds=()), 0, SettleLimit(log.watermark().time_us)))
    assert [one.reward and one.reward.raw for one in line] == [5.0]
