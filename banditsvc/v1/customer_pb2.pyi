from banditsvc.v1 import assignment_pb2 as _assignment_pb2
from banditsvc.v1 import context_pb2 as _context_pb2
from google.rpc import status_pb2 as _status_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Enrollment(_message.Message):
    __slots__ = ("customer_id", "assignment_key", "channel", "context")
    CUSTOMER_ID_FIELD_NUMBER: _ClassVar[int]
    ASSIGNMENT_KEY_FIELD_NUMBER: _ClassVar[int]
    CHANNEL_FIELD_NUMBER: _ClassVar[int]
    CONTEXT_FIELD_NUMBER: _ClassVar[int]
    customer_id: str
    assignment_key: str
    channel: str
    context: _context_pb2.CustomerContext
    def __init__(self, customer_id: _Optional[str] = ..., assignment_key: _Optional[str] = ..., channel: _Optional[str] = ..., context: _Optional[_Union[_context_pb2.CustomerContext, _Mapping]] = ...) -> None: ...

class EnrollCustomersRequest(_message.Message):
    __slots__ = ("portfolio_id", "enrollments")
    PORTFOLIO_ID_FIELD_NUMBER: _ClassVar[int]
    ENROLLMENTS_FIELD_NUMBER: _ClassVar[int]
    portfolio_id: str
    enrollments: _containers.RepeatedCompositeFieldContainer[Enrollment]
    def __init__(self, portfolio_id: _Optional[str] = ..., enrollments: _Optional[_Iterable[_Union[Enrollment, _Mapping]]] = ...) -> None: ...

class EnrollCustomersResponse(_message.Message):
    __slots__ = ("results",)
    RESULTS_FIELD_NUMBER: _ClassVar[int]
    results: _containers.RepeatedCompositeFieldContainer[EnrollmentResult]
    def __init__(self, results: _Optional[_Iterable[_Union[EnrollmentResult, _Mapping]]] = ...) -> None: ...

class EnrollmentResult(_message.Message):
    __slots__ = ("status", "group")
    STATUS_FIELD_NUMBER: _ClassVar[int]
    GROUP_FIELD_NUMBER: _ClassVar[int]
    status: _status_pb2.Status
    group: _assignment_pb2.AssignmentGroup
    def __init__(self, status: _Optional[_Union[_status_pb2.Status, _Mapping]] = ..., group: _Optional[_Union[_assignment_pb2.AssignmentGroup, str]] = ...) -> None: ...

class CustomerMerge(_message.Message):
    __slots__ = ("merged_customer_id", "surviving_customer_id", "reason")
    MERGED_CUSTOMER_ID_FIELD_NUMBER: _ClassVar[int]
    SURVIVING_CUSTOMER_ID_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    merged_customer_id: str
    surviving_customer_id: str
    reason: str
    def __init__(self, merged_customer_id: _Optional[str] = ..., surviving_customer_id: _Optional[str] = ..., reason: _Optional[str] = ...) -> None: ...

class MergeCustomersRequest(_message.Message):
    __slots__ = ("organization_id", "merges")
    ORGANIZATION_ID_FIELD_NUMBER: _ClassVar[int]
    MERGES_FIELD_NUMBER: _ClassVar[int]
    organization_id: str
    merges: _containers.RepeatedCompositeFieldContainer[CustomerMerge]
    def __init__(self, organization_id: _Optional[str] = ..., merges: _Optional[_Iterable[_Union[CustomerMerge, _Mapping]]] = ...) -> None: ...

class MergeCustomersResponse(_message.Message):
    __slots__ = ("results",)
    RESULTS_FIELD_NUMBER: _ClassVar[int]
    results: _containers.RepeatedCompositeFieldContainer[MergeResult]
    def __init__(self, results: _Optional[_Iterable[_Union[MergeResult, _Mapping]]] = ...) -> None: ...

class MergeResult(_message.Message):
    __slots__ = ("status", "surviving_customer_id", "is_repeat")
    STATUS_FIELD_NUMBER: _ClassVar[int]
    SURVIVING_CUSTOMER_ID_FIELD_NUMBER: _ClassVar[int]
    IS_REPEAT_FIELD_NUMBER: _ClassVar[int]
    status: _status_pb2.Status
    surviving_customer_id: str
    is_repeat: bool
    def __init__(self, status: _Optional[_Union[_status_pb2.Status, _Mapping]] = ..., surviving_customer_id: _Optional[str] = ..., is_repeat: _Optional[bool] = ...) -> None: ...
