import datetime

from banditsvc.v1 import campaign_pb2 as _campaign_pb2
from banditsvc.v1 import consent_pb2 as _consent_pb2
from banditsvc.v1 import context_pb2 as _context_pb2
from banditsvc.v1 import decision_pb2 as _decision_pb2
from banditsvc.v1 import outcome_pb2 as _outcome_pb2
from google.protobuf import duration_pb2 as _duration_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.rpc import status_pb2 as _status_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class ActivationState(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ACTIVATION_STATE_UNSPECIFIED: _ClassVar[ActivationState]
    ACTIVATION_STATE_SENT: _ClassVar[ActivationState]
    ACTIVATION_STATE_NOT_SENT: _ClassVar[ActivationState]
    ACTIVATION_STATE_REPLACED_BY: _ClassVar[ActivationState]

class ActivationStatus(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ACTIVATION_STATUS_UNSPECIFIED: _ClassVar[ActivationStatus]
    ACTIVATION_STATUS_ACCEPTED: _ClassVar[ActivationStatus]
    ACTIVATION_STATUS_DUPLICATE: _ClassVar[ActivationStatus]
    ACTIVATION_STATUS_EXPIRED: _ClassVar[ActivationStatus]
    ACTIVATION_STATUS_CAMPAIGN_PAUSED: _ClassVar[ActivationStatus]

class SettleState(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    SETTLE_STATE_UNSPECIFIED: _ClassVar[SettleState]
    SETTLE_STATE_OPEN: _ClassVar[SettleState]
    SETTLE_STATE_SETTLED: _ClassVar[SettleState]
    SETTLE_STATE_NOT_LEARNED: _ClassVar[SettleState]
    SETTLE_STATE_FEED_LAPSED: _ClassVar[SettleState]
ACTIVATION_STATE_UNSPECIFIED: ActivationState
ACTIVATION_STATE_SENT: ActivationState
ACTIVATION_STATE_NOT_SENT: ActivationState
ACTIVATION_STATE_REPLACED_BY: ActivationState
ACTIVATION_STATUS_UNSPECIFIED: ActivationStatus
ACTIVATION_STATUS_ACCEPTED: ActivationStatus
ACTIVATION_STATUS_DUPLICATE: ActivationStatus
ACTIVATION_STATUS_EXPIRED: ActivationStatus
ACTIVATION_STATUS_CAMPAIGN_PAUSED: ActivationStatus
SETTLE_STATE_UNSPECIFIED: SettleState
SETTLE_STATE_OPEN: SettleState
SETTLE_STATE_SETTLED: SettleState
SETTLE_STATE_NOT_LEARNED: SettleState
SETTLE_STATE_FEED_LAPSED: SettleState

class RankRequest(_message.Message):
    __slots__ = ("portfolio_id", "customer_id", "context", "candidates", "excluded_campaign_ids", "occasion", "decision_id", "supersedes", "send_time", "channel", "placement", "defer_activation", "dry_run", "is_test", "limit", "ranking_limit", "assignment_key", "consents", "forced_campaign_id", "force_reason")
    PORTFOLIO_ID_FIELD_NUMBER: _ClassVar[int]
    CUSTOMER_ID_FIELD_NUMBER: _ClassVar[int]
    CONTEXT_FIELD_NUMBER: _ClassVar[int]
    CANDIDATES_FIELD_NUMBER: _ClassVar[int]
    EXCLUDED_CAMPAIGN_IDS_FIELD_NUMBER: _ClassVar[int]
    OCCASION_FIELD_NUMBER: _ClassVar[int]
    DECISION_ID_FIELD_NUMBER: _ClassVar[int]
    SUPERSEDES_FIELD_NUMBER: _ClassVar[int]
    SEND_TIME_FIELD_NUMBER: _ClassVar[int]
    CHANNEL_FIELD_NUMBER: _ClassVar[int]
    PLACEMENT_FIELD_NUMBER: _ClassVar[int]
    DEFER_ACTIVATION_FIELD_NUMBER: _ClassVar[int]
    DRY_RUN_FIELD_NUMBER: _ClassVar[int]
    IS_TEST_FIELD_NUMBER: _ClassVar[int]
    LIMIT_FIELD_NUMBER: _ClassVar[int]
    RANKING_LIMIT_FIELD_NUMBER: _ClassVar[int]
    ASSIGNMENT_KEY_FIELD_NUMBER: _ClassVar[int]
    CONSENTS_FIELD_NUMBER: _ClassVar[int]
    FORCED_CAMPAIGN_ID_FIELD_NUMBER: _ClassVar[int]
    FORCE_REASON_FIELD_NUMBER: _ClassVar[int]
    portfolio_id: str
    customer_id: str
    context: _context_pb2.CustomerContext
    candidates: _containers.RepeatedCompositeFieldContainer[Candidate]
    excluded_campaign_ids: _containers.RepeatedScalarFieldContainer[str]
    occasion: str
    decision_id: str
    supersedes: str
    send_time: _timestamp_pb2.Timestamp
    channel: str
    placement: str
    defer_activation: bool
    dry_run: bool
    is_test: bool
    limit: int
    ranking_limit: int
    assignment_key: str
    consents: _containers.RepeatedCompositeFieldContainer[GivenConsent]
    forced_campaign_id: str
    force_reason: str
    def __init__(self, portfolio_id: _Optional[str] = ..., customer_id: _Optional[str] = ..., context: _Optional[_Union[_context_pb2.CustomerContext, _Mapping]] = ..., candidates: _Optional[_Iterable[_Union[Candidate, _Mapping]]] = ..., excluded_campaign_ids: _Optional[_Iterable[str]] = ..., occasion: _Optional[str] = ..., decision_id: _Optional[str] = ..., supersedes: _Optional[str] = ..., send_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., channel: _Optional[str] = ..., placement: _Optional[str] = ..., defer_activation: _Optional[bool] = ..., dry_run: _Optional[bool] = ..., is_test: _Optional[bool] = ..., limit: _Optional[int] = ..., ranking_limit: _Optional[int] = ..., assignment_key: _Optional[str] = ..., consents: _Optional[_Iterable[_Union[GivenConsent, _Mapping]]] = ..., forced_campaign_id: _Optional[str] = ..., force_reason: _Optional[str] = ...) -> None: ...

class GivenConsent(_message.Message):
    __slots__ = ("purpose", "channel", "state")
    PURPOSE_FIELD_NUMBER: _ClassVar[int]
    CHANNEL_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    purpose: str
    channel: str
    state: _consent_pb2.ConsentState
    def __init__(self, purpose: _Optional[str] = ..., channel: _Optional[str] = ..., state: _Optional[_Union[_consent_pb2.ConsentState, str]] = ...) -> None: ...

class Candidate(_message.Message):
    __slots__ = ("campaign_id", "inline")
    CAMPAIGN_ID_FIELD_NUMBER: _ClassVar[int]
    INLINE_FIELD_NUMBER: _ClassVar[int]
    campaign_id: str
    inline: _campaign_pb2.Campaign
    def __init__(self, campaign_id: _Optional[str] = ..., inline: _Optional[_Union[_campaign_pb2.Campaign, _Mapping]] = ...) -> None: ...

class RankResponse(_message.Message):
    __slots__ = ("decision", "is_replay", "request_differs", "campaign_paused")
    DECISION_FIELD_NUMBER: _ClassVar[int]
    IS_REPLAY_FIELD_NUMBER: _ClassVar[int]
    REQUEST_DIFFERS_FIELD_NUMBER: _ClassVar[int]
    CAMPAIGN_PAUSED_FIELD_NUMBER: _ClassVar[int]
    decision: _decision_pb2.Decision
    is_replay: bool
    request_differs: bool
    campaign_paused: bool
    def __init__(self, decision: _Optional[_Union[_decision_pb2.Decision, _Mapping]] = ..., is_replay: _Optional[bool] = ..., request_differs: _Optional[bool] = ..., campaign_paused: _Optional[bool] = ...) -> None: ...

class BatchRankRequest(_message.Message):
    __slots__ = ("requests",)
    REQUESTS_FIELD_NUMBER: _ClassVar[int]
    requests: _containers.RepeatedCompositeFieldContainer[RankRequest]
    def __init__(self, requests: _Optional[_Iterable[_Union[RankRequest, _Mapping]]] = ...) -> None: ...

class BatchRankResponse(_message.Message):
    __slots__ = ("results",)
    RESULTS_FIELD_NUMBER: _ClassVar[int]
    results: _containers.RepeatedCompositeFieldContainer[BatchRankResult]
    def __init__(self, results: _Optional[_Iterable[_Union[BatchRankResult, _Mapping]]] = ...) -> None: ...

class BatchRankResult(_message.Message):
    __slots__ = ("status", "response")
    STATUS_FIELD_NUMBER: _ClassVar[int]
    RESPONSE_FIELD_NUMBER: _ClassVar[int]
    status: _status_pb2.Status
    response: RankResponse
    def __init__(self, status: _Optional[_Union[_status_pb2.Status, _Mapping]] = ..., response: _Optional[_Union[RankResponse, _Mapping]] = ...) -> None: ...

class ActivateRequest(_message.Message):
    __slots__ = ("decision_id", "state", "activate_time", "replaced_by_campaign_id", "reason")
    DECISION_ID_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    ACTIVATE_TIME_FIELD_NUMBER: _ClassVar[int]
    REPLACED_BY_CAMPAIGN_ID_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    decision_id: str
    state: ActivationState
    activate_time: _timestamp_pb2.Timestamp
    replaced_by_campaign_id: str
    reason: str
    def __init__(self, decision_id: _Optional[str] = ..., state: _Optional[_Union[ActivationState, str]] = ..., activate_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., replaced_by_campaign_id: _Optional[str] = ..., reason: _Optional[str] = ...) -> None: ...

class ActivateResponse(_message.Message):
    __slots__ = ("status",)
    STATUS_FIELD_NUMBER: _ClassVar[int]
    status: ActivationStatus
    def __init__(self, status: _Optional[_Union[ActivationStatus, str]] = ...) -> None: ...

class BatchActivateRequest(_message.Message):
    __slots__ = ("requests",)
    REQUESTS_FIELD_NUMBER: _ClassVar[int]
    requests: _containers.RepeatedCompositeFieldContainer[ActivateRequest]
    def __init__(self, requests: _Optional[_Iterable[_Union[ActivateRequest, _Mapping]]] = ...) -> None: ...

class BatchActivateResponse(_message.Message):
    __slots__ = ("results",)
    RESULTS_FIELD_NUMBER: _ClassVar[int]
    results: _containers.RepeatedCompositeFieldContainer[BatchActivateResult]
    def __init__(self, results: _Optional[_Iterable[_Union[BatchActivateResult, _Mapping]]] = ...) -> None: ...

class BatchActivateResult(_message.Message):
    __slots__ = ("status", "response")
    STATUS_FIELD_NUMBER: _ClassVar[int]
    RESPONSE_FIELD_NUMBER: _ClassVar[int]
    status: _status_pb2.Status
    response: ActivateResponse
    def __init__(self, status: _Optional[_Union[_status_pb2.Status, _Mapping]] = ..., response: _Optional[_Union[ActivateResponse, _Mapping]] = ...) -> None: ...

class RewardRequest(_message.Message):
    __slots__ = ("portfolio_id", "outcome")
    PORTFOLIO_ID_FIELD_NUMBER: _ClassVar[int]
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    portfolio_id: str
    outcome: _outcome_pb2.Outcome
    def __init__(self, portfolio_id: _Optional[str] = ..., outcome: _Optional[_Union[_outcome_pb2.Outcome, _Mapping]] = ...) -> None: ...

class RewardResponse(_message.Message):
    __slots__ = ("status", "outcome_id", "joined_decision_ids")
    STATUS_FIELD_NUMBER: _ClassVar[int]
    OUTCOME_ID_FIELD_NUMBER: _ClassVar[int]
    JOINED_DECISION_IDS_FIELD_NUMBER: _ClassVar[int]
    status: _outcome_pb2.OutcomeStatus
    outcome_id: str
    joined_decision_ids: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, status: _Optional[_Union[_outcome_pb2.OutcomeStatus, str]] = ..., outcome_id: _Optional[str] = ..., joined_decision_ids: _Optional[_Iterable[str]] = ...) -> None: ...

class BatchRewardRequest(_message.Message):
    __slots__ = ("portfolio_id", "requests", "complete_through")
    PORTFOLIO_ID_FIELD_NUMBER: _ClassVar[int]
    REQUESTS_FIELD_NUMBER: _ClassVar[int]
    COMPLETE_THROUGH_FIELD_NUMBER: _ClassVar[int]
    portfolio_id: str
    requests: _containers.RepeatedCompositeFieldContainer[RewardRequest]
    complete_through: _containers.RepeatedCompositeFieldContainer[_outcome_pb2.FeedMark]
    def __init__(self, portfolio_id: _Optional[str] = ..., requests: _Optional[_Iterable[_Union[RewardRequest, _Mapping]]] = ..., complete_through: _Optional[_Iterable[_Union[_outcome_pb2.FeedMark, _Mapping]]] = ...) -> None: ...

class BatchRewardResponse(_message.Message):
    __slots__ = ("results", "marks_stored")
    RESULTS_FIELD_NUMBER: _ClassVar[int]
    MARKS_STORED_FIELD_NUMBER: _ClassVar[int]
    results: _containers.RepeatedCompositeFieldContainer[BatchRewardResult]
    marks_stored: bool
    def __init__(self, results: _Optional[_Iterable[_Union[BatchRewardResult, _Mapping]]] = ..., marks_stored: _Optional[bool] = ...) -> None: ...

class BatchRewardResult(_message.Message):
    __slots__ = ("status", "response")
    STATUS_FIELD_NUMBER: _ClassVar[int]
    RESPONSE_FIELD_NUMBER: _ClassVar[int]
    status: _status_pb2.Status
    response: RewardResponse
    def __init__(self, status: _Optional[_Union[_status_pb2.Status, _Mapping]] = ..., response: _Optional[_Union[RewardResponse, _Mapping]] = ...) -> None: ...

class GetDecisionRequest(_message.Message):
    __slots__ = ("decision_id", "explain")
    DECISION_ID_FIELD_NUMBER: _ClassVar[int]
    EXPLAIN_FIELD_NUMBER: _ClassVar[int]
    decision_id: str
    explain: bool
    def __init__(self, decision_id: _Optional[str] = ..., explain: _Optional[bool] = ...) -> None: ...

class GetDecisionResponse(_message.Message):
    __slots__ = ("decision", "activation_state", "activate_time", "settle_state", "due_time", "reward", "outcome_ids", "explanation", "exclusion_id", "provisional_age")
    DECISION_FIELD_NUMBER: _ClassVar[int]
    ACTIVATION_STATE_FIELD_NUMBER: _ClassVar[int]
    ACTIVATE_TIME_FIELD_NUMBER: _ClassVar[int]
    SETTLE_STATE_FIELD_NUMBER: _ClassVar[int]
    DUE_TIME_FIELD_NUMBER: _ClassVar[int]
    REWARD_FIELD_NUMBER: _ClassVar[int]
    OUTCOME_IDS_FIELD_NUMBER: _ClassVar[int]
    EXPLANATION_FIELD_NUMBER: _ClassVar[int]
    EXCLUSION_ID_FIELD_NUMBER: _ClassVar[int]
    PROVISIONAL_AGE_FIELD_NUMBER: _ClassVar[int]
    decision: _decision_pb2.Decision
    activation_state: ActivationState
    activate_time: _timestamp_pb2.Timestamp
    settle_state: SettleState
    due_time: _timestamp_pb2.Timestamp
    reward: float
    outcome_ids: _containers.RepeatedScalarFieldContainer[str]
    explanation: Explanation
    exclusion_id: int
    provisional_age: _duration_pb2.Duration
    def __init__(self, decision: _Optional[_Union[_decision_pb2.Decision, _Mapping]] = ..., activation_state: _Optional[_Union[ActivationState, str]] = ..., activate_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., settle_state: _Optional[_Union[SettleState, str]] = ..., due_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., reward: _Optional[float] = ..., outcome_ids: _Optional[_Iterable[str]] = ..., explanation: _Optional[_Union[Explanation, _Mapping]] = ..., exclusion_id: _Optional[int] = ..., provisional_age: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ...) -> None: ...

class Explanation(_message.Message):
    __slots__ = ("campaigns", "draw", "probabilities_reproduced", "scores_reproduced", "summary", "missing", "shadow", "rejected")
    CAMPAIGNS_FIELD_NUMBER: _ClassVar[int]
    DRAW_FIELD_NUMBER: _ClassVar[int]
    PROBABILITIES_REPRODUCED_FIELD_NUMBER: _ClassVar[int]
    SCORES_REPRODUCED_FIELD_NUMBER: _ClassVar[int]
    SUMMARY_FIELD_NUMBER: _ClassVar[int]
    MISSING_FIELD_NUMBER: _ClassVar[int]
    SHADOW_FIELD_NUMBER: _ClassVar[int]
    REJECTED_FIELD_NUMBER: _ClassVar[int]
    campaigns: _containers.RepeatedCompositeFieldContainer[ExplainedCampaign]
    draw: float
    probabilities_reproduced: bool
    scores_reproduced: bool
    summary: str
    missing: str
    shadow: ShadowDecision
    rejected: _containers.RepeatedCompositeFieldContainer[RejectedCampaign]
    def __init__(self, campaigns: _Optional[_Iterable[_Union[ExplainedCampaign, _Mapping]]] = ..., draw: _Optional[float] = ..., probabilities_reproduced: _Optional[bool] = ..., scores_reproduced: _Optional[bool] = ..., summary: _Optional[str] = ..., missing: _Optional[str] = ..., shadow: _Optional[_Union[ShadowDecision, _Mapping]] = ..., rejected: _Optional[_Iterable[_Union[RejectedCampaign, _Mapping]]] = ...) -> None: ...

class RejectedCampaign(_message.Message):
    __slots__ = ("campaign_id", "stage", "rule", "reason", "expression", "unknown_fields")
    CAMPAIGN_ID_FIELD_NUMBER: _ClassVar[int]
    STAGE_FIELD_NUMBER: _ClassVar[int]
    RULE_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    EXPRESSION_FIELD_NUMBER: _ClassVar[int]
    UNKNOWN_FIELDS_FIELD_NUMBER: _ClassVar[int]
    campaign_id: str
    stage: _decision_pb2.FunnelStage
    rule: str
    reason: str
    expression: str
    unknown_fields: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, campaign_id: _Optional[str] = ..., stage: _Optional[_Union[_decision_pb2.FunnelStage, str]] = ..., rule: _Optional[str] = ..., reason: _Optional[str] = ..., expression: _Optional[str] = ..., unknown_fields: _Optional[_Iterable[str]] = ...) -> None: ...

class ExplainedCampaign(_message.Message):
    __slots__ = ("campaign_id", "treatment_id", "predicted_reward", "lever", "weighted_reward", "selection_probability", "gap", "contributions", "predicted_deviation", "price")
    CAMPAIGN_ID_FIELD_NUMBER: _ClassVar[int]
    TREATMENT_ID_FIELD_NUMBER: _ClassVar[int]
    PREDICTED_REWARD_FIELD_NUMBER: _ClassVar[int]
    LEVER_FIELD_NUMBER: _ClassVar[int]
    WEIGHTED_REWARD_FIELD_NUMBER: _ClassVar[int]
    SELECTION_PROBABILITY_FIELD_NUMBER: _ClassVar[int]
    GAP_FIELD_NUMBER: _ClassVar[int]
    CONTRIBUTIONS_FIELD_NUMBER: _ClassVar[int]
    PREDICTED_DEVIATION_FIELD_NUMBER: _ClassVar[int]
    PRICE_FIELD_NUMBER: _ClassVar[int]
    campaign_id: str
    treatment_id: str
    predicted_reward: float
    lever: float
    weighted_reward: float
    selection_probability: float
    gap: float
    contributions: _containers.RepeatedCompositeFieldContainer[Contribution]
    predicted_deviation: float
    price: float
    def __init__(self, campaign_id: _Optional[str] = ..., treatment_id: _Optional[str] = ..., predicted_reward: _Optional[float] = ..., lever: _Optional[float] = ..., weighted_reward: _Optional[float] = ..., selection_probability: _Optional[float] = ..., gap: _Optional[float] = ..., contributions: _Optional[_Iterable[_Union[Contribution, _Mapping]]] = ..., predicted_deviation: _Optional[float] = ..., price: _Optional[float] = ...) -> None: ...

class Contribution(_message.Message):
    __slots__ = ("feature", "value", "reward")
    FEATURE_FIELD_NUMBER: _ClassVar[int]
    VALUE_FIELD_NUMBER: _ClassVar[int]
    REWARD_FIELD_NUMBER: _ClassVar[int]
    feature: str
    value: float
    reward: float
    def __init__(self, feature: _Optional[str] = ..., value: _Optional[float] = ..., reward: _Optional[float] = ...) -> None: ...

class ShadowDecision(_message.Message):
    __slots__ = ("policy_version", "model_version", "campaign_id", "treatment_id", "selection_probability")
    POLICY_VERSION_FIELD_NUMBER: _ClassVar[int]
    MODEL_VERSION_FIELD_NUMBER: _ClassVar[int]
    CAMPAIGN_ID_FIELD_NUMBER: _ClassVar[int]
    TREATMENT_ID_FIELD_NUMBER: _ClassVar[int]
    SELECTION_PROBABILITY_FIELD_NUMBER: _ClassVar[int]
    policy_version: int
    model_version: str
    campaign_id: str
    treatment_id: str
    selection_probability: float
    def __init__(self, policy_version: _Optional[int] = ..., model_version: _Optional[str] = ..., campaign_id: _Optional[str] = ..., treatment_id: _Optional[str] = ..., selection_probability: _Optional[float] = ...) -> None: ...
