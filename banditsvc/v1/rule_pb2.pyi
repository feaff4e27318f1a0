from banditsvc.v1 import decision_pb2 as _decision_pb2
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class FeatureType(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    FEATURE_TYPE_UNSPECIFIED: _ClassVar[FeatureType]
    FEATURE_TYPE_NUMBER: _ClassVar[FeatureType]
    FEATURE_TYPE_TEXT: _ClassVar[FeatureType]
    FEATURE_TYPE_FLAG: _ClassVar[FeatureType]
    FEATURE_TYPE_TEXTS: _ClassVar[FeatureType]
FEATURE_TYPE_UNSPECIFIED: FeatureType
FEATURE_TYPE_NUMBER: FeatureType
FEATURE_TYPE_TEXT: FeatureType
FEATURE_TYPE_FLAG: FeatureType
FEATURE_TYPE_TEXTS: FeatureType

class Rule(_message.Message):
    __slots__ = ("name", "stage", "expression", "reason")
    NAME_FIELD_NUMBER: _ClassVar[int]
    STAGE_FIELD_NUMBER: _ClassVar[int]
    EXPRESSION_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    name: str
    stage: _decision_pb2.FunnelStage
    expression: str
    reason: str
    def __init__(self, name: _Optional[str] = ..., stage: _Optional[_Union[_decision_pb2.FunnelStage, str]] = ..., expression: _Optional[str] = ..., reason: _Optional[str] = ...) -> None: ...
