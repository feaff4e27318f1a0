"""The context of a customer: protobuf to core value."""

from __future__ import annotations

from collections.abc import Mapping
from operator import attrgetter
from typing import Literal

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
MOST_RECENCY_DAYS = 36_500.0
MOST_FREQUENCY = 1e9
MOST_MONETARY = 1e12
MOST_SCORE = 5
"""Best score of r, f and m."""

_STAGES = members_of(LifecycleStage)
_NOTHING_KNOWN = CustomerContext()
_Score = Literal["r", "f", "m"]

_values = attrgetter(
    *("recency_days", "frequency", "monetary", "r", "f", "m", "segment", "lifecycle_stage", "time_zone"),
    *("favourites", "features"),
)


def read_context(context: pb.CustomerContext, faults: Faults) -> CustomerContext:
    """Returns what is known of a customer; unset fields are None, which is not zero."""
    has = context.HasField
    recency_days, frequency, monetary, r, f, m, segment, stage, time_zone, favourites, features = _values(context)
    if not (
        0.0 <= recency_days <= MOST_RECENCY_DAYS
        and 0.0 <= frequency <= MOST_FREQUENCY
        and 0.0 <= monetary <= MOST_MONETARY
        and 0 <= r <= MOST_SCORE
        and 0 <= f <= MOST_SCORE
        and 0 <= m <= MOST_SCORE
    ):
        _note_measures(context, faults)
    # An unset field gives its zero: only where one is given does it take asking whether it is set.
    return CustomerContext(
        recency_days=recency_days if recency_days or has("recency_days") else None,
        frequency=frequency if frequency or has("frequency") else None,
        monetary=monetary if monetary or has("monetary") else None,
        r=r or _zero_score(context, "r", faults),
        f=f or _zero_score(context, "f", faults),
        m=m or _zero_score(context, "m", faults),
        segment=read_label(segment, "context.segment", faults) if segment or has("segment") else None,
        lifecycle_stage=read_enum(_STAGES, stage, "context.lifecycle_stage", faults) if stage else None,
        favourites=_read_favourites(favourites, faults) if favourites else {},
        features=read_features(features, MOST_FEATURES, "context.features", faults) if features else {},
        time_zone=_read_time_zone(time_zone, faults) if time_zone or has("time_zone") else None,
    )


def nothing_known() -> CustomerContext:
    """Returns the context of a request that has none."""
    return _NOTHING_KNOWN


def _note_measures(context: pb.CustomerContext, faults: Faults) -> None:
    """Notes every measure and score that is out of its range, but for a score of 0."""
    for name, most in (("recency_days", MOST_RECENCY_DAYS), ("frequency", MOST_FREQUENCY), ("monetary", MOST_MONETARY)):
        read_number(getattr(context, name), 0.0, most, f"context.{name}", faults)
    for name in ("r", "f", "m"):
        if not 0 <= getattr(context, name) <= MOST_SCORE:
            _note_score(name, faults)


def _zero_score(context: pb.CustomerContext, name: _Score, faults: Faults) -> int | None:
    """Returns what a score of 0 means: None where it is not set; where it is, it is at fault."""
    if not context.HasField(name):
        return None
    _note_score(name, faults)
    return 0


def _note_score(name: str, faults: Faults) -> None:
    faults.add(f"context.{name}", f"must be a whole number from 1 to {MOST_SCORE}")


def _read_time_zone(name: str, faults: Faults) -> str:
    if not is_time_zone(name):
        faults.add("context.time_zone", "must be the IANA name of a time zone, such as Europe/Berlin, or unset")
    return name


def _read_favourites(given: Mapping[str, float], faults: Faults) -> dict[str, float]:
    path = "context.favourites"
    if len(given) > MOST_FAVOURITES:
        faults.add(path, f"must have at most {MOST_FAVOURITES} entries")
        return {}
    favourites = {name: given[name] for name in given}
    for name, weight in favourites.items():
        if not 0.0 <= weight <= MOST_FAVOURITE_WEIGHT:
            read_number(weight, 0.0, MOST_FAVOURITE_WEIGHT, at_key(path, name), faults)
    check_names(favourites, path, faults)
    return favourites
