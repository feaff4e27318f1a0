"""Which addresses the server may listen on."""

from __future__ import annotations

import pytest

from banditsvc.address import UnsafeAddress, check_exposure, split_address

LOOPBACK = ["127.0.0.1:50051", "127.8.9.1:0", "localhost:1", "[::1]:50051"]
OPEN = ["0.0.0.0:50051", "[::]:50051", "10.0.0.5:50051", "bandit.shop.example:50051"]


@pytest.mark.parametrize("address", LOOPBACK)
def test_loopback_needs_nothing(address: str) -> None:
    """A loopback address is safe as it is."""
    check_exposure(address, has_tls=False, insecure=False)


@pytest.mark.parametrize("address", OPEN)
def test_an_open_address_needs_tls_or_a_word(address: str) -> None:
    """An address that other machines can reach needs TLS or an explicit word."""
    with pytest.raises(UnsafeAddress):
        check_exposure(address, has_tls=False, insecure=False)
    check_exposure(address, has_tls=True, insecure=False)
    check_exposure(address, has_tls=False, insecure=True)


@pytest.mark.parametrize(
    ("address", "expected"),
    [("127.0.0.1:0", ("127.0.0.1", 0)), ("[::1]:65535", ("::1", 65535)), ("shop.example:443", ("shop.example", 443))],
)
def test_addresses_are_host_and_port(address: str, expected: tuple[str, int]) -> None:
    """An address is a host, a colon and a port; an IPv6 host stands in brackets."""
    assert expected == split_address(address)


@pytest.mark.parametrize("address", ["", "50051", ":50051", "host:", "host:-1", "host:65536", "host:x", "127.0.0.1"])
def test_what_is_no_address_is_refused(address: str) -> None:
    """A text without host or without a port from 0 to 65535 is no address, whatever protects it."""
    with pytest.raises(ValueError, match="is no address"):
        split_address(address)
    with pytest.raises(ValueError, match="is no address"):
        check_exposure(address, has_tls=True, insecure=True)
