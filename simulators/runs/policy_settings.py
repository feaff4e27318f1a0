"""Settings of a named policy: how it explores, encodes and learns, where that is to differ from the service's defaults."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from banditsvc.core.calendar_features import CalendarFeature
from banditsvc.core.portfolio import (
    LEAST_LAST_DAYS,
    MOST_LAST_DAYS,
    POSTERIOR_TRAIN,
    LearnerKind,
    LearnerSpec,
    TrainSpec,
)
from simulators.table_faults import TableFaults
from simulators.worlds.table import NotNegative, Positive, Share, Table


def _crosses(value: object) -> object:
    """Returns the pairs of `segment*favourites+segment*r`; anything else as it is."""
    if not isinstance(value, str):
        return value
    pairs = [pair.split("*") for pair in value.split("+")]
    if any(len(pair) != 2 or not all(pair) for pair in pairs):
        raise ValueError(f"{value!r} is no list of crosses: write segment*favourites, several with + between them")
    return pairs


def _calendar(value: object) -> object:
    """Returns the features of `day_of_week+season`, or of such names in a list; anything else as it is."""
    names = [name for name in value.split("+") if name] if isinstance(value, str) else value
    if not isinstance(names, list | tuple):
        return value
    known = {one.name.lower(): one for one in CalendarFeature}
    unknown = [name for name in names if name not in known]
    if unknown or len(set(names)) < len(names):
        raise ValueError(
            f"{value!r} is no list of different calendar features: write them with + between, of {', '.join(known)}"
        )
    return [known[name] for name in names]


class PolicySettings(Table):
    """What is set of a policy; None leaves the default. All but the floor matter to policies that learn alone."""

    floor: Share | None = None
    """Share spread evenly over the eligible campaigns."""
    learner: Literal["posterior", "vowpal_wabbit"] | None = None
    """What learns; None: whose settings are given, else what it is for."""
    half_life_decisions: Annotated[int | None, Field(ge=1)] = None
    """Of the posterior: after so many learned decisions what was learned counts one half."""
    last_days: Annotated[int | None, Field(ge=LEAST_LAST_DAYS, le=MOST_LAST_DAYS)] = None
    """Of either learner: only what was sent in the last so many days is learned from."""
    learning_rate: Positive | None = None
    power_t: Annotated[float | None, Field(ge=0.0, le=1.0)] = None
    bits: Annotated[int | None, Field(ge=8, le=24)] = None
    l2: NotNegative | None = None
    crosses: Annotated[tuple[tuple[str, str], ...] | None, BeforeValidator(_crosses)] = None
    """Pairs of context features to cross; as text `segment*favourites+segment*r`."""
    calendar_features: Annotated[tuple[CalendarFeature, ...] | None, BeforeValidator(_calendar)] = None
    """What is made of the send time; as text `day_of_week+season`."""
    window_days: Annotated[int | None, Field(ge=1)] = None
    """Window whose outcomes are learned, instead of the world's: shorter than it is learning early."""
    waits_for_feed: bool = True
    """Whether a decision is learned only once the feed of outcomes is complete; else what has not come is a zero."""
    frozen: bool = False
    """Whether nothing is learned."""

    @model_validator(mode="after")
    def _check_forgetting(self) -> Self:
        if self.last_days is not None and self.half_life_decisions is not None:
            raise TableFaults([(("last_days",), "it must not be given beside half_life_decisions: remove one of them")])
        return self

    def applied_to(self, learner: LearnerSpec) -> LearnerSpec:
        """Returns a learner with these settings."""
        train: dict[str, Any] = {} if self.last_days is None else {"half_life_decisions": None}
        train |= {
            name: value
            for name in ("learning_rate", "power_t", "bits", "l2", "half_life_decisions", "last_days")
            if (value := getattr(self, name)) is not None
        }
        wanted = self._kind() or learner.train.learner
        new = POSTERIOR_TRAIN if wanted is LearnerKind.POSTERIOR else TrainSpec()
        base = learner.train if wanted is learner.train.learner else new
        encoder = learner.encoder
        if self.crosses is not None:
            encoder = replace(encoder, crosses=self.crosses)
        if self.calendar_features is not None:
            encoder = replace(encoder, calendar_features=self.calendar_features)
        settle = learner.settle if self.waits_for_feed else replace(learner.settle, required_feeds=())
        return replace(learner, settle=settle, train=replace(base, **train), encoder=encoder)

    def _kind(self) -> LearnerKind | None:
        if self.learner is not None:
            return LearnerKind[self.learner.upper()]
        if any(value is not None for value in (self.learning_rate, self.power_t, self.l2)):
            return LearnerKind.VOWPAL_WABBIT
        return None if self.half_life_decisions is None else LearnerKind.POSTERIOR
