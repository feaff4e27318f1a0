import datetime

from banditsvc.v1 import context_pb2 as _context_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Certification(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    CERTIFICATION_UNSPECIFIED: _ClassVar[Certification]
    CERTIFICATION_NOT_NEEDED: _ClassVar[Certification]
    CERTIFICATION_SANDBOX: _ClassVar[Certification]
    CERTIFICATION_CERTIFIED: _ClassVar[Certification]
    CERTIFICATION_OVERRIDDEN: _ClassVar[Certification]
    CERTIFICATION_UNCERTIFIED: _ClassVar[Certification]
    CERTIFICATION_DEFAULT: _ClassVar[Certification]
CERTIFICATION_UNSPECIFIED: Certification
CERTIFICATION_NOT_NEEDED: Certification
CERTIFICATION_SANDBOX: Certification
CERTIFICATION_CERTIFIED: Certification
CERTIFICATION_OVERRIDDEN: Certification
CERTIFICATION_UNCERTIFIED: Certification
CERTIFICATION_DEFAULT: Certification

class Policy(_message.Message):
    __slots__ = ("portfolio_id", "policy_version", "greedy", "uniform", "epsilon_greedy", "square_cb", "fixed_priority", "exclusive_rules", "thompson", "softmax", "floor", "description", "create_time", "limits", "standing")
    PORTFOLIO_ID_FIELD_NUMBER: _ClassVar[int]
    POLICY_VERSION_FIELD_NUMBER: _ClassVar[int]
    GREEDY_FIELD_NUMBER: _ClassVar[int]
    UNIFORM_FIELD_NUMBER: _ClassVar[int]
    EPSILON_GREEDY_FIELD_NUMBER: _ClassVar[int]
    SQUARE_CB_FIELD_NUMBER: _ClassVar[int]
    FIXED_PRIORITY_FIELD_NUMBER: _ClassVar[int]
    EXCLUSIVE_RULES_FIELD_NUMBER: _ClassVar[int]
    THOMPSON_FIELD_NUMBER: _ClassVar[int]
    SOFTMAX_FIELD_NUMBER: _ClassVar[int]
    FLOOR_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    LIMITS_FIELD_NUMBER: _ClassVar[int]
    STANDING_FIELD_NUMBER: _ClassVar[int]
    portfolio_id: str
    policy_version: int
    greedy: Greedy
    uniform: Uniform
    epsilon_greedy: EpsilonGreedy
    square_cb: SquareCb
    fixed_priority: FixedPriority
    exclusive_rules: ExclusiveRules
    thompson: Thompson
    softmax: Softmax
    floor: float
    description: str
    create_time: _timestamp_pb2.Timestamp
    limits: _containers.RepeatedCompositeFieldContainer[ExplorationLimit]
    standing: PolicyStanding
    def __init__(self, portfolio_id: _Optional[str] = ..., policy_version: _Optional[int] = ..., greedy: _Optional[_Union[Greedy, _Mapping]] = ..., uniform: _Optional[_Union[Uniform, _Mapping]] = ..., epsilon_greedy: _Optional[_Union[EpsilonGreedy, _Mapping]] = ..., square_cb: _Optional[_Union[SquareCb, _Mapping]] = ..., fixed_priority: _Optional[_Union[FixedPriority, _Mapping]] = ..., exclusive_rules: _Optional[_Union[ExclusiveRules, _Mapping]] = ..., thompson: _Optional[_Union[Thompson, _Mapping]] = ..., softmax: _Optional[_Union[Softmax, _Mapping]] = ..., floor: _Optional[float] = ..., description: _Optional[str] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., limits: _Optional[_Iterable[_Union[ExplorationLimit, _Mapping]]] = ..., standing: _Optional[_Union[PolicyStanding, _Mapping]] = ...) -> None: ...

class PolicyStanding(_message.Message):
    __slots__ = ("certification", "certificate_id", "expire_time", "text")
    CERTIFICATION_FIELD_NUMBER: _ClassVar[int]
    CERTIFICATE_ID_FIELD_NUMBER: _ClassVar[int]
    EXPIRE_TIME_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    certification: Certification
    certificate_id: str
    expire_time: _timestamp_pb2.Timestamp
    text: str
    def __init__(self, certification: _Optional[_Union[Certification, str]] = ..., certificate_id: _Optional[str] = ..., expire_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., text: _Optional[str] = ...) -> None: ...

class ExplorationLimit(_message.Message):
    __slots__ = ("segments", "lifecycle_stages", "campaign_ids", "max_share")
    SEGMENTS_FIELD_NUMBER: _ClassVar[int]
    LIFECYCLE_STAGES_FIELD_NUMBER: _ClassVar[int]
    CAMPAIGN_IDS_FIELD_NUMBER: _ClassVar[int]
    MAX_SHARE_FIELD_NUMBER: _ClassVar[int]
    segments: _containers.RepeatedScalarFieldContainer[str]
    lifecycle_stages: _containers.RepeatedScalarFieldContainer[_context_pb2.LifecycleStage]
    campaign_ids: _containers.RepeatedScalarFieldContainer[str]
    max_share: float
    def __init__(self, segments: _Optional[_Iterable[str]] = ..., lifecycle_stages: _Optional[_Iterable[_Union[_context_pb2.LifecycleStage, str]]] = ..., campaign_ids: _Optional[_Iterable[str]] = ..., max_share: _Optional[float] = ...) -> None: ...

class Greedy(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class Uniform(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class EpsilonGreedy(_message.Message):
    __slots__ = ("epsilon",)
    EPSILON_FIELD_NUMBER: _ClassVar[int]
    epsilon: float
    def __init__(self, epsilon: _Optional[float] = ...) -> None: ...

class SquareCb(_message.Message):
    __slots__ = ("gamma_scale", "gamma_exponent", "count_cap", "optimism")
    GAMMA_SCALE_FIELD_NUMBER: _ClassVar[int]
    GAMMA_EXPONENT_FIELD_NUMBER: _ClassVar[int]
    COUNT_CAP_FIELD_NUMBER: _ClassVar[int]
    OPTIMISM_FIELD_NUMBER: _ClassVar[int]
    gamma_scale: float
    gamma_exponent: float
    count_cap: int
    optimism: float
    def __init__(self, gamma_scale: _Optional[float] = ..., gamma_exponent: _Optional[float] = ..., count_cap: _Optional[int] = ..., optimism: _Optional[float] = ...) -> None: ...

class Thompson(_message.Message):
    __slots__ = ("scale",)
    SCALE_FIELD_NUMBER: _ClassVar[int]
    scale: float
    def __init__(self, scale: _Optional[float] = ...) -> None: ...

class Softmax(_message.Message):
    __slots__ = ("temperature",)
    TEMPERATURE_FIELD_NUMBER: _ClassVar[int]
    temperature: float
    def __init__(self, temperature: _Optional[float] = ...) -> None: ...

class FixedPriority(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class ExclusiveRules(_message.Message):
    __slots__ = ("rules",)
    RULES_FIELD_NUMBER: _ClassVar[int]
    rules: _containers.RepeatedCompositeFieldContainer[TargetRule]
    def __init__(self, rules: _Optional[_Iterable[_Union[TargetRule, _Mapping]]] = ...) -> None: ...

class TargetRule(_message.Message):
    __slots__ = ("campaign_id", "expression")
    CAMPAIGN_ID_FIELD_NUMBER: _ClassVar[int]
    EXPRESSION_FIELD_NUMBER: _ClassVar[int]
    campaign_id: str
    expression: str
    def __init__(self, campaign_id: _Optional[str] = ..., expression: _Optional[str] = ...) -> None: ...

class CreatePolicyRequest(_message.Message):
    __slots__ = ("policy",)
    POLICY_FIELD_NUMBER: _ClassVar[int]
    policy: Policy
    def __init__(self, policy: _Optional[_Union[Policy, _Mapping]] = ...) -> None: ...

class CreatePolicyResponse(_message.Message):
    __slots__ = ("policy",)
    POLICY_FIELD_NUMBER: _ClassVar[int]
    policy: Policy
    def __init__(self, policy: _Optional[_Union[Policy, _Mapping]] = ...) -> None: ...

class GetPolicyRequest(_message.Message):
    __slots__ = ("portfolio_id", "policy_version")
    PORTFOLIO_ID_FIELD_NUMBER: _ClassVar[int]
    POLICY_VERSION_FIELD_NUMBER: _ClassVar[int]
    portfolio_id: str
    policy_version: int
    def __init__(self, portfolio_id: _Optional[str] = ..., policy_version: _Optional[int] = ...) -> None: ...

class GetPolicyResponse(_message.Message):
    __slots__ = ("policy", "is_deployed", "shadow_policy_version", "shadow_model_version", "challenger_policy_version", "challenger_share", "trial_ended_reason")
    POLICY_FIELD_NUMBER: _ClassVar[int]
    IS_DEPLOYED_FIELD_NUMBER: _ClassVar[int]
    SHADOW_POLICY_VERSION_FIELD_NUMBER: _ClassVar[int]
    SHADOW_MODEL_VERSION_FIELD_NUMBER: _ClassVar[int]
    CHALLENGER_POLICY_VERSION_FIELD_NUMBER: _ClassVar[int]
    CHALLENGER_SHARE_FIELD_NUMBER: _ClassVar[int]
    TRIAL_ENDED_REASON_FIELD_NUMBER: _ClassVar[int]
    policy: Policy
    is_deployed: bool
    shadow_policy_version: int
    shadow_model_version: str
    challenger_policy_version: int
    challenger_share: float
    trial_ended_reason: str
    def __init__(self, policy: _Optional[_Union[Policy, _Mapping]] = ..., is_deployed: _Optional[bool] = ..., shadow_policy_version: _Optional[int] = ..., shadow_model_version: _Optional[str] = ..., challenger_policy_version: _Optional[int] = ..., challenger_share: _Optional[float] = ..., trial_ended_reason: _Optional[str] = ...) -> None: ...

class ListPoliciesRequest(_message.Message):
    __slots__ = ("portfolio_id", "page_size", "page_token")
    PORTFOLIO_ID_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    portfolio_id: str
    page_size: int
    page_token: str
    def __init__(self, portfolio_id: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListPoliciesResponse(_message.Message):
    __slots__ = ("policies", "next_page_token", "deployed_policy_version")
    POLICIES_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    DEPLOYED_POLICY_VERSION_FIELD_NUMBER: _ClassVar[int]
    policies: _containers.RepeatedCompositeFieldContainer[Policy]
    next_page_token: str
    deployed_policy_version: int
    def __init__(self, policies: _Optional[_Iterable[_Union[Policy, _Mapping]]] = ..., next_page_token: _Optional[str] = ..., deployed_policy_version: _Optional[int] = ...) -> None: ...

class DeployPolicyRequest(_message.Message):
    __slots__ = ("portfolio_id", "policy_version", "traffic_share", "override_reason")
    PORTFOLIO_ID_FIELD_NUMBER: _ClassVar[int]
    POLICY_VERSION_FIELD_NUMBER: _ClassVar[int]
    TRAFFIC_SHARE_FIELD_NUMBER: _ClassVar[int]
    OVERRIDE_REASON_FIELD_NUMBER: _ClassVar[int]
    portfolio_id: str
    policy_version: int
    traffic_share: float
    override_reason: str
    def __init__(self, portfolio_id: _Optional[str] = ..., policy_version: _Optional[int] = ..., traffic_share: _Optional[float] = ..., override_reason: _Optional[str] = ...) -> None: ...

class DeployPolicyResponse(_message.Message):
    __slots__ = ("policy", "previous_policy_version")
    POLICY_FIELD_NUMBER: _ClassVar[int]
    PREVIOUS_POLICY_VERSION_FIELD_NUMBER: _ClassVar[int]
    policy: Policy
    previous_policy_version: int
    def __init__(self, policy: _Optional[_Union[Policy, _Mapping]] = ..., previous_policy_version: _Optional[int] = ...) -> None: ...

class SetShadowRequest(_message.Message):
    __slots__ = ("portfolio_id", "policy_version", "model_version")
    PORTFOLIO_ID_FIELD_NUMBER: _ClassVar[int]
    POLICY_VERSION_FIELD_NUMBER: _ClassVar[int]
    MODEL_VERSION_FIELD_NUMBER: _ClassVar[int]
    portfolio_id: str
    policy_version: int
    model_version: str
    def __init__(self, portfolio_id: _Optional[str] = ..., policy_version: _Optional[int] = ..., model_version: _Optional[str] = ...) -> None: ...

class SetShadowResponse(_message.Message):
    __slots__ = ("policy_version", "model_version")
    POLICY_VERSION_FIELD_NUMBER: _ClassVar[int]
    MODEL_VERSION_FIELD_NUMBER: _ClassVar[int]
    policy_version: int
    model_version: str
    def __init__(self, policy_version: _Optional[int] = ..., model_version: _Optional[str] = ...) -> None: ...
