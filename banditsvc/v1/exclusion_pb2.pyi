import datetime

from banditsvc.v1 import contact_policy_pb2 as _contact_policy_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class ExclusionState(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    EXCLUSION_STATE_UNSPECIFIED: _ClassVar[ExclusionState]
    EXCLUSION_STATE_ACTIVE: _ClassVar[ExclusionState]
    EXCLUSION_STATE_REVOKED: _ClassVar[ExclusionState]
EXCLUSION_STATE_UNSPECIFIED: ExclusionState
EXCLUSION_STATE_ACTIVE: ExclusionState
EXCLUSION_STATE_REVOKED: ExclusionState

class Exclusion(_message.Message):
    __slots__ = ("portfolio_id", "exclusion_id", "start_time", "end_time", "campaigns", "reason", "author", "state", "create_time", "revoke_time", "revoke_reason", "revoke_author", "decision_count")
    PORTFOLIO_ID_FIELD_NUMBER: _ClassVar[int]
    EXCLUSION_ID_FIELD_NUMBER: _ClassVar[int]
    START_TIME_FIELD_NUMBER: _ClassVar[int]
    END_TIME_FIELD_NUMBER: _ClassVar[int]
    CAMPAIGNS_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    AUTHOR_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    REVOKE_TIME_FIELD_NUMBER: _ClassVar[int]
    REVOKE_REASON_FIELD_NUMBER: _ClassVar[int]
    REVOKE_AUTHOR_FIELD_NUMBER: _ClassVar[int]
    DECISION_COUNT_FIELD_NUMBER: _ClassVar[int]
    portfolio_id: str
    exclusion_id: int
    start_time: _timestamp_pb2.Timestamp
    end_time: _timestamp_pb2.Timestamp
    campaigns: _contact_policy_pb2.CampaignSelector
    reason: str
    author: str
    state: ExclusionState
    create_time: _timestamp_pb2.Timestamp
    revoke_time: _timestamp_pb2.Timestamp
    revoke_reason: str
    revoke_author: str
    decision_count: int
    def __init__(self, portfolio_id: _Optional[str] = ..., exclusion_id: _Optional[int] = ..., start_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., end_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., campaigns: _Optional[_Union[_contact_policy_pb2.CampaignSelector, _Mapping]] = ..., reason: _Optional[str] = ..., author: _Optional[str] = ..., state: _Optional[_Union[ExclusionState, str]] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., revoke_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., revoke_reason: _Optional[str] = ..., revoke_author: _Optional[str] = ..., decision_count: _Optional[int] = ...) -> None: ...

class ExcludedCampaign(_message.Message):
    __slots__ = ("campaign_id", "decision_count", "learned_count")
    CAMPAIGN_ID_FIELD_NUMBER: _ClassVar[int]
    DECISION_COUNT_FIELD_NUMBER: _ClassVar[int]
    LEARNED_COUNT_FIELD_NUMBER: _ClassVar[int]
    campaign_id: str
    decision_count: int
    learned_count: int
    def __init__(self, campaign_id: _Optional[str] = ..., decision_count: _Optional[int] = ..., learned_count: _Optional[int] = ...) -> None: ...

class CreateExclusionRequest(_message.Message):
    __slots__ = ("exclusion", "dry_run")
    EXCLUSION_FIELD_NUMBER: _ClassVar[int]
    DRY_RUN_FIELD_NUMBER: _ClassVar[int]
    exclusion: Exclusion
    dry_run: bool
    def __init__(self, exclusion: _Optional[_Union[Exclusion, _Mapping]] = ..., dry_run: _Optional[bool] = ...) -> None: ...

class CreateExclusionResponse(_message.Message):
    __slots__ = ("exclusion", "campaigns", "learned_count", "is_repeat")
    EXCLUSION_FIELD_NUMBER: _ClassVar[int]
    CAMPAIGNS_FIELD_NUMBER: _ClassVar[int]
    LEARNED_COUNT_FIELD_NUMBER: _ClassVar[int]
    IS_REPEAT_FIELD_NUMBER: _ClassVar[int]
    exclusion: Exclusion
    campaigns: _containers.RepeatedCompositeFieldContainer[ExcludedCampaign]
    learned_count: int
    is_repeat: bool
    def __init__(self, exclusion: _Optional[_Union[Exclusion, _Mapping]] = ..., campaigns: _Optional[_Iterable[_Union[ExcludedCampaign, _Mapping]]] = ..., learned_count: _Optional[int] = ..., is_repeat: _Optional[bool] = ...) -> None: ...

class RevokeExclusionRequest(_message.Message):
    __slots__ = ("portfolio_id", "exclusion_id", "reason", "author")
    PORTFOLIO_ID_FIELD_NUMBER: _ClassVar[int]
    EXCLUSION_ID_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    AUTHOR_FIELD_NUMBER: _ClassVar[int]
    portfolio_id: str
    exclusion_id: int
    reason: str
    author: str
    def __init__(self, portfolio_id: _Optional[str] = ..., exclusion_id: _Optional[int] = ..., reason: _Optional[str] = ..., author: _Optional[str] = ...) -> None: ...

class RevokeExclusionResponse(_message.Message):
    __slots__ = ("exclusion",)
    EXCLUSION_FIELD_NUMBER: _ClassVar[int]
    exclusion: Exclusion
    def __init__(self, exclusion: _Optional[_Union[Exclusion, _Mapping]] = ...) -> None: ...

class ListExclusionsRequest(_message.Message):
    __slots__ = ("portfolio_id", "page_size", "page_token")
    PORTFOLIO_ID_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    portfolio_id: str
    page_size: int
    page_token: str
    def __init__(self, portfolio_id: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListExclusionsResponse(_message.Message):
    __slots__ = ("exclusions", "next_page_token")
    EXCLUSIONS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    exclusions: _containers.RepeatedCompositeFieldContainer[Exclusion]
    next_page_token: str
    def __init__(self, exclusions: _Optional[_Iterable[_Union[Exclusion, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...
