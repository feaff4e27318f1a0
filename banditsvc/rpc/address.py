"""Which addresses the server may listen on."""

from __future__ import annotations

import ipaddress


class UnsafeAddress(ValueError):
    """The address is open to other machines and nothing protects it."""


def check_address(address: str, *, has_tls: bool, insecure: bool) -> None:
    """Checks that an address is a loopback one, or protected by TLS, or explicitly wanted without.

    Args:
        address: `host:port`, `[ipv6]:port` or `unix:path`.
        has_tls: True when a certificate and its key are given.
        insecure: True when the operator has said in so many words that plain text is wanted.

    Raises:
        UnsafeAddress: It is none of these.
        ValueError: It is no address.
    """
    if address.startswith("unix:"):
        return
    host, separator, port = address.rpartition(":")
    if not separator or not port.isdecimal() or int(port) > 65_535:
        raise ValueError(f"address {address!r} must be host:port")
    if not (has_tls or insecure or _is_loopback(host.removeprefix("[").removesuffix("]"))):
        message = (
            f"address {address!r} is open to other machines: give a TLS certificate and key, "
            "listen on 127.0.0.1, or say insecure = true"
        )
        raise UnsafeAddress(message)


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        # A name may resolve to anything.
        return False
