"""Values of everything that the stores hold, for laws that hold for all of them."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from banditsvc.core.activation import Activation, ActivationState
from banditsvc.core.assignment import AssignedGroup, AssignmentOwner
from banditsvc.core.assignment_group import AssignmentGroup
from banditsvc.core.assignment_spec import AssignmentSpec
from banditsvc.core.audience_limit import AudienceLimit, LimitKind, LimitOwner, LimitSettings
from banditsvc.core.campaign import Campaign, CampaignKind, Pin, Treatment
from banditsvc.core.campaign_labels import CampaignLabels
from banditsvc.core.certificate import Certificate, Check, Verdict
from banditsvc.core.certified_subject import Subject
from banditsvc.core.consent import Consent, ConsentState, GivenConsent
from banditsvc.core.contact import Contact
from banditsvc.core.contact_policy import (
    CampaignSelector,
    Capacity,
    CapacityPeriod,
    ContactCap,
    ContactExclusion,
    ContactPolicy,
    QuietTime,
)
from banditsvc.core.context import CustomerContext, LifecycleStage
from banditsvc.core.customer_merge import CustomerMerge
from banditsvc.core.decision import (
    DecidedBy,
    Decision,
    GhostDecision,
    LearnedState,
    RankInput,
    Result,
    ShadowDecision,
)
from banditsvc.core.enrollment import Enrollment
from banditsvc.core.exclusion import Exclusion, ExclusionRevocation
from banditsvc.core.exploration import EpsilonGreedy, ExclusiveRules, FixedPriority, TargetRule, Uniform
from banditsvc.core.guardrail_spec import Guardrail, GuardrailSpec
from banditsvc.core.lift_spec import LiftPopulation, LiftSpec
from banditsvc.core.organization import Organization
from banditsvc.core.outcome import Feed, FeedMark, Outcome, OutcomeType
from banditsvc.core.phase import Phase, PhaseSpec
from banditsvc.core.policy import ExplorationLimit, Policy
from banditsvc.core.portfolio import (
    Attribution,
    EncoderSpec,
    LearnerSpec,
    Portfolio,
    RewardSpec,
    RewardWeight,
    SettleSpec,
    TrainSpec,
)
from banditsvc.core.portfolio_prices import LimitPrice, PortfolioPrices
from banditsvc.core.rejection import FunnelStage, Rejection
from banditsvc.core.rule import FeatureType, Rule
from banditsvc.core.traffic_split import TrafficSplit
from banditsvc.core.volume_minimum import VolumeMinimum
from banditsvc.ports import (
    CampaignVersion,
    CertificateOverride,
    Deployment,
    FiledCertificate,
    GuardrailEvent,
    ModelPin,
    RelearnRequest,
    RunningSums,
    ShadowSetting,
)

_TEXT = st.text(max_size=8)
_FLOAT = st.floats(allow_nan=False)
_NUMBER = st.integers(-(2**63), 2**63 - 1)
_FEATURES = st.dictionaries(
    _TEXT, st.one_of(st.booleans(), _FLOAT, _TEXT, st.lists(_TEXT, max_size=3).map(tuple)), max_size=3
)


def _tuples(entries: st.SearchStrategy[Any]) -> st.SearchStrategy[tuple[Any, ...]]:
    return st.lists(entries, max_size=3).map(tuple)


_NAMES = st.dictionaries(_TEXT, _TEXT, max_size=2)
_RULES = _tuples(st.builds(Rule, name=_TEXT, expression=_TEXT, stage=st.sampled_from(FunnelStage)))
_CAMPAIGNS = st.builds(
    Campaign,
    campaign_id=_TEXT,
    kind=st.none() | st.sampled_from(CampaignKind),
    features=_FEATURES,
    fixed_priority=st.none() | _NUMBER,
    end_time_us=st.none() | _NUMBER,
    treatments=_tuples(st.builds(Treatment, treatment_id=_TEXT, features=_FEATURES, message_fields=_NAMES)),
    cost=_FLOAT,
    placements=_tuples(_TEXT),
    rules=_RULES,
    pins=_tuples(st.builds(Pin, name=_TEXT, start_time_us=st.none() | _NUMBER)),
)
_LABELS = st.builds(
    CampaignLabels, campaign_id=_TEXT, type=st.integers(0, 3), kind=st.integers(0, 16), channel=_TEXT, cost=_FLOAT
)
_CONTACTS = st.builds(
    Contact,
    organization_id=_TEXT,
    portfolio_id=_TEXT,
    customer_id=_TEXT,
    campaign=_LABELS,
    contact_time_us=_NUMBER,
    hold_until_us=st.none() | _NUMBER,
    is_ghost=st.booleans(),
)
_DRAWS = _tuples(
    st.builds(
        AssignedGroup,
        owner=st.sampled_from(AssignmentOwner),
        channel=_TEXT,
        assignment_version=_NUMBER,
        group=st.sampled_from(AssignmentGroup),
        shares=st.tuples(_FLOAT, _FLOAT, _FLOAT, _FLOAT),
        horizon_us=_NUMBER,
    )
)
_STATES = st.sampled_from(ConsentState)
_CONTEXTS = st.builds(
    CustomerContext,
    recency_days=st.none() | _FLOAT,
    r=st.none() | st.integers(1, 5),
    segment=st.none() | _TEXT,
    lifecycle_stage=st.none() | st.sampled_from(LifecycleStage),
    favourites=st.dictionaries(_TEXT, _FLOAT, max_size=3),
    features=_FEATURES,
    time_zone=st.none() | _TEXT,
)
DECISIONS = st.builds(
    Decision,
    decision_id=_TEXT,
    input=st.builds(
        RankInput,
        portfolio_id=_TEXT,
        customer_id=_TEXT,
        send_time_us=_NUMBER,
        context=_CONTEXTS,
        candidates=_tuples(_TEXT | _CAMPAIGNS),
        defer_activation=st.booleans(),
        consents=_tuples(st.builds(GivenConsent, purpose=_TEXT, state=_STATES)),
    ),
    result=st.sampled_from(Result),
    decided_by=st.sampled_from(DecidedBy),
    eligible=_tuples(_TEXT),
    selection_probabilities=_tuples(_FLOAT),
    predicted_rewards=_tuples(_tuples(_FLOAT)),
    rejections=_tuples(st.builds(Rejection, _TEXT, st.sampled_from(FunnelStage), _TEXT, _TEXT)),
    learned=st.builds(LearnedState, _NUMBER, _FLOAT, _FLOAT),
    treatments=_tuples(_TEXT),
    levers=_tuples(_FLOAT),
    prices=_tuples(_FLOAT),
    contact=st.none() | _CONTACTS,
    shadow=st.none()
    | st.builds(
        ShadowDecision,
        policy_version=_NUMBER,
        model_version=_TEXT,
        campaign_id=_TEXT,
        selection_probabilities=_tuples(_FLOAT),
        predicted_rewards=_tuples(_FLOAT),
    ),
    group=st.sampled_from(AssignmentGroup),
    draws=_DRAWS,
    traffic_split=st.none() | st.builds(TrafficSplit, _NUMBER, _NUMBER, _FLOAT),
    would_have_sent=st.none()
    | st.builds(GhostDecision, decided_by=st.sampled_from(DecidedBy), campaign_id=_TEXT, contact=st.none() | _CONTACTS),
)
_FEEDS = st.builds(Feed, type=st.sampled_from(OutcomeType), custom_type=_TEXT)
OUTCOMES = st.builds(
    Outcome,
    portfolio_id=_TEXT,
    outcome_id=_TEXT,
    type=st.sampled_from(OutcomeType),
    occur_time_us=_NUMBER,
    custom_type=_TEXT,
    amount=st.none() | _FLOAT,
    revision=_NUMBER,
    machine=st.booleans(),
    decision_id=_TEXT,
    customer_id=_TEXT,
    campaign_id=_TEXT,
    refunded_outcome_id=_TEXT,
    channel=_TEXT,
)
ACTIVATIONS = st.builds(
    Activation,
    decision_id=_TEXT,
    portfolio_id=_TEXT,
    state=st.sampled_from(ActivationState),
    activate_time_us=_NUMBER,
    contact=st.none() | _CONTACTS,
)
CONSENTS = st.builds(
    Consent, organization_id=_TEXT, customer_id=_TEXT, channel=_TEXT, state=_STATES, consent_time_us=_NUMBER
)
MERGES = st.builds(
    CustomerMerge, organization_id=_TEXT, merged_customer_id=_TEXT, surviving_customer_id=_TEXT, reason=_TEXT
)
ENROLLMENTS = st.builds(
    Enrollment,
    organization_id=_TEXT,
    portfolio_id=_TEXT,
    customer_id=_TEXT,
    assignment_key=_TEXT,
    channel=_TEXT,
    context=_CONTEXTS,
    draws=_DRAWS,
)
MARKS = st.builds(FeedMark, portfolio_id=_TEXT, feed=_FEEDS, complete_through_us=_NUMBER)
SUMS = st.builds(RunningSums, learned_count=_NUMBER, reward_sum=_FLOAT, reward_square_sum=_FLOAT, discount_sum=_FLOAT)
LEARNERS = st.builds(
    LearnerSpec,
    reward=st.builds(
        RewardSpec,
        weights=_tuples(st.builds(RewardWeight, type=st.sampled_from(OutcomeType), weight=_FLOAT)),
        window_us=_NUMBER,
        least=_FLOAT,
        attribution=st.sampled_from(Attribution),
    ),
    settle=st.builds(
        SettleSpec, required_feeds=_tuples(_FEEDS), learn_business_as_usual=st.booleans(), historical_weight=_FLOAT
    ),
    encoder=st.builds(
        EncoderSpec,
        number_edges=st.dictionaries(_TEXT, _tuples(_FLOAT), max_size=2),
        crosses=_tuples(st.tuples(_TEXT, _TEXT)),
        segment_renamed_from=_NAMES,
    ),
    train=st.builds(TrainSpec, learning_rate=_FLOAT),
)
_SELECTORS = st.builds(CampaignSelector, families=_tuples(_TEXT), types=_tuples(st.integers(1, 3)))
_CONTACT_POLICIES = st.builds(
    ContactPolicy,
    caps=_tuples(st.builds(ContactCap, name=_TEXT, campaigns=_SELECTORS, max_contacts=st.none() | _NUMBER)),
    exclusions=_tuples(st.builds(ContactExclusion, name=_TEXT, first=_SELECTORS, second=_SELECTORS)),
    quiet_times=_tuples(
        st.builds(
            QuietTime,
            name=_TEXT,
            days=_tuples(st.integers(1, 7)),
            start=st.none() | st.times(),
            end=st.none() | st.times(),
            first_date=st.none() | st.dates(),
        )
    ),
)
_CAPACITIES = _tuples(
    st.builds(Capacity, name=_TEXT, max_cost=st.none() | _FLOAT, period=st.sampled_from(CapacityPeriod))
)
_MINIMUMS = _tuples(
    st.builds(VolumeMinimum, name=_TEXT, campaigns=_SELECTORS, min_contacts=st.none() | _NUMBER, min_share=st.none())
)
_PRICES = st.builds(
    PortfolioPrices,
    portfolio_id=_TEXT,
    run_id=_TEXT,
    settings=st.builds(LimitSettings, organization=_CAPACITIES, portfolio=_CAPACITIES, minimums=_MINIMUMS),
    limits=_tuples(
        st.builds(
            LimitPrice,
            limit=st.builds(
                AudienceLimit,
                owner=st.sampled_from(LimitOwner),
                name=_TEXT,
                kind=st.sampled_from(LimitKind),
                campaigns=_SELECTORS,
                value=_TEXT | st.integers(1, 3),
                share=_FLOAT,
            ),
            price=_FLOAT,
            bound=_FLOAT,
            expected=_FLOAT,
            is_met=st.booleans(),
        )
    ),
    reward=_FLOAT,
)
_ASSIGNMENTS = _tuples(st.builds(AssignmentSpec, channel=_TEXT, holdout=_FLOAT, generation=_NUMBER, salt=_TEXT))
_LIFT = st.builds(
    LiftSpec,
    population=st.sampled_from(LiftPopulation),
    conversion_outcomes=_tuples(_FEEDS),
    greatest_revenue=st.none() | _FLOAT,
)
_EXCLUSIVE = st.builds(ExclusiveRules, rules=_tuples(st.builds(TargetRule, campaign_id=_TEXT, expression=_TEXT)))
RESOURCES = st.one_of(
    st.builds(
        Organization,
        organization_id=_TEXT,
        contact_policy=_CONTACT_POLICIES,
        capacities=_CAPACITIES,
        time_zone=_TEXT,
        assignments=_ASSIGNMENTS,
        lift=_LIFT,
    ),
    st.builds(
        Portfolio,
        portfolio_id=_TEXT,
        currency=_TEXT,
        learner=LEARNERS,
        context_schema=st.dictionaries(_TEXT, st.sampled_from(FeatureType), max_size=2),
        rules=_RULES,
        contact_policy=_CONTACT_POLICIES,
        capacities=_CAPACITIES,
        minimums=_MINIMUMS,
        business_as_usual=_EXCLUSIVE | st.sampled_from([FixedPriority(), Uniform()]),
        assignments=_ASSIGNMENTS,
        guardrails=st.builds(GuardrailSpec, min_entropy=st.none() | _FLOAT, max_silence_us=st.none() | _NUMBER),
        lift=_LIFT,
        phase=st.builds(PhaseSpec, phase=st.sampled_from(Phase), random_share=_FLOAT),
        sandbox=st.booleans(),
    ),
    _PRICES,
    st.builds(
        Policy,
        portfolio_id=_TEXT,
        policy_version=_NUMBER,
        exploration=_EXCLUSIVE | st.builds(EpsilonGreedy, epsilon=_FLOAT),
        limits=_tuples(
            st.builds(ExplorationLimit, lifecycle_stages=_tuples(st.sampled_from(LifecycleStage)), max_share=_FLOAT)
        ),
    ),
    st.builds(
        FiledCertificate,
        portfolio_id=_TEXT,
        certificate=st.builds(
            Certificate,
            subject=st.builds(Subject, text=_TEXT),
            checks=_tuples(
                st.builds(
                    Check,
                    name=_TEXT,
                    verdict=st.sampled_from(Verdict),
                    reason=_TEXT,
                    numbers=st.dictionaries(_TEXT, _FLOAT, max_size=2),
                )
            ),
            portfolio_id=_TEXT,
            data_sha256=_TEXT,
            data_description=_TEXT,
            code_version=_TEXT,
            issue_time_us=_NUMBER,
            expire_time_us=_NUMBER,
        ),
    ),
    st.builds(CertificateOverride, portfolio_id=_TEXT, policy_version=_NUMBER, reason=_TEXT),
    st.builds(ShadowSetting, portfolio_id=_TEXT, policy_version=_NUMBER, model_version=_TEXT),
    st.builds(CampaignVersion, portfolio_id=_TEXT, catalogue_version=_NUMBER, campaign=_CAMPAIGNS),
    st.builds(Deployment, portfolio_id=_TEXT, policy_version=_NUMBER, traffic_share=_FLOAT, reason=_TEXT),
    st.builds(ModelPin, portfolio_id=_TEXT, model_version=_TEXT),
    st.builds(RelearnRequest, portfolio_id=_TEXT),
    st.builds(
        Exclusion,
        portfolio_id=_TEXT,
        exclusion_id=_NUMBER,
        start_us=st.none() | _NUMBER,
        end_us=st.none() | _NUMBER,
        campaigns=st.builds(CampaignSelector, campaign_ids=_tuples(_TEXT), channels=_tuples(_TEXT)),
        reason=_TEXT,
        author=_TEXT,
    ),
    st.builds(ExclusionRevocation, portfolio_id=_TEXT, exclusion_id=_NUMBER, reason=_TEXT, author=_TEXT),
    st.builds(GuardrailEvent, portfolio_id=_TEXT, guardrail=st.none() | st.sampled_from(Guardrail), text=_TEXT),
)
