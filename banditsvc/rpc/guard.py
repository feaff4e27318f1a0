"""Stands around every RPC: limits what is in flight, maps errors to statuses, measures."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import grpc
import structlog
from google.protobuf.descriptor import MethodDescriptor, ServiceDescriptor
from google.protobuf.message import DecodeError, Message
from google.protobuf.message_factory import GetMessageClass
from google.rpc import status_pb2

from banditsvc.core.errors import BanditError, FieldViolation, InvalidRequest
from banditsvc.rpc.leftovers import Leftovers
from banditsvc.rpc.metrics import Metrics
from banditsvc.rpc.overloaded import Overloaded
from banditsvc.rpc.status import internal_status, retry_seconds, status_of

_CODES = {code.value[0]: code for code in grpc.StatusCode}
_log = structlog.get_logger(__name__)

Q = TypeVar("Q", bound=Message)
Context = grpc.aio.ServicerContext[Any, Any]
Answer = Callable[[Any], Awaitable[Message | bytes]]
"""A method of a servicer: takes the request message, returns the response or its bytes, or raises a BanditError."""


class Guard:
    """Wraps the methods of servicers as gRPC handlers; one per server, so that the limit holds over all of them."""

    def __init__(self, metrics: Metrics, most_in_flight: int) -> None:
        self._metrics = metrics
        self._most_in_flight = most_in_flight
        self._in_flight = 0
        self._leftovers = Leftovers()
        metrics.in_flight.set_function(lambda: self._in_flight)

    def handlers(self, service: ServiceDescriptor, servicer: object) -> grpc.GenericRpcHandler[Any, Any]:
        """Returns the handlers of one service: each method of the descriptor is the servicer's of the same name."""
        methods = {
            method.name: self._handler(f"{service.name}/{method.name}", method, getattr(servicer, method.name))
            for method in service.methods
        }
        return grpc.method_handlers_generic_handler(service.full_name, methods)

    def _handler(self, rpc: str, method: MethodDescriptor, answer: Answer) -> grpc.RpcMethodHandler[Any, Any]:
        seconds = self._metrics.rpc_seconds.labels(rpc)
        answered = self._metrics.requests.labels(rpc, "OK")

        async def guarded(request: Message | None, context: Context) -> Message | bytes | None:
            start = time.perf_counter()
            self._in_flight += 1
            try:
                response = await answer(self._admitted(request))
            except BanditError as error:
                status = status_of(error)
            except asyncio.CancelledError:
                self._metrics.requests.labels(rpc, "CANCELLED").inc()
                raise
            except Exception:  # noqa: BLE001 - the last resort: whatever it is, the caller gets INTERNAL and an id
                status = _unforeseen(rpc)
            else:
                answered.inc()
                return response
            finally:
                self._in_flight -= 1
                seconds.observe(time.perf_counter() - start)
            await self._abort(rpc, status, context)
            return None

        return grpc.unary_unary_rpc_method_handler(
            guarded,
            request_deserializer=self._reader(GetMessageClass(method.input_type)),
            response_serializer=self._serialized,
        )

    def _reader(self, kind: type[Q]) -> Callable[[bytes], Q | None]:
        """Returns a deserializer that gives None for what is no message; raising there would be INTERNAL to the caller."""

        def read(raw: bytes) -> Q | None:
            self._leftovers.note(raw)
            try:
                return kind.FromString(raw)
            except DecodeError:
                return None

        return read

    def _serialized(self, response: Message | bytes) -> bytes:
        raw = response if isinstance(response, bytes) else response.SerializeToString()
        self._leftovers.note(raw)
        return raw

    def _admitted(self, request: Message | None) -> Message:
        if self._in_flight > self._most_in_flight:
            raise Overloaded(self._most_in_flight)
        if request is None:
            raise InvalidRequest([FieldViolation("", "the bytes are no message of this RPC")])
        return request

    async def _abort(self, rpc: str, status: status_pb2.Status, context: Context) -> None:
        code = _CODES[status.code]
        self._metrics.requests.labels(rpc, code.name).inc()
        # gRPC's own retries (gRFC A6) obey grpc-retry-pushback-ms, not RetryInfo: -1 ends them.
        seconds = retry_seconds(status)
        trailers = (
            ("grpc-status-details-bin", status.SerializeToString()),
            ("grpc-retry-pushback-ms", "-1" if seconds is None else str(round(1000 * seconds))),
        )
        await context.abort(code, status.message, trailers)


def _unforeseen(rpc: str) -> status_pb2.Status:
    error_id = secrets.token_hex(8)
    _log.exception("unforeseen_error", rpc=rpc, error_id=error_id)
    return internal_status(error_id)
