"""Capacity ledger: how many contacts, and how much cost, the capacities of an organization or portfolio have left."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import replace
from operator import attrgetter
from typing import Protocol
from zoneinfo import ZoneInfo

from banditsvc.core.calendar_periods import FOR_GOOD, Span, period_of
from banditsvc.core.campaign_labels import CampaignLabels
from banditsvc.core.capacity_pool import CapacityTerms, LoadedPeriod, Pool, cost_units
from banditsvc.core.contact import Contact
from banditsvc.core.contact_policy import Capacity, CapacityPeriod
from banditsvc.core.contact_scopes import ScopeValue
from banditsvc.core.limit_texts import capacity_text
from banditsvc.core.rejection import FunnelStage, Rejection
from banditsvc.core.room import Room

_MOST_PERIODS = 1000
"""Of a kind. The one loaded first gives way and is loaded again when it is wanted."""
_MOST_LABELS = 4096
_LABELS = attrgetter("campaign_id", "type", "kind", "channel", "family", "category", "cost")
_Share = tuple[int, ScopeValue]
"""Index of a capacity, and what it counts apart."""


class Tally(Protocol):
    """How many contacts have the same labels, their cost among them."""

    @property
    def labels(self) -> CampaignLabels:
        """What they share."""
        ...

    @property
    def count(self) -> int:
        """How many there are."""
        ...


class CapacityLedger:
    """Keeps one pool per capacity, scope value and calendar period (in the zone).

    A period counts once it has been loaded; contacts of other periods are ignored, since loading will find them. Costs
    are kept in whole units of 1e-9 of the currency. Not safe for use by several threads at once.
    """

    def __init__(self, capacities: Sequence[Capacity], zone: ZoneInfo) -> None:
        self._zone = zone
        self._terms = tuple(CapacityTerms(capacity) for capacity in capacities)
        self.is_empty: bool = not self._terms
        """Whether nothing is limited."""
        self._kinds = tuple(sorted({capacity.period for capacity in capacities}))
        self._of_kind = {kind: [i for i, c in enumerate(capacities) if c.period is kind] for kind in self._kinds}
        self._loaded: dict[CapacityPeriod, dict[Span, LoadedPeriod]] = {kind: {} for kind in self._kinds}
        self._last_span: dict[CapacityPeriod, Span] = {}
        self._stamp = 0
        # Another ledger counts its stamps anew; unlike the ledger itself, what tells it apart may be kept for long.
        self._token = object()
        self._shares: dict[object, tuple[int, dict[CapacityPeriod, tuple[_Share, ...]]]] = {}

    def periods(self, send_time_us: int) -> Sequence[Span]:
        """Returns the calendar periods around send_time that must be loaded and are not yet."""
        spans = [(kind, self._span(kind, send_time_us)) for kind in self._kinds]
        return [span for kind, span in spans if span not in self._loaded[kind]]

    def is_loaded(self, send_time_us: int) -> bool:
        """Returns whether all calendar periods around send_time are loaded."""
        return not self.periods(send_time_us)

    def load(self, from_us: int, to_us: int, tallies: Iterable[Tally], position: int = -1) -> None:
        """Starts a calendar period anew, with all contacts that the log has in it, read at a position of the log.

        Raises:
            ValueError: It is no calendar period of these capacities.
        """
        span = (from_us, to_us)
        kind = next((kind for kind in self._kinds if self._is_period(kind, span)), None)
        if kind is None:
            raise ValueError(f"from {from_us} to {to_us} is no calendar period of these capacities")
        period = LoadedPeriod(self._next_stamp(), position)
        for tally in tallies:
            units = tally.count * cost_units(tally.labels.cost)
            # What was paid once is no cost that a campaign asks for now.
            for share in self._shares_of(replace(tally.labels, cost=0.0))[1].get(kind, ()):
                _pool(period, share).add(tally.count, units)
        loaded = self._loaded[kind]
        loaded.pop(span, None)
        loaded[span] = period
        if len(loaded) > _MOST_PERIODS:
            del loaded[next(iter(loaded))]

    def counts(self, labels: CampaignLabels) -> bool:
        """Returns whether some capacity counts contacts like this."""
        return bool(self._shares_of(labels)[1])

    def exhausted(self, labels: CampaignLabels, send_time_us: int) -> str | None:
        """Returns the name of the first capacity without room for one more contact like this; None if all have.

        A contact with a cost has no room where the cost so far and its own exceed the budget. Nothing has room in a
        period that is not loaded.
        """
        units, by_kind = self._shares_of(labels)
        full: int | None = None
        for kind, shares in by_kind.items():
            period = self._loaded[kind].get(self._span(kind, send_time_us))
            for share in shares:
                place = share[0]
                terms = self._terms[place]
                if period is None or not terms.fits(period.pools.get(share), units):
                    full = place if full is None else min(full, place)
        return None if full is None else self._terms[full].capacity.name

    def take(self, contact: Contact, position: int | None = None) -> bool:
        """Counts a contact. Returns whether some campaign has no room any more that had some before.

        Where it was committed at a position of the log, only periods that were read before that do not have it yet.
        """
        return self._move(contact, 1, position)

    def give_back(self, contact: Contact, position: int | None = None) -> None:
        """Counts a contact no more, from a position of the log on, if one is given."""
        self._move(contact, -1, position)

    def version(self, send_time_us: int) -> Hashable:
        """Returns what stays the same as long as exhausted answers the same for any campaign asked for so far."""
        stamps = []
        for kind in self._kinds:
            period = self._loaded[kind].get(self._span(kind, send_time_us))
            stamps.append(-1 if period is None else period.stamp)
        return self._token, tuple(stamps)

    def rooms(self, campaigns: Iterable[CampaignLabels], send_time_us: int) -> tuple[Room, ...]:
        """Returns what is left at send_time, in the loaded periods, for each that some of the campaigns take from.

        They are in the order in which exhausted looks; one of contacts comes before one of cost.
        """
        units_of: dict[_Share, dict[str, int]] = {}
        pools: dict[_Share, Pool] = {}
        for labels in campaigns:
            units, by_kind = self._shares_of(labels)
            for kind, shares in by_kind.items():
                period = self._loaded[kind][self._span(kind, send_time_us)]
                for share in shares:
                    units_of.setdefault(share, {})[labels.campaign_id] = units
                    pools[share] = period.pools.get(share, Pool())
        rooms: list[Room] = []
        for share in sorted(units_of, key=lambda one: (one[0], str(one[1]))):
            rooms += self._terms[share[0]].rooms(pools[share], units_of[share])
        return tuple(rooms)

    def rejection(self, campaign_id: str, name: str) -> Rejection:
        """Returns what is said of a campaign for which a capacity is exhausted."""
        capacity = next(terms.capacity for terms in self._terms if terms.capacity.name == name)
        return Rejection(campaign_id, FunnelStage.CAPACITY, name, capacity_text(capacity))

    def _move(self, contact: Contact, number: int, position: int | None) -> bool:
        units, by_kind = self._shares_of(contact.campaign)
        is_less = False
        for kind, shares in by_kind.items():
            period = self._loaded[kind].get(self._span(kind, contact.contact_time_us))
            if period is None or (position is not None and position <= period.position):
                continue
            for share in shares:
                terms, pool = self._terms[share[0]], _pool(period, share)
                before = terms.room(pool)
                pool.add(number, number * units)
                after = terms.room(pool)
                if after != before:
                    period.stamp = self._next_stamp()
                    is_less = is_less or after < before
        return is_less

    def _shares_of(self, labels: CampaignLabels) -> tuple[int, dict[CapacityPeriod, tuple[_Share, ...]]]:
        """Returns the cost of a contact in units, and the pools that it takes from by kind of period."""
        key = _LABELS(labels)
        known = self._shares.get(key)
        if known is None:
            if len(self._shares) >= _MOST_LABELS:
                self._shares.clear()
            known = self._shares[key] = self._find_shares(labels)
        return known

    def _find_shares(self, labels: CampaignLabels) -> tuple[int, dict[CapacityPeriod, tuple[_Share, ...]]]:
        units = cost_units(labels.cost)
        by_kind: dict[CapacityPeriod, tuple[_Share, ...]] = {}
        for kind, places in self._of_kind.items():
            asked = [(i, self._terms[i]) for i in places if self._terms[i].capacity.campaigns.matches(labels)]
            for _, terms in asked:
                terms.note_cost(units)
            if asked:
                by_kind[kind] = tuple((i, terms.value_of(labels)) for i, terms in asked)
        return units, by_kind

    def _span(self, kind: CapacityPeriod, time_us: int) -> Span:
        span = self._last_span.get(kind)
        if span is None or not span[0] <= time_us < span[1]:
            span = self._last_span[kind] = period_of(kind, time_us, self._zone)
        return span

    def _is_period(self, kind: CapacityPeriod, span: Span) -> bool:
        if span == FOR_GOOD or kind is CapacityPeriod.TOTAL:
            return span == FOR_GOOD and kind is CapacityPeriod.TOTAL
        return period_of(kind, span[0], self._zone) == span

    def _next_stamp(self) -> int:
        self._stamp += 1
        return self._stamp


def _pool(period: LoadedPeriod, share: _Share) -> Pool:
    pool = period.pools.get(share)
    if pool is None:
        pool = period.pools[share] = Pool()
    return pool
