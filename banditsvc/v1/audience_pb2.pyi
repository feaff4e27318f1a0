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

class AudienceRunState(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    AUDIENCE_RUN_STATE_UNSPECIFIED: _ClassVar[AudienceRunState]
    AUDIENCE_RUN_STATE_HELD: _ClassVar[AudienceRunState]
    AUDIENCE_RUN_STATE_LAPSED: _ClassVar[AudienceRunState]
    AUDIENCE_RUN_STATE_ENDED: _ClassVar[AudienceRunState]
AUDIENCE_RUN_STATE_UNSPECIFIED: AudienceRunState
AUDIENCE_RUN_STATE_HELD: AudienceRunState
AUDIENCE_RUN_STATE_LAPSED: AudienceRunState
AUDIENCE_RUN_STATE_ENDED: AudienceRunState

class AudienceRun(_message.Message):
    __slots__ = ("portfolio_id", "run_id", "send_time", "occasion", "channel", "placement", "excluded_campaign_ids", "defer_activation", "state", "change_time", "begin_time", "begin_position", "counters_position", "counters_time", "organization_version", "portfolio_version", "policy_version", "catalogue_version", "model_version", "part_count", "decision_count", "lease_expire_time", "lease_duration")
    PORTFOLIO_ID_FIELD_NUMBER: _ClassVar[int]
    RUN_ID_FIELD_NUMBER: _ClassVar[int]
    SEND_TIME_FIELD_NUMBER: _ClassVar[int]
    OCCASION_FIELD_NUMBER: _ClassVar[int]
    CHANNEL_FIELD_NUMBER: _ClassVar[int]
    PLACEMENT_FIELD_NUMBER: _ClassVar[int]
    EXCLUDED_CAMPAIGN_IDS_FIELD_NUMBER: _ClassVar[int]
    DEFER_ACTIVATION_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    CHANGE_TIME_FIELD_NUMBER: _ClassVar[int]
    BEGIN_TIME_FIELD_NUMBER: _ClassVar[int]
    BEGIN_POSITION_FIELD_NUMBER: _ClassVar[int]
    COUNTERS_POSITION_FIELD_NUMBER: _ClassVar[int]
    COUNTERS_TIME_FIELD_NUMBER: _ClassVar[int]
    ORGANIZATION_VERSION_FIELD_NUMBER: _ClassVar[int]
    PORTFOLIO_VERSION_FIELD_NUMBER: _ClassVar[int]
    POLICY_VERSION_FIELD_NUMBER: _ClassVar[int]
    CATALOGUE_VERSION_FIELD_NUMBER: _ClassVar[int]
    MODEL_VERSION_FIELD_NUMBER: _ClassVar[int]
    PART_COUNT_FIELD_NUMBER: _ClassVar[int]
    DECISION_COUNT_FIELD_NUMBER: _ClassVar[int]
    LEASE_EXPIRE_TIME_FIELD_NUMBER: _ClassVar[int]
    LEASE_DURATION_FIELD_NUMBER: _ClassVar[int]
    portfolio_id: str
    run_id: str
    send_time: _timestamp_pb2.Timestamp
    occasion: str
    channel: str
    placement: str
    excluded_campaign_ids: _containers.RepeatedScalarFieldContainer[str]
    defer_activation: bool
    state: AudienceRunState
    change_time: _timestamp_pb2.Timestamp
    begin_time: _timestamp_pb2.Timestamp
    begin_position: int
    counters_position: int
    counters_time: _timestamp_pb2.Timestamp
    organization_version: int
    portfolio_version: int
    policy_version: int
    catalogue_version: int
    model_version: str
    part_count: int
    decision_count: int
    lease_expire_time: _timestamp_pb2.Timestamp
    lease_duration: _duration_pb2.Duration
    def __init__(self, portfolio_id: _Optional[str] = ..., run_id: _Optional[str] = ..., send_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., occasion: _Optional[str] = ..., channel: _Optional[str] = ..., placement: _Optional[str] = ..., excluded_campaign_ids: _Optional[_Iterable[str]] = ..., defer_activation: _Optional[bool] = ..., state: _Optional[_Union[AudienceRunState, str]] = ..., change_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., begin_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., begin_position: _Optional[int] = ..., counters_position: _Optional[int] = ..., counters_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., organization_version: _Optional[int] = ..., portfolio_version: _Optional[int] = ..., policy_version: _Optional[int] = ..., catalogue_version: _Optional[int] = ..., model_version: _Optional[str] = ..., part_count: _Optional[int] = ..., decision_count: _Optional[int] = ..., lease_expire_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., lease_duration: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ...) -> None: ...

class BeginAudienceRunRequest(_message.Message):
    __slots__ = ("run",)
    RUN_FIELD_NUMBER: _ClassVar[int]
    run: AudienceRun
    def __init__(self, run: _Optional[_Union[AudienceRun, _Mapping]] = ...) -> None: ...

class BeginAudienceRunResponse(_message.Message):
    __slots__ = ("run", "is_repeat")
    RUN_FIELD_NUMBER: _ClassVar[int]
    IS_REPEAT_FIELD_NUMBER: _ClassVar[int]
    run: AudienceRun
    is_repeat: bool
    def __init__(self, run: _Optional[_Union[AudienceRun, _Mapping]] = ..., is_repeat: _Optional[bool] = ...) -> None: ...

class RenewAudienceRunRequest(_message.Message):
    __slots__ = ("portfolio_id", "run_id")
    PORTFOLIO_ID_FIELD_NUMBER: _ClassVar[int]
    RUN_ID_FIELD_NUMBER: _ClassVar[int]
    portfolio_id: str
    run_id: str
    def __init__(self, portfolio_id: _Optional[str] = ..., run_id: _Optional[str] = ...) -> None: ...

class RenewAudienceRunResponse(_message.Message):
    __slots__ = ("run",)
    RUN_FIELD_NUMBER: _ClassVar[int]
    run: AudienceRun
    def __init__(self, run: _Optional[_Union[AudienceRun, _Mapping]] = ...) -> None: ...

class ReleaseAudienceRunRequest(_message.Message):
    __slots__ = ("portfolio_id", "run_id")
    PORTFOLIO_ID_FIELD_NUMBER: _ClassVar[int]
    RUN_ID_FIELD_NUMBER: _ClassVar[int]
    portfolio_id: str
    run_id: str
    def __init__(self, portfolio_id: _Optional[str] = ..., run_id: _Optional[str] = ...) -> None: ...

class ReleaseAudienceRunResponse(_message.Message):
    __slots__ = ("run",)
    RUN_FIELD_NUMBER: _ClassVar[int]
    run: AudienceRun
    def __init__(self, run: _Optional[_Union[AudienceRun, _Mapping]] = ...) -> None: ...

class CommitAudiencePartRequest(_message.Message):
    __slots__ = ("portfolio_id", "run_id", "number", "row_count", "size_bytes")
    PORTFOLIO_ID_FIELD_NUMBER: _ClassVar[int]
    RUN_ID_FIELD_NUMBER: _ClassVar[int]
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    ROW_COUNT_FIELD_NUMBER: _ClassVar[int]
    SIZE_BYTES_FIELD_NUMBER: _ClassVar[int]
    portfolio_id: str
    run_id: str
    number: int
    row_count: int
    size_bytes: int
    def __init__(self, portfolio_id: _Optional[str] = ..., run_id: _Optional[str] = ..., number: _Optional[int] = ..., row_count: _Optional[int] = ..., size_bytes: _Optional[int] = ...) -> None: ...

class CommitAudiencePartResponse(_message.Message):
    __slots__ = ("position", "record_time", "is_repeat")
    POSITION_FIELD_NUMBER: _ClassVar[int]
    RECORD_TIME_FIELD_NUMBER: _ClassVar[int]
    IS_REPEAT_FIELD_NUMBER: _ClassVar[int]
    position: int
    record_time: _timestamp_pb2.Timestamp
    is_repeat: bool
    def __init__(self, position: _Optional[int] = ..., record_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., is_repeat: _Optional[bool] = ...) -> None: ...

class EndAudienceRunRequest(_message.Message):
    __slots__ = ("portfolio_id", "run_id")
    PORTFOLIO_ID_FIELD_NUMBER: _ClassVar[int]
    RUN_ID_FIELD_NUMBER: _ClassVar[int]
    portfolio_id: str
    run_id: str
    def __init__(self, portfolio_id: _Optional[str] = ..., run_id: _Optional[str] = ...) -> None: ...

class EndAudienceRunResponse(_message.Message):
    __slots__ = ("run",)
    RUN_FIELD_NUMBER: _ClassVar[int]
    run: AudienceRun
    def __init__(self, run: _Optional[_Union[AudienceRun, _Mapping]] = ...) -> None: ...

class GetAudienceRunRequest(_message.Message):
    __slots__ = ("portfolio_id", "run_id")
    PORTFOLIO_ID_FIELD_NUMBER: _ClassVar[int]
    RUN_ID_FIELD_NUMBER: _ClassVar[int]
    portfolio_id: str
    run_id: str
    def __init__(self, portfolio_id: _Optional[str] = ..., run_id: _Optional[str] = ...) -> None: ...

class GetAudienceRunResponse(_message.Message):
    __slots__ = ("run",)
    RUN_FIELD_NUMBER: _ClassVar[int]
    run: AudienceRun
    def __init__(self, run: _Optional[_Union[AudienceRun, _Mapping]] = ...) -> None: ...

class ListAudienceRunsRequest(_message.Message):
    __slots__ = ("portfolio_id", "page_size", "page_token")
    PORTFOLIO_ID_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    portfolio_id: str
    page_size: int
    page_token: str
    def __init__(self, portfolio_id: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListAudienceRunsResponse(_message.Message):
    __slots__ = ("runs", "next_page_token")
    RUNS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    runs: _containers.RepeatedCompositeFieldContainer[AudienceRun]
    next_page_token: str
    def __init__(self, runs: _Optional[_Iterable[_Union[AudienceRun, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...
