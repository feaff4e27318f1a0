from banditsvc.v1 import campaign_pb2 as _campaign_pb2
from banditsvc.v1 import organization_pb2 as _organization_pb2
from banditsvc.v1 import policy_pb2 as _policy_pb2
from banditsvc.v1 import portfolio_pb2 as _portfolio_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class ApplySettingsRequest(_message.Message):
    __slots__ = ("organizations", "portfolios", "validate_only")
    ORGANIZATIONS_FIELD_NUMBER: _ClassVar[int]
    PORTFOLIOS_FIELD_NUMBER: _ClassVar[int]
    VALIDATE_ONLY_FIELD_NUMBER: _ClassVar[int]
    organizations: _containers.RepeatedCompositeFieldContainer[_organization_pb2.Organization]
    portfolios: _containers.RepeatedCompositeFieldContainer[PortfolioSettings]
    validate_only: bool
    def __init__(self, organizations: _Optional[_Iterable[_Union[_organization_pb2.Organization, _Mapping]]] = ..., portfolios: _Optional[_Iterable[_Union[PortfolioSettings, _Mapping]]] = ..., validate_only: _Optional[bool] = ...) -> None: ...

class PortfolioSettings(_message.Message):
    __slots__ = ("portfolio_id", "portfolio", "campaigns", "paused_campaign_ids", "policy", "override_reason")
    PORTFOLIO_ID_FIELD_NUMBER: _ClassVar[int]
    PORTFOLIO_FIELD_NUMBER: _ClassVar[int]
    CAMPAIGNS_FIELD_NUMBER: _ClassVar[int]
    PAUSED_CAMPAIGN_IDS_FIELD_NUMBER: _ClassVar[int]
    POLICY_FIELD_NUMBER: _ClassVar[int]
    OVERRIDE_REASON_FIELD_NUMBER: _ClassVar[int]
    portfolio_id: str
    portfolio: _portfolio_pb2.Portfolio
    campaigns: _containers.RepeatedCompositeFieldContainer[_campaign_pb2.Campaign]
    paused_campaign_ids: _containers.RepeatedScalarFieldContainer[str]
    policy: _policy_pb2.Policy
    override_reason: str
    def __init__(self, portfolio_id: _Optional[str] = ..., portfolio: _Optional[_Union[_portfolio_pb2.Portfolio, _Mapping]] = ..., campaigns: _Optional[_Iterable[_Union[_campaign_pb2.Campaign, _Mapping]]] = ..., paused_campaign_ids: _Optional[_Iterable[str]] = ..., policy: _Optional[_Union[_policy_pb2.Policy, _Mapping]] = ..., override_reason: _Optional[str] = ...) -> None: ...

class ApplySettingsResponse(_message.Message):
    __slots__ = ("change_count", "unsent_count", "warnings")
    CHANGE_COUNT_FIELD_NUMBER: _ClassVar[int]
    UNSENT_COUNT_FIELD_NUMBER: _ClassVar[int]
    WARNINGS_FIELD_NUMBER: _ClassVar[int]
    change_count: int
    unsent_count: int
    warnings: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, change_count: _Optional[int] = ..., unsent_count: _Optional[int] = ..., warnings: _Optional[_Iterable[str]] = ...) -> None: ...
