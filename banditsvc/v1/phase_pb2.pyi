import datetime

from banditsvc.v1 import portfolio_pb2 as _portfolio_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class PhaseConditionKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    PHASE_CONDITION_KIND_UNSPECIFIED: _ClassVar[PhaseConditionKind]
    PHASE_CONDITION_KIND_LEARNED: _ClassVar[PhaseConditionKind]
    PHASE_CONDITION_KIND_DAYS: _ClassVar[PhaseConditionKind]
    PHASE_CONDITION_KIND_FEEDS: _ClassVar[PhaseConditionKind]
    PHASE_CONDITION_KIND_CAMPAIGNS: _ClassVar[PhaseConditionKind]
PHASE_CONDITION_KIND_UNSPECIFIED: PhaseConditionKind
PHASE_CONDITION_KIND_LEARNED: PhaseConditionKind
PHASE_CONDITION_KIND_DAYS: PhaseConditionKind
PHASE_CONDITION_KIND_FEEDS: PhaseConditionKind
PHASE_CONDITION_KIND_CAMPAIGNS: PhaseConditionKind

class GetPhaseRequest(_message.Message):
    __slots__ = ("portfolio_id",)
    PORTFOLIO_ID_FIELD_NUMBER: _ClassVar[int]
    portfolio_id: str
    def __init__(self, portfolio_id: _Optional[str] = ...) -> None: ...

class GetPhaseResponse(_message.Message):
    __slots__ = ("phase", "since", "random_share", "next_phase", "conditions")
    PHASE_FIELD_NUMBER: _ClassVar[int]
    SINCE_FIELD_NUMBER: _ClassVar[int]
    RANDOM_SHARE_FIELD_NUMBER: _ClassVar[int]
    NEXT_PHASE_FIELD_NUMBER: _ClassVar[int]
    CONDITIONS_FIELD_NUMBER: _ClassVar[int]
    phase: _portfolio_pb2.Phase
    since: _timestamp_pb2.Timestamp
    random_share: float
    next_phase: _portfolio_pb2.Phase
    conditions: _containers.RepeatedCompositeFieldContainer[PhaseCondition]
    def __init__(self, phase: _Optional[_Union[_portfolio_pb2.Phase, str]] = ..., since: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., random_share: _Optional[float] = ..., next_phase: _Optional[_Union[_portfolio_pb2.Phase, str]] = ..., conditions: _Optional[_Iterable[_Union[PhaseCondition, _Mapping]]] = ...) -> None: ...

class PhaseCondition(_message.Message):
    __slots__ = ("kind", "value", "least", "is_met", "text")
    KIND_FIELD_NUMBER: _ClassVar[int]
    VALUE_FIELD_NUMBER: _ClassVar[int]
    LEAST_FIELD_NUMBER: _ClassVar[int]
    IS_MET_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    kind: PhaseConditionKind
    value: float
    least: float
    is_met: bool
    text: str
    def __init__(self, kind: _Optional[_Union[PhaseConditionKind, str]] = ..., value: _Optional[float] = ..., least: _Optional[float] = ..., is_met: _Optional[bool] = ..., text: _Optional[str] = ...) -> None: ...
