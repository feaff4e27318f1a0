"""The reward of a world: what its policies learn, and what the service's portfolio is told."""

from __future__ import annotations

from enum import StrEnum

from pydantic import Field

from banditsvc.core.outcome import Feed, OutcomeType
from banditsvc.core.portfolio import Attribution, LearnerSpec, Measure, RewardSpec, RewardWeight, SettleSpec
from banditsvc.core.times import DAY_US
from simulators.worlds.table import Day, NotNegative, Positive, Table, Whole


class RewardOf(StrEnum):
    """What counts."""

    CONVERSION = "conversion"
    """Whether there was a purchase within the window."""
    REVENUE = "revenue"
    """The money that came within the window, less what was taken back."""


class AttributionRule(StrEnum):
    """Which decisions a purchase of a customer joins; see Attribution."""

    ALL_IN_WINDOW = "all_in_window"
    LAST_SENT = "last_sent"
    SPLIT = "split"


class RewardTerms(Table):
    """What is learned, after how long."""

    of: RewardOf = RewardOf.CONVERSION
    window_days: Whole = Field(default=7, ge=1, le=90)
    greatest: Positive = 1.0
    """Rewards are clipped to it; the least is 0, or minus the cost."""
    cost: NotNegative = 0.0
    """Taken off the reward of every contact."""
    attribution: AttributionRule = AttributionRule.ALL_IN_WINDOW
    grace_days: Day = 7
    """How long after the window a feed is waited for."""

    @property
    def outcome_type(self) -> OutcomeType:
        """Returns the type of outcome that a purchase is posted as."""
        return OutcomeType.CONVERSION if self.of is RewardOf.CONVERSION else OutcomeType.REVENUE

    @property
    def feed(self) -> Feed:
        """Returns the feed of the purchases."""
        return Feed(type=self.outcome_type)

    def reward_spec(self) -> RewardSpec:
        """Returns the same as the service has it."""
        measure = Measure.ANY if self.of is RewardOf.CONVERSION else Measure.AMOUNT
        return RewardSpec(
            weights=(RewardWeight(type=self.outcome_type, weight=1.0, measure=measure),),
            window_us=self.window_days * DAY_US,
            least=-self.cost,
            greatest=self.greatest,
            cost=self.cost,
            attribution=Attribution[self.attribution.name],
        )

    def learner_spec(self) -> LearnerSpec:
        """Returns what the service learns by: its defaults with this reward and feed."""
        settle = SettleSpec(required_feeds=(self.feed,), grace_us=self.grace_days * DAY_US)
        return LearnerSpec(reward=self.reward_spec(), settle=settle)
