"""Decisions: one answer of Rank, with everything needed to reproduce it bit for bit."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from banditsvc.core.campaign import Campaign
from banditsvc.core.context import CustomerContext


class Result(IntEnum):
    """Kind of answer."""

    CAMPAIGN = 1
    NO_CONTACT = 2
    HELD_OUT = 3
    NO_ELIGIBLE = 4


class DecidedBy(IntEnum):
    """Who or what decided."""

    POLICY = 1
    UNIFORM_RANDOM = 2
    BUSINESS_AS_USUAL = 3
    HOLDOUT = 4
    FORCED = 5
    FALLBACK = 6
    GUARDRAIL = 7


class AssignmentGroup(IntEnum):
    """Experiment group of a customer."""

    OPTIMIZED = 1
    UNIFORM_RANDOM = 2
    BUSINESS_AS_USUAL = 3
    HOLDOUT = 4


class FunnelStage(IntEnum):
    """Stages of the funnel, in order."""

    CONSENT = 1
    VALIDITY = 2
    ELIGIBILITY = 3
    APPLICABILITY = 4
    SUITABILITY = 5
    CONTACT_POLICY = 6
    CAPACITY = 7


@dataclass(frozen=True, slots=True)
class Rejection:
    """Says why a campaign was dropped."""

    campaign_id: str
    stage: FunnelStage
    rule: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RankInput:
    """What a caller of Rank asked for, as parsed; logged whole."""

    portfolio_id: str
    customer_id: str
    send_time_us: int
    context: CustomerContext = CustomerContext()
    candidates: tuple[str | Campaign, ...] = ()
    """Ids of the catalogue or campaigns given inline; empty means the catalogue's live ones."""
    excluded: tuple[str, ...] = ()
    occasion: str = ""
    supersedes: str = ""
    channel: str = ""
    placement: str = ""
    defer_activation: bool = False
    is_test: bool = False
    has_send_time: bool = False
    """False where send_time was left to the service."""


@dataclass(frozen=True, slots=True)
class LearnedState:
    """What a model knows of its own learning, as far as exploration uses it. Logged with each decision."""

    learned_count: int = 0
    """Number of decisions learned from."""
    reward_mean: float = 0.0
    """Their mean reward, in raw units; likewise the standard deviation."""
    reward_deviation: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """One answer of Rank. eligible is sorted by campaign_id, and the vectors run beside it."""

    decision_id: str
    input: RankInput
    result: Result
    decided_by: DecidedBy
    campaign_id: str = ""
    """The chosen campaign; empty unless result is CAMPAIGN or NO_CONTACT."""
    eligible: tuple[str, ...] = ()
    selection_probabilities: tuple[float, ...] = ()
    predicted_rewards: tuple[tuple[float, ...], ...] = ()
    """One vector in raw reward units per member of an ensemble; empty where no model was asked."""
    rejections: tuple[Rejection, ...] = ()
    explored: bool = False
    group: AssignmentGroup = AssignmentGroup.OPTIMIZED
    group_share: float = 1.0
    draw_attempt: int = 0
    learned: LearnedState = LearnedState()
    portfolio_version: int = 0
    policy_version: int = 0
    model_version: str = ""
    learner_version: int = 0
    encoder_version: int = 0
    catalogue_version: int = 0

    @property
    def selection_probability(self) -> float:
        """Probability with which the chosen campaign was chosen; 1 where there was nothing to choose."""
        if not self.campaign_id:
            return 1.0
        return self.selection_probabilities[self.eligible.index(self.campaign_id)]
