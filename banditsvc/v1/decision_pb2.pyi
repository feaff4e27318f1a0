import datetime

from banditsvc.v1 import assignment_pb2 as _assignment_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Result(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    RESULT_UNSPECIFIED: _ClassVar[Result]
    RESULT_CAMPAIGN: _ClassVar[Result]
    RESULT_NO_CONTACT: _ClassVar[Result]
    RESULT_HELD_OUT: _ClassVar[Result]
    RESULT_NO_ELIGIBLE: _ClassVar[Result]

class DecidedBy(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    DECIDED_BY_UNSPECIFIED: _ClassVar[DecidedBy]
    DECIDED_BY_POLICY: _ClassVar[DecidedBy]
    DECIDED_BY_UNIFORM_RANDOM: _ClassVar[DecidedBy]
    DECIDED_BY_BUSINESS_AS_USUAL: _ClassVar[DecidedBy]
    DECIDED_BY_HOLDOUT: _ClassVar[DecidedBy]
    DECIDED_BY_FORCED: _ClassVar[DecidedBy]
    DECIDED_BY_FALLBACK: _ClassVar[DecidedBy]
    DECIDED_BY_GUARDRAIL: _ClassVar[DecidedBy]
    DECIDED_BY_HISTORICAL: _ClassVar[DecidedBy]
    DECIDED_BY_RANDOM_SHARE: _ClassVar[DecidedBy]

class FunnelStage(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    FUNNEL_STAGE_UNSPECIFIED: _ClassVar[FunnelStage]
    FUNNEL_STAGE_CONSENT: _ClassVar[FunnelStage]
    FUNNEL_STAGE_VALIDITY: _ClassVar[FunnelStage]
    FUNNEL_STAGE_ELIGIBILITY: _ClassVar[FunnelStage]
    FUNNEL_STAGE_APPLICABILITY: _ClassVar[FunnelStage]
    FUNNEL_STAGE_SUITABILITY: _ClassVar[FunnelStage]
    FUNNEL_STAGE_CONTACT_POLICY: _ClassVar[FunnelStage]
    FUNNEL_STAGE_CAPACITY: _ClassVar[FunnelStage]
RESULT_UNSPECIFIED: Result
RESULT_CAMPAIGN: Result
RESULT_NO_CONTACT: Result
RESULT_HELD_OUT: Result
RESULT_NO_ELIGIBLE: Result
DECIDED_BY_UNSPECIFIED: DecidedBy
DECIDED_BY_POLICY: DecidedBy
DECIDED_BY_UNIFORM_RANDOM: DecidedBy
DECIDED_BY_BUSINESS_AS_USUAL: DecidedBy
DECIDED_BY_HOLDOUT: DecidedBy
DECIDED_BY_FORCED: DecidedBy
DECIDED_BY_FALLBACK: DecidedBy
DECIDED_BY_GUARDRAIL: DecidedBy
DECIDED_BY_HISTORICAL: DecidedBy
DECIDED_BY_RANDOM_SHARE: DecidedBy
FUNNEL_STAGE_UNSPECIFIED: FunnelStage
FUNNEL_STAGE_CONSENT: FunnelStage
FUNNEL_STAGE_VALIDITY: FunnelStage
FUNNEL_STAGE_ELIGIBILITY: FunnelStage
FUNNEL_STAGE_APPLICABILITY: FunnelStage
FUNNEL_STAGE_SUITABILITY: FunnelStage
FUNNEL_STAGE_CONTACT_POLICY: FunnelStage
FUNNEL_STAGE_CAPACITY: FunnelStage

class Decision(_message.Message):
    __slots__ = ("decision_id", "portfolio_id", "customer_id", "occasion", "result", "decided_by", "campaign_id", "selection_probability", "ranking", "rejections", "explored", "portfolio_version", "policy_version", "model_version", "encoder_version", "catalogue_version", "decision_time", "send_time", "defer_activation", "is_test", "treatment_id", "treatment_probability", "force_reason", "message_fields", "assignment_key", "group", "traffic_share")
    class MessageFieldsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    DECISION_ID_FIELD_NUMBER: _ClassVar[int]
    PORTFOLIO_ID_FIELD_NUMBER: _ClassVar[int]
    CUSTOMER_ID_FIELD_NUMBER: _ClassVar[int]
    OCCASION_FIELD_NUMBER: _ClassVar[int]
    RESULT_FIELD_NUMBER: _ClassVar[int]
    DECIDED_BY_FIELD_NUMBER: _ClassVar[int]
    CAMPAIGN_ID_FIELD_NUMBER: _ClassVar[int]
    SELECTION_PROBABILITY_FIELD_NUMBER: _ClassVar[int]
    RANKING_FIELD_NUMBER: _ClassVar[int]
    REJECTIONS_FIELD_NUMBER: _ClassVar[int]
    EXPLORED_FIELD_NUMBER: _ClassVar[int]
    PORTFOLIO_VERSION_FIELD_NUMBER: _ClassVar[int]
    POLICY_VERSION_FIELD_NUMBER: _ClassVar[int]
    MODEL_VERSION_FIELD_NUMBER: _ClassVar[int]
    ENCODER_VERSION_FIELD_NUMBER: _ClassVar[int]
    CATALOGUE_VERSION_FIELD_NUMBER: _ClassVar[int]
    DECISION_TIME_FIELD_NUMBER: _ClassVar[int]
    SEND_TIME_FIELD_NUMBER: _ClassVar[int]
    DEFER_ACTIVATION_FIELD_NUMBER: _ClassVar[int]
    IS_TEST_FIELD_NUMBER: _ClassVar[int]
    TREATMENT_ID_FIELD_NUMBER: _ClassVar[int]
    TREATMENT_PROBABILITY_FIELD_NUMBER: _ClassVar[int]
    FORCE_REASON_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELDS_FIELD_NUMBER: _ClassVar[int]
    ASSIGNMENT_KEY_FIELD_NUMBER: _ClassVar[int]
    GROUP_FIELD_NUMBER: _ClassVar[int]
    TRAFFIC_SHARE_FIELD_NUMBER: _ClassVar[int]
    decision_id: str
    portfolio_id: str
    customer_id: str
    occasion: str
    result: Result
    decided_by: DecidedBy
    campaign_id: str
    selection_probability: float
    ranking: _containers.RepeatedCompositeFieldContainer[RankedCampaign]
    rejections: _containers.RepeatedCompositeFieldContainer[Rejection]
    explored: bool
    portfolio_version: int
    policy_version: int
    model_version: str
    encoder_version: int
    catalogue_version: int
    decision_time: _timestamp_pb2.Timestamp
    send_time: _timestamp_pb2.Timestamp
    defer_activation: bool
    is_test: bool
    treatment_id: str
    treatment_probability: float
    force_reason: str
    message_fields: _containers.ScalarMap[str, str]
    assignment_key: str
    group: _assignment_pb2.AssignmentGroup
    traffic_share: float
    def __init__(self, decision_id: _Optional[str] = ..., portfolio_id: _Optional[str] = ..., customer_id: _Optional[str] = ..., occasion: _Optional[str] = ..., result: _Optional[_Union[Result, str]] = ..., decided_by: _Optional[_Union[DecidedBy, str]] = ..., campaign_id: _Optional[str] = ..., selection_probability: _Optional[float] = ..., ranking: _Optional[_Iterable[_Union[RankedCampaign, _Mapping]]] = ..., rejections: _Optional[_Iterable[_Union[Rejection, _Mapping]]] = ..., explored: _Optional[bool] = ..., portfolio_version: _Optional[int] = ..., policy_version: _Optional[int] = ..., model_version: _Optional[str] = ..., encoder_version: _Optional[int] = ..., catalogue_version: _Optional[int] = ..., decision_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., send_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., defer_activation: _Optional[bool] = ..., is_test: _Optional[bool] = ..., treatment_id: _Optional[str] = ..., treatment_probability: _Optional[float] = ..., force_reason: _Optional[str] = ..., message_fields: _Optional[_Mapping[str, str]] = ..., assignment_key: _Optional[str] = ..., group: _Optional[_Union[_assignment_pb2.AssignmentGroup, str]] = ..., traffic_share: _Optional[float] = ...) -> None: ...

class RankedCampaign(_message.Message):
    __slots__ = ("campaign_id", "selection_probability", "predicted_reward", "treatments")
    CAMPAIGN_ID_FIELD_NUMBER: _ClassVar[int]
    SELECTION_PROBABILITY_FIELD_NUMBER: _ClassVar[int]
    PREDICTED_REWARD_FIELD_NUMBER: _ClassVar[int]
    TREATMENTS_FIELD_NUMBER: _ClassVar[int]
    campaign_id: str
    selection_probability: float
    predicted_reward: float
    treatments: _containers.RepeatedCompositeFieldContainer[RankedTreatment]
    def __init__(self, campaign_id: _Optional[str] = ..., selection_probability: _Optional[float] = ..., predicted_reward: _Optional[float] = ..., treatments: _Optional[_Iterable[_Union[RankedTreatment, _Mapping]]] = ...) -> None: ...

class RankedTreatment(_message.Message):
    __slots__ = ("treatment_id", "treatment_probability", "predicted_reward")
    TREATMENT_ID_FIELD_NUMBER: _ClassVar[int]
    TREATMENT_PROBABILITY_FIELD_NUMBER: _ClassVar[int]
    PREDICTED_REWARD_FIELD_NUMBER: _ClassVar[int]
    treatment_id: str
    treatment_probability: float
    predicted_reward: float
    def __init__(self, treatment_id: _Optional[str] = ..., treatment_probability: _Optional[float] = ..., predicted_reward: _Optional[float] = ...) -> None: ...

class Rejection(_message.Message):
    __slots__ = ("campaign_id", "stage", "rule", "reason")
    CAMPAIGN_ID_FIELD_NUMBER: _ClassVar[int]
    STAGE_FIELD_NUMBER: _ClassVar[int]
    RULE_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    campaign_id: str
    stage: FunnelStage
    rule: str
    reason: str
    def __init__(self, campaign_id: _Optional[str] = ..., stage: _Optional[_Union[FunnelStage, str]] = ..., rule: _Optional[str] = ..., reason: _Optional[str] = ...) -> None: ...
