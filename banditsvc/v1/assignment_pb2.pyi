import datetime

from google.protobuf import duration_pb2 as _duration_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class AssignmentGroup(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ASSIGNMENT_GROUP_UNSPECIFIED: _ClassVar[AssignmentGroup]
    ASSIGNMENT_GROUP_OPTIMIZED: _ClassVar[AssignmentGroup]
    ASSIGNMENT_GROUP_UNIFORM_RANDOM: _ClassVar[AssignmentGroup]
    ASSIGNMENT_GROUP_BUSINESS_AS_USUAL: _ClassVar[AssignmentGroup]
    ASSIGNMENT_GROUP_HOLDOUT: _ClassVar[AssignmentGroup]
ASSIGNMENT_GROUP_UNSPECIFIED: AssignmentGroup
ASSIGNMENT_GROUP_OPTIMIZED: AssignmentGroup
ASSIGNMENT_GROUP_UNIFORM_RANDOM: AssignmentGroup
ASSIGNMENT_GROUP_BUSINESS_AS_USUAL: AssignmentGroup
ASSIGNMENT_GROUP_HOLDOUT: AssignmentGroup

class AssignmentSpec(_message.Message):
    __slots__ = ("channel", "uniform_random", "business_as_usual", "holdout", "horizon", "generation", "assignment_version", "start_time")
    CHANNEL_FIELD_NUMBER: _ClassVar[int]
    UNIFORM_RANDOM_FIELD_NUMBER: _ClassVar[int]
    BUSINESS_AS_USUAL_FIELD_NUMBER: _ClassVar[int]
    HOLDOUT_FIELD_NUMBER: _ClassVar[int]
    HORIZON_FIELD_NUMBER: _ClassVar[int]
    GENERATION_FIELD_NUMBER: _ClassVar[int]
    ASSIGNMENT_VERSION_FIELD_NUMBER: _ClassVar[int]
    START_TIME_FIELD_NUMBER: _ClassVar[int]
    channel: str
    uniform_random: float
    business_as_usual: float
    holdout: float
    horizon: _duration_pb2.Duration
    generation: int
    assignment_version: int
    start_time: _timestamp_pb2.Timestamp
    def __init__(self, channel: _Optional[str] = ..., uniform_random: _Optional[float] = ..., business_as_usual: _Optional[float] = ..., holdout: _Optional[float] = ..., horizon: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., generation: _Optional[int] = ..., assignment_version: _Optional[int] = ..., start_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...
