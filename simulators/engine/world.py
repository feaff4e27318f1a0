"""A world under way: its customers day by day, what contacts do to them, and what they buy."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from banditsvc.core.campaign import CampaignType
from simulators.engine.campaign_calendar import CampaignCalendar
from simulators.engine.happenings import happened
from simulators.engine.keyed_draws import Stream, derived_keys, exponential, normal, population_keys, uniform
from simulators.engine.organic import organic_rate
from simulators.engine.population import Population
from simulators.engine.purchases import Purchases, joined_purchases
from simulators.engine.response import ResponseModel
from simulators.engine.visit import Visit
from simulators.worlds.order_value import OrderValue
from simulators.worlds.table import MOST_DAYS
from simulators.worlds.world_spec import WorldSpec

_LONGEST_WAIT = 10.0 * MOST_DAYS
"""Days, far after the end of any run: what comes later has no number of a day in 32 bits, nor has infinity."""


@dataclass(frozen=True, slots=True, eq=False)
class Sent:
    """What came of sending at once; each of shape (rows,), False where nothing was sent."""

    is_contact: NDArray[np.bool_]
    has_responded: NDArray[np.bool_]
    """Whether the contact causes a purchase, now or later."""
    has_opted_out: NDArray[np.bool_]


class World:
    """The customers of a world for several seeds side by side, each as if it were alone, bit for bit.

    A day is begin_day, send for every visiting customer at most once, end_day. What happens depends on the seed and on
    what was sent, by draws keyed by seed, customer, day and campaign: policies that do the same meet the same.
    """

    def __init__(self, spec: WorldSpec, seeds: Sequence[int]) -> None:
        self.spec = spec
        self.seeds = tuple(seeds)
        self.day = 0
        self.calendar = CampaignCalendar(spec)
        self.responses = ResponseModel(spec, self.calendar, self.seeds)
        self._keys = population_keys(self.seeds, spec.customers)
        self.customers = self._fresh_customers() if spec.stateless else Population(spec.population, self._keys)
        self._segment_value = np.array([one.value_factor for one in spec.population.segments.values()])
        self._future: dict[int, list[Purchases]] = {}
        """Of a stateless world, whose customers are gone by then: by day the purchases that contacts have caused."""

    def _fresh_customers(self) -> Population:
        return Population(self.spec.population, derived_keys(self._keys, Stream.FRESH, self.day))

    def customer_ids(self, rows: NDArray[np.intp], days: NDArray[np.int32] | None = None) -> list[str]:
        """Returns the id of some customers within their seed.

        Of a stateless world each day has others: days says which day's customer each is, by default today's.
        """
        numbers = (rows % self.spec.customers).tolist()
        if not self.spec.stateless:
            return [f"c{number}" for number in numbers]
        of_day = [self.day] * len(rows) if days is None else days.tolist()
        return [f"d{day}-{number}" for day, number in zip(of_day, numbers, strict=True)]

    def begin_day(self) -> Visit:
        """Returns the customers who are decided for today: whose turn it is, and who have not opted out."""
        every = self.spec.visits.every_days
        keys = self.customers.keys
        turn = (uniform(keys, Stream.VISIT) * every).astype(np.int64) == self.day % every
        return Visit(self, np.flatnonzero(turn & ~self.customers.has_opted_out))

    def send(self, visit: Visit, chosen: NDArray[np.intp]) -> Sent:
        """Sends each visiting customer what was chosen: a column of the live campaigns, -1 for nothing at all."""
        visit.fix()
        live, count = visit.live, len(visit)
        is_contact = np.array([*[entry.spec is not None for entry in live.entries], False])[chosen]
        # For whom nothing is eligible is sent nothing as well.
        idle = next((place for place, entry in enumerate(live.entries) if entry.spec is None), -1)
        done = np.where(chosen < 0, idle, chosen)
        has_effect = np.array([*[entry.effect is not None for entry in live.entries], False])[done]
        sent = Sent(is_contact, np.zeros(count, dtype=np.bool_), np.zeros(count, dtype=np.bool_))
        places = np.flatnonzero(has_effect)
        if places.size:
            columns, rows = done[places], visit.rows[places]
            chance = visit.probabilities[places, columns]
            keys, codes = self.customers.keys[rows], live.codes[columns]
            responds = uniform(keys, Stream.RESPONSE, self.day, codes) < chance
            sent.has_responded[places] = responds & is_contact[places]
            self._expect_purchases(visit, places[responds], done)
        contacted = np.flatnonzero(is_contact)
        if contacted.size:
            sent.has_opted_out[contacted] = self._tire(visit, contacted, chosen[contacted])
        return sent

    def _expect_purchases(self, visit: Visit, places: NDArray[np.intp], chosen: NDArray[np.intp]) -> None:
        customers = self.customers
        for column in np.unique(chosen[places]).tolist():
            entry = visit.live.entries[column]
            assert entry.effect is not None
            rows = visit.rows[places[chosen[places] == column]]
            value = entry.effect.order_value or self.spec.population.order_value
            delay = entry.effect.delay or self.spec.delay
            base = self._draw_values(value, rows, entry.code)
            mean = delay.mean_days * np.power(base / value.median, delay.reward_exponent)
            factor = entry.effect.value_factor * self._segment_value[customers.segment[rows]]
            wait = np.minimum(
                mean * exponential(customers.keys[rows], Stream.DELAY, self.day, entry.code), _LONGEST_WAIT
            )
            # What comes without contact is organic, although it is the visit's own.
            place = -1 if entry.spec is None else entry.place
            self._hold(rows, self.day + wait, np.round(base * factor, 2), place)

    def _hold(self, rows: NDArray[np.intp], time: NDArray[np.float64], amount: NDArray[np.float64], place: int) -> None:
        """Keeps purchases that come of what was done today until they are made."""
        customers, spec = self.customers, self.spec
        if not spec.stateless:
            customers.pending_time[rows] = time
            customers.pending_amount[rows] = amount
            customers.pending_day[rows] = self.day
            customers.pending_campaign[rows] = place
            return
        cause_day, cause_campaign = (np.full(len(rows), one, dtype=np.int32) for one in (self.day, place))
        held = happened(
            spec,
            customers.keys,
            rows,
            self.day,
            time=time,
            amount=amount,
            cause_day=cause_day,
            cause_campaign=cause_campaign,
        )
        of_day = np.floor(time).astype(np.int64)
        for day in np.unique(of_day).tolist():
            self._future.setdefault(day, []).append(held.where(of_day == day))

    def _draw_values(self, value: OrderValue, rows: NDArray[np.intp], code: int) -> NDArray[np.float64]:
        keys = self.customers.keys[rows]
        drawn = value.median * np.exp(value.sigma * normal(keys, Stream.AMOUNT, self.day, code))
        if value.tail_share > 0.0:
            in_tail = uniform(keys, Stream.TAIL, self.day, code) < value.tail_share
            size = np.power(uniform(keys, Stream.TAIL_SIZE, self.day, code), -1.0 / value.tail_alpha)
            drawn = np.where(in_tail, drawn * size, drawn)
        return drawn

    def _tire(self, visit: Visit, places: NDArray[np.intp], columns: NDArray[np.intp]) -> NDArray[np.bool_]:
        """Adds the contacts' fatigue and effects, and returns who opts out."""
        customers, live, rows = self.customers, visit.live, visit.rows[places]
        specs = [entry.spec for entry in live.entries]
        rates = np.array([0.0 if one is None else one.opt_out_rate for one in specs])[columns]
        growth = self.spec.population.fatigue.opt_out_growth
        rates = np.minimum(1.0, rates * np.exp(growth * customers.fatigue[rows]))
        opts_out: NDArray[np.bool_] = (
            uniform(customers.keys[rows], Stream.OPT_OUT, self.day, live.codes[columns]) < rates
        )
        customers.has_opted_out[rows[opts_out]] = True
        customers.fatigue[rows] += 1.0
        is_counted = np.array([one.type is not CampaignType.TRANSACTIONAL for one in live.campaigns])[columns]
        customers.contact_days[rows] |= is_counted.astype(np.uint64)
        customers.effect_factor[rows] = np.array([1.0 if one is None else one.organic_factor for one in specs])[columns]
        customers.effect_end[rows] = self.day + self.spec.population.effect_days
        return opts_out

    def end_day(self) -> Purchases:
        """Lets the day pass and returns what was bought on it, by customer."""
        bought = joined_purchases(
            [self._pending_purchases(), self._organic_purchases(), *self._future.pop(self.day, [])]
        )
        order = np.lexsort((bought.cause_day, bought.is_organic, bought.rows))
        purchases = bought.where(order)
        self._pass_on()
        return purchases

    def _pending_purchases(self) -> Purchases:
        customers = self.customers
        rows = np.flatnonzero(customers.pending_time < self.day + 1)
        purchases = happened(
            self.spec,
            customers.keys,
            rows,
            self.day,
            time=customers.pending_time[rows],
            amount=customers.pending_amount[rows],
            cause_day=customers.pending_day[rows],
            cause_campaign=customers.pending_campaign[rows],
        )
        customers.pending_time[rows] = np.inf
        categories = np.array([self._category(one.campaign.category) for one in self.calendar.entries], dtype=np.int64)
        self._take_in(purchases, categories[purchases.cause_campaign])
        return purchases

    def _category(self, name: str) -> int:
        known = self.spec.population.categories
        return known.index(name) if name in known else -1

    def _organic_purchases(self) -> Purchases:
        customers = self.customers
        everybody = np.arange(len(customers))
        if self.spec.population.organic.rate_factor > 0.0:
            rate = organic_rate(self.spec.population, customers, everybody)
            rate *= np.where(customers.effect_end > self.day, customers.effect_factor, 1.0)
            rows = np.flatnonzero(uniform(customers.keys, Stream.ORGANIC, self.day) < -np.expm1(-rate))
        else:
            rows = everybody[:0]
        factor = self._segment_value[customers.segment[rows]]
        purchases = happened(
            self.spec,
            customers.keys,
            rows,
            self.day,
            time=self.day + uniform(customers.keys[rows], Stream.ORGANIC_TIME, self.day),
            amount=np.round(self._draw_values(self.spec.population.order_value, rows, 0) * factor, 2),
            cause_day=np.full(len(rows), -1, dtype=np.int32),
            cause_campaign=np.full(len(rows), -1, dtype=np.int32),
        )
        if rows.size:
            self._take_in(purchases, customers.organic_category(rows, self.day))
        return purchases

    def _take_in(self, purchases: Purchases, categories: NDArray[np.int64]) -> None:
        customers, rows = self.customers, purchases.rows
        # Of two on one day the later one is the last.
        times = np.maximum(purchases.time, customers.last_purchase[rows])
        customers.buy(rows, times, purchases.amount)
        customers.buy_in(rows, categories, times)
        # An organic purchase and one that was caused have draws of their own.
        own = customers.keys[rows] ^ purchases.is_organic.astype(np.uint64)
        silent = uniform(own, Stream.SILENT, self.day) < self.spec.population.organic.silent_share
        customers.is_silent[rows] = silent

    def _pass_on(self) -> None:
        customers, spec = self.customers, self.spec
        cart_rate = spec.population.organic.cart_rate
        if cart_rate > 0.0:
            customers.last_cart[uniform(customers.keys, Stream.CART, self.day) < cart_rate] = self.day
        self._move_segments()
        self.day += 1
        if spec.stateless:
            self.customers = self._fresh_customers()
            return
        customers.fatigue *= 0.5 ** (1.0 / spec.population.fatigue.half_life_days)
        customers.contact_days <<= np.uint64(1)

    def _move_segments(self) -> None:
        customers, segments = self.customers, self.spec.population.segments
        if not any(one.moves for one in segments.values()):
            return
        draws = uniform(customers.keys, Stream.MOVE, self.day)
        names = list(segments)
        before = customers.segment.copy()
        for place, segment in enumerate(segments.values()):
            start = 0.0
            for target, rate in segment.moves.items():
                moves = (before == place) & (draws >= start) & (draws < start + rate)
                customers.segment[moves] = names.index(target)
                start += rate
