import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class OutcomeType(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    OUTCOME_TYPE_UNSPECIFIED: _ClassVar[OutcomeType]
    OUTCOME_TYPE_DELIVERED: _ClassVar[OutcomeType]
    OUTCOME_TYPE_OPEN: _ClassVar[OutcomeType]
    OUTCOME_TYPE_CLICK: _ClassVar[OutcomeType]
    OUTCOME_TYPE_CONVERSION: _ClassVar[OutcomeType]
    OUTCOME_TYPE_REVENUE: _ClassVar[OutcomeType]
    OUTCOME_TYPE_REFUND: _ClassVar[OutcomeType]
    OUTCOME_TYPE_UNSUBSCRIBE: _ClassVar[OutcomeType]
    OUTCOME_TYPE_COMPLAINT: _ClassVar[OutcomeType]
    OUTCOME_TYPE_CUSTOM: _ClassVar[OutcomeType]

class OutcomeStatus(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    OUTCOME_STATUS_UNSPECIFIED: _ClassVar[OutcomeStatus]
    OUTCOME_STATUS_ACCEPTED: _ClassVar[OutcomeStatus]
    OUTCOME_STATUS_DUPLICATE: _ClassVar[OutcomeStatus]
    OUTCOME_STATUS_REVISED: _ClassVar[OutcomeStatus]
    OUTCOME_STATUS_CONFLICT: _ClassVar[OutcomeStatus]
    OUTCOME_STATUS_LATE: _ClassVar[OutcomeStatus]
    OUTCOME_STATUS_OUT_OF_WINDOW: _ClassVar[OutcomeStatus]
    OUTCOME_STATUS_BEFORE_SEND: _ClassVar[OutcomeStatus]
    OUTCOME_STATUS_NOT_ACTIVATED: _ClassVar[OutcomeStatus]
    OUTCOME_STATUS_UNKNOWN_DECISION: _ClassVar[OutcomeStatus]
    OUTCOME_STATUS_STALE_REVISION: _ClassVar[OutcomeStatus]
    OUTCOME_STATUS_NOT_SENT: _ClassVar[OutcomeStatus]
OUTCOME_TYPE_UNSPECIFIED: OutcomeType
OUTCOME_TYPE_DELIVERED: OutcomeType
OUTCOME_TYPE_OPEN: OutcomeType
OUTCOME_TYPE_CLICK: OutcomeType
OUTCOME_TYPE_CONVERSION: OutcomeType
OUTCOME_TYPE_REVENUE: OutcomeType
OUTCOME_TYPE_REFUND: OutcomeType
OUTCOME_TYPE_UNSUBSCRIBE: OutcomeType
OUTCOME_TYPE_COMPLAINT: OutcomeType
OUTCOME_TYPE_CUSTOM: OutcomeType
OUTCOME_STATUS_UNSPECIFIED: OutcomeStatus
OUTCOME_STATUS_ACCEPTED: OutcomeStatus
OUTCOME_STATUS_DUPLICATE: OutcomeStatus
OUTCOME_STATUS_REVISED: OutcomeStatus
OUTCOME_STATUS_CONFLICT: OutcomeStatus
OUTCOME_STATUS_LATE: OutcomeStatus
OUTCOME_STATUS_OUT_OF_WINDOW: OutcomeStatus
OUTCOME_STATUS_BEFORE_SEND: OutcomeStatus
OUTCOME_STATUS_NOT_ACTIVATED: OutcomeStatus
OUTCOME_STATUS_UNKNOWN_DECISION: OutcomeStatus
OUTCOME_STATUS_STALE_REVISION: OutcomeStatus
OUTCOME_STATUS_NOT_SENT: OutcomeStatus

class Outcome(_message.Message):
    __slots__ = ("type", "custom_type", "amount", "currency", "occur_time", "outcome_id", "revision", "machine", "decision_id", "customer_id", "campaign_id", "refunded_outcome_id", "channel")
    TYPE_FIELD_NUMBER: _ClassVar[int]
    CUSTOM_TYPE_FIELD_NUMBER: _ClassVar[int]
    AMOUNT_FIELD_NUMBER: _ClassVar[int]
    CURRENCY_FIELD_NUMBER: _ClassVar[int]
    OCCUR_TIME_FIELD_NUMBER: _ClassVar[int]
    OUTCOME_ID_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    MACHINE_FIELD_NUMBER: _ClassVar[int]
    DECISION_ID_FIELD_NUMBER: _ClassVar[int]
    CUSTOMER_ID_FIELD_NUMBER: _ClassVar[int]
    CAMPAIGN_ID_FIELD_NUMBER: _ClassVar[int]
    REFUNDED_OUTCOME_ID_FIELD_NUMBER: _ClassVar[int]
    CHANNEL_FIELD_NUMBER: _ClassVar[int]
    type: OutcomeType
    custom_type: str
    amount: float
    currency: str
    occur_time: _timestamp_pb2.Timestamp
    outcome_id: str
    revision: int
    machine: bool
    decision_id: str
    customer_id: str
    campaign_id: str
    refunded_outcome_id: str
    channel: str
    def __init__(self, type: _Optional[_Union[OutcomeType, str]] = ..., custom_type: _Optional[str] = ..., amount: _Optional[float] = ..., currency: _Optional[str] = ..., occur_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., outcome_id: _Optional[str] = ..., revision: _Optional[int] = ..., machine: _Optional[bool] = ..., decision_id: _Optional[str] = ..., customer_id: _Optional[str] = ..., campaign_id: _Optional[str] = ..., refunded_outcome_id: _Optional[str] = ..., channel: _Optional[str] = ...) -> None: ...

class FeedMark(_message.Message):
    __slots__ = ("type", "custom_type", "complete_through")
    TYPE_FIELD_NUMBER: _ClassVar[int]
    CUSTOM_TYPE_FIELD_NUMBER: _ClassVar[int]
    COMPLETE_THROUGH_FIELD_NUMBER: _ClassVar[int]
    type: OutcomeType
    custom_type: str
    complete_through: _timestamp_pb2.Timestamp
    def __init__(self, type: _Optional[_Union[OutcomeType, str]] = ..., custom_type: _Optional[str] = ..., complete_through: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...
