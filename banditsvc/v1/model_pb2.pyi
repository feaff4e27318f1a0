import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Model(_message.Message):
    __slots__ = ("model_version", "portfolio_id", "learner_version", "learned_count", "mean_reward", "reward_deviation", "log_position", "publish_time", "weights_sha256", "is_serving", "has_weights", "nonzero_weights", "collision_rate", "provisional_count")
    MODEL_VERSION_FIELD_NUMBER: _ClassVar[int]
    PORTFOLIO_ID_FIELD_NUMBER: _ClassVar[int]
    LEARNER_VERSION_FIELD_NUMBER: _ClassVar[int]
    LEARNED_COUNT_FIELD_NUMBER: _ClassVar[int]
    MEAN_REWARD_FIELD_NUMBER: _ClassVar[int]
    REWARD_DEVIATION_FIELD_NUMBER: _ClassVar[int]
    LOG_POSITION_FIELD_NUMBER: _ClassVar[int]
    PUBLISH_TIME_FIELD_NUMBER: _ClassVar[int]
    WEIGHTS_SHA256_FIELD_NUMBER: _ClassVar[int]
    IS_SERVING_FIELD_NUMBER: _ClassVar[int]
    HAS_WEIGHTS_FIELD_NUMBER: _ClassVar[int]
    NONZERO_WEIGHTS_FIELD_NUMBER: _ClassVar[int]
    COLLISION_RATE_FIELD_NUMBER: _ClassVar[int]
    PROVISIONAL_COUNT_FIELD_NUMBER: _ClassVar[int]
    model_version: str
    portfolio_id: str
    learner_version: int
    learned_count: int
    mean_reward: float
    reward_deviation: float
    log_position: int
    publish_time: _timestamp_pb2.Timestamp
    weights_sha256: str
    is_serving: bool
    has_weights: bool
    nonzero_weights: int
    collision_rate: float
    provisional_count: int
    def __init__(self, model_version: _Optional[str] = ..., portfolio_id: _Optional[str] = ..., learner_version: _Optional[int] = ..., learned_count: _Optional[int] = ..., mean_reward: _Optional[float] = ..., reward_deviation: _Optional[float] = ..., log_position: _Optional[int] = ..., publish_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., weights_sha256: _Optional[str] = ..., is_serving: _Optional[bool] = ..., has_weights: _Optional[bool] = ..., nonzero_weights: _Optional[int] = ..., collision_rate: _Optional[float] = ..., provisional_count: _Optional[int] = ...) -> None: ...

class GetModelRequest(_message.Message):
    __slots__ = ("portfolio_id", "model_version")
    PORTFOLIO_ID_FIELD_NUMBER: _ClassVar[int]
    MODEL_VERSION_FIELD_NUMBER: _ClassVar[int]
    portfolio_id: str
    model_version: str
    def __init__(self, portfolio_id: _Optional[str] = ..., model_version: _Optional[str] = ...) -> None: ...

class GetModelResponse(_message.Message):
    __slots__ = ("model",)
    MODEL_FIELD_NUMBER: _ClassVar[int]
    model: Model
    def __init__(self, model: _Optional[_Union[Model, _Mapping]] = ...) -> None: ...

class ListModelsRequest(_message.Message):
    __slots__ = ("portfolio_id", "page_size", "page_token")
    PORTFOLIO_ID_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    portfolio_id: str
    page_size: int
    page_token: str
    def __init__(self, portfolio_id: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListModelsResponse(_message.Message):
    __slots__ = ("models", "next_page_token")
    MODELS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    models: _containers.RepeatedCompositeFieldContainer[Model]
    next_page_token: str
    def __init__(self, models: _Optional[_Iterable[_Union[Model, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class RollBackModelRequest(_message.Message):
    __slots__ = ("portfolio_id", "model_version")
    PORTFOLIO_ID_FIELD_NUMBER: _ClassVar[int]
    MODEL_VERSION_FIELD_NUMBER: _ClassVar[int]
    portfolio_id: str
    model_version: str
    def __init__(self, portfolio_id: _Optional[str] = ..., model_version: _Optional[str] = ...) -> None: ...

class RollBackModelResponse(_message.Message):
    __slots__ = ("model",)
    MODEL_FIELD_NUMBER: _ClassVar[int]
    model: Model
    def __init__(self, model: _Optional[_Union[Model, _Mapping]] = ...) -> None: ...

class RelearnModelRequest(_message.Message):
    __slots__ = ("portfolio_id",)
    PORTFOLIO_ID_FIELD_NUMBER: _ClassVar[int]
    portfolio_id: str
    def __init__(self, portfolio_id: _Optional[str] = ...) -> None: ...

class RelearnModelResponse(_message.Message):
    __slots__ = ("log_position",)
    LOG_POSITION_FIELD_NUMBER: _ClassVar[int]
    log_position: int
    def __init__(self, log_position: _Optional[int] = ...) -> None: ...
