import datetime

from google.protobuf import duration_pb2 as _duration_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Guardrail(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    GUARDRAIL_UNSPECIFIED: _ClassVar[Guardrail]
    GUARDRAIL_UNSUBSCRIBE_RATE: _ClassVar[Guardrail]
    GUARDRAIL_COMPLAINT_RATE: _ClassVar[Guardrail]
    GUARDRAIL_FALLBACK_SHARE: _ClassVar[Guardrail]
    GUARDRAIL_ENTROPY: _ClassVar[Guardrail]
    GUARDRAIL_SILENCE: _ClassVar[Guardrail]
GUARDRAIL_UNSPECIFIED: Guardrail
GUARDRAIL_UNSUBSCRIBE_RATE: Guardrail
GUARDRAIL_COMPLAINT_RATE: Guardrail
GUARDRAIL_FALLBACK_SHARE: Guardrail
GUARDRAIL_ENTROPY: Guardrail
GUARDRAIL_SILENCE: Guardrail

class GuardrailSpec(_message.Message):
    __slots__ = ("max_unsubscribe_rate", "max_complaint_rate", "max_fallback_share", "min_entropy", "max_silence", "false_alarm_chance")
    MAX_UNSUBSCRIBE_RATE_FIELD_NUMBER: _ClassVar[int]
    MAX_COMPLAINT_RATE_FIELD_NUMBER: _ClassVar[int]
    MAX_FALLBACK_SHARE_FIELD_NUMBER: _ClassVar[int]
    MIN_ENTROPY_FIELD_NUMBER: _ClassVar[int]
    MAX_SILENCE_FIELD_NUMBER: _ClassVar[int]
    FALSE_ALARM_CHANCE_FIELD_NUMBER: _ClassVar[int]
    max_unsubscribe_rate: float
    max_complaint_rate: float
    max_fallback_share: float
    min_entropy: float
    max_silence: _duration_pb2.Duration
    false_alarm_chance: float
    def __init__(self, max_unsubscribe_rate: _Optional[float] = ..., max_complaint_rate: _Optional[float] = ..., max_fallback_share: _Optional[float] = ..., min_entropy: _Optional[float] = ..., max_silence: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., false_alarm_chance: _Optional[float] = ...) -> None: ...

class GuardrailReading(_message.Message):
    __slots__ = ("guardrail", "limit", "observed", "count", "evidence", "count_time")
    GUARDRAIL_FIELD_NUMBER: _ClassVar[int]
    LIMIT_FIELD_NUMBER: _ClassVar[int]
    OBSERVED_FIELD_NUMBER: _ClassVar[int]
    COUNT_FIELD_NUMBER: _ClassVar[int]
    EVIDENCE_FIELD_NUMBER: _ClassVar[int]
    COUNT_TIME_FIELD_NUMBER: _ClassVar[int]
    guardrail: Guardrail
    limit: float
    observed: float
    count: int
    evidence: float
    count_time: _timestamp_pb2.Timestamp
    def __init__(self, guardrail: _Optional[_Union[Guardrail, str]] = ..., limit: _Optional[float] = ..., observed: _Optional[float] = ..., count: _Optional[int] = ..., evidence: _Optional[float] = ..., count_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class GetGuardrailsRequest(_message.Message):
    __slots__ = ("portfolio_id",)
    PORTFOLIO_ID_FIELD_NUMBER: _ClassVar[int]
    portfolio_id: str
    def __init__(self, portfolio_id: _Optional[str] = ...) -> None: ...

class GetGuardrailsResponse(_message.Message):
    __slots__ = ("tripped", "text", "trip_time", "readings", "read_through_time")
    TRIPPED_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    TRIP_TIME_FIELD_NUMBER: _ClassVar[int]
    READINGS_FIELD_NUMBER: _ClassVar[int]
    READ_THROUGH_TIME_FIELD_NUMBER: _ClassVar[int]
    tripped: Guardrail
    text: str
    trip_time: _timestamp_pb2.Timestamp
    readings: _containers.RepeatedCompositeFieldContainer[GuardrailReading]
    read_through_time: _timestamp_pb2.Timestamp
    def __init__(self, tripped: _Optional[_Union[Guardrail, str]] = ..., text: _Optional[str] = ..., trip_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., readings: _Optional[_Iterable[_Union[GuardrailReading, _Mapping]]] = ..., read_through_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class ResumePortfolioRequest(_message.Message):
    __slots__ = ("portfolio_id", "reason")
    PORTFOLIO_ID_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    portfolio_id: str
    reason: str
    def __init__(self, portfolio_id: _Optional[str] = ..., reason: _Optional[str] = ...) -> None: ...

class ResumePortfolioResponse(_message.Message):
    __slots__ = ("tripped",)
    TRIPPED_FIELD_NUMBER: _ClassVar[int]
    tripped: Guardrail
    def __init__(self, tripped: _Optional[_Union[Guardrail, str]] = ...) -> None: ...
