"""Reward and settling specifications: protobuf to core value and back."""

from __future__ import annotations

from banditsvc.core.outcome import Feed, OutcomeType
from banditsvc.core.portfolio import (
    Attribution,
    LearnerKind,
    LearnerSpec,
    Measure,
    RewardSpec,
    RewardWeight,
    SettleSpec,
)
from banditsvc.core.times import DAY_US, HOUR_US, SECOND_US
from banditsvc.rpc.faults import Faults
from banditsvc.rpc.wire_number import MOST_AMOUNT, choose_enum, enum_number, members_of, read_number
from banditsvc.rpc.wire_outcome import read_feed
from banditsvc.rpc.wire_time import Allowed, read_span, write_time
from banditsvc.v1 import portfolio_pb2 as pb

MOST_WEIGHTS = 100
MOST_FEEDS = 100
MOST_CHECKPOINTS = 8

_WINDOW = Allowed(SECOND_US, 90 * DAY_US, "must be from 1 second to 90 days")
_HALF_LIFE = Allowed(HOUR_US, 3650 * DAY_US, "must be from 1 hour to 10 years")
_AGE = Allowed(SECOND_US, 90 * DAY_US, "must be an age from 1 second to before the end of the outcome window")
_GRACE = Allowed(0, 365 * DAY_US, "must be from 0 seconds to 365 days")

_OF_CONTACTS = frozenset({OutcomeType.DELIVERED, OutcomeType.OPEN, OutcomeType.CLICK})
"""Outcomes that only a message can have."""

_MEASURES = members_of(Measure)
_ATTRIBUTIONS = members_of(Attribution)


def read_reward_spec(message: pb.RewardSpec, path: str, faults: Faults) -> RewardSpec:
    """Returns how outcomes become a reward; faults name fields below the path."""
    _check_range(message, path, faults)
    return RewardSpec(
        weights=_read_weights(message, f"{path}.weights", faults),
        window_us=_read_window(message, f"{path}.outcome_window", faults),
        least=message.least_reward,
        greatest=message.greatest_reward,
        cost=read_number(message.cost, 0.0, MOST_AMOUNT, f"{path}.cost", faults),
        default=message.default_reward,
        attribution=choose_enum(
            _ATTRIBUTIONS, message.attribution, Attribution.ALL_IN_WINDOW, f"{path}.attribution", faults
        ),
        include_machine=message.include_machine,
    )


def needs_contact(spec: RewardSpec) -> bool:
    """Returns whether a reward can only come from a contact, so that sending nothing could never have one."""
    gains = [weight.type for weight in spec.weights if weight.weight > 0.0]
    return bool(gains) and all(kind in _OF_CONTACTS for kind in gains) and spec.default <= 0.0


def write_reward_spec(spec: RewardSpec) -> pb.RewardSpec:
    """Returns a reward specification as a message."""
    return pb.RewardSpec(
        weights=[
            pb.RewardWeight(
                type=enum_number(weight.type),
                custom_type=weight.custom_type,
                measure=enum_number(weight.measure),
                weight=weight.weight,
            )
            for weight in spec.weights
        ],
        cost=spec.cost,
        least_reward=spec.least,
        greatest_reward=spec.greatest,
        default_reward=spec.default,
        outcome_window=write_time(spec.window_us),
        attribution=enum_number(spec.attribution),
        include_machine=spec.include_machine,
    )


def read_settle_spec(message: pb.SettleSpec, path: str, faults: Faults) -> SettleSpec:
    """Returns when decisions settle; unset spans have their defaults."""
    defaults = SettleSpec()
    grace_us, deadline_us = defaults.grace_us, defaults.activation_deadline_us
    if message.HasField("grace"):
        grace_us = read_span(message.grace, _GRACE, f"{path}.grace", faults)
    if message.HasField("activation_deadline"):
        deadline_us = read_span(message.activation_deadline, _WINDOW, f"{path}.activation_deadline", faults)
    feeds = _read_feeds(message, f"{path}.required_feeds", faults)
    weight, half_life_us = defaults.historical_weight, defaults.historical_half_life_us
    if message.HasField("historical_weight"):
        weight = read_number(message.historical_weight, 0.0, 1.0, f"{path}.historical_weight", faults)
    if message.HasField("historical_half_life"):
        half_life_us = read_span(message.historical_half_life, _HALF_LIFE, f"{path}.historical_half_life", faults)
    return SettleSpec(
        required_feeds=feeds,
        grace_us=grace_us,
        activation_deadline_us=deadline_us,
        learn_business_as_usual=message.learn_business_as_usual,
        historical_weight=weight,
        historical_half_life_us=half_life_us,
        checkpoints_us=_read_checkpoints(message, f"{path}.checkpoints", faults),
    )


def write_settle_spec(spec: SettleSpec) -> pb.SettleSpec:
    """Returns a settling specification as a message."""
    return pb.SettleSpec(
        required_feeds=[
            pb.Feed(type=enum_number(feed.type), custom_type=feed.custom_type) for feed in spec.required_feeds
        ],
        grace=write_time(spec.grace_us),
        activation_deadline=write_time(spec.activation_deadline_us),
        learn_business_as_usual=spec.learn_business_as_usual,
        historical_weight=spec.historical_weight,
        historical_half_life=write_time(spec.historical_half_life_us),
        checkpoints=[write_time(age_us) for age_us in spec.checkpoints_us],
    )


def check_checkpoints(learner: LearnerSpec, path: str, faults: Faults) -> None:
    """Checks that the checkpoints go with the rest of the settings."""
    ages = learner.settle.checkpoints_us
    if ages and learner.train.learner is not LearnerKind.POSTERIOR:
        faults.add(
            path,
            "must be empty for VOWPAL_WABBIT, which cannot take back what it has learned from a provisional reward: "
            "set learner_spec.learner to POSTERIOR, or remove the checkpoints",
        )
    elif ages and learner.train.last_days is not None:
        faults.add(
            path,
            "must be empty beside learner_spec.last_days: a model that starts on the way cannot take back what was "
            "learned provisionally before it started; remove the checkpoints, or set half_life_days instead",
        )
    for i, age_us in enumerate(ages):
        if age_us >= learner.reward.window_us:
            faults.add(
                f"{path}[{i}]",
                "must be before the end of the outcome window, which is always the last age: remove it, or make "
                "reward_spec.outcome_window longer",
            )


def _read_checkpoints(message: pb.SettleSpec, path: str, faults: Faults) -> tuple[int, ...]:
    if len(message.checkpoints) > MOST_CHECKPOINTS:
        faults.add(path, f"must have at most {MOST_CHECKPOINTS} entries")
        return ()
    ages: list[int] = []
    for i, message_age in enumerate(message.checkpoints):
        noted = len(faults.violations)
        age_us = read_span(message_age, _AGE, f"{path}[{i}]", faults)
        if len(faults.violations) == noted and ages and age_us <= ages[-1]:
            faults.add(f"{path}[{i}]", f"must be after {path}[{i - 1}]: name each age once, the youngest first")
        ages.append(age_us)
    return tuple(ages)


def _check_range(message: pb.RewardSpec, path: str, faults: Faults) -> None:
    noted = len(faults.violations)
    for name in ("least_reward", "greatest_reward", "default_reward"):
        read_number(getattr(message, name), -MOST_AMOUNT, MOST_AMOUNT, f"{path}.{name}", faults)
    if len(faults.violations) > noted:
        return
    if message.greatest_reward <= message.least_reward:
        faults.add(f"{path}.greatest_reward", "must be above least_reward")
    elif not message.least_reward <= message.default_reward <= message.greatest_reward:
        faults.add(f"{path}.default_reward", "must be from least_reward to greatest_reward")


def _read_weights(message: pb.RewardSpec, path: str, faults: Faults) -> tuple[RewardWeight, ...]:
    if not 1 <= len(message.weights) <= MOST_WEIGHTS:
        faults.add(path, f"must have from 1 to {MOST_WEIGHTS} entries")
        return ()
    return tuple(_read_weight(weight, f"{path}[{i}]", faults) for i, weight in enumerate(message.weights))


def _read_weight(message: pb.RewardWeight, path: str, faults: Faults) -> RewardWeight:
    feed = read_feed(message, path, faults)
    if feed.type is OutcomeType.REFUND:
        faults.add(f"{path}.type", "must not be REFUND, which takes back the amount of what it refunds")
    return RewardWeight(
        type=feed.type,
        custom_type=feed.custom_type,
        measure=choose_enum(_MEASURES, message.measure, Measure.COUNT, f"{path}.measure", faults),
        weight=read_number(message.weight, -MOST_AMOUNT, MOST_AMOUNT, f"{path}.weight", faults),
    )


def _read_window(message: pb.RewardSpec, path: str, faults: Faults) -> int:
    if not message.HasField("outcome_window"):
        faults.add(path, "is required")
        return SECOND_US
    return read_span(message.outcome_window, _WINDOW, path, faults)


def _read_feeds(message: pb.SettleSpec, path: str, faults: Faults) -> tuple[Feed, ...]:
    if len(message.required_feeds) > MOST_FEEDS:
        faults.add(path, f"must have at most {MOST_FEEDS} entries")
        return ()
    feeds: list[Feed] = []
    first_place: dict[Feed, int] = {}
    for i, message_feed in enumerate(message.required_feeds):
        noted = len(faults.violations)
        feed = read_feed(message_feed, f"{path}[{i}]", faults)
        feeds.append(feed)
        # What is malformed has no name yet, and so is no repeat.
        if len(faults.violations) == noted and (first := first_place.setdefault(feed, i)) != i:
            faults.add(f"{path}[{i}]", f"is that of {path}[{first}]")
    return tuple(feeds)
