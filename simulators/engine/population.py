"""The customers' state, a column for each part, for all seeds side by side."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from banditsvc.core.context import LifecycleStage
from banditsvc.core.context_columns import Coded, ContextColumns
from simulators.engine.keyed_draws import Stream, exponential, name_code, normal, uniform
from simulators.worlds.population_spec import FeatureSpec, PopulationSpec

YEAR_DAYS = 365.0
_OWN_CATEGORY_SHARE = 0.6
"""Chance that an organic purchase is in the category that the customer prefers."""
_START_YEARS = 3.0
_NEVER = -np.inf


class Population:
    """What there is to know of each customer, as of the start of a day."""

    def __init__(self, spec: PopulationSpec, keys: NDArray[np.uint64]) -> None:
        """Draws the customers of these keys as they are on day 0."""
        self.spec = spec
        self.keys = keys
        count = len(keys)
        self.segment_names = tuple(spec.segments)
        self.segment = _drawn([one.share for one in spec.segments.values()], uniform(keys, Stream.SEGMENT))
        self.features = {name: _feature(name, feature, keys) for name, feature in spec.features.items()}
        organic = spec.organic
        self.gap_days = organic.gap_days * np.exp(organic.gap_sigma * normal(keys, Stream.GAP))
        self.preferred = (uniform(keys, Stream.PREFERENCE) * max(1, len(spec.categories))).astype(np.int8)
        self.frequency = _start_purchases(organic.start_purchases, uniform(keys, Stream.START_PURCHASES))
        self.frequency[uniform(keys, Stream.PROSPECT) < organic.prospect_share] = 0
        has_bought = self.frequency > 0
        since = self.gap_days * exponential(keys, Stream.START_RECENCY)
        self.last_purchase = np.where(has_bought, -np.minimum(since, _START_YEARS * YEAR_DAYS), _NEVER)
        """Day, with its fraction; minus infinity where there was none. Likewise first_purchase and last_in_category."""
        span = (self.frequency - 1) * self.gap_days * (0.5 + uniform(keys, Stream.START_AGE))
        self.first_purchase = np.where(has_bought, self.last_purchase - span, _NEVER)
        spread = np.exp(0.5 * spec.order_value.sigma * normal(keys, Stream.START_SPEND))
        value = np.array([one.value_factor for one in spec.segments.values()])
        self.monetary = np.round(self.frequency * spec.order_value.mean * value[self.segment] * spread, 2)
        self.category_count = np.zeros((count, len(spec.categories)), dtype=np.int32)
        self.last_in_category = np.full((count, len(spec.categories)), _NEVER)
        if spec.categories:
            self._place_start_purchases(has_bought)
        silent = uniform(keys, Stream.START_SILENT) < organic.silent_share
        self.is_silent = silent & has_bought
        self.won_back = np.zeros(count, dtype=np.bool_)
        self.last_cart = np.full(count, _NEVER)
        self.fatigue = np.zeros(count)
        self.has_opted_out = np.zeros(count, dtype=np.bool_)
        self.contact_days = np.zeros(count, dtype=np.uint64)
        """Bit b: contacted b days before the present one."""
        self.effect_factor = np.ones(count)
        """What organic purchases are multiplied by until effect_end, because of the last contact."""
        self.effect_end = np.full(count, _NEVER)
        self.pending_time = np.full(count, np.inf)
        """When a purchase comes that a contact has caused; infinity where none is under way."""
        self.pending_amount = np.zeros(count)
        self.pending_day = np.zeros(count, dtype=np.int32)
        """Day of the contact that caused it, and its campaign's place in the calendar."""
        self.pending_campaign = np.full(count, -1, dtype=np.int32)

    def __len__(self) -> int:
        """Returns the number of customers, of all seeds together."""
        return len(self.keys)

    def _place_start_purchases(self, has_bought: NDArray[np.bool_]) -> None:
        rows = np.arange(len(self))
        count = len(self.spec.categories)
        own = np.where(self.frequency > 1, np.ceil(_OWN_CATEGORY_SHARE * self.frequency), self.frequency)
        self.category_count[rows, self.preferred] = own
        second = (self.preferred + 1 + (self.keys % np.uint64(max(1, count - 1))).astype(np.int64)) % count
        self.category_count[rows, second] += (self.frequency - own).astype(np.int32)
        self.last_in_category[rows, self.preferred] = self.last_purchase
        others = has_bought & (self.category_count[rows, second] > 0) & (second != self.preferred)
        self.last_in_category[rows[others], second[others]] = self.first_purchase[others]

    def organic_category(self, rows: NDArray[np.intp], day: int) -> NDArray[np.int64]:
        """Returns the category of an organic purchase of some customers on a day."""
        drawn = uniform(self.keys[rows], Stream.CATEGORY, day)
        other = ((drawn - _OWN_CATEGORY_SHARE) / (1.0 - _OWN_CATEGORY_SHARE) * len(self.spec.categories)).astype(
            np.int64
        )
        return np.where(drawn < _OWN_CATEGORY_SHARE, self.preferred[rows], other).astype(np.int64)

    def buy(self, rows: NDArray[np.intp], times: NDArray[np.float64], amounts: NDArray[np.float64]) -> None:
        """Takes in one purchase for each of some customers, all different, at these times (days with fractions)."""
        silence = times - self.last_purchase[rows]
        first = self.frequency[rows] == 0
        self.won_back[rows] = ~first & (silence >= self.spec.lapsed_days)
        self.first_purchase[rows] = np.where(first, times, self.first_purchase[rows])
        self.last_purchase[rows] = times
        self.frequency[rows] += 1
        self.monetary[rows] = np.round(self.monetary[rows] + amounts, 2)

    def buy_in(self, rows: NDArray[np.intp], categories: NDArray[np.int64], times: NDArray[np.float64]) -> None:
        """Notes the categories of the same purchases; -1 for none."""
        known = categories >= 0
        self.category_count[rows[known], categories[known]] += 1
        self.last_in_category[rows[known], categories[known]] = times[known]

    def favourites(self, rows: NDArray[np.intp]) -> NDArray[np.float64]:
        """Returns the weights of the favourites of some customers, shape (rows, categories); 0 for none."""
        counts = self.category_count[rows].astype(np.float64)
        total = counts.sum(axis=1, keepdims=True)
        shares: NDArray[np.float64] = np.round(counts / np.maximum(total, 1.0), 3)
        shares[shares < self.spec.favourite_share] = 0.0
        return shares

    def stages(self, rows: NDArray[np.intp], day: int) -> NDArray[np.int64]:
        """Returns the lifecycle stage of some customers on a day; the first that fits, in the order of the code."""
        silence, frequency, spec = day - self.last_purchase[rows], self.frequency[rows], self.spec
        return np.select(
            [
                frequency == 0,
                silence >= spec.lapsed_days,
                self.won_back[rows],
                silence >= spec.at_risk_gaps * self.gap_days[rows],
                (frequency == 1) & (silence <= spec.new_days),
                self.monetary[rows] >= spec.high_value,
            ],
            [
                LifecycleStage.PROSPECT,
                LifecycleStage.LAPSED,
                LifecycleStage.WON_BACK,
                LifecycleStage.AT_RISK,
                LifecycleStage.NEW,
                LifecycleStage.HIGH_VALUE,
            ],
            LifecycleStage.ACTIVE,
        ).astype(np.int64)

    def contexts(self, rows: NDArray[np.intp], day: int) -> ContextColumns:
        """Returns what is known of some customers at the start of a day. Who has not bought has no recency and no r."""
        spec, has_bought = self.spec, self.frequency[rows] > 0
        recency = np.where(has_bought, day - self.last_purchase[rows], np.nan)
        frequency, monetary = self.frequency[rows].astype(np.float64), self.monetary[rows]
        r = 5 - np.searchsorted(spec.recency_edges, recency, side="right")
        return ContextColumns(
            rows=len(rows),
            recency_days=recency,
            frequency=frequency,
            monetary=monetary,
            r=np.where(has_bought, r, 0),
            f=1 + np.searchsorted(spec.frequency_edges, frequency, side="right"),
            m=1 + np.searchsorted(spec.monetary_edges, monetary, side="right"),
            segment=Coded(self.segment[rows].astype(np.int64), self.segment_names),
            lifecycle_stage=self.stages(rows, day),
            favourite_names=spec.categories,
            favourites=self.favourites(rows),
            features={name: Coded(column.codes[rows], column.names) for name, column in self.features.items()},
        )


def _drawn(shares: list[float], draws: NDArray[np.float64]) -> NDArray[np.int8]:
    """Returns the place that each draw falls to."""
    ends = np.cumsum(shares)
    ends[-1] = 1.0
    return np.searchsorted(ends, draws, side="right").astype(np.int8)


def _feature(name: str, spec: FeatureSpec, keys: NDArray[np.uint64]) -> Coded:
    draws = uniform(keys, Stream.FEATURE, 0, name_code(name))
    return Coded(_drawn(list(spec.shares.values()), draws).astype(np.int64), tuple(spec.shares))


def _start_purchases(mean: float, draws: NDArray[np.float64]) -> NDArray[np.int32]:
    """Returns geometric numbers from 1 on."""
    if mean <= 1.0:
        return np.ones(len(draws), dtype=np.int32)
    beyond: NDArray[np.int32] = np.floor(np.log(draws) / np.log1p(-1.0 / mean)).astype(np.int32)
    return beyond + 1
