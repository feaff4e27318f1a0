"""No message does harm: neither to the readers nor to a running service."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from typing import Any

import grpc
import pytest
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from banditsvc.core.errors import FieldViolation, InvalidRequest, Unsupported
from banditsvc.rpc.faults import Faults
from banditsvc.rpc.wire_activate import read_activate
from banditsvc.rpc.wire_campaign import read_campaign
from banditsvc.rpc.wire_customer import read_enrollment, read_merge
from banditsvc.rpc.wire_organization import read_organization
from banditsvc.rpc.wire_outcome import read_marks, read_reward
from banditsvc.rpc.wire_policy import read_policy
from banditsvc.rpc.wire_portfolio import read_portfolio
from banditsvc.rpc.wire_rank import read_rank
from banditsvc.v1 import (
    campaign_pb2,
    consent_pb2,
    customer_pb2,
    model_pb2,
    organization_pb2,
    policy_pb2,
    portfolio_pb2,
    ranking_pb2,
    settings_pb2,
)
from tests.rpc.arbitrary import TAME, messages
from tests.rpc.live import START_US, Live
from tests.rpc.messages import open_shop

READERS: list[tuple[type[Message], Callable[[Any], object]]] = [
    (ranking_pb2.RankRequest, lambda message: read_rank(message, START_US)),
    (ranking_pb2.ActivateRequest, read_activate),
    (ranking_pb2.RewardRequest, lambda message: read_reward(message, START_US)),
    (
        ranking_pb2.BatchRewardRequest,
        lambda message: read_marks(message.complete_through, message.portfolio_id, START_US, Faults()),
    ),
    (campaign_pb2.Campaign, lambda message: read_campaign(message, "campaign", Faults())),
    (portfolio_pb2.Portfolio, read_portfolio),
    (policy_pb2.Policy, read_policy),
    (organization_pb2.Organization, lambda message: read_organization(message, "organization", Faults())),
    (customer_pb2.CustomerMerge, lambda message: read_merge(message, "default")),
    (customer_pb2.Enrollment, lambda message: read_enrollment(message, "default", "shop")),
]
FILES = (
    ranking_pb2,
    organization_pb2,
    portfolio_pb2,
    campaign_pb2,
    policy_pb2,
    settings_pb2,
    consent_pb2,
    customer_pb2,
    model_pb2,
)
RPCS = [
    (f"{service.name}/{method.name}", method)
    for file in FILES
    for service in file.DESCRIPTOR.services_by_name.values()
    for method in service.methods
]


@pytest.fixture(scope="module")
def live() -> Iterator[Live]:
    with Live() as service:
        open_shop(service)
        yield service


def violations_of(read: Callable[[Any], object], message: Message) -> Sequence[FieldViolation] | None:
    """Returns what a reader found wrong: nothing, or something; None where it refused without saying what."""
    try:
        read(message)
    except InvalidRequest as error:
        return error.violations or None
    return ()


def code_of(live: Live, path: str, message: Message | bytes, response: type[Message]) -> grpc.StatusCode:
    """Returns the code of an answer."""
    try:
        live.call(path, message, response)
    except grpc.RpcError as error:
        return error.code()
    return grpc.StatusCode.OK


@pytest.mark.parametrize(("kind", "read"), READERS, ids=lambda value: getattr(value, "__name__", ""))
def test_a_reader_gives_a_value_or_names_fields(kind: type[Message], read: Callable[[Any], object]) -> None:
    """Whatever a message holds, its reader gives a value or raises InvalidRequest or Unsupported."""

    @settings(derandomize=True, deadline=None, max_examples=150, suppress_health_check=list(HealthCheck))
    @given(messages(kind))
    def law(message: Message) -> None:
        with suppress(Unsupported):
            assert violations_of(read, message) is not None

    law()


@pytest.mark.parametrize(("path", "method"), RPCS, ids=[path for path, _ in RPCS])
def test_no_message_makes_internal(live: Live, path: str, method: Any) -> None:
    """Whatever a message or its bytes hold, a running service answers with a response or an error it has foreseen."""
    request, response = GetMessageClass(method.input_type), GetMessageClass(method.output_type)

    @settings(derandomize=True, deadline=None, max_examples=50, suppress_health_check=list(HealthCheck))
    @given(st.one_of(messages(request), messages(request, TAME), st.binary(max_size=30)))
    def law(message: Message | bytes) -> None:
        assert code_of(live, path, message, response) not in (grpc.StatusCode.INTERNAL, grpc.StatusCode.UNKNOWN)

    law()
