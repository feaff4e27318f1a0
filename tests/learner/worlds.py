"""Small worlds for the learner's laws: a shop, its decisions, and feeds that behave or do not."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from banditsvc.clock import SimulatedClock
from banditsvc.core.activation import Activation, ActivationState
from banditsvc.core.campaign import Campaign
from banditsvc.core.context import CustomerContext
from banditsvc.core.decision import DecidedBy, Decision, RankInput, Result
from banditsvc.core.outcome import Feed, FeedMark, Outcome, OutcomeType
from banditsvc.core.portfolio import (
    Attribution,
    LabelWeighting,
    LearnerSpec,
    Measure,
    Portfolio,
    RewardSpec,
    RewardWeight,
    SettleSpec,
    TrainSpec,
)
from banditsvc.core.times import DAY_US, HOUR_US
from banditsvc.learner import Learner
from banditsvc.ports import CampaignVersion, LogRecord, RelearnRequest, RunningSums
from banditsvc.store import MemoryLog, MemoryRegistry

START_US = 20_000 * DAY_US
SHOP = "shop"
CAMPAIGNS = ("bags", "hats", "shoes")
REVENUE = Feed(type=OutcomeType.REVENUE)
CLICK = Feed(type=OutcomeType.CLICK)
WINDOW_US = 3 * DAY_US
SMALL = TrainSpec(bits=10, learning_rate=0.5, power_t=0.5, label_weighting=LabelWeighting.IMPORTANCE)

Event = tuple[int, Sequence[LogRecord]]
"""A commit: what is appended, and when."""


def learner_spec(
    attribution: Attribution = Attribution.ALL_IN_WINDOW,
    required_feeds: tuple[Feed, ...] = (REVENUE,),
    train: TrainSpec = SMALL,
    grace_us: int = 2 * DAY_US,
) -> LearnerSpec:
    """Returns settings with a window of three days."""
    return LearnerSpec(
        reward=RewardSpec(
            weights=(
                RewardWeight(type=OutcomeType.REVENUE, weight=1.0, measure=Measure.AMOUNT),
                RewardWeight(type=OutcomeType.CLICK, weight=2.0),
            ),
            window_us=WINDOW_US,
            least=-10.0,
            greatest=50.0,
            attribution=attribution,
        ),
        settle=SettleSpec(required_feeds=required_feeds, grace_us=grace_us, activation_deadline_us=2 * DAY_US),
        train=train,
    )


def opening(learner: LearnerSpec) -> Event:
    """Returns the commit that opens the shop."""
    portfolio = Portfolio(portfolio_id=SHOP, currency="EUR", learner=learner)
    versions = [
        CampaignVersion(
            portfolio_id=SHOP, catalogue_version=i + 1, campaign=Campaign(campaign_id=name, category=name, family="f")
        )
        for i, name in enumerate(CAMPAIGNS)
    ]
    return START_US - DAY_US, [portfolio, *versions]


def decision(number: int, *, customer: int, send_us: int, chosen: int = 0, deferred: bool = False) -> Decision:
    """Returns a decision of the policy among some of the campaigns."""
    eligible = CAMPAIGNS[: 2 + number % 2]
    return Decision(
        decision_id=f"d{number}",
        input=RankInput(
            portfolio_id=SHOP,
            customer_id=f"c{customer}",
            send_time_us=send_us,
            context=CustomerContext(segment=f"s{customer % 3}", favourites={CAMPAIGNS[customer % 3]: 0.5}),
            defer_activation=deferred,
        ),
        result=Result.CAMPAIGN,
        decided_by=DecidedBy.POLICY,
        campaign_id=eligible[chosen % len(eligible)],
        eligible=eligible,
        selection_probabilities=tuple([1.0 / len(eligible)] * len(eligible)),
        catalogue_version=len(CAMPAIGNS),
        portfolio_version=1,
    )


def outcome(
    name: str,
    occur_us: int,
    kind: OutcomeType = OutcomeType.REVENUE,
    amount: float | None = None,
    *,
    revision: int = 0,
    decision_id: str = "",
    customer_id: str = "",
    refunds: str = "",
) -> Outcome:
    """Returns an outcome of the shop."""
    return Outcome(
        portfolio_id=SHOP,
        outcome_id=name,
        type=kind,
        occur_time_us=occur_us,
        amount=amount,
        revision=revision,
        decision_id=decision_id,
        customer_id=customer_id,
        refunded_outcome_id=refunds,
    )


def mark(through_us: int, feed: Feed = REVENUE) -> FeedMark:
    """Returns a mark of the shop's feed."""
    return FeedMark(portfolio_id=SHOP, feed=feed, complete_through_us=through_us)


def sent(decision_id: str, time_us: int, state: ActivationState = ActivationState.SENT) -> Activation:
    """Returns an activation."""
    return Activation(decision_id=decision_id, portfolio_id=SHOP, state=state, activate_time_us=time_us)


def relearn() -> RelearnRequest:
    """Returns a request to relearn the shop's model."""
    return RelearnRequest(portfolio_id=SHOP)


@dataclass(frozen=True, slots=True)
class Learned:
    """What a learner came to."""

    weights: NDArray[np.float32]
    sums: RunningSums
    model_version: str
    settled_through_us: int

    def same_model_as(self, other: Learned) -> bool:
        """Returns whether weights and learned sums agree bit for bit."""
        mine, theirs = self.sums, other.sums
        return self.weights.tobytes() == other.weights.tobytes() and (
            (mine.learned_count, mine.eligible_sum, mine.reward_sum, mine.reward_square_sum)
            == (theirs.learned_count, theirs.eligible_sum, theirs.reward_sum, theirs.reward_square_sum)
        )


@dataclass(slots=True)
class World:
    """A log, a registry and a learner that may be lost and made again at any time."""

    log: MemoryLog = field(default_factory=MemoryLog)
    registry: MemoryRegistry = field(default_factory=MemoryRegistry)
    batch: int = 500
    learner: Learner | None = None

    def append(self, *events: Event) -> None:
        """Appends commits in order of time."""
        for time_us, records in sorted(events, key=lambda event: event[0]):
            self.log.append(records, time_us)

    def lose_learner(self) -> None:
        """Forgets all that is not stored, as a crash does."""
        self.learner = None

    def step(self) -> bool:
        """Lets the learner do one slice."""
        if self.learner is None:
            self.learner = Learner(self.log, self.registry, SimulatedClock(), batch=self.batch)
        return self.learner.step(SHOP)

    def catch_up(self) -> None:
        """Lets the learner do all that it can."""
        while self.step():
            pass

    def play(self, events: Iterable[Event], poll_times_us: Iterable[int] = ()) -> None:
        """Appends commits in order of time and lets the learner look at the log at these times too."""
        polls: list[tuple[int, Sequence[LogRecord] | None]] = [(time_us, None) for time_us in poll_times_us]
        for time_us, records in sorted([*polls, *events], key=lambda event: event[0]):
            if records is None:
                self.log.append([], time_us)
                self.catch_up()
            else:
                self.log.append(records, time_us)
        self.catch_up()

    def wait_until(self, time_us: int) -> None:
        """Moves the log's time on and lets the learner catch up."""
        self.log.append([], time_us)
        self.catch_up()

    def learned(self) -> Learned:
        """Returns the served model with its sums."""
        progress = self.registry.progress(SHOP)
        assert progress is not None
        model = self.registry.load_model(SHOP, progress.model_version)
        weights = np.zeros(1 << SMALL.bits, dtype=np.float32) if model is None else model.weights
        return Learned(weights, progress.sums, progress.model_version, progress.settled_through_us)


def decisions(count: int, *, per_day: int = 4, customers: int = 5) -> list[tuple[int, Decision]]:
    """Returns decisions with their times, spread over days."""
    made = []
    for number in range(count):
        time_us = START_US + number * (DAY_US // per_day)
        made.append((time_us, decision(number, customer=number % customers, send_us=time_us + HOUR_US, chosen=number)))
    return made
