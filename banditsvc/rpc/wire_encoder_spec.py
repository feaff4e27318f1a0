"""Encoder and learner specifications: protobuf to core value and back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from banditsvc.core.calendar_features import CalendarFeature
from banditsvc.core.portfolio import (
    LEAST_LAST_DAYS,
    MOST_LAST_DAYS,
    POSTERIOR_TRAIN,
    EncoderSpec,
    LabelWeighting,
    LearnerKind,
    TrainSpec,
)
from banditsvc.rpc.faults import Faults, at_key
from banditsvc.rpc.wire_features import check_names
from banditsvc.rpc.wire_labels import read_renames
from banditsvc.rpc.wire_number import choose_enum, enum_number, members_of, read_edges, read_number, require_enum
from banditsvc.rpc.wire_text import read_id
from banditsvc.v1 import portfolio_pb2 as pb

MOST_NUMBER_EDGES = 256
MOST_CROSSES = 100
MOST_RENAMES = 256
MOST_HALF_LIFE = 10**12
MOST_HALF_LIFE_DAYS = 36_500.0

_CALENDAR = members_of(CalendarFeature)
_LEARNERS = members_of(LearnerKind)
_WEIGHTINGS = members_of(LabelWeighting)


def read_encoder_spec(message: pb.EncoderSpec, path: str, faults: Faults) -> EncoderSpec:
    """Returns how features are made; empty edges have their defaults."""
    defaults = EncoderSpec()
    recency, frequency = message.recency_edges, message.frequency_edges
    return EncoderSpec(
        recency_edges=_edges(recency, defaults.recency_edges, f"{path}.recency_edges", faults),
        frequency_edges=_edges(frequency, defaults.frequency_edges, f"{path}.frequency_edges", faults),
        monetary_edges=_edges(message.monetary_edges, defaults.monetary_edges, f"{path}.monetary_edges", faults),
        number_edges=_read_number_edges(message, f"{path}.number_edges", faults),
        crosses=_read_crosses(message, f"{path}.crosses", faults),
        segment_renamed_from=read_renames(
            message.segment_renamed_from, MOST_RENAMES, f"{path}.segment_renamed_from", faults
        ),
        category_renamed_from=read_renames(
            message.category_renamed_from, MOST_RENAMES, f"{path}.category_renamed_from", faults
        ),
        calendar_features=_read_calendar(message, f"{path}.calendar_features", faults),
    )


def write_encoder_spec(spec: EncoderSpec) -> pb.EncoderSpec:
    """Returns an encoder specification as a message."""
    return pb.EncoderSpec(
        recency_edges=spec.recency_edges,
        frequency_edges=spec.frequency_edges,
        monetary_edges=spec.monetary_edges,
        number_edges={name: pb.Edges(edges=edges) for name, edges in spec.number_edges.items()},
        crosses=[pb.Cross(first=first, second=second) for first, second in spec.crosses],
        segment_renamed_from=spec.segment_renamed_from,
        category_renamed_from=spec.category_renamed_from,
        calendar_features=[enum_number(feature) for feature in spec.calendar_features],
    )


def read_learner_spec(message: pb.LearnerSpec, path: str, faults: Faults) -> TrainSpec:
    """Returns how the model learns; unset fields have their defaults."""
    given = [name for name in ("learning_rate", "power_t", "l2") if message.HasField(name)]
    given += ["label_weighting"] if message.label_weighting else []
    forgetting = [name for name in ("half_life_decisions", "half_life_days") if message.HasField(name)]
    forgetting += ["never_forgets"] if message.never_forgets else []
    default = LearnerKind.VOWPAL_WABBIT if given else LearnerKind.POSTERIOR
    learner = choose_enum(_LEARNERS, message.learner, default, f"{path}.learner", faults)
    bits = read_number(message.bits if message.HasField("bits") else TrainSpec().bits, 10, 24, f"{path}.bits", faults)
    last_days = _read_last_days(message, f"{path}.last_days", faults)
    if learner is LearnerKind.VOWPAL_WABBIT:
        for name in forgetting:
            faults.add(
                f"{path}.{name}",
                "must not be given for VOWPAL_WABBIT: its learning_rate says how it forgets, or last_days",
            )
        return replace(_read_vowpal_wabbit(message, bits, path, faults), last_days=last_days)
    for name in given:
        faults.add(f"{path}.{name}", "must not be given for POSTERIOR")
    forgetting += ["last_days"] if last_days is not None else []
    if len(forgetting) > 1:
        faults.add(f"{path}.{forgetting[1]}", f"must not be given beside {forgetting[0]}: remove one of them")
    train = _read_posterior(message, bits, path, faults)
    return train if last_days is None else replace(train, half_life_decisions=None, last_days=last_days)


def _read_last_days(message: pb.LearnerSpec, path: str, faults: Faults) -> int | None:
    if not message.HasField("last_days"):
        return None
    if not LEAST_LAST_DAYS <= message.last_days <= MOST_LAST_DAYS:
        faults.add(
            path, f"must be from {LEAST_LAST_DAYS} to {MOST_LAST_DAYS:,} days; to learn from all sendings, remove it"
        )
    return message.last_days


def _read_posterior(message: pb.LearnerSpec, bits: int, path: str, faults: Faults) -> TrainSpec:
    decisions, days = message.half_life_decisions, message.half_life_days
    train = replace(POSTERIOR_TRAIN, bits=bits)
    if message.HasField("half_life_decisions"):
        if not 1 <= decisions <= MOST_HALF_LIFE:
            faults.add(
                f"{path}.half_life_decisions", f"must be from 1 to {MOST_HALF_LIFE:,}; to keep all, never_forgets"
            )
        return replace(train, half_life_decisions=decisions)
    if message.HasField("half_life_days"):
        if not 0.0 < days <= MOST_HALF_LIFE_DAYS:
            most = f"{MOST_HALF_LIFE_DAYS:,.15g}"
            faults.add(f"{path}.half_life_days", f"must be above 0 and at most {most}; to keep all, never_forgets")
        return replace(train, half_life_decisions=None, half_life_days=days)
    return replace(train, half_life_decisions=None) if message.never_forgets else train


def _read_vowpal_wabbit(message: pb.LearnerSpec, bits: int, path: str, faults: Faults) -> TrainSpec:
    defaults, has = TrainSpec(), message.HasField
    rate = message.learning_rate if has("learning_rate") else defaults.learning_rate
    power_t = message.power_t if has("power_t") else defaults.power_t
    return TrainSpec(
        learning_rate=read_number(rate, 1e-9, 1e3, f"{path}.learning_rate", faults),
        power_t=read_number(power_t, 0.0, 1.0, f"{path}.power_t", faults),
        bits=bits,
        l2=read_number(message.l2 if has("l2") else defaults.l2, 0.0, 1e3, f"{path}.l2", faults),
        label_weighting=choose_enum(
            _WEIGHTINGS, message.label_weighting, defaults.label_weighting, f"{path}.label_weighting", faults
        ),
    )


def write_learner_spec(spec: TrainSpec) -> pb.LearnerSpec:
    """Returns a learner specification as a message: the settings of what learns, and no others."""
    if spec.learner is LearnerKind.POSTERIOR:
        return pb.LearnerSpec(
            learner=enum_number(spec.learner),
            bits=spec.bits,
            half_life_decisions=spec.half_life_decisions,
            half_life_days=spec.half_life_days,
            never_forgets=spec.half_life_decisions is spec.half_life_days is spec.last_days is None,
            last_days=spec.last_days,
        )
    return pb.LearnerSpec(
        learner=enum_number(spec.learner),
        learning_rate=spec.learning_rate,
        power_t=spec.power_t,
        bits=spec.bits,
        l2=spec.l2,
        label_weighting=enum_number(spec.label_weighting),
        last_days=spec.last_days,
    )


def _edges(edges: Sequence[float], default: tuple[float, ...], path: str, faults: Faults) -> tuple[float, ...]:
    return read_edges(edges, path, faults) if edges else default


def _read_number_edges(message: pb.EncoderSpec, path: str, faults: Faults) -> dict[str, tuple[float, ...]]:
    if len(message.number_edges) > MOST_NUMBER_EDGES:
        faults.add(path, f"must have at most {MOST_NUMBER_EDGES} entries")
        return {}
    check_names(message.number_edges, path, faults)
    read: dict[str, tuple[float, ...]] = {}
    # A map has no order on the wire; by name, equal messages give equal values in equal order.
    for name in sorted(message.number_edges):
        edges = message.number_edges[name].edges
        if not edges:
            faults.add(f"{at_key(path, name)}.edges", "must have at least one edge")
        read[name] = read_edges(edges, f"{at_key(path, name)}.edges", faults)
    return read


def _read_calendar(message: pb.EncoderSpec, path: str, faults: Faults) -> tuple[CalendarFeature, ...]:
    read: list[CalendarFeature] = []
    for i, number in enumerate(message.calendar_features):
        feature = require_enum(_CALENDAR, number, f"{path}[{i}]", faults)
        if feature is not None and feature in read:
            faults.add(f"{path}[{i}]", f"{feature.name} is given already")
        elif feature is not None:
            read.append(feature)
    return tuple(read)


def _read_crosses(message: pb.EncoderSpec, path: str, faults: Faults) -> tuple[tuple[str, str], ...]:
    if len(message.crosses) > MOST_CROSSES:
        faults.add(path, f"must have at most {MOST_CROSSES} entries")
        return ()
    crosses: list[tuple[str, str]] = []
    for i, cross in enumerate(message.crosses):
        first = read_id(cross.first, f"{path}[{i}].first", faults)
        second = read_id(cross.second, f"{path}[{i}].second", faults)
        if first and first == second:
            faults.add(f"{path}[{i}].second", "must be another feature than first")
        elif (first, second) in crosses or (second, first) in crosses:
            faults.add(f"{path}[{i}]", "crosses two features that are crossed already")
        crosses.append((first, second))
    return tuple(crosses)
