"""Random histories of the shop, told by feeds of every kind."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from banditsvc.core.activation import ActivationState
from banditsvc.core.customer_merge import CustomerMerge
from banditsvc.core.decision import Decision
from banditsvc.core.organization import DEFAULT_ORGANIZATION_ID
from banditsvc.core.outcome import Outcome, OutcomeType
from banditsvc.core.times import DAY_US, HOUR_US, SECOND_US
from tests.learner.worlds import START_US, WINDOW_US, Event, decision, mark, outcome, sent

MINUTE_US = 60 * SECOND_US
DAYS = 8
END_US = START_US + 40 * DAY_US
"""Long after everything is over."""


@dataclass(frozen=True)
class Facts:
    """What was decided and done, and what truly happened."""

    deeds: list[Event]
    """Decisions and activations."""
    outcomes: list[Outcome]
    merges: list[CustomerMerge]
    """Which customers are one."""


def facts(seed: int, *, count: int = 24, customers: int = 4, prompt: bool = True) -> Facts:
    """Returns decisions with activations, outcomes with refunds, and customers some of whom are one.

    Unless prompt, some decisions are logged after they went out, and some activations long after the fact.
    """
    rng = np.random.default_rng(seed)
    deeds: list[Event] = []
    happened: list[Outcome] = []
    for number in range(count):
        time_us = START_US + int(rng.integers(DAYS * 24)) * HOUR_US + number
        send_us = time_us + int(rng.integers(0 if prompt else -24, 12)) * HOUR_US
        deferred = rng.random() < 0.3
        made = decision(
            number,
            customer=int(rng.integers(customers)),
            send_us=send_us,
            chosen=int(rng.integers(3)),
            deferred=deferred,
        )
        deeds.append((time_us, [made]))
        if rng.random() < (0.7 if deferred else 0.2):
            state = ActivationState.SENT if rng.random() < 0.8 else ActivationState.NOT_SENT
            told_us = max(time_us, send_us) + HOUR_US + (0 if prompt else int(rng.integers(3 * DAY_US)))
            deeds.append((told_us, [sent(made.decision_id, max(time_us, send_us) + HOUR_US, state)]))
        happened += _outcomes_of(made, rng)
    return Facts(deeds, happened, _merges(seed, customers))


def _merges(seed: int, customers: int) -> list[CustomerMerge]:
    rng = np.random.default_rng((seed, customers))
    return [
        CustomerMerge(
            organization_id=DEFAULT_ORGANIZATION_ID,
            merged_customer_id=f"c{number}",
            surviving_customer_id=f"c{int(rng.integers(number))}",
        )
        for number in range(1, customers)
        if rng.random() < 0.4
    ]


def _outcomes_of(made: Decision, rng: np.random.Generator) -> list[Outcome]:
    happened: list[Outcome] = []
    for number in range(int(rng.integers(3))):
        occur_us = made.input.send_time_us + int(rng.integers(-DAY_US, WINDOW_US + DAY_US))
        by_customer = rng.random() < 0.6
        name = f"{made.decision_id}-{number}"
        bought = rng.random() < 0.7
        happened.append(
            outcome(
                name,
                occur_us,
                OutcomeType.REVENUE if bought else OutcomeType.CLICK,
                float(rng.integers(40)) if bought else None,
                decision_id="" if by_customer else made.decision_id,
                customer_id=made.input.customer_id if by_customer else "",
            )
        )
        if bought and rng.random() < 0.3:
            back = outcome(f"{name}-back", occur_us + SECOND_US, OutcomeType.REFUND, 3.0, refunds=name)
            happened.append(back)
    return happened


def prompt_feed(truth: Facts) -> list[Event]:
    """Returns the merges first, the outcomes as they happen, and a mark a minute after each midnight."""
    midnights = [START_US + day * DAY_US for day in range(30)]
    return [
        (START_US, truth.merges),
        *[(one.occur_time_us, [one]) for one in truth.outcomes],
        *[(midnight + MINUTE_US, [mark(midnight)]) for midnight in midnights],
    ]


def weekly_feed(truth: Facts) -> list[Event]:
    """Returns the merges first, and the outcomes of each week two hours after it is over, with a mark."""
    weeks = [START_US + week * 7 * DAY_US for week in range(-1, 5)]
    files: list[Event] = [
        (
            end + 2 * HOUR_US,
            [*[one for one in truth.outcomes if end - 7 * DAY_US <= one.occur_time_us < end], mark(end)],
        )
        for end in weeks
    ]
    return [(START_US, truth.merges), *files]


def dirty_feed(truth: Facts, seed: int) -> list[Event]:
    """Returns the outcomes and merges late, in any order, with duplicates and wrong first versions; marks early, late
    or never.
    """
    rng = np.random.default_rng(seed)
    events: list[Event] = [
        (int(np.random.default_rng((seed, number)).integers(START_US, END_US)), [merge, merge])
        for number, merge in enumerate(truth.merges)
    ]
    for one in truth.outcomes:
        versions = _versions(one, rng)
        arrivals = [int(rng.integers(one.occur_time_us, END_US)) for _ in versions]
        events += [(time_us, [version]) for time_us, version in zip(arrivals, versions, strict=True)]
        if rng.random() < 0.5:
            events.append((int(rng.integers(START_US, END_US)), [versions[-1], versions[-1]]))
    for day in range(DAYS + 5):
        if rng.random() < 0.7:
            posted_us = START_US + day * DAY_US + int(rng.integers(4 * DAY_US))
            events.append((posted_us, [mark(START_US + day * DAY_US)]))
    return [*events, (END_US, [mark(END_US)])]


def _versions(one: Outcome, rng: np.random.Generator) -> list[Outcome]:
    """Returns the revisions of an outcome, the true one the highest."""
    if rng.random() < 0.6:
        return [one]
    amount = None if one.amount is None else one.amount + 7.0
    wrong = outcome(
        one.outcome_id,
        one.occur_time_us - int(rng.integers(2)) * DAY_US,
        one.type,
        amount,
        decision_id=one.decision_id,
        customer_id=one.customer_id,
        refunds=one.refunded_outcome_id,
    )
    true = outcome(
        one.outcome_id,
        one.occur_time_us,
        one.type,
        one.amount,
        revision=2,
        decision_id=one.decision_id,
        customer_id=one.customer_id,
        refunds=one.refunded_outcome_id,
    )
    return [wrong, true]
