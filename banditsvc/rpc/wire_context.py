"""The context of a customer: protobuf to core value."""

from __future__ import annotations

from banditsvc.core.context import CustomerContext, LifecycleStage
from banditsvc.core.time_zones import is_time_zone
from banditsvc.rpc.faults import Faults, at_key
from banditsvc.rpc.wire_features import check_names, read_features
from banditsvc.rpc.wire_number import members_of, read_enum, read_number
from banditsvc.rpc.wire_text import read_label
from banditsvc.v1 import context_pb2 as pb

MOST_FEATURES = 256
MOST_FAVOURITES = 100
MOST_FAVOURITE_WEIGHT = 1000.0

_STAGES = members_of(LifecycleStage)
_NOTHING_KNOWN = CustomerContext()


def read_context(context: pb.CustomerContext, faults: Faults) -> CustomerContext:
    """Returns what is known of a customer; unset fields are None, which is not zero."""
    has = context.HasField
    number = _read_measure
    stage = context.lifecycle_stage
    return CustomerContext(
        recency_days=number(context.recency_days, 36_500.0, "recency_days", faults) if has("recency_days") else None,
        frequency=number(context.frequency, 1e9, "frequency", faults) if has("frequency") else None,
        monetary=number(context.monetary, 1e12, "monetary", faults) if has("monetary") else None,
        r=_read_score(context.r, "r", faults) if has("r") else None,
        f=_read_score(context.f, "f", faults) if has("f") else None,
        m=_read_score(context.m, "m", faults) if has("m") else None,
        segment=read_label(context.segment, "context.segment", faults) if has("segment") else None,
        lifecycle_stage=read_enum(_STAGES, stage, "context.lifecycle_stage", faults) if stage else None,
        favourites=_read_favourites(context, faults),
        features=read_features(context.features, MOST_FEATURES, "context.features", faults),
        time_zone=_read_time_zone(context.time_zone, faults) if has("time_zone") else None,
    )


def nothing_known() -> CustomerContext:
    """Returns the context of a request that has none."""
    return _NOTHING_KNOWN


def _read_measure(value: float, most: float, name: str, faults: Faults) -> float:
    if not 0.0 <= value <= most:
        read_number(value, 0.0, most, f"context.{name}", faults)
    return value


def _read_score(value: int, name: str, faults: Faults) -> int:
    if not 1 <= value <= 5:
        faults.add(f"context.{name}", "must be a whole number from 1 to 5")
    return value


def _read_time_zone(name: str, faults: Faults) -> str:
    if not is_time_zone(name):
        faults.add("context.time_zone", "must be the IANA name of a time zone, such as Europe/Berlin, or unset")
    return name


def _read_favourites(context: pb.CustomerContext, faults: Faults) -> dict[str, float]:
    path = "context.favourites"
    favourites = dict(context.favourites)
    if len(favourites) > MOST_FAVOURITES:
        faults.add(path, f"must have at most {MOST_FAVOURITES} entries")
        return {}
    for name, weight in favourites.items():
        if not 0.0 <= weight <= MOST_FAVOURITE_WEIGHT:
            read_number(weight, 0.0, MOST_FAVOURITE_WEIGHT, at_key(path, name), faults)
    check_names(favourites, path, faults)
    return favourites
