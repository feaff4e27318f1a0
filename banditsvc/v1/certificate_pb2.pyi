import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Verdict(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    VERDICT_UNSPECIFIED: _ClassVar[Verdict]
    VERDICT_PASS: _ClassVar[Verdict]
    VERDICT_FAIL: _ClassVar[Verdict]
    VERDICT_NOT_ENOUGH_DATA: _ClassVar[Verdict]
VERDICT_UNSPECIFIED: Verdict
VERDICT_PASS: Verdict
VERDICT_FAIL: Verdict
VERDICT_NOT_ENOUGH_DATA: Verdict

class Certificate(_message.Message):
    __slots__ = ("certificate_id", "verdict", "checks", "subject_sha256", "subject", "portfolio_id", "data_sha256", "data_description", "code_version", "issue_time", "expire_time")
    CERTIFICATE_ID_FIELD_NUMBER: _ClassVar[int]
    VERDICT_FIELD_NUMBER: _ClassVar[int]
    CHECKS_FIELD_NUMBER: _ClassVar[int]
    SUBJECT_SHA256_FIELD_NUMBER: _ClassVar[int]
    SUBJECT_FIELD_NUMBER: _ClassVar[int]
    PORTFOLIO_ID_FIELD_NUMBER: _ClassVar[int]
    DATA_SHA256_FIELD_NUMBER: _ClassVar[int]
    DATA_DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    CODE_VERSION_FIELD_NUMBER: _ClassVar[int]
    ISSUE_TIME_FIELD_NUMBER: _ClassVar[int]
    EXPIRE_TIME_FIELD_NUMBER: _ClassVar[int]
    certificate_id: str
    verdict: Verdict
    checks: _containers.RepeatedCompositeFieldContainer[Check]
    subject_sha256: str
    subject: str
    portfolio_id: str
    data_sha256: str
    data_description: str
    code_version: str
    issue_time: _timestamp_pb2.Timestamp
    expire_time: _timestamp_pb2.Timestamp
    def __init__(self, certificate_id: _Optional[str] = ..., verdict: _Optional[_Union[Verdict, str]] = ..., checks: _Optional[_Iterable[_Union[Check, _Mapping]]] = ..., subject_sha256: _Optional[str] = ..., subject: _Optional[str] = ..., portfolio_id: _Optional[str] = ..., data_sha256: _Optional[str] = ..., data_description: _Optional[str] = ..., code_version: _Optional[str] = ..., issue_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., expire_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class Check(_message.Message):
    __slots__ = ("name", "verdict", "reason", "numbers")
    class NumbersEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: float
        def __init__(self, key: _Optional[str] = ..., value: _Optional[float] = ...) -> None: ...
    NAME_FIELD_NUMBER: _ClassVar[int]
    VERDICT_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    NUMBERS_FIELD_NUMBER: _ClassVar[int]
    name: str
    verdict: Verdict
    reason: str
    numbers: _containers.ScalarMap[str, float]
    def __init__(self, name: _Optional[str] = ..., verdict: _Optional[_Union[Verdict, str]] = ..., reason: _Optional[str] = ..., numbers: _Optional[_Mapping[str, float]] = ...) -> None: ...

class FileCertificateRequest(_message.Message):
    __slots__ = ("portfolio_id", "certificate")
    PORTFOLIO_ID_FIELD_NUMBER: _ClassVar[int]
    CERTIFICATE_FIELD_NUMBER: _ClassVar[int]
    portfolio_id: str
    certificate: Certificate
    def __init__(self, portfolio_id: _Optional[str] = ..., certificate: _Optional[_Union[Certificate, _Mapping]] = ...) -> None: ...

class FileCertificateResponse(_message.Message):
    __slots__ = ("certificate", "is_repeat")
    CERTIFICATE_FIELD_NUMBER: _ClassVar[int]
    IS_REPEAT_FIELD_NUMBER: _ClassVar[int]
    certificate: Certificate
    is_repeat: bool
    def __init__(self, certificate: _Optional[_Union[Certificate, _Mapping]] = ..., is_repeat: _Optional[bool] = ...) -> None: ...

class GetCertificateRequest(_message.Message):
    __slots__ = ("portfolio_id", "certificate_id")
    PORTFOLIO_ID_FIELD_NUMBER: _ClassVar[int]
    CERTIFICATE_ID_FIELD_NUMBER: _ClassVar[int]
    portfolio_id: str
    certificate_id: str
    def __init__(self, portfolio_id: _Optional[str] = ..., certificate_id: _Optional[str] = ...) -> None: ...

class GetCertificateResponse(_message.Message):
    __slots__ = ("certificate",)
    CERTIFICATE_FIELD_NUMBER: _ClassVar[int]
    certificate: Certificate
    def __init__(self, certificate: _Optional[_Union[Certificate, _Mapping]] = ...) -> None: ...

class ListCertificatesRequest(_message.Message):
    __slots__ = ("portfolio_id", "page_size", "page_token")
    PORTFOLIO_ID_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    portfolio_id: str
    page_size: int
    page_token: str
    def __init__(self, portfolio_id: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListCertificatesResponse(_message.Message):
    __slots__ = ("certificates", "next_page_token")
    CERTIFICATES_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    certificates: _containers.RepeatedCompositeFieldContainer[Certificate]
    next_page_token: str
    def __init__(self, certificates: _Optional[_Iterable[_Union[Certificate, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...
