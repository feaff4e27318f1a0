import datetime

from banditsvc.v1 import assignment_pb2 as _assignment_pb2
from banditsvc.v1 import contact_policy_pb2 as _contact_policy_pb2
from banditsvc.v1 import guardrail_pb2 as _guardrail_pb2
from banditsvc.v1 import outcome_pb2 as _outcome_pb2
from banditsvc.v1 import policy_pb2 as _policy_pb2
from banditsvc.v1 import rule_pb2 as _rule_pb2
from google.protobuf import duration_pb2 as _duration_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Phase(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    PHASE_UNSPECIFIED: _ClassVar[Phase]
    PHASE_OBSERVE: _ClassVar[Phase]
    PHASE_RANDOM_SHARE: _ClassVar[Phase]
    PHASE_POLICY: _ClassVar[Phase]

class Measure(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    MEASURE_UNSPECIFIED: _ClassVar[Measure]
    MEASURE_COUNT: _ClassVar[Measure]
    MEASURE_AMOUNT: _ClassVar[Measure]
    MEASURE_ANY: _ClassVar[Measure]

class Attribution(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ATTRIBUTION_UNSPECIFIED: _ClassVar[Attribution]
    ATTRIBUTION_ALL_IN_WINDOW: _ClassVar[Attribution]
    ATTRIBUTION_CAMPAIGN_MATCH: _ClassVar[Attribution]
    ATTRIBUTION_LAST_SENT: _ClassVar[Attribution]
    ATTRIBUTION_SPLIT: _ClassVar[Attribution]

class LiftPopulation(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    LIFT_POPULATION_UNSPECIFIED: _ClassVar[LiftPopulation]
    LIFT_POPULATION_ENROLLED: _ClassVar[LiftPopulation]
    LIFT_POPULATION_ACTIVATED: _ClassVar[LiftPopulation]

class CalendarFeature(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    CALENDAR_FEATURE_UNSPECIFIED: _ClassVar[CalendarFeature]
    CALENDAR_FEATURE_DAY_OF_WEEK: _ClassVar[CalendarFeature]
    CALENDAR_FEATURE_PART_OF_DAY: _ClassVar[CalendarFeature]
    CALENDAR_FEATURE_PART_OF_MONTH: _ClassVar[CalendarFeature]
    CALENDAR_FEATURE_MONTH: _ClassVar[CalendarFeature]
    CALENDAR_FEATURE_SEASON: _ClassVar[CalendarFeature]

class LearnerKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    LEARNER_KIND_UNSPECIFIED: _ClassVar[LearnerKind]
    LEARNER_KIND_VOWPAL_WABBIT: _ClassVar[LearnerKind]
    LEARNER_KIND_POSTERIOR: _ClassVar[LearnerKind]

class LabelWeighting(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    LABEL_WEIGHTING_UNSPECIFIED: _ClassVar[LabelWeighting]
    LABEL_WEIGHTING_IMPORTANCE: _ClassVar[LabelWeighting]
    LABEL_WEIGHTING_EQUAL: _ClassVar[LabelWeighting]
PHASE_UNSPECIFIED: Phase
PHASE_OBSERVE: Phase
PHASE_RANDOM_SHARE: Phase
PHASE_POLICY: Phase
MEASURE_UNSPECIFIED: Measure
MEASURE_COUNT: Measure
MEASURE_AMOUNT: Measure
MEASURE_ANY: Measure
ATTRIBUTION_UNSPECIFIED: Attribution
ATTRIBUTION_ALL_IN_WINDOW: Attribution
ATTRIBUTION_CAMPAIGN_MATCH: Attribution
ATTRIBUTION_LAST_SENT: Attribution
ATTRIBUTION_SPLIT: Attribution
LIFT_POPULATION_UNSPECIFIED: LiftPopulation
LIFT_POPULATION_ENROLLED: LiftPopulation
LIFT_POPULATION_ACTIVATED: LiftPopulation
CALENDAR_FEATURE_UNSPECIFIED: CalendarFeature
CALENDAR_FEATURE_DAY_OF_WEEK: CalendarFeature
CALENDAR_FEATURE_PART_OF_DAY: CalendarFeature
CALENDAR_FEATURE_PART_OF_MONTH: CalendarFeature
CALENDAR_FEATURE_MONTH: CalendarFeature
CALENDAR_FEATURE_SEASON: CalendarFeature
LEARNER_KIND_UNSPECIFIED: LearnerKind
LEARNER_KIND_VOWPAL_WABBIT: LearnerKind
LEARNER_KIND_POSTERIOR: LearnerKind
LABEL_WEIGHTING_UNSPECIFIED: LabelWeighting
LABEL_WEIGHTING_IMPORTANCE: LabelWeighting
LABEL_WEIGHTING_EQUAL: LabelWeighting

class Portfolio(_message.Message):
    __slots__ = ("portfolio_id", "display_name", "currency", "reward_spec", "settle_spec", "encoder_spec", "learner_spec", "allow_no_contact", "portfolio_version", "learner_version", "encoder_version", "update_time", "organization_id", "time_zone", "context_schema", "rules", "contact_policy", "capacities", "business_as_usual", "assignments", "guardrail_spec", "lift_spec", "phase_spec", "sandbox", "minimums")
    class ContextSchemaEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: _rule_pb2.FeatureType
        def __init__(self, key: _Optional[str] = ..., value: _Optional[_Union[_rule_pb2.FeatureType, str]] = ...) -> None: ...
    PORTFOLIO_ID_FIELD_NUMBER: _ClassVar[int]
    DISPLAY_NAME_FIELD_NUMBER: _ClassVar[int]
    CURRENCY_FIELD_NUMBER: _ClassVar[int]
    REWARD_SPEC_FIELD_NUMBER: _ClassVar[int]
    SETTLE_SPEC_FIELD_NUMBER: _ClassVar[int]
    ENCODER_SPEC_FIELD_NUMBER: _ClassVar[int]
    LEARNER_SPEC_FIELD_NUMBER: _ClassVar[int]
    ALLOW_NO_CONTACT_FIELD_NUMBER: _ClassVar[int]
    PORTFOLIO_VERSION_FIELD_NUMBER: _ClassVar[int]
    LEARNER_VERSION_FIELD_NUMBER: _ClassVar[int]
    ENCODER_VERSION_FIELD_NUMBER: _ClassVar[int]
    UPDATE_TIME_FIELD_NUMBER: _ClassVar[int]
    ORGANIZATION_ID_FIELD_NUMBER: _ClassVar[int]
    TIME_ZONE_FIELD_NUMBER: _ClassVar[int]
    CONTEXT_SCHEMA_FIELD_NUMBER: _ClassVar[int]
    RULES_FIELD_NUMBER: _ClassVar[int]
    CONTACT_POLICY_FIELD_NUMBER: _ClassVar[int]
    CAPACITIES_FIELD_NUMBER: _ClassVar[int]
    BUSINESS_AS_USUAL_FIELD_NUMBER: _ClassVar[int]
    ASSIGNMENTS_FIELD_NUMBER: _ClassVar[int]
    GUARDRAIL_SPEC_FIELD_NUMBER: _ClassVar[int]
    LIFT_SPEC_FIELD_NUMBER: _ClassVar[int]
    PHASE_SPEC_FIELD_NUMBER: _ClassVar[int]
    SANDBOX_FIELD_NUMBER: _ClassVar[int]
    MINIMUMS_FIELD_NUMBER: _ClassVar[int]
    portfolio_id: str
    display_name: str
    currency: str
    reward_spec: RewardSpec
    settle_spec: SettleSpec
    encoder_spec: EncoderSpec
    learner_spec: LearnerSpec
    allow_no_contact: bool
    portfolio_version: int
    learner_version: int
    encoder_version: int
    update_time: _timestamp_pb2.Timestamp
    organization_id: str
    time_zone: str
    context_schema: _containers.ScalarMap[str, _rule_pb2.FeatureType]
    rules: _containers.RepeatedCompositeFieldContainer[_rule_pb2.Rule]
    contact_policy: _contact_policy_pb2.ContactPolicy
    capacities: _containers.RepeatedCompositeFieldContainer[_contact_policy_pb2.Capacity]
    business_as_usual: BusinessAsUsual
    assignments: _containers.RepeatedCompositeFieldContainer[_assignment_pb2.AssignmentSpec]
    guardrail_spec: _guardrail_pb2.GuardrailSpec
    lift_spec: LiftSpec
    phase_spec: PhaseSpec
    sandbox: bool
    minimums: _containers.RepeatedCompositeFieldContainer[_contact_policy_pb2.VolumeMinimum]
    def __init__(self, portfolio_id: _Optional[str] = ..., display_name: _Optional[str] = ..., currency: _Optional[str] = ..., reward_spec: _Optional[_Union[RewardSpec, _Mapping]] = ..., settle_spec: _Optional[_Union[SettleSpec, _Mapping]] = ..., encoder_spec: _Optional[_Union[EncoderSpec, _Mapping]] = ..., learner_spec: _Optional[_Union[LearnerSpec, _Mapping]] = ..., allow_no_contact: _Optional[bool] = ..., portfolio_version: _Optional[int] = ..., learner_version: _Optional[int] = ..., encoder_version: _Optional[int] = ..., update_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., organization_id: _Optional[str] = ..., time_zone: _Optional[str] = ..., context_schema: _Optional[_Mapping[str, _rule_pb2.FeatureType]] = ..., rules: _Optional[_Iterable[_Union[_rule_pb2.Rule, _Mapping]]] = ..., contact_policy: _Optional[_Union[_contact_policy_pb2.ContactPolicy, _Mapping]] = ..., capacities: _Optional[_Iterable[_Union[_contact_policy_pb2.Capacity, _Mapping]]] = ..., business_as_usual: _Optional[_Union[BusinessAsUsual, _Mapping]] = ..., assignments: _Optional[_Iterable[_Union[_assignment_pb2.AssignmentSpec, _Mapping]]] = ..., guardrail_spec: _Optional[_Union[_guardrail_pb2.GuardrailSpec, _Mapping]] = ..., lift_spec: _Optional[_Union[LiftSpec, _Mapping]] = ..., phase_spec: _Optional[_Union[PhaseSpec, _Mapping]] = ..., sandbox: _Optional[bool] = ..., minimums: _Optional[_Iterable[_Union[_contact_policy_pb2.VolumeMinimum, _Mapping]]] = ...) -> None: ...

class PhaseSpec(_message.Message):
    __slots__ = ("phase", "random_share")
    PHASE_FIELD_NUMBER: _ClassVar[int]
    RANDOM_SHARE_FIELD_NUMBER: _ClassVar[int]
    phase: Phase
    random_share: float
    def __init__(self, phase: _Optional[_Union[Phase, str]] = ..., random_share: _Optional[float] = ...) -> None: ...

class BusinessAsUsual(_message.Message):
    __slots__ = ("fixed_priority", "exclusive_rules", "uniform")
    FIXED_PRIORITY_FIELD_NUMBER: _ClassVar[int]
    EXCLUSIVE_RULES_FIELD_NUMBER: _ClassVar[int]
    UNIFORM_FIELD_NUMBER: _ClassVar[int]
    fixed_priority: _policy_pb2.FixedPriority
    exclusive_rules: _policy_pb2.ExclusiveRules
    uniform: _policy_pb2.Uniform
    def __init__(self, fixed_priority: _Optional[_Union[_policy_pb2.FixedPriority, _Mapping]] = ..., exclusive_rules: _Optional[_Union[_policy_pb2.ExclusiveRules, _Mapping]] = ..., uniform: _Optional[_Union[_policy_pb2.Uniform, _Mapping]] = ...) -> None: ...

class RewardSpec(_message.Message):
    __slots__ = ("weights", "cost", "least_reward", "greatest_reward", "default_reward", "outcome_window", "attribution", "include_machine")
    WEIGHTS_FIELD_NUMBER: _ClassVar[int]
    COST_FIELD_NUMBER: _ClassVar[int]
    LEAST_REWARD_FIELD_NUMBER: _ClassVar[int]
    GREATEST_REWARD_FIELD_NUMBER: _ClassVar[int]
    DEFAULT_REWARD_FIELD_NUMBER: _ClassVar[int]
    OUTCOME_WINDOW_FIELD_NUMBER: _ClassVar[int]
    ATTRIBUTION_FIELD_NUMBER: _ClassVar[int]
    INCLUDE_MACHINE_FIELD_NUMBER: _ClassVar[int]
    weights: _containers.RepeatedCompositeFieldContainer[RewardWeight]
    cost: float
    least_reward: float
    greatest_reward: float
    default_reward: float
    outcome_window: _duration_pb2.Duration
    attribution: Attribution
    include_machine: bool
    def __init__(self, weights: _Optional[_Iterable[_Union[RewardWeight, _Mapping]]] = ..., cost: _Optional[float] = ..., least_reward: _Optional[float] = ..., greatest_reward: _Optional[float] = ..., default_reward: _Optional[float] = ..., outcome_window: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., attribution: _Optional[_Union[Attribution, str]] = ..., include_machine: _Optional[bool] = ...) -> None: ...

class RewardWeight(_message.Message):
    __slots__ = ("type", "custom_type", "measure", "weight")
    TYPE_FIELD_NUMBER: _ClassVar[int]
    CUSTOM_TYPE_FIELD_NUMBER: _ClassVar[int]
    MEASURE_FIELD_NUMBER: _ClassVar[int]
    WEIGHT_FIELD_NUMBER: _ClassVar[int]
    type: _outcome_pb2.OutcomeType
    custom_type: str
    measure: Measure
    weight: float
    def __init__(self, type: _Optional[_Union[_outcome_pb2.OutcomeType, str]] = ..., custom_type: _Optional[str] = ..., measure: _Optional[_Union[Measure, str]] = ..., weight: _Optional[float] = ...) -> None: ...

class SettleSpec(_message.Message):
    __slots__ = ("required_feeds", "grace", "activation_deadline", "learn_business_as_usual", "historical_weight", "historical_half_life", "checkpoints")
    REQUIRED_FEEDS_FIELD_NUMBER: _ClassVar[int]
    GRACE_FIELD_NUMBER: _ClassVar[int]
    ACTIVATION_DEADLINE_FIELD_NUMBER: _ClassVar[int]
    LEARN_BUSINESS_AS_USUAL_FIELD_NUMBER: _ClassVar[int]
    HISTORICAL_WEIGHT_FIELD_NUMBER: _ClassVar[int]
    HISTORICAL_HALF_LIFE_FIELD_NUMBER: _ClassVar[int]
    CHECKPOINTS_FIELD_NUMBER: _ClassVar[int]
    required_feeds: _containers.RepeatedCompositeFieldContainer[Feed]
    grace: _duration_pb2.Duration
    activation_deadline: _duration_pb2.Duration
    learn_business_as_usual: bool
    historical_weight: float
    historical_half_life: _duration_pb2.Duration
    checkpoints: _containers.RepeatedCompositeFieldContainer[_duration_pb2.Duration]
    def __init__(self, required_feeds: _Optional[_Iterable[_Union[Feed, _Mapping]]] = ..., grace: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., activation_deadline: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., learn_business_as_usual: _Optional[bool] = ..., historical_weight: _Optional[float] = ..., historical_half_life: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., checkpoints: _Optional[_Iterable[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]]] = ...) -> None: ...

class Feed(_message.Message):
    __slots__ = ("type", "custom_type")
    TYPE_FIELD_NUMBER: _ClassVar[int]
    CUSTOM_TYPE_FIELD_NUMBER: _ClassVar[int]
    type: _outcome_pb2.OutcomeType
    custom_type: str
    def __init__(self, type: _Optional[_Union[_outcome_pb2.OutcomeType, str]] = ..., custom_type: _Optional[str] = ...) -> None: ...

class LiftSpec(_message.Message):
    __slots__ = ("population", "conversion_outcomes", "revenue_outcomes", "greatest_revenue", "smallest_lift", "planned_slices")
    POPULATION_FIELD_NUMBER: _ClassVar[int]
    CONVERSION_OUTCOMES_FIELD_NUMBER: _ClassVar[int]
    REVENUE_OUTCOMES_FIELD_NUMBER: _ClassVar[int]
    GREATEST_REVENUE_FIELD_NUMBER: _ClassVar[int]
    SMALLEST_LIFT_FIELD_NUMBER: _ClassVar[int]
    PLANNED_SLICES_FIELD_NUMBER: _ClassVar[int]
    population: LiftPopulation
    conversion_outcomes: _containers.RepeatedCompositeFieldContainer[Feed]
    revenue_outcomes: _containers.RepeatedCompositeFieldContainer[Feed]
    greatest_revenue: float
    smallest_lift: float
    planned_slices: int
    def __init__(self, population: _Optional[_Union[LiftPopulation, str]] = ..., conversion_outcomes: _Optional[_Iterable[_Union[Feed, _Mapping]]] = ..., revenue_outcomes: _Optional[_Iterable[_Union[Feed, _Mapping]]] = ..., greatest_revenue: _Optional[float] = ..., smallest_lift: _Optional[float] = ..., planned_slices: _Optional[int] = ...) -> None: ...

class EncoderSpec(_message.Message):
    __slots__ = ("recency_edges", "frequency_edges", "monetary_edges", "number_edges", "crosses", "segment_renamed_from", "category_renamed_from", "calendar_features")
    class NumberEdgesEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: Edges
        def __init__(self, key: _Optional[str] = ..., value: _Optional[_Union[Edges, _Mapping]] = ...) -> None: ...
    class SegmentRenamedFromEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    class CategoryRenamedFromEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    RECENCY_EDGES_FIELD_NUMBER: _ClassVar[int]
    FREQUENCY_EDGES_FIELD_NUMBER: _ClassVar[int]
    MONETARY_EDGES_FIELD_NUMBER: _ClassVar[int]
    NUMBER_EDGES_FIELD_NUMBER: _ClassVar[int]
    CROSSES_FIELD_NUMBER: _ClassVar[int]
    SEGMENT_RENAMED_FROM_FIELD_NUMBER: _ClassVar[int]
    CATEGORY_RENAMED_FROM_FIELD_NUMBER: _ClassVar[int]
    CALENDAR_FEATURES_FIELD_NUMBER: _ClassVar[int]
    recency_edges: _containers.RepeatedScalarFieldContainer[float]
    frequency_edges: _containers.RepeatedScalarFieldContainer[float]
    monetary_edges: _containers.RepeatedScalarFieldContainer[float]
    number_edges: _containers.MessageMap[str, Edges]
    crosses: _containers.RepeatedCompositeFieldContainer[Cross]
    segment_renamed_from: _containers.ScalarMap[str, str]
    category_renamed_from: _containers.ScalarMap[str, str]
    calendar_features: _containers.RepeatedScalarFieldContainer[CalendarFeature]
    def __init__(self, recency_edges: _Optional[_Iterable[float]] = ..., frequency_edges: _Optional[_Iterable[float]] = ..., monetary_edges: _Optional[_Iterable[float]] = ..., number_edges: _Optional[_Mapping[str, Edges]] = ..., crosses: _Optional[_Iterable[_Union[Cross, _Mapping]]] = ..., segment_renamed_from: _Optional[_Mapping[str, str]] = ..., category_renamed_from: _Optional[_Mapping[str, str]] = ..., calendar_features: _Optional[_Iterable[_Union[CalendarFeature, str]]] = ...) -> None: ...

class Edges(_message.Message):
    __slots__ = ("edges",)
    EDGES_FIELD_NUMBER: _ClassVar[int]
    edges: _containers.RepeatedScalarFieldContainer[float]
    def __init__(self, edges: _Optional[_Iterable[float]] = ...) -> None: ...

class Cross(_message.Message):
    __slots__ = ("first", "second")
    FIRST_FIELD_NUMBER: _ClassVar[int]
    SECOND_FIELD_NUMBER: _ClassVar[int]
    first: str
    second: str
    def __init__(self, first: _Optional[str] = ..., second: _Optional[str] = ...) -> None: ...

class LearnerSpec(_message.Message):
    __slots__ = ("learning_rate", "power_t", "bits", "l2", "label_weighting", "learner", "half_life_decisions", "half_life_days", "never_forgets", "last_days")
    LEARNING_RATE_FIELD_NUMBER: _ClassVar[int]
    POWER_T_FIELD_NUMBER: _ClassVar[int]
    BITS_FIELD_NUMBER: _ClassVar[int]
    L2_FIELD_NUMBER: _ClassVar[int]
    LABEL_WEIGHTING_FIELD_NUMBER: _ClassVar[int]
    LEARNER_FIELD_NUMBER: _ClassVar[int]
    HALF_LIFE_DECISIONS_FIELD_NUMBER: _ClassVar[int]
    HALF_LIFE_DAYS_FIELD_NUMBER: _ClassVar[int]
    NEVER_FORGETS_FIELD_NUMBER: _ClassVar[int]
    LAST_DAYS_FIELD_NUMBER: _ClassVar[int]
    learning_rate: float
    power_t: float
    bits: int
    l2: float
    label_weighting: LabelWeighting
    learner: LearnerKind
    half_life_decisions: int
    half_life_days: float
    never_forgets: bool
    last_days: int
    def __init__(self, learning_rate: _Optional[float] = ..., power_t: _Optional[float] = ..., bits: _Optional[int] = ..., l2: _Optional[float] = ..., label_weighting: _Optional[_Union[LabelWeighting, str]] = ..., learner: _Optional[_Union[LearnerKind, str]] = ..., half_life_decisions: _Optional[int] = ..., half_life_days: _Optional[float] = ..., never_forgets: _Optional[bool] = ..., last_days: _Optional[int] = ...) -> None: ...

class CreatePortfolioRequest(_message.Message):
    __slots__ = ("portfolio",)
    PORTFOLIO_FIELD_NUMBER: _ClassVar[int]
    portfolio: Portfolio
    def __init__(self, portfolio: _Optional[_Union[Portfolio, _Mapping]] = ...) -> None: ...

class CreatePortfolioResponse(_message.Message):
    __slots__ = ("portfolio",)
    PORTFOLIO_FIELD_NUMBER: _ClassVar[int]
    portfolio: Portfolio
    def __init__(self, portfolio: _Optional[_Union[Portfolio, _Mapping]] = ...) -> None: ...

class GetPortfolioRequest(_message.Message):
    __slots__ = ("portfolio_id",)
    PORTFOLIO_ID_FIELD_NUMBER: _ClassVar[int]
    portfolio_id: str
    def __init__(self, portfolio_id: _Optional[str] = ...) -> None: ...

class GetPortfolioResponse(_message.Message):
    __slots__ = ("portfolio",)
    PORTFOLIO_FIELD_NUMBER: _ClassVar[int]
    portfolio: Portfolio
    def __init__(self, portfolio: _Optional[_Union[Portfolio, _Mapping]] = ...) -> None: ...

class ListPortfoliosRequest(_message.Message):
    __slots__ = ("page_size", "page_token")
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListPortfoliosResponse(_message.Message):
    __slots__ = ("portfolios", "next_page_token")
    PORTFOLIOS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    portfolios: _containers.RepeatedCompositeFieldContainer[Portfolio]
    next_page_token: str
    def __init__(self, portfolios: _Optional[_Iterable[_Union[Portfolio, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class UpdatePortfolioRequest(_message.Message):
    __slots__ = ("portfolio", "override_reason")
    PORTFOLIO_FIELD_NUMBER: _ClassVar[int]
    OVERRIDE_REASON_FIELD_NUMBER: _ClassVar[int]
    portfolio: Portfolio
    override_reason: str
    def __init__(self, portfolio: _Optional[_Union[Portfolio, _Mapping]] = ..., override_reason: _Optional[str] = ...) -> None: ...

class UpdatePortfolioResponse(_message.Message):
    __slots__ = ("portfolio",)
    PORTFOLIO_FIELD_NUMBER: _ClassVar[int]
    portfolio: Portfolio
    def __init__(self, portfolio: _Optional[_Union[Portfolio, _Mapping]] = ...) -> None: ...
