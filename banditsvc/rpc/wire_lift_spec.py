"""Lift specifications: protobuf to core value and back."""

from __future__ import annotations

from collections.abc import Sequence

from banditsvc.core.lift_spec import LiftPopulation, LiftSpec
from banditsvc.core.outcome import Feed, OutcomeType
from banditsvc.rpc.faults import Faults
from banditsvc.rpc.wire_number import MOST_AMOUNT, choose_enum, enum_number, members_of, read_number
from banditsvc.rpc.wire_outcome import read_feed
from banditsvc.v1 import portfolio_pb2 as pb

MOST_FEEDS = 100
MOST_SLICES = 10_000
MOST_LIFT = 10.0

_POPULATIONS = members_of(LiftPopulation)
_DEFAULTS = LiftSpec()


def read_lift_spec(message: pb.LiftSpec, path: str, faults: Faults) -> LiftSpec:
    """Returns what lift reports count; what is unset has its default."""
    has = message.HasField
    if has("greatest_revenue") and not 0.0 < message.greatest_revenue <= MOST_AMOUNT:
        faults.add(f"{path}.greatest_revenue", f"must be above 0 and at most {MOST_AMOUNT:,.15g}")
    if has("smallest_lift") and not 0.0 < message.smallest_lift <= MOST_LIFT:
        faults.add(f"{path}.smallest_lift", f"must be above 0 and at most {MOST_LIFT:g}")
    return LiftSpec(
        population=choose_enum(_POPULATIONS, message.population, LiftPopulation.ENROLLED, f"{path}.population", faults),
        conversion_outcomes=_read_feeds(message.conversion_outcomes, f"{path}.conversion_outcomes", faults)
        or _DEFAULTS.conversion_outcomes,
        revenue_outcomes=_read_feeds(message.revenue_outcomes, f"{path}.revenue_outcomes", faults)
        or _DEFAULTS.revenue_outcomes,
        greatest_revenue=message.greatest_revenue if has("greatest_revenue") else None,
        smallest_lift=message.smallest_lift if has("smallest_lift") else _DEFAULTS.smallest_lift,
        planned_slices=read_number(message.planned_slices, 0, MOST_SLICES, f"{path}.planned_slices", faults),
    )


def write_lift_spec(spec: LiftSpec) -> pb.LiftSpec:
    """Returns a lift specification as a message."""
    return pb.LiftSpec(
        population=enum_number(spec.population),
        conversion_outcomes=_write_feeds(spec.conversion_outcomes),
        revenue_outcomes=_write_feeds(spec.revenue_outcomes),
        greatest_revenue=spec.greatest_revenue,
        smallest_lift=spec.smallest_lift,
        planned_slices=spec.planned_slices,
    )


def _read_feeds(messages: Sequence[pb.Feed], path: str, faults: Faults) -> tuple[Feed, ...]:
    if len(messages) > MOST_FEEDS:
        faults.add(path, f"must have at most {MOST_FEEDS} entries")
        return ()
    feeds = []
    for place, message in enumerate(messages):
        feed = read_feed(message, f"{path}[{place}]", faults)
        if feed.type is OutcomeType.REFUND:
            faults.add(f"{path}[{place}].type", "must not be REFUND, which takes back the amount of what it refunds")
        feeds.append(feed)
    return tuple(sorted(set(feeds), key=lambda feed: (feed.type, feed.custom_type)))


def _write_feeds(feeds: Sequence[Feed]) -> list[pb.Feed]:
    return [pb.Feed(type=enum_number(feed.type), custom_type=feed.custom_type) for feed in feeds]
