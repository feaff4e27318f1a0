"""Which addresses the server may listen on."""

from __future__ import annotations

import pytest

from banditsvc.rpc.address import UnsafeAddress, check_address

LOOPBACK = ["127.0.0.1:50051", "127.8.9.1:0", "localhost:1", "[::1]:50051", "unix:/run/banditsvc.sock"]
OPEN = ["0.0.0.0:50051", "[::]:50051", "10.0.0.5:50051", "bandit.shop.example:50051", ":50051"]


@pytest.mark.parametrize("address", LOOPBACK)
def test_loopback_needs_nothing(address: str) -> None:
    """A loopback address is safe as it is."""
    check_address(address, has_tls=False, insecure=False)


@pytest.mark.parametrize("address", OPEN)
def test_an_open_address_needs_tls_or_a_word(address: str) -> None:
    """An address that other machines can reach needs TLS or an explicit word."""
    with pytest.raises(UnsafeAddress):
        check_address(address, has_tls=False, insecure=False)
    check_address(address, has_tls=True, insecure=False)
    check_address(address, has_tls=False, insecure=True)


@pytest.mark.parametrize("address", ["", "127.0.0.1", "127.0.0.1:x", "127.0.0.1:70000", "127.0.0.1:-1"])
def test_what_is_no_address(address: str) -> None:
    """An address without a port from 0 to 65,535 is refused."""
    with pytest.raises(ValueError, match="must be host:port"):
        check_address(address, has_tls=False, insecure=False)
