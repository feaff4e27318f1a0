"""Addresses to listen on: their form, and which of them other machines can reach."""

from __future__ import annotations

import ipaddress


class UnsafeAddress(ValueError):
    """The address is open to other machines and nothing protects it."""


def split_address(address: str) -> tuple[str, int]:
    """Returns host and port of `host:port` or `[host]:port`; port 0 means any free one.

    Raises:
        ValueError: The text is no such address.
    """
    host, colon, port = address.rpartition(":")
    host = host.removeprefix("[").removesuffix("]")
    if not colon or not host or not port.isdecimal() or int(port) > 65_535:
        raise ValueError(f"{address!r} is no address: write host:port, such as 127.0.0.1:50051")
    return host, int(port)


def is_loopback(address: str) -> bool:
    """Returns whether only this machine can reach the address.

    Raises:
        ValueError: The text is no address.
    """
    host, _ = split_address(address)
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        # A name may resolve to anything.
        return False


def check_exposure(address: str, *, has_tls: bool, insecure: bool) -> None:
    """Checks that an address is a loopback one, or protected by TLS, or explicitly wanted without.

    Args:
        address: `host:port`.
        has_tls: True when a certificate and its key are given.
        insecure: True when the operator has said in so many words that plain text is wanted.

    Raises:
        UnsafeAddress: It is none of these.
        ValueError: It is no address.
    """
    if not is_loopback(address) and not has_tls and not insecure:
        raise UnsafeAddress(
            f"address {address} can be reached by other machines: give tls_certificate and tls_key, "
            "or say insecure = true"
        )
