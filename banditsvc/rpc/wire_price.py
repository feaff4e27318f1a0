"""Prices: protobuf to core value and back."""

from __future__ import annotations

from banditsvc.core.audience_limit import LimitKind, LimitOwner
from banditsvc.core.decision_id import is_run_id
from banditsvc.core.portfolio_prices import LimitPrice, PortfolioPrices
from banditsvc.rpc.faults import Faults
from banditsvc.rpc.wire_number import MOST_AMOUNT, enum_number, members_of, read_number, require_enum
from banditsvc.rpc.wire_text import read_id, text_fault
from banditsvc.serving.price_changes import WantedPrice, WantedPrices
from banditsvc.v1 import price_pb2 as pb

MOST_LIMITS = 2_000
_MOST_USE = 1e15
_KINDS = members_of(LimitKind)
_OWNERS = members_of(LimitOwner)


def read_prices(message: pb.Prices) -> WantedPrices:
    """Returns prices as a caller wants them.

    Raises:
        InvalidRequest: Fields are malformed; it names all of them.
    """
    faults = Faults()
    portfolio_id = read_id(message.portfolio_id, "prices.portfolio_id", faults)
    if not is_run_id(message.run_id):
        faults.add("prices.run_id", "must be 1 to 63 of a-z, 0-9 and -, the first no -")
    if len(message.limits) > MOST_LIMITS:
        faults.add("prices.limits", f"must have at most {MOST_LIMITS:,} limits")
    if message.customers < 0:
        faults.add("prices.customers", "must be at least 0")
    for name in ("reward", "reward_without", "most_reward"):
        read_number(getattr(message, name), -_MOST_USE, _MOST_USE, f"prices.{name}", faults)
    read = [_read_limit(one, f"prices.limits[{place}]", faults) for place, one in enumerate(message.limits)]
    faults.raise_if_any()
    return WantedPrices(
        portfolio_id=portfolio_id,
        run_id=message.run_id,
        limits=tuple(one for one in read if one is not None),
        customers=message.customers,
        reward=message.reward,
        reward_without=message.reward_without,
        most_reward=message.most_reward,
    )


def write_prices(prices: PortfolioPrices) -> pb.Prices:
    """Returns prices as a message."""
    return pb.Prices(
        portfolio_id=prices.portfolio_id,
        run_id=prices.run_id,
        limits=map(_write_limit, prices.limits),
        customers=prices.customers,
        reward=prices.reward,
        reward_without=prices.reward_without,
        most_reward=prices.most_reward,
    )


def _read_limit(message: pb.LimitPrice, path: str, faults: Faults) -> WantedPrice | None:
    owner = require_enum(_OWNERS, message.owner, f"{path}.owner", faults)
    kind = require_enum(_KINDS, message.kind, f"{path}.kind", faults)
    name = read_id(message.name, f"{path}.name", faults)
    if fault := text_fault(message.value, 0):
        faults.add(f"{path}.value", fault)
    read_number(message.price, 0.0, MOST_AMOUNT, f"{path}.price", faults)
    read_number(message.bound, 0.0, _MOST_USE, f"{path}.bound", faults)
    read_number(message.expected, -_MOST_USE, _MOST_USE, f"{path}.expected", faults)
    if owner is None or kind is None:
        return None
    return WantedPrice(
        owner=owner,
        name=name,
        kind=kind,
        value=message.value,
        price=message.price,
        bound=message.bound,
        expected=message.expected,
        is_met=message.is_met,
    )


def _write_limit(one: LimitPrice) -> pb.LimitPrice:
    return pb.LimitPrice(
        owner=enum_number(one.limit.owner),
        name=one.limit.name,
        kind=enum_number(one.limit.kind),
        value=str(one.limit.value),
        price=one.price,
        bound=one.bound,
        expected=one.expected,
        is_met=one.is_met,
    )
