"""One HTTP/2 connection that makes unary gRPC calls: as little of the protocol as a load generator needs.

A generator that a call costs some microseconds leaves the measured server its core, sends another message each time,
and sees each call's gRPC status, which generators for HTTP take for success whatever it is.
"""

from __future__ import annotations

import socket
import struct
from collections import deque
from collections.abc import Iterator

_PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
_DATA, _HEADERS, _RST_STREAM, _SETTINGS, _PING, _GOAWAY, _WINDOW_UPDATE = 0, 1, 3, 4, 6, 7, 8
_END_STREAM, _ACK, _END_HEADERS = 1, 1, 4
_HEADER_TABLE_SIZE, _INITIAL_WINDOW_SIZE = 1, 4
_FRAME_BYTES = 16_384
"""Most that a frame carries, unless the other side allows more."""
_FIRST_WINDOW = 65_535
_WIDEST_WINDOW = (1 << 31) - 1
_READ_BYTES = 1 << 18
_OK = b"\x0bgrpc-status\x010"
"""A literal header: no other form is left to a server that is allowed no table of headers."""


class CallFailed(Exception):
    """A call was not answered with OK."""


class Http2Connection:
    """Sends calls of one method and tells which were answered. Never blocks."""

    def __init__(self, address: str, method: str) -> None:
        host, _, port = address.rpartition(":")
        self.socket = socket.create_connection((host, int(port)))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.setblocking(False)
        self.active = 0
        """Calls that are not answered yet."""
        self._headers = _request_headers(address, method)
        self._next_stream = 1
        self._out = bytearray(_PREFACE)
        self._out += _frame(
            _SETTINGS, 0, 0, struct.pack(">HIHI", _HEADER_TABLE_SIZE, 0, _INITIAL_WINDOW_SIZE, _WIDEST_WINDOW)
        )
        self._out += _frame(_WINDOW_UPDATE, 0, 0, struct.pack(">I", _WIDEST_WINDOW - _FIRST_WINDOW))
        self._in = b""
        self._window, self._stream_window = _FIRST_WINDOW, _FIRST_WINDOW
        self._windows: dict[int, int] = {}
        """Of streams that have not sent all."""
        self._unsent: deque[tuple[int, bytes]] = deque()
        """Messages, or what is left of them, in the order in which they go out."""

    def call(self, message: bytes) -> int:
        """Starts a call and returns its number on this connection."""
        stream = self._next_stream
        self._next_stream += 2
        self.active += 1
        self._out += _frame(_HEADERS, _END_HEADERS, stream, self._headers)
        self._windows[stream] = self._stream_window
        self._unsent.append((stream, b"\0" + len(message).to_bytes(4, "big") + message))
        self._fill()
        return stream

    def flush(self) -> None:
        """Sends what the socket takes now."""
        if self._out:
            try:
                sent = self.socket.send(self._out)
            except BlockingIOError:
                return
            del self._out[:sent]

    def answered(self) -> Iterator[int]:
        """Reads what has come and gives the number of each call that was answered.

        Raises:
            CallFailed: One was not answered with OK, or the connection ended.
        """
        try:
            received = self.socket.recv(_READ_BYTES)
        except BlockingIOError:
            return
        if not received:
            raise CallFailed("the server closed the connection")
        data, place = self._in + received, 0
        while len(data) - place >= 9:
            end = place + 9 + int.from_bytes(data[place : place + 3], "big")
            if end > len(data):
                break
            kind, flags, stream = data[place + 3], data[place + 4], int.from_bytes(data[place + 5 : place + 9], "big")
            if kind == _HEADERS:
                if flags & _END_STREAM:
                    if _OK not in data[place:end]:
                        raise CallFailed(f"a call failed: {data[place + 9 : end]!r}")
                    self.active -= 1
                    yield stream
            elif kind != _DATA:
                self._obey(kind, flags, stream, data[place + 9 : end])
            place = end
        self._in = data[place:]
        self._fill()

    def close(self) -> None:
        """Closes the connection."""
        self.socket.close()

    def _obey(self, kind: int, flags: int, stream: int, body: bytes) -> None:
        if kind in (_RST_STREAM, _GOAWAY):
            raise CallFailed(f"the server gave up: frame {kind}, {body!r}")
        if kind == _WINDOW_UPDATE:
            more = int.from_bytes(body, "big")
            if stream == 0:
                self._window += more
            elif stream in self._windows:
                self._windows[stream] += more
        elif kind == _PING and not flags & _ACK:
            self._out += _frame(_PING, _ACK, 0, body)
        elif kind == _SETTINGS and not flags & _ACK:
            for name, value in struct.iter_unpack(">HI", body):
                if name == _INITIAL_WINDOW_SIZE:
                    for open_stream in self._windows:
                        self._windows[open_stream] += value - self._stream_window
                    self._stream_window = value
            self._out += _frame(_SETTINGS, _ACK, 0, b"")

    def _fill(self) -> None:
        """Puts into frames what the windows allow, message after message."""
        while self._unsent:
            stream, message = self._unsent[0]
            size = min(len(message), _FRAME_BYTES, self._window, self._windows[stream])
            if size <= 0:
                return
            is_last = size == len(message)
            self._out += _frame(_DATA, _END_STREAM if is_last else 0, stream, message[:size])
            self._window -= size
            self._windows[stream] -= size
            if is_last:
                self._unsent.popleft()
                del self._windows[stream]
            else:
                self._unsent[0] = (stream, message[size:])


def _frame(kind: int, flags: int, stream: int, body: bytes) -> bytes:
    return struct.pack(">IBI", len(body) << 8 | kind, flags, stream) + body


def _request_headers(address: str, method: str) -> bytes:
    """Returns the headers of a call in the form of RFC 7541, none of which is to be indexed."""

    def text(value: str) -> bytes:
        return bytes([len(value)]) + value.encode()

    # In the static table 3 is POST, 6 http, 4 :path, 1 :authority and 31 content-type.
    return b"".join(
        [
            b"\x83\x86",
            b"\x04" + text(method),
            b"\x01" + text(address),
            b"\x0f\x10" + text("application/grpc"),
            b"\x00" + text("te") + text("trailers"),
        ]
    )
