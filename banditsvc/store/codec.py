"""Stored bodies: a schema number in one byte, then the value in MessagePack, floats bit for bit.

A body is written by the newest schema and read by its own, for ever. Within a schema, fields of the core classes may be
added with a default and nothing else: any other change is a new schema number with a reader for the old one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields, replace
from typing import Any, Generic, TypeVar

import msgspec

from banditsvc.core import exploration as explorations
from banditsvc.core.activation import Activation
from banditsvc.core.audience_part import AudiencePart
from banditsvc.core.audience_run import AudienceRun
from banditsvc.core.consent import Consent
from banditsvc.core.customer_merge import CustomerMerge
from banditsvc.core.decision import LearnedState
from banditsvc.core.enrollment import Enrollment
from banditsvc.core.exclusion import Exclusion, ExclusionRevocation
from banditsvc.core.exploration import Exploration
from banditsvc.core.organization import Organization
from banditsvc.core.outcome import FeedMark
from banditsvc.core.policy import ExplorationLimit, Policy
from banditsvc.core.portfolio import LearnerSpec, Portfolio
from banditsvc.core.portfolio_prices import PortfolioPrices
from banditsvc.ports import (
    CampaignVersion,
    CertificateOverride,
    Deployment,
    FiledCertificate,
    GuardrailEvent,
    ModelPin,
    RelearnRequest,
    Resource,
    RunningSums,
    Segment,
    ShadowSetting,
)
from banditsvc.store.errors import StoreDamaged, StoreMismatch

SCHEMA = 1
"""Schema number of bodies written now, but for those of decisions and outcomes."""

_PREFIX = bytes([SCHEMA])
_BASELINE = "business_as_usual"


def _as_dict(value: object) -> dict[Any, Any]:
    # Called for what MessagePack has no form for: of the core classes' types, mappings other than dict alone.
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"a stored value holds a {type(value).__name__}")


_ENCODER = msgspec.msgpack.Encoder(enc_hook=_as_dict)


def encoded(value: object) -> bytes:
    """Returns a value in MessagePack, any mapping like a dict."""
    return _ENCODER.encode(value)


class _StoredExploration(msgspec.Struct):
    kind: str
    parameters: dict[str, Any]


def _stored_exploration(exploration: Exploration) -> _StoredExploration:
    wanted = type(exploration)
    kind = next(kind for kind, known in explorations.EXPLORATIONS.items() if known is wanted)
    return _StoredExploration(kind, msgspec.to_builtins(exploration))


def _exploration(stored: _StoredExploration) -> Exploration:
    if stored.kind not in explorations.EXPLORATIONS:
        raise StoreMismatch(f"a stored body has the exploration {stored.kind!r}: use a version that knows it")
    try:
        return msgspec.convert(stored.parameters, explorations.EXPLORATIONS[stored.kind])
    except msgspec.ValidationError as error:
        raise StoreDamaged(f"the parameters of exploration {stored.kind!r} cannot be read: {error}") from error


T = TypeVar("T")


class Codec(Generic[T]):
    """Writes and reads the bodies of one class. Safe to use from several threads."""

    def __init__(self, stored_class: Any) -> None:  # Any: a class or a type expression, which type[T] excludes
        self._decoder: msgspec.msgpack.Decoder[T] = msgspec.msgpack.Decoder(stored_class)

    def encode(self, value: T) -> bytes:
        """Returns the body of a value."""
        return _PREFIX + _ENCODER.encode(value)

    def decode(self, body: bytes) -> T:
        """Returns the value of a body.

        Raises:
            StoreMismatch: The body has a schema that this version of the software does not know.
            StoreDamaged: The body cannot be read.
        """
        _check_schema(body)
        return read_payload(self._decoder.decode, body)


def read_payload(read: Callable[[memoryview], T], body: bytes) -> T:
    """Returns what a body says after its first byte, which is its schema.

    Raises:
        StoreDamaged: The body cannot be read.
    """
    try:
        return read(memoryview(body)[1:])
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise StoreDamaged(f"a stored body cannot be read: {error}") from error


def _check_schema(body: bytes) -> None:
    if not body:
        raise StoreDamaged("a stored body is empty")
    if body[0] != SCHEMA:
        raise StoreMismatch(
            f"a stored body has schema {body[0]}, newer than {SCHEMA}: use a newer version of banditsvc"
        )


class _StoredPolicy(msgspec.Struct, kw_only=True):
    portfolio_id: str
    policy_version: int
    kind: str
    parameters: dict[str, Any]
    floor: float
    description: str
    limits: tuple[ExplorationLimit, ...] = ()


class PolicyCodec:
    """Writes and reads policies: the exploration by its name, with its parameters beside it."""

    def __init__(self) -> None:
        self._codec: Codec[_StoredPolicy] = Codec(_StoredPolicy)

    def encode(self, value: Policy) -> bytes:
        """Returns the body of a policy."""
        exploration = _stored_exploration(value.exploration)
        return self._codec.encode(
            _StoredPolicy(
                portfolio_id=value.portfolio_id,
                policy_version=value.policy_version,
                kind=exploration.kind,
                parameters=exploration.parameters,
                floor=value.floor,
                description=value.description,
                limits=value.limits,
            )
        )

    def decode(self, body: bytes) -> Policy:
        """Returns the policy of a body.

        Raises:
            StoreMismatch: The body has a schema or an exploration that this version does not know.
            StoreDamaged: The body cannot be read.
        """
        stored = self._codec.decode(body)
        return Policy(
            portfolio_id=stored.portfolio_id,
            policy_version=stored.policy_version,
            exploration=_exploration(_StoredExploration(stored.kind, stored.parameters)),
            floor=stored.floor,
            description=stored.description,
            limits=stored.limits,
        )


class PortfolioCodec:
    """Writes and reads portfolios: business as usual by its name and its parameters."""

    def __init__(self) -> None:
        self._codec: Codec[dict[str, Any]] = Codec(dict[str, Any])

    def encode(self, value: Portfolio) -> bytes:
        """Returns the body of a portfolio."""
        stored = {field.name: getattr(value, field.name) for field in fields(value)}
        return self._codec.encode({**stored, _BASELINE: _stored_exploration(value.business_as_usual)})

    def decode(self, body: bytes) -> Portfolio:
        """Returns the portfolio of a body.

        Raises:
            StoreMismatch: The body has a schema or an exploration that this version does not know.
            StoreDamaged: The body cannot be read.
        """
        stored = self._codec.decode(body)
        try:
            baseline = msgspec.convert(stored.pop(_BASELINE, None), _StoredExploration | None)
            portfolio = msgspec.convert(stored, Portfolio)
        except msgspec.ValidationError as error:
            raise StoreDamaged(f"a stored portfolio cannot be read: {error}") from error
        return portfolio if baseline is None else replace(portfolio, business_as_usual=_exploration(baseline))


ACTIVATIONS: Codec[Activation] = Codec(Activation)
FEED_MARKS: Codec[FeedMark] = Codec(FeedMark)
CONSENTS: Codec[Consent] = Codec(Consent)
MERGES: Codec[CustomerMerge] = Codec(CustomerMerge)
ENROLLMENTS: Codec[Enrollment] = Codec(Enrollment)
AUDIENCE_PARTS: Codec[AudiencePart] = Codec(AudiencePart)
LEARNER_SPECS: Codec[LearnerSpec] = Codec(LearnerSpec)
LEARNED_STATES: Codec[LearnedState] = Codec(LearnedState)
RUNNING_SUMS: Codec[RunningSums] = Codec(RunningSums)
SEGMENTS: Codec[tuple[Segment, ...]] = Codec(tuple[Segment, ...])

PORTFOLIO_KIND, PRICES_KIND = "portfolio", "prices"
_RESOURCE_KINDS: Mapping[type[Resource], str] = {
    Organization: "organization",
    Portfolio: PORTFOLIO_KIND,
    CampaignVersion: "campaign",
    Policy: "policy",
    Deployment: "deployment",
    ShadowSetting: "shadow_setting",
    ModelPin: "model_pin",
    RelearnRequest: "relearn_request",
    GuardrailEvent: "guardrail_event",
    Exclusion: "exclusion",
    ExclusionRevocation: "exclusion_revocation",
    FiledCertificate: "certificate",
    CertificateOverride: "certificate_override",
    PortfolioPrices: PRICES_KIND,
    AudienceRun: "audience_run",
}
_SPECIAL_CODECS: Mapping[type[Resource], Any] = {Portfolio: PortfolioCodec(), Policy: PolicyCodec()}
_RESOURCE_CODECS: Mapping[str, Any] = {  # Any: each codec takes its own class only
    kind: _SPECIAL_CODECS.get(resource) or Codec(resource) for resource, kind in _RESOURCE_KINDS.items()
}


def encode_resource(resource: Resource) -> tuple[str, bytes]:
    """Returns the kind and the body of a resource."""
    kind = _RESOURCE_KINDS[type(resource)]
    body: bytes = _RESOURCE_CODECS[kind].encode(resource)
    return kind, body


def decode_resource(kind: str, body: bytes) -> Resource:
    """Returns the resource of a kind and a body.

    Raises:
        StoreMismatch: The kind, the schema or the exploration is unknown to this version.
        StoreDamaged: The body cannot be read.
    """
    if kind not in _RESOURCE_CODECS:
        raise StoreMismatch(f"the log holds a resource of the unknown kind {kind!r}: use a newer version of banditsvc")
    resource: Resource = _RESOURCE_CODECS[kind].decode(body)
    return resource
