import datetime

from banditsvc.v1 import context_pb2 as _context_pb2
from banditsvc.v1 import rule_pb2 as _rule_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class CampaignType(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    CAMPAIGN_TYPE_UNSPECIFIED: _ClassVar[CampaignType]
    CAMPAIGN_TYPE_GTM: _ClassVar[CampaignType]
    CAMPAIGN_TYPE_CLM: _ClassVar[CampaignType]
    CAMPAIGN_TYPE_TRANSACTIONAL: _ClassVar[CampaignType]

class CampaignKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    CAMPAIGN_KIND_UNSPECIFIED: _ClassVar[CampaignKind]
    CAMPAIGN_KIND_ONBOARDING: _ClassVar[CampaignKind]
    CAMPAIGN_KIND_FIRST_TO_REPEAT: _ClassVar[CampaignKind]
    CAMPAIGN_KIND_CROSS_SELL: _ClassVar[CampaignKind]
    CAMPAIGN_KIND_UPSELL: _ClassVar[CampaignKind]
    CAMPAIGN_KIND_FREQUENCY: _ClassVar[CampaignKind]
    CAMPAIGN_KIND_ON_THE_BRINK: _ClassVar[CampaignKind]
    CAMPAIGN_KIND_WINBACK: _ClassVar[CampaignKind]
    CAMPAIGN_KIND_REPLENISHMENT: _ClassVar[CampaignKind]
    CAMPAIGN_KIND_ANNIVERSARY: _ClassVar[CampaignKind]
    CAMPAIGN_KIND_MILESTONE: _ClassVar[CampaignKind]
    CAMPAIGN_KIND_CART_ABANDON: _ClassVar[CampaignKind]
    CAMPAIGN_KIND_THANK_YOU: _ClassVar[CampaignKind]
    CAMPAIGN_KIND_SURVEY: _ClassVar[CampaignKind]
    CAMPAIGN_KIND_LOYALTY: _ClassVar[CampaignKind]
    CAMPAIGN_KIND_PROMOTION: _ClassVar[CampaignKind]
    CAMPAIGN_KIND_NEW_ARRIVAL: _ClassVar[CampaignKind]

class CampaignState(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    CAMPAIGN_STATE_UNSPECIFIED: _ClassVar[CampaignState]
    CAMPAIGN_STATE_DRAFT: _ClassVar[CampaignState]
    CAMPAIGN_STATE_LIVE: _ClassVar[CampaignState]
    CAMPAIGN_STATE_PAUSED: _ClassVar[CampaignState]
    CAMPAIGN_STATE_ENDED: _ClassVar[CampaignState]
CAMPAIGN_TYPE_UNSPECIFIED: CampaignType
CAMPAIGN_TYPE_GTM: CampaignType
CAMPAIGN_TYPE_CLM: CampaignType
CAMPAIGN_TYPE_TRANSACTIONAL: CampaignType
CAMPAIGN_KIND_UNSPECIFIED: CampaignKind
CAMPAIGN_KIND_ONBOARDING: CampaignKind
CAMPAIGN_KIND_FIRST_TO_REPEAT: CampaignKind
CAMPAIGN_KIND_CROSS_SELL: CampaignKind
CAMPAIGN_KIND_UPSELL: CampaignKind
CAMPAIGN_KIND_FREQUENCY: CampaignKind
CAMPAIGN_KIND_ON_THE_BRINK: CampaignKind
CAMPAIGN_KIND_WINBACK: CampaignKind
CAMPAIGN_KIND_REPLENISHMENT: CampaignKind
CAMPAIGN_KIND_ANNIVERSARY: CampaignKind
CAMPAIGN_KIND_MILESTONE: CampaignKind
CAMPAIGN_KIND_CART_ABANDON: CampaignKind
CAMPAIGN_KIND_THANK_YOU: CampaignKind
CAMPAIGN_KIND_SURVEY: CampaignKind
CAMPAIGN_KIND_LOYALTY: CampaignKind
CAMPAIGN_KIND_PROMOTION: CampaignKind
CAMPAIGN_KIND_NEW_ARRIVAL: CampaignKind
CAMPAIGN_STATE_UNSPECIFIED: CampaignState
CAMPAIGN_STATE_DRAFT: CampaignState
CAMPAIGN_STATE_LIVE: CampaignState
CAMPAIGN_STATE_PAUSED: CampaignState
CAMPAIGN_STATE_ENDED: CampaignState

class Campaign(_message.Message):
    __slots__ = ("campaign_id", "display_name", "type", "kind", "category", "channel", "offer_kind", "family", "features", "fixed_priority", "start_time", "end_time", "state", "treatments", "cost", "value", "lever", "message_fields", "purpose", "placements", "rules", "pins", "renamed_from", "learned_as")
    class FeaturesEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: _context_pb2.FeatureValue
        def __init__(self, key: _Optional[str] = ..., value: _Optional[_Union[_context_pb2.FeatureValue, _Mapping]] = ...) -> None: ...
    class MessageFieldsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    CAMPAIGN_ID_FIELD_NUMBER: _ClassVar[int]
    DISPLAY_NAME_FIELD_NUMBER: _ClassVar[int]
    TYPE_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    CATEGORY_FIELD_NUMBER: _ClassVar[int]
    CHANNEL_FIELD_NUMBER: _ClassVar[int]
    OFFER_KIND_FIELD_NUMBER: _ClassVar[int]
    FAMILY_FIELD_NUMBER: _ClassVar[int]
    FEATURES_FIELD_NUMBER: _ClassVar[int]
    FIXED_PRIORITY_FIELD_NUMBER: _ClassVar[int]
    START_TIME_FIELD_NUMBER: _ClassVar[int]
    END_TIME_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    TREATMENTS_FIELD_NUMBER: _ClassVar[int]
    COST_FIELD_NUMBER: _ClassVar[int]
    VALUE_FIELD_NUMBER: _ClassVar[int]
    LEVER_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELDS_FIELD_NUMBER: _ClassVar[int]
    PURPOSE_FIELD_NUMBER: _ClassVar[int]
    PLACEMENTS_FIELD_NUMBER: _ClassVar[int]
    RULES_FIELD_NUMBER: _ClassVar[int]
    PINS_FIELD_NUMBER: _ClassVar[int]
    RENAMED_FROM_FIELD_NUMBER: _ClassVar[int]
    LEARNED_AS_FIELD_NUMBER: _ClassVar[int]
    campaign_id: str
    display_name: str
    type: CampaignType
    kind: CampaignKind
    category: str
    channel: str
    offer_kind: str
    family: str
    features: _containers.MessageMap[str, _context_pb2.FeatureValue]
    fixed_priority: int
    start_time: _timestamp_pb2.Timestamp
    end_time: _timestamp_pb2.Timestamp
    state: CampaignState
    treatments: _containers.RepeatedCompositeFieldContainer[Treatment]
    cost: float
    value: float
    lever: float
    message_fields: _containers.ScalarMap[str, str]
    purpose: str
    placements: _containers.RepeatedScalarFieldContainer[str]
    rules: _containers.RepeatedCompositeFieldContainer[_rule_pb2.Rule]
    pins: _containers.RepeatedCompositeFieldContainer[Pin]
    renamed_from: str
    learned_as: str
    def __init__(self, campaign_id: _Optional[str] = ..., display_name: _Optional[str] = ..., type: _Optional[_Union[CampaignType, str]] = ..., kind: _Optional[_Union[CampaignKind, str]] = ..., category: _Optional[str] = ..., channel: _Optional[str] = ..., offer_kind: _Optional[str] = ..., family: _Optional[str] = ..., features: _Optional[_Mapping[str, _context_pb2.FeatureValue]] = ..., fixed_priority: _Optional[int] = ..., start_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., end_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., state: _Optional[_Union[CampaignState, str]] = ..., treatments: _Optional[_Iterable[_Union[Treatment, _Mapping]]] = ..., cost: _Optional[float] = ..., value: _Optional[float] = ..., lever: _Optional[float] = ..., message_fields: _Optional[_Mapping[str, str]] = ..., purpose: _Optional[str] = ..., placements: _Optional[_Iterable[str]] = ..., rules: _Optional[_Iterable[_Union[_rule_pb2.Rule, _Mapping]]] = ..., pins: _Optional[_Iterable[_Union[Pin, _Mapping]]] = ..., renamed_from: _Optional[str] = ..., learned_as: _Optional[str] = ...) -> None: ...

class Treatment(_message.Message):
    __slots__ = ("treatment_id", "subject_line", "tone", "call_to_action", "features", "message_fields")
    class FeaturesEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: _context_pb2.FeatureValue
        def __init__(self, key: _Optional[str] = ..., value: _Optional[_Union[_context_pb2.FeatureValue, _Mapping]] = ...) -> None: ...
    class MessageFieldsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    TREATMENT_ID_FIELD_NUMBER: _ClassVar[int]
    SUBJECT_LINE_FIELD_NUMBER: _ClassVar[int]
    TONE_FIELD_NUMBER: _ClassVar[int]
    CALL_TO_ACTION_FIELD_NUMBER: _ClassVar[int]
    FEATURES_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELDS_FIELD_NUMBER: _ClassVar[int]
    treatment_id: str
    subject_line: str
    tone: str
    call_to_action: str
    features: _containers.MessageMap[str, _context_pb2.FeatureValue]
    message_fields: _containers.ScalarMap[str, str]
    def __init__(self, treatment_id: _Optional[str] = ..., subject_line: _Optional[str] = ..., tone: _Optional[str] = ..., call_to_action: _Optional[str] = ..., features: _Optional[_Mapping[str, _context_pb2.FeatureValue]] = ..., message_fields: _Optional[_Mapping[str, str]] = ...) -> None: ...

class Pin(_message.Message):
    __slots__ = ("name", "expression", "start_time", "end_time")
    NAME_FIELD_NUMBER: _ClassVar[int]
    EXPRESSION_FIELD_NUMBER: _ClassVar[int]
    START_TIME_FIELD_NUMBER: _ClassVar[int]
    END_TIME_FIELD_NUMBER: _ClassVar[int]
    name: str
    expression: str
    start_time: _timestamp_pb2.Timestamp
    end_time: _timestamp_pb2.Timestamp
    def __init__(self, name: _Optional[str] = ..., expression: _Optional[str] = ..., start_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., end_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class CreateCampaignRequest(_message.Message):
    __slots__ = ("portfolio_id", "campaign")
    PORTFOLIO_ID_FIELD_NUMBER: _ClassVar[int]
    CAMPAIGN_FIELD_NUMBER: _ClassVar[int]
    portfolio_id: str
    campaign: Campaign
    def __init__(self, portfolio_id: _Optional[str] = ..., campaign: _Optional[_Union[Campaign, _Mapping]] = ...) -> None: ...

class CreateCampaignResponse(_message.Message):
    __slots__ = ("campaign", "catalogue_version")
    CAMPAIGN_FIELD_NUMBER: _ClassVar[int]
    CATALOGUE_VERSION_FIELD_NUMBER: _ClassVar[int]
    campaign: Campaign
    catalogue_version: int
    def __init__(self, campaign: _Optional[_Union[Campaign, _Mapping]] = ..., catalogue_version: _Optional[int] = ...) -> None: ...

class GetCampaignRequest(_message.Message):
    __slots__ = ("portfolio_id", "campaign_id")
    PORTFOLIO_ID_FIELD_NUMBER: _ClassVar[int]
    CAMPAIGN_ID_FIELD_NUMBER: _ClassVar[int]
    portfolio_id: str
    campaign_id: str
    def __init__(self, portfolio_id: _Optional[str] = ..., campaign_id: _Optional[str] = ...) -> None: ...

class GetCampaignResponse(_message.Message):
    __slots__ = ("campaign",)
    CAMPAIGN_FIELD_NUMBER: _ClassVar[int]
    campaign: Campaign
    def __init__(self, campaign: _Optional[_Union[Campaign, _Mapping]] = ...) -> None: ...

class ListCampaignsRequest(_message.Message):
    __slots__ = ("portfolio_id", "page_size", "page_token")
    PORTFOLIO_ID_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    portfolio_id: str
    page_size: int
    page_token: str
    def __init__(self, portfolio_id: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListCampaignsResponse(_message.Message):
    __slots__ = ("campaigns", "next_page_token", "catalogue_version")
    CAMPAIGNS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    CATALOGUE_VERSION_FIELD_NUMBER: _ClassVar[int]
    campaigns: _containers.RepeatedCompositeFieldContainer[Campaign]
    next_page_token: str
    catalogue_version: int
    def __init__(self, campaigns: _Optional[_Iterable[_Union[Campaign, _Mapping]]] = ..., next_page_token: _Optional[str] = ..., catalogue_version: _Optional[int] = ...) -> None: ...

class UpdateCampaignRequest(_message.Message):
    __slots__ = ("portfolio_id", "campaign")
    PORTFOLIO_ID_FIELD_NUMBER: _ClassVar[int]
    CAMPAIGN_FIELD_NUMBER: _ClassVar[int]
    portfolio_id: str
    campaign: Campaign
    def __init__(self, portfolio_id: _Optional[str] = ..., campaign: _Optional[_Union[Campaign, _Mapping]] = ...) -> None: ...

class UpdateCampaignResponse(_message.Message):
    __slots__ = ("campaign", "catalogue_version", "unsent_decision_ids", "unsent_count")
    CAMPAIGN_FIELD_NUMBER: _ClassVar[int]
    CATALOGUE_VERSION_FIELD_NUMBER: _ClassVar[int]
    UNSENT_DECISION_IDS_FIELD_NUMBER: _ClassVar[int]
    UNSENT_COUNT_FIELD_NUMBER: _ClassVar[int]
    campaign: Campaign
    catalogue_version: int
    unsent_decision_ids: _containers.RepeatedScalarFieldContainer[str]
    unsent_count: int
    def __init__(self, campaign: _Optional[_Union[Campaign, _Mapping]] = ..., catalogue_version: _Optional[int] = ..., unsent_decision_ids: _Optional[_Iterable[str]] = ..., unsent_count: _Optional[int] = ...) -> None: ...

class PauseCampaignRequest(_message.Message):
    __slots__ = ("portfolio_id", "campaign_id")
    PORTFOLIO_ID_FIELD_NUMBER: _ClassVar[int]
    CAMPAIGN_ID_FIELD_NUMBER: _ClassVar[int]
    portfolio_id: str
    campaign_id: str
    def __init__(self, portfolio_id: _Optional[str] = ..., campaign_id: _Optional[str] = ...) -> None: ...

class PauseCampaignResponse(_message.Message):
    __slots__ = ("campaign", "catalogue_version", "unsent_decision_ids", "unsent_count")
    CAMPAIGN_FIELD_NUMBER: _ClassVar[int]
    CATALOGUE_VERSION_FIELD_NUMBER: _ClassVar[int]
    UNSENT_DECISION_IDS_FIELD_NUMBER: _ClassVar[int]
    UNSENT_COUNT_FIELD_NUMBER: _ClassVar[int]
    campaign: Campaign
    catalogue_version: int
    unsent_decision_ids: _containers.RepeatedScalarFieldContainer[str]
    unsent_count: int
    def __init__(self, campaign: _Optional[_Union[Campaign, _Mapping]] = ..., catalogue_version: _Optional[int] = ..., unsent_decision_ids: _Optional[_Iterable[str]] = ..., unsent_count: _Optional[int] = ...) -> None: ...
