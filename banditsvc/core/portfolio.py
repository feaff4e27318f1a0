"""Portfolios and the specifications that their models depend on, all immutable."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum

from banditsvc.core.assignment_spec import AssignmentSpec
from banditsvc.core.calendar_features import CalendarFeature
from banditsvc.core.contact_policy import Capacity, ContactPolicy
from banditsvc.core.exploration import Exploration, FixedPriority
from banditsvc.core.guardrail_spec import GuardrailSpec
from banditsvc.core.lift_spec import LiftSpec
from banditsvc.core.organization import DEFAULT_ORGANIZATION_ID
from banditsvc.core.outcome import Feed, OutcomeType
from banditsvc.core.phase import PhaseSpec
from banditsvc.core.rule import FeatureType, Rule
from banditsvc.core.times import DAY_US
from banditsvc.core.volume_minimum import VolumeMinimum


class Attribution(IntEnum):
    """Which decisions an outcome of a customer joins."""

    ALL_IN_WINDOW = 1
    CAMPAIGN_MATCH = 2
    LAST_SENT = 3
    SPLIT = 4


class Measure(IntEnum):
    """What is multiplied by a weight."""

    COUNT = 1
    AMOUNT = 2
    ANY = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class RewardWeight:
    """Weighs one outcome type."""

    type: OutcomeType
    weight: float
    measure: Measure = Measure.COUNT
    custom_type: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RewardSpec:
    """How outcomes become a reward: sum of weight x measure, less the cost, clipped to [least, greatest].

    Learning uses (reward - least) / (greatest - least), in [0, 1].
    """

    weights: tuple[RewardWeight, ...]
    window_us: int
    """Length of the outcome window, from the sending: start <= occur_time < start + window."""
    least: float = 0.0
    greatest: float = 1.0
    cost: float = 0.0
    """Taken from the reward of every campaign but NO_CONTACT."""
    default: float = 0.0
    """Stands for the sum where no outcome joined."""
    attribution: Attribution = Attribution.ALL_IN_WINDOW
    include_machine: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SettleSpec:
    """When a decision is settled."""

    required_feeds: tuple[Feed, ...] = ()
    """Feeds whose marks are waited for; none means that outcomes are taken to arrive at once."""
    grace_us: int = 7 * DAY_US
    """How long after the window to wait for the feeds before a decision is left unlearned."""
    activation_deadline_us: int = 3 * DAY_US
    """How long after send_time a deferred decision may be activated."""
    learn_business_as_usual: bool = False
    """Whether to learn also from what business as usual decided: for its group, as a fallback, or by a guardrail.

    What it decides for customers who are optimized, in the phase OBSERVE, is learned from in any case.
    """
    historical_weight: float = 0.1
    """Weight of a historical decision that was sent the moment it was imported, beside 1 of one made here; 0 learns
    nothing of history.
    """
    historical_half_life_us: int = 90 * DAY_US
    """Time between sending and import by which the weight of a historical decision is halved."""
    checkpoints_us: tuple[int, ...] = ()
    """Ages before the end of the outcome window at which every decision is learned from provisionally, rising."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EncoderSpec:
    """How features are made: bin edges (each the upper, exclusive end of a bin) and crosses."""

    recency_edges: tuple[float, ...] = (7.0, 14.0, 30.0, 60.0, 90.0, 180.0, 365.0, 730.0)
    frequency_edges: tuple[float, ...] = (1.0, 2.0, 3.0, 5.0, 10.0, 20.0, 50.0)
    monetary_edges: tuple[float, ...] = (25.0, 50.0, 100.0, 200.0, 350.0, 500.0, 1000.0, 2500.0, 10000.0)
    number_edges: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    """Edges of further number features by name; others get logarithmic bins."""
    crosses: tuple[tuple[str, str], ...] = ()
    """Pairs of context features to cross."""
    segment_renamed_from: Mapping[str, str] = field(default_factory=dict)
    """Former names of segments, by their present name; likewise of categories, for campaigns and favourites."""
    category_renamed_from: Mapping[str, str] = field(default_factory=dict)
    calendar_features: tuple[CalendarFeature, ...] = ()
    """What is made of the send time, each once."""
    calendar_time_zone: str = ""
    """Whose calendar: set by the service where there are calendar features, from the portfolio; empty means UTC."""


class LabelWeighting(IntEnum):
    """How learned decisions are weighted."""

    IMPORTANCE = 1
    """By 1 / (selection probability x running mean of the number of eligible campaigns)."""
    EQUAL = 2


class LearnerKind(IntEnum):
    """What learns."""

    VOWPAL_WABBIT = 1
    """Vowpal Wabbit: regression with a constant or falling step, by all features."""
    POSTERIOR = 2
    """A linear model that knows how sure it is of each effect, from what a campaign is and the context."""


LEAST_LAST_DAYS, MOST_LAST_DAYS = 4, 36_500
"""Range of TrainSpec.last_days."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainSpec:
    """How the model learns; all but learner, bits, last_days and the half-lives is Vowpal Wabbit's."""

    # First what was there first: a stored spec without a learner is Vowpal Wabbit's.
    learner: LearnerKind = LearnerKind.VOWPAL_WABBIT
    half_life_decisions: int | None = None
    """Learned decisions after which the posterior counts one half; None for never. At most one of the half-lives and last_days is given."""
    half_life_days: float | None = None
    """The same in days between the sendings."""
    last_days: int | None = None
    """Days of sendings that either learner learns from; None for all. See learner/last_days.py."""

    learning_rate: float = 0.003
    """A constant step forgets: about 1 / (2 x learning_rate) decisions of each kind are remembered."""
    power_t: float = 0.0
    """0 keeps the step constant and free of the reward's scale; above 0 it falls with the count."""
    bits: int = 18
    l2: float = 0.0
    label_weighting: LabelWeighting = LabelWeighting.EQUAL


POSTERIOR_TRAIN = TrainSpec(learner=LearnerKind.POSTERIOR, half_life_decisions=60_000)
"""The default: what is learned by where nothing more is said; docs/exploration.md says how it was chosen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LearnerSpec:
    """Everything that a model depends on besides the log; another value of any part is another learner_version."""

    reward: RewardSpec
    settle: SettleSpec = SettleSpec()
    encoder: EncoderSpec = EncoderSpec()
    train: TrainSpec = POSTERIOR_TRAIN


@dataclass(frozen=True, slots=True, kw_only=True)
class Portfolio:
    """One version of a portfolio's settings."""

    portfolio_id: str
    currency: str
    learner: LearnerSpec
    display_name: str = ""
    allow_no_contact: bool = False
    salt: str = ""
    """Random, set once when the portfolio is created; keeps its draws apart from all others."""
    portfolio_version: int = 1
    learner_version: int = 1
    encoder_version: int = 1
    organization_id: str = DEFAULT_ORGANIZATION_ID
    time_zone: str = ""
    """IANA name; empty means the organization's."""
    context_schema: Mapping[str, FeatureType] = field(default_factory=dict)
    """Types of the further features that rules may name."""
    rules: tuple[Rule, ...] = ()
    """For all its campaigns but NO_CONTACT."""
    contact_policy: ContactPolicy = ContactPolicy()
    capacities: tuple[Capacity, ...] = ()
    minimums: tuple[VolumeMinimum, ...] = ()
    business_as_usual: Exploration = FixedPriority()
    """What is done without a model: FixedPriority, ExclusiveRules or Uniform."""
    assignments: tuple[AssignmentSpec, ...] = ()
    """How customers are divided into groups, besides what the organization does; at most one for each channel."""
    guardrails: GuardrailSpec = GuardrailSpec()
    lift: LiftSpec = LiftSpec()
    phase: PhaseSpec = PhaseSpec()
    """Who decides for the customers who are optimized."""
    sandbox: bool = False
    """Whether its decisions reach no customers, so that its policies need no certificate."""
