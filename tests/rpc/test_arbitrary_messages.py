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
from banditsvc.rpc.wire_outcome import read_marks, read_reward
from banditsvc.rpc.wire_policy import read_policy
from banditsvc.rpc.wire_portfolio import read_portfolio
from banditsvc.rpc.wire_rank import read_rank
from banditsvc.v1 import campaign_pb2, context_pb2, decision_pb2, model_pb2, policy_pb2, portfolio_pb2, ranking_pb2
from tests.rpc.arbitrary import TAME, messages
from tests.rpc.live import START_US, Live
from tests.rpc.messages import open_shop, rank

READERS: list[tuple[type[Message], Callable[[Any], object]]] = [
    (ranking_pb2.RankRequest, lambda message: read_rank(message, START_US)),
    (ranking_pb2.ActivateRequest, lambda message: read_activate(message, START_US)),
    (ranking_pb2.RewardRequest, lambda message: read_reward(message, START_US)),
    (
        ranking_pb2.BatchRewardRequest,
        lambda message: read_marks(message.complete_through, message.portfolio_id, START_US, Faults()),
    ),
    (campaign_pb2.Campaign, lambda message: read_campaign(message, "campaign", Faults())),
    (portfolio_pb2.Portfolio, read_portfolio),
    (policy_pb2.Policy, read_policy),
]
RPCS = [
    (f"{service.name}/{method.name}", method)
    for file in (ranking_pb2, portfolio_pb2, campaign_pb2, policy_pb2, model_pb2)
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


_LEGAL_TEXTS = st.one_of(st.sampled_from(["", "VIP", "a b:c|d\n", "x" * 128]), st.text(max_size=8))
_LEGAL_NAMES = st.sampled_from(["tenure", "segment", "a|b", "x" * 128, "12", "\u00e9t\u00e9"])
_LEGAL_FEATURES = st.one_of(
    st.builds(context_pb2.FeatureValue, number=st.floats(-1e15, 1e15)),
    st.builds(context_pb2.FeatureValue, text=_LEGAL_TEXTS),
    st.builds(context_pb2.FeatureValue, flag=st.booleans()),
    st.builds(
        context_pb2.FeatureValue,
        texts=st.builds(context_pb2.TextList, texts=st.lists(_LEGAL_TEXTS, max_size=3)),
    ),
)
_LEGAL_CONTEXTS = st.builds(
    context_pb2.CustomerContext,
    recency_days=st.none() | st.floats(0, 36_500),
    frequency=st.none() | st.floats(0, 1e9),
    monetary=st.none() | st.floats(0, 1e12),
    r=st.none() | st.integers(1, 5),
    segment=st.none() | st.sampled_from(["", "VIP", "a|b"]),
    lifecycle_stage=st.integers(0, 7),
    favourites=st.dictionaries(_LEGAL_NAMES, st.floats(0, 1000), max_size=3),
    features=st.dictionaries(_LEGAL_NAMES, _LEGAL_FEATURES, max_size=4),
)


@settings(derandomize=True, deadline=None, max_examples=200, suppress_health_check=list(HealthCheck))
@given(_LEGAL_CONTEXTS, st.dictionaries(_LEGAL_NAMES, _LEGAL_FEATURES, max_size=3), st.sampled_from(["", "email"]))
def test_every_legal_context_is_decided(
    live: Live,
    context: context_pb2.CustomerContext,
    features: dict[str, context_pb2.FeatureValue],
    channel: str,
) -> None:
    """Every context and inline campaign within the limits gets a decision by the policy."""
    candidates = [{"campaign_id": "sale"}, {"inline": {"campaign_id": "new", "features": features}}]
    request = rank(context=context, candidates=candidates, channel=channel, dry_run=True)
    response = live.call("RankingService/Rank", request, ranking_pb2.RankResponse)
    assert decision_pb2.DECIDED_BY_POLICY == response.decision.decided_by
    assert {"sale", "new"} == {ranked.campaign_id for ranked in response.decision.ranking}
