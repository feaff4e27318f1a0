import datetime

from banditsvc.v1 import campaign_pb2 as _campaign_pb2
from google.protobuf import duration_pb2 as _duration_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class ContactScope(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    CONTACT_SCOPE_UNSPECIFIED: _ClassVar[ContactScope]
    CONTACT_SCOPE_OVERALL: _ClassVar[ContactScope]
    CONTACT_SCOPE_CHANNEL: _ClassVar[ContactScope]
    CONTACT_SCOPE_CAMPAIGN: _ClassVar[ContactScope]
    CONTACT_SCOPE_TYPE: _ClassVar[ContactScope]
    CONTACT_SCOPE_FAMILY: _ClassVar[ContactScope]

class CapacityPeriod(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    CAPACITY_PERIOD_UNSPECIFIED: _ClassVar[CapacityPeriod]
    CAPACITY_PERIOD_TOTAL: _ClassVar[CapacityPeriod]
    CAPACITY_PERIOD_DAY: _ClassVar[CapacityPeriod]
    CAPACITY_PERIOD_WEEK: _ClassVar[CapacityPeriod]
    CAPACITY_PERIOD_MONTH: _ClassVar[CapacityPeriod]

class Weekday(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    WEEKDAY_UNSPECIFIED: _ClassVar[Weekday]
    WEEKDAY_MONDAY: _ClassVar[Weekday]
    WEEKDAY_TUESDAY: _ClassVar[Weekday]
    WEEKDAY_WEDNESDAY: _ClassVar[Weekday]
    WEEKDAY_THURSDAY: _ClassVar[Weekday]
    WEEKDAY_FRIDAY: _ClassVar[Weekday]
    WEEKDAY_SATURDAY: _ClassVar[Weekday]
    WEEKDAY_SUNDAY: _ClassVar[Weekday]
CONTACT_SCOPE_UNSPECIFIED: ContactScope
CONTACT_SCOPE_OVERALL: ContactScope
CONTACT_SCOPE_CHANNEL: ContactScope
CONTACT_SCOPE_CAMPAIGN: ContactScope
CONTACT_SCOPE_TYPE: ContactScope
CONTACT_SCOPE_FAMILY: ContactScope
CAPACITY_PERIOD_UNSPECIFIED: CapacityPeriod
CAPACITY_PERIOD_TOTAL: CapacityPeriod
CAPACITY_PERIOD_DAY: CapacityPeriod
CAPACITY_PERIOD_WEEK: CapacityPeriod
CAPACITY_PERIOD_MONTH: CapacityPeriod
WEEKDAY_UNSPECIFIED: Weekday
WEEKDAY_MONDAY: Weekday
WEEKDAY_TUESDAY: Weekday
WEEKDAY_WEDNESDAY: Weekday
WEEKDAY_THURSDAY: Weekday
WEEKDAY_FRIDAY: Weekday
WEEKDAY_SATURDAY: Weekday
WEEKDAY_SUNDAY: Weekday

class ContactPolicy(_message.Message):
    __slots__ = ("caps", "exclusions", "quiet_times")
    CAPS_FIELD_NUMBER: _ClassVar[int]
    EXCLUSIONS_FIELD_NUMBER: _ClassVar[int]
    QUIET_TIMES_FIELD_NUMBER: _ClassVar[int]
    caps: _containers.RepeatedCompositeFieldContainer[ContactCap]
    exclusions: _containers.RepeatedCompositeFieldContainer[ContactExclusion]
    quiet_times: _containers.RepeatedCompositeFieldContainer[QuietTime]
    def __init__(self, caps: _Optional[_Iterable[_Union[ContactCap, _Mapping]]] = ..., exclusions: _Optional[_Iterable[_Union[ContactExclusion, _Mapping]]] = ..., quiet_times: _Optional[_Iterable[_Union[QuietTime, _Mapping]]] = ...) -> None: ...

class ContactCap(_message.Message):
    __slots__ = ("name", "campaigns", "per", "max_contacts", "window", "min_gap")
    NAME_FIELD_NUMBER: _ClassVar[int]
    CAMPAIGNS_FIELD_NUMBER: _ClassVar[int]
    PER_FIELD_NUMBER: _ClassVar[int]
    MAX_CONTACTS_FIELD_NUMBER: _ClassVar[int]
    WINDOW_FIELD_NUMBER: _ClassVar[int]
    MIN_GAP_FIELD_NUMBER: _ClassVar[int]
    name: str
    campaigns: CampaignSelector
    per: ContactScope
    max_contacts: int
    window: _duration_pb2.Duration
    min_gap: _duration_pb2.Duration
    def __init__(self, name: _Optional[str] = ..., campaigns: _Optional[_Union[CampaignSelector, _Mapping]] = ..., per: _Optional[_Union[ContactScope, str]] = ..., max_contacts: _Optional[int] = ..., window: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., min_gap: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ...) -> None: ...

class ContactExclusion(_message.Message):
    __slots__ = ("name", "first", "second", "window", "one_way")
    NAME_FIELD_NUMBER: _ClassVar[int]
    FIRST_FIELD_NUMBER: _ClassVar[int]
    SECOND_FIELD_NUMBER: _ClassVar[int]
    WINDOW_FIELD_NUMBER: _ClassVar[int]
    ONE_WAY_FIELD_NUMBER: _ClassVar[int]
    name: str
    first: CampaignSelector
    second: CampaignSelector
    window: _duration_pb2.Duration
    one_way: bool
    def __init__(self, name: _Optional[str] = ..., first: _Optional[_Union[CampaignSelector, _Mapping]] = ..., second: _Optional[_Union[CampaignSelector, _Mapping]] = ..., window: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., one_way: _Optional[bool] = ...) -> None: ...

class QuietTime(_message.Message):
    __slots__ = ("name", "channels", "days", "start_time", "end_time", "first_date", "last_date")
    NAME_FIELD_NUMBER: _ClassVar[int]
    CHANNELS_FIELD_NUMBER: _ClassVar[int]
    DAYS_FIELD_NUMBER: _ClassVar[int]
    START_TIME_FIELD_NUMBER: _ClassVar[int]
    END_TIME_FIELD_NUMBER: _ClassVar[int]
    FIRST_DATE_FIELD_NUMBER: _ClassVar[int]
    LAST_DATE_FIELD_NUMBER: _ClassVar[int]
    name: str
    channels: _containers.RepeatedScalarFieldContainer[str]
    days: _containers.RepeatedScalarFieldContainer[Weekday]
    start_time: str
    end_time: str
    first_date: str
    last_date: str
    def __init__(self, name: _Optional[str] = ..., channels: _Optional[_Iterable[str]] = ..., days: _Optional[_Iterable[_Union[Weekday, str]]] = ..., start_time: _Optional[str] = ..., end_time: _Optional[str] = ..., first_date: _Optional[str] = ..., last_date: _Optional[str] = ...) -> None: ...

class Capacity(_message.Message):
    __slots__ = ("name", "campaigns", "per", "max_contacts", "max_cost", "period")
    NAME_FIELD_NUMBER: _ClassVar[int]
    CAMPAIGNS_FIELD_NUMBER: _ClassVar[int]
    PER_FIELD_NUMBER: _ClassVar[int]
    MAX_CONTACTS_FIELD_NUMBER: _ClassVar[int]
    MAX_COST_FIELD_NUMBER: _ClassVar[int]
    PERIOD_FIELD_NUMBER: _ClassVar[int]
    name: str
    campaigns: CampaignSelector
    per: ContactScope
    max_contacts: int
    max_cost: float
    period: CapacityPeriod
    def __init__(self, name: _Optional[str] = ..., campaigns: _Optional[_Union[CampaignSelector, _Mapping]] = ..., per: _Optional[_Union[ContactScope, str]] = ..., max_contacts: _Optional[int] = ..., max_cost: _Optional[float] = ..., period: _Optional[_Union[CapacityPeriod, str]] = ...) -> None: ...

class VolumeMinimum(_message.Message):
    __slots__ = ("name", "campaigns", "min_contacts", "min_share")
    NAME_FIELD_NUMBER: _ClassVar[int]
    CAMPAIGNS_FIELD_NUMBER: _ClassVar[int]
    MIN_CONTACTS_FIELD_NUMBER: _ClassVar[int]
    MIN_SHARE_FIELD_NUMBER: _ClassVar[int]
    name: str
    campaigns: CampaignSelector
    min_contacts: int
    min_share: float
    def __init__(self, name: _Optional[str] = ..., campaigns: _Optional[_Union[CampaignSelector, _Mapping]] = ..., min_contacts: _Optional[int] = ..., min_share: _Optional[float] = ...) -> None: ...

class CampaignSelector(_message.Message):
    __slots__ = ("campaign_ids", "families", "categories", "channels", "types", "kinds")
    CAMPAIGN_IDS_FIELD_NUMBER: _ClassVar[int]
    FAMILIES_FIELD_NUMBER: _ClassVar[int]
    CATEGORIES_FIELD_NUMBER: _ClassVar[int]
    CHANNELS_FIELD_NUMBER: _ClassVar[int]
    TYPES_FIELD_NUMBER: _ClassVar[int]
    KINDS_FIELD_NUMBER: _ClassVar[int]
    campaign_ids: _containers.RepeatedScalarFieldContainer[str]
    families: _containers.RepeatedScalarFieldContainer[str]
    categories: _containers.RepeatedScalarFieldContainer[str]
    channels: _containers.RepeatedScalarFieldContainer[str]
    types: _containers.RepeatedScalarFieldContainer[_campaign_pb2.CampaignType]
    kinds: _containers.RepeatedScalarFieldContainer[_campaign_pb2.CampaignKind]
    def __init__(self, campaign_ids: _Optional[_Iterable[str]] = ..., families: _Optional[_Iterable[str]] = ..., categories: _Optional[_Iterable[str]] = ..., channels: _Optional[_Iterable[str]] = ..., types: _Optional[_Iterable[_Union[_campaign_pb2.CampaignType, str]]] = ..., kinds: _Optional[_Iterable[_Union[_campaign_pb2.CampaignKind, str]]] = ...) -> None: ...
