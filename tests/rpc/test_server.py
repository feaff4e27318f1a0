"""The server around the services: health, reflection, limits, TLS, errors and the end."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import cast

import grpc
import pytest
import structlog
from google.protobuf.descriptor_pb2 import FileDescriptorProto
from grpc_health.v1 import health_pb2
from grpc_reflection.v1alpha import reflection_pb2

from banditsvc.address import UnsafeAddress
from banditsvc.client import BanditsvcError, Client, ClientOptions
from banditsvc.core.errors import LogUnavailable
from banditsvc.rpc.server import ServerOptions, build_server, drain
from banditsvc.v1 import ranking_pb2
from tests.rpc.live import Live
from tests.rpc.messages import open_shop, rank
from tests.rpc.slow_log import BrokenLog, FailingLog, HeldLog

TLS = Path(__file__).parent / "tls"
SERVICES = [
    "CampaignService",
    "ModelService",
    "OperationsService",
    "PolicyService",
    "PortfolioService",
    "RankingService",
]
SERVING = health_pb2.HealthCheckResponse.SERVING
NOT_SERVING = health_pb2.HealthCheckResponse.NOT_SERVING


def health_of(channel: grpc.Channel, service: str) -> int:
    """Returns how a service says it is."""
    check = channel.unary_unary(
        "/grpc.health.v1.Health/Check",
        request_serializer=health_pb2.HealthCheckRequest.SerializeToString,
        response_deserializer=health_pb2.HealthCheckResponse.FromString,
    )
    return cast(int, check(health_pb2.HealthCheckRequest(service=service), timeout=10).status)


def test_health_of_every_service(live: Live) -> None:
    """The server as a whole and each service say SERVING."""
    names = ["", *(f"banditsvc.v1.{name}" for name in SERVICES)]
    assert [SERVING] * 7 == [health_of(live.channel, name) for name in names]


def reflected(live: Live, request: reflection_pb2.ServerReflectionRequest) -> reflection_pb2.ServerReflectionResponse:
    """Asks the server about itself."""
    ask = live.channel.stream_stream(
        "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo",
        request_serializer=reflection_pb2.ServerReflectionRequest.SerializeToString,
        response_deserializer=reflection_pb2.ServerReflectionResponse.FromString,
    )
    return cast(reflection_pb2.ServerReflectionResponse, next(iter(ask(iter([request]), timeout=10))))


def test_reflection(live: Live) -> None:
    """Tools can list the services and read their methods."""
    answer = reflected(live, reflection_pb2.ServerReflectionRequest(list_services=""))
    names = {service.name for service in answer.list_services_response.service}
    assert {f"banditsvc.v1.{name}" for name in SERVICES} <= names
    symbol = reflection_pb2.ServerReflectionRequest(file_containing_symbol="banditsvc.v1.RankingService")
    files = reflected(live, symbol).file_descriptor_response.file_descriptor_proto
    assert "banditsvc/v1/ranking.proto" in {FileDescriptorProto.FromString(raw).name for raw in files}


def test_reflection_can_be_off() -> None:
    """Without reflection the server tells nothing about itself."""
    with Live(options=ServerOptions(address="127.0.0.1:0", reflection=False)) as live:
        with pytest.raises(grpc.RpcError) as raised:
            reflected(live, reflection_pb2.ServerReflectionRequest(list_services=""))
        assert grpc.StatusCode.UNIMPLEMENTED == raised.value.code()


def test_bytes_that_are_no_message(live: Live) -> None:
    """Bytes that are no protobuf message, or hold text that is no UTF-8, are INVALID_ARGUMENT."""
    for raw in (b"\xff\xff\xff", b"\x0a\x02\xff\xfe"):
        with pytest.raises(grpc.RpcError) as raised:
            live.call("RankingService/Rank", raw, ranking_pb2.RankResponse)
        assert grpc.StatusCode.INVALID_ARGUMENT == raised.value.code()


def test_a_message_may_have_16_mib(live: Live) -> None:
    """A message of up to 16 MiB is read, and a larger one is RESOURCE_EXHAUSTED; the server lives on."""
    with pytest.raises(grpc.RpcError) as raised:
        live.call("RankingService/Rank", rank("x" * (16 * 1024 * 1024 - 100)), ranking_pb2.RankResponse)
    assert grpc.StatusCode.INVALID_ARGUMENT == raised.value.code()
    with pytest.raises(grpc.RpcError) as raised:
        live.call("RankingService/Rank", rank("x" * (16 * 1024 * 1024)), ranking_pb2.RankResponse)
    assert grpc.StatusCode.RESOURCE_EXHAUSTED == raised.value.code()
    assert live.call("RankingService/Rank", rank(), ranking_pb2.RankResponse).decision.decision_id


def test_the_unforeseen_is_logged_and_not_shown() -> None:
    """A bug is INTERNAL with an id, its text is in the log under that id and nowhere in the answer."""
    with (
        Live(log=BrokenLog()) as live,
        Client(live.address) as client,
        structlog.testing.capture_logs() as logs,
        pytest.raises(BanditsvcError) as raised,
    ):
        client.get_decision("bug")
    assert (grpc.StatusCode.INTERNAL, "INTERNAL") == (raised.value.code, raised.value.reason)
    assert "secret" not in str(raised.value)
    [logged] = [entry for entry in logs if entry["event"] == "unforeseen_error"]
    assert logged["error_id"] in raised.value.message
    assert "RankingService/GetDecision" == logged["rpc"]


def test_too_many_calls_are_refused() -> None:
    """Calls beyond the limit are RESOURCE_EXHAUSTED with a time to try again, and those within it are answered."""
    log = HeldLog()
    options = ServerOptions(address="127.0.0.1:0", most_in_flight=1)
    once = ClientOptions(most_attempts=1)
    with Live(log=log, options=options) as live, Client(live.address, once) as client, ThreadPoolExecutor() as pool:
        open_shop(live)
        held = pool.submit(client.rank, portfolio_id="shop", customer_id="c1")
        assert log.is_held.wait(30)
        with pytest.raises(BanditsvcError) as raised:
            client.rank(portfolio_id="shop", customer_id="c2")
        log.let_go.set()
        assert held.result(30).decision.decision_id
        assert client.rank(portfolio_id="shop", customer_id="c2").decision.decision_id
    error = raised.value
    assert (grpc.StatusCode.RESOURCE_EXHAUSTED, "OVERLOADED", 1.0) == (error.code, error.reason, error.retry_seconds)


def test_a_graceful_end() -> None:
    """A server that is drained says NOT_SERVING, answers what is in flight, and takes nothing new."""
    log = HeldLog()
    with Live(log=log) as live, Client(live.address) as client, ThreadPoolExecutor() as pool:
        open_shop(live)
        held = pool.submit(client.rank, portfolio_id="shop", customer_id="c1")
        assert log.is_held.wait(30)
        live.run(live.built.health.enter_graceful_shutdown())
        assert [NOT_SERVING] * 2 == [health_of(live.channel, name) for name in ("", "banditsvc.v1.RankingService")]
        ended = pool.submit(lambda: live.run(drain(live.built, 30.0)))
        log.let_go.set()
        assert held.result(30).decision.decision_id
        ended.result(30)
        with pytest.raises(BanditsvcError) as raised:
            client.rank(portfolio_id="shop", customer_id="c2")
    assert grpc.StatusCode.UNAVAILABLE == raised.value.code


def test_a_busy_log_is_unavailable() -> None:
    """While the log takes nothing, Rank is UNAVAILABLE with a time to try again, and nothing is written."""
    log = FailingLog()
    with Live(log=log) as live, Client(live.address, ClientOptions(most_attempts=1)) as client:
        open_shop(live)
        log.errors = [LogUnavailable("try again")]
        with pytest.raises(BanditsvcError) as raised:
            client.rank(portfolio_id="shop", customer_id="c1")
    error = raised.value
    assert (grpc.StatusCode.UNAVAILABLE, "LOG_UNAVAILABLE", 1.0) == (error.code, error.reason, error.retry_seconds)


def test_tls_in_both_directions() -> None:
    """With TLS files the server talks to clients that trust its authority and bear a certificate, and to no others."""
    options = ServerOptions(
        address="127.0.0.1:0",
        tls_certificate=TLS / "server.pem",
        tls_key=TLS / "server.key",
        tls_client_ca=TLS / "ca.pem",
        simulated=True,
    )
    known = ClientOptions(tls_ca=TLS / "ca.pem", tls_certificate=TLS / "client.pem", tls_key=TLS / "client.key")
    nameless = ClientOptions(tls_ca=TLS / "ca.pem", most_attempts=1)
    with Live(options=options) as live:
        with Client(live.address, known) as client:
            assert [] == client.list_portfolios()
        for stranger in (nameless, ClientOptions(tls=True, most_attempts=1), ClientOptions(most_attempts=1)):
            with Client(live.address, stranger) as client, pytest.raises(BanditsvcError) as raised:
                client.list_portfolios()
            assert grpc.StatusCode.UNAVAILABLE == raised.value.code


def test_options_that_do_not_fit(live: Live) -> None:
    """An open address without TLS, half a TLS configuration and a clock that cannot be set are refused."""
    key = TLS / "server.key"
    wrong: list[tuple[ServerOptions, type[ValueError]]] = [
        (ServerOptions(address="0.0.0.0:0"), UnsafeAddress),
        (ServerOptions(address="127.0.0.1:0", tls_key=key), ValueError),
        (ServerOptions(address="127.0.0.1:0", tls_client_ca=TLS / "ca.pem"), ValueError),
        (ServerOptions(address="0.0.0.0:0", tls_certificate=TLS / "server.pem"), ValueError),
    ]
    for options, error in wrong:
        with pytest.raises(error):
            live.run(build_server(live.services, live.metrics, options))


def test_a_port_is_taken_once(live: Live) -> None:
    """A second server on the same port fails rather than sharing it."""
    with pytest.raises(RuntimeError):
        live.run(build_server(live.services, live.metrics, ServerOptions(address=live.address)))
