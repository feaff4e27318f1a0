"""Decisions: one answer of Rank, with everything needed to reproduce it bit for bit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from math import nan

from msgspec import Struct

from banditsvc.core.assignment import AssignedGroup
from banditsvc.core.assignment_group import AssignmentGroup
from banditsvc.core.campaign import Campaign, described_among
from banditsvc.core.consent import GivenConsent
from banditsvc.core.contact import Contact
from banditsvc.core.context import CustomerContext
from banditsvc.core.rejection import Rejection
from banditsvc.core.traffic_split import TrafficSplit


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
    HISTORICAL = 8
    RANDOM_SHARE = 9


class RankInput(Struct, frozen=True, kw_only=True, gc=False):
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
    assignment_key: str = ""
    """Unit of assignment to a group; empty means customer_id."""
    consents: tuple[GivenConsent, ...] = ()
    forced_campaign_id: str = ""
    force_reason: str = ""

    @property
    def known(self) -> CustomerContext:
        """Returns the context, as a ChoiceInput does."""
        return self.context

    def described(self, campaign_id: str) -> Campaign | None:
        """Returns the campaign of an id as the caller gave it inline; None where it did not."""
        return described_among(self.candidates, campaign_id)


@dataclass(frozen=True, slots=True)
class LearnedState:
    """What a model knows of its own learning, as far as exploration uses it. Logged with each decision."""

    learned_count: int = 0
    """Number of decisions learned from, history by its weight."""
    reward_mean: float = 0.0
    """Their mean reward, in raw units; likewise the standard deviation."""
    reward_deviation: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ShadowDecision:
    """What a second policy or model would have done. Logged, never answered."""

    policy_version: int
    model_version: str
    campaign_id: str
    selection_probabilities: tuple[float, ...]
    """Beside the decision's eligible."""
    predicted_rewards: tuple[float, ...]
    treatment_id: str = ""
    learned: LearnedState = LearnedState()
    """What the model knew of its own learning, so that the probabilities can be computed again."""
    predicted_deviations: tuple[float, ...] = ()
    """How sure it was of each predicted reward; empty where it did not say."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GhostDecision:
    """What a held-out customer would have got. Logged, never answered; its choice was made by what Decision says."""

    decided_by: DecidedBy
    """Who or what would have decided."""
    campaign_id: str
    treatment_id: str = ""
    explored: bool = False
    contact: Contact | None = None
    """What it takes of contact policy, for further ghosts alone; None for NO_CONTACT and for tests."""


class Decision(Struct, frozen=True, kw_only=True, gc=False):
    """One answer of Rank. eligible is sorted by campaign_id, and the vectors run beside it.

    With treatments there is one entry per pair of campaign and treatment, sorted by both.
    """

    decision_id: str
    input: RankInput
    result: Result
    decided_by: DecidedBy
    campaign_id: str = ""
    """The chosen campaign; empty unless result is CAMPAIGN or NO_CONTACT."""
    eligible: tuple[str, ...] = ()
    selection_probabilities: tuple[float, ...] = ()
    """Empty also for history of unknown probability."""
    predicted_rewards: tuple[tuple[float, ...], ...] = ()
    """One vector in raw reward units per member of an ensemble; empty where no model was asked."""
    treatments: tuple[str, ...] = ()
    """treatment_id of each entry, "" for a campaign without; empty where no campaign has treatments."""
    treatment_id: str = ""
    levers: tuple[float, ...] = ()
    """Business weight of each entry; empty where all are 1."""
    rejections: tuple[Rejection, ...] = ()
    explored: bool = False
    group: AssignmentGroup = AssignmentGroup.OPTIMIZED
    group_share: float = 1.0
    """Probability of the group, whoever the customer is."""
    draw_attempt: int = 0
    learned: LearnedState = LearnedState()
    portfolio_version: int = 0
    policy_version: int = 0
    model_version: str = ""
    learner_version: int = 0
    encoder_version: int = 0
    catalogue_version: int = 0
    force_reason: str = ""
    """Why it was FORCED: the caller's reason, or `pin:` with the pin's name."""
    contact: Contact | None = None
    """What it takes of contact policy and capacity from now on; None where nothing goes out, and for tests."""
    shadow: ShadowDecision | None = None
    draws: tuple[AssignedGroup, ...] = ()
    """How the group came about; empty where nobody divides customers into groups."""
    would_have_sent: GhostDecision | None = None
    """Of a held-out customer for whom something was eligible: eligible and the vectors are what it was chosen from."""
    predicted_deviations: tuple[float, ...] = ()
    """How sure the model was of each predicted reward, a standard deviation; empty where it did not say."""
    traffic_split: TrafficSplit | None = None
    """The two policies, while one is on trial; policy_version is the one that decided, if one of them did."""
    prices: tuple[float, ...] = ()
    """What was taken from each entry's weighted reward for limits over all customers; empty where all are 0."""

    @property
    def traffic_share(self) -> float:
        """Returns the share of the optimized customers for whom its policy_version decides."""
        return 1.0 if self.traffic_split is None else self.traffic_split.share_of(self.policy_version)

    @property
    def counted_contact(self) -> Contact | None:
        """Returns what it takes of contact policy: its own contact, or its ghost's."""
        return self.contact if self.would_have_sent is None else self.would_have_sent.contact

    @property
    def is_probability_known(self) -> bool:
        """Whether it is known with which probability the choice was made; it is for all but some history."""
        return bool(self.selection_probabilities) or not self.campaign_id

    @property
    def selection_probability(self) -> float:
        """Probability with which the chosen campaign was chosen, over its treatments; 1 where nothing was to choose.

        NaN where it is not known; arm_probability likewise.
        """
        if not self.is_probability_known:
            return nan
        if not self.campaign_id:
            return 1.0
        if not self.treatments:
            return self.selection_probabilities[self.eligible.index(self.campaign_id)]
        return sum(
            p
            for campaign_id, p in zip(self.eligible, self.selection_probabilities, strict=True)
            if campaign_id == self.campaign_id
        )

    @property
    def arm_probability(self) -> float:
        """Probability with which the pair of campaign and treatment was chosen; 1 where nothing was to choose."""
        if not self.is_probability_known:
            return nan
        return self.selection_probabilities[self.chosen_place] if self.campaign_id else 1.0

    @property
    def treatment_probability(self) -> float:
        """Probability of the treatment, given the campaign; 1 where there is none."""
        return self.arm_probability / self.selection_probability if self.treatment_id else 1.0

    @property
    def chosen_place(self) -> int:
        """Place of what was chosen within eligible; only where something was."""
        return place_of_pair(self.campaign_id, self.treatment_id, self.eligible, self.treatments)


def place_of_pair(campaign_id: str, treatment_id: str, eligible: Sequence[str], treatments: Sequence[str]) -> int:
    """Returns the place of a campaign within eligible, or of its pair with a treatment where there are treatments."""
    if not treatments:
        return eligible.index(campaign_id)
    return list(zip(eligible, treatments, strict=True)).index((campaign_id, treatment_id))
