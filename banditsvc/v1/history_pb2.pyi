import datetime

from banditsvc.v1 import campaign_pb2 as _campaign_pb2
from banditsvc.v1 import context_pb2 as _context_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.rpc import status_pb2 as _status_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class PastDecision(_message.Message):
    __slots__ = ("customer_id", "send_time", "campaign_id", "context", "decision_id", "channel", "placement", "eligible_campaign_ids", "selection_probabilities", "selection_probability", "campaign")
    CUSTOMER_ID_FIELD_NUMBER: _ClassVar[int]
    SEND_TIME_FIELD_NUMBER: _ClassVar[int]
    CAMPAIGN_ID_FIELD_NUMBER: _ClassVar[int]
    CONTEXT_FIELD_NUMBER: _ClassVar[int]
    DECISION_ID_FIELD_NUMBER: _ClassVar[int]
    CHANNEL_FIELD_NUMBER: _ClassVar[int]
    PLACEMENT_FIELD_NUMBER: _ClassVar[int]
    ELIGIBLE_CAMPAIGN_IDS_FIELD_NUMBER: _ClassVar[int]
    SELECTION_PROBABILITIES_FIELD_NUMBER: _ClassVar[int]
    SELECTION_PROBABILITY_FIELD_NUMBER: _ClassVar[int]
    CAMPAIGN_FIELD_NUMBER: _ClassVar[int]
    customer_id: str
    send_time: _timestamp_pb2.Timestamp
    campaign_id: str
    context: _context_pb2.CustomerContext
    decision_id: str
    channel: str
    placement: str
    eligible_campaign_ids: _containers.RepeatedScalarFieldContainer[str]
    selection_probabilities: _containers.RepeatedScalarFieldContainer[float]
    selection_probability: float
    campaign: _campaign_pb2.Campaign
    def __init__(self, customer_id: _Optional[str] = ..., send_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., campaign_id: _Optional[str] = ..., context: _Optional[_Union[_context_pb2.CustomerContext, _Mapping]] = ..., decision_id: _Optional[str] = ..., channel: _Optional[str] = ..., placement: _Optional[str] = ..., eligible_campaign_ids: _Optional[_Iterable[str]] = ..., selection_probabilities: _Optional[_Iterable[float]] = ..., selection_probability: _Optional[float] = ..., campaign: _Optional[_Union[_campaign_pb2.Campaign, _Mapping]] = ...) -> None: ...

class ImportDecisionsRequest(_message.Message):
    __slots__ = ("portfolio_id", "decisions")
    PORTFOLIO_ID_FIELD_NUMBER: _ClassVar[int]
    DECISIONS_FIELD_NUMBER: _ClassVar[int]
    portfolio_id: str
    decisions: _containers.RepeatedCompositeFieldContainer[PastDecision]
    def __init__(self, portfolio_id: _Optional[str] = ..., decisions: _Optional[_Iterable[_Union[PastDecision, _Mapping]]] = ...) -> None: ...

class ImportDecisionsResponse(_message.Message):
    __slots__ = ("results",)
    RESULTS_FIELD_NUMBER: _ClassVar[int]
    results: _containers.RepeatedCompositeFieldContainer[ImportDecisionResult]
    def __init__(self, results: _Optional[_Iterable[_Union[ImportDecisionResult, _Mapping]]] = ...) -> None: ...

class ImportDecisionResult(_message.Message):
    __slots__ = ("status", "decision_id", "is_repeat", "probability_known")
    STATUS_FIELD_NUMBER: _ClassVar[int]
    DECISION_ID_FIELD_NUMBER: _ClassVar[int]
    IS_REPEAT_FIELD_NUMBER: _ClassVar[int]
    PROBABILITY_KNOWN_FIELD_NUMBER: _ClassVar[int]
    status: _status_pb2.Status
    decision_id: str
    is_repeat: bool
    probability_known: bool
    def __init__(self, status: _Optional[_Union[_status_pb2.Status, _Mapping]] = ..., decision_id: _Optional[str] = ..., is_repeat: _Optional[bool] = ..., probability_known: _Optional[bool] = ...) -> None: ...
