import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class LimitKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    LIMIT_KIND_UNSPECIFIED: _ClassVar[LimitKind]
    LIMIT_KIND_MOST_CONTACTS: _ClassVar[LimitKind]
    LIMIT_KIND_MOST_COST: _ClassVar[LimitKind]
    LIMIT_KIND_LEAST_CONTACTS: _ClassVar[LimitKind]
    LIMIT_KIND_LEAST_SHARE: _ClassVar[LimitKind]

class LimitOwner(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    LIMIT_OWNER_UNSPECIFIED: _ClassVar[LimitOwner]
    LIMIT_OWNER_ORGANIZATION: _ClassVar[LimitOwner]
    LIMIT_OWNER_PORTFOLIO: _ClassVar[LimitOwner]
LIMIT_KIND_UNSPECIFIED: LimitKind
LIMIT_KIND_MOST_CONTACTS: LimitKind
LIMIT_KIND_MOST_COST: LimitKind
LIMIT_KIND_LEAST_CONTACTS: LimitKind
LIMIT_KIND_LEAST_SHARE: LimitKind
LIMIT_OWNER_UNSPECIFIED: LimitOwner
LIMIT_OWNER_ORGANIZATION: LimitOwner
LIMIT_OWNER_PORTFOLIO: LimitOwner

class LimitPrice(_message.Message):
    __slots__ = ("owner", "name", "kind", "value", "price", "bound", "expected", "is_met")
    OWNER_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    VALUE_FIELD_NUMBER: _ClassVar[int]
    PRICE_FIELD_NUMBER: _ClassVar[int]
    BOUND_FIELD_NUMBER: _ClassVar[int]
    EXPECTED_FIELD_NUMBER: _ClassVar[int]
    IS_MET_FIELD_NUMBER: _ClassVar[int]
    owner: LimitOwner
    name: str
    kind: LimitKind
    value: str
    price: float
    bound: float
    expected: float
    is_met: bool
    def __init__(self, owner: _Optional[_Union[LimitOwner, str]] = ..., name: _Optional[str] = ..., kind: _Optional[_Union[LimitKind, str]] = ..., value: _Optional[str] = ..., price: _Optional[float] = ..., bound: _Optional[float] = ..., expected: _Optional[float] = ..., is_met: _Optional[bool] = ...) -> None: ...

class Prices(_message.Message):
    __slots__ = ("portfolio_id", "run_id", "limits", "customers", "reward", "reward_without", "most_reward")
    PORTFOLIO_ID_FIELD_NUMBER: _ClassVar[int]
    RUN_ID_FIELD_NUMBER: _ClassVar[int]
    LIMITS_FIELD_NUMBER: _ClassVar[int]
    CUSTOMERS_FIELD_NUMBER: _ClassVar[int]
    REWARD_FIELD_NUMBER: _ClassVar[int]
    REWARD_WITHOUT_FIELD_NUMBER: _ClassVar[int]
    MOST_REWARD_FIELD_NUMBER: _ClassVar[int]
    portfolio_id: str
    run_id: str
    limits: _containers.RepeatedCompositeFieldContainer[LimitPrice]
    customers: int
    reward: float
    reward_without: float
    most_reward: float
    def __init__(self, portfolio_id: _Optional[str] = ..., run_id: _Optional[str] = ..., limits: _Optional[_Iterable[_Union[LimitPrice, _Mapping]]] = ..., customers: _Optional[int] = ..., reward: _Optional[float] = ..., reward_without: _Optional[float] = ..., most_reward: _Optional[float] = ...) -> None: ...

class CampaignPrice(_message.Message):
    __slots__ = ("campaign_id", "price")
    CAMPAIGN_ID_FIELD_NUMBER: _ClassVar[int]
    PRICE_FIELD_NUMBER: _ClassVar[int]
    campaign_id: str
    price: float
    def __init__(self, campaign_id: _Optional[str] = ..., price: _Optional[float] = ...) -> None: ...

class GetPricesRequest(_message.Message):
    __slots__ = ("portfolio_id",)
    PORTFOLIO_ID_FIELD_NUMBER: _ClassVar[int]
    portfolio_id: str
    def __init__(self, portfolio_id: _Optional[str] = ...) -> None: ...

class GetPricesResponse(_message.Message):
    __slots__ = ("prices", "set_time", "in_force", "campaigns")
    PRICES_FIELD_NUMBER: _ClassVar[int]
    SET_TIME_FIELD_NUMBER: _ClassVar[int]
    IN_FORCE_FIELD_NUMBER: _ClassVar[int]
    CAMPAIGNS_FIELD_NUMBER: _ClassVar[int]
    prices: Prices
    set_time: _timestamp_pb2.Timestamp
    in_force: bool
    campaigns: _containers.RepeatedCompositeFieldContainer[CampaignPrice]
    def __init__(self, prices: _Optional[_Union[Prices, _Mapping]] = ..., set_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., in_force: _Optional[bool] = ..., campaigns: _Optional[_Iterable[_Union[CampaignPrice, _Mapping]]] = ...) -> None: ...

class SetPricesRequest(_message.Message):
    __slots__ = ("prices", "portfolio_version", "organization_version")
    PRICES_FIELD_NUMBER: _ClassVar[int]
    PORTFOLIO_VERSION_FIELD_NUMBER: _ClassVar[int]
    ORGANIZATION_VERSION_FIELD_NUMBER: _ClassVar[int]
    prices: Prices
    portfolio_version: int
    organization_version: int
    def __init__(self, prices: _Optional[_Union[Prices, _Mapping]] = ..., portfolio_version: _Optional[int] = ..., organization_version: _Optional[int] = ...) -> None: ...

class SetPricesResponse(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...
