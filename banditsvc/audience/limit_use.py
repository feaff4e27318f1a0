"""Limit uses: what the contacts of a run make of the limits over all customers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from banditsvc.core.audience_limit import LimitKind
from banditsvc.core.campaign import Campaign
from banditsvc.core.funnel_candidate import labels_of
from banditsvc.core.limit_texts import limit_text
from banditsvc.core.portfolio_prices import LimitPrice, PortfolioPrices


@dataclass(frozen=True, slots=True)
class LimitUse:
    """What contacts use of one limit."""

    priced: LimitPrice
    used: float
    """Contacts, or cost; of a share that of all contacts, 0 without any."""

    @property
    def bound(self) -> float:
        """What may, or must, be used, in the same unit."""
        is_share = self.priced.limit.kind is LimitKind.LEAST_SHARE
        return self.priced.limit.share if is_share else self.priced.bound

    @property
    def is_missed(self) -> bool:
        """Whether it is a minimum that is not reached. An upper limit is never passed."""
        return self.priced.limit.is_least and self.used < self.bound

    @property
    def held(self) -> str:
        """Says by what it is held."""
        if self.priced.limit.is_least:
            return "MISSED" if self.is_missed else "yes"
        return "yes" if self.priced.is_met else "by room"

    @property
    def text(self) -> str:
        """Says what it allows, or asks for."""
        return limit_text(self.priced.limit, self.bound)

    @property
    def missed_text(self) -> str:
        """Says that it is missed, and by how much."""
        is_share = self.priced.limit.kind is LimitKind.LEAST_SHARE
        has = f"there is one of {self.used:.4g}" if is_share else f"there are {self.used:,.0f}"
        return f"minimum {self.priced.limit.name!r} is missed: it asks for {self.text}, and {has}"


def limit_uses(
    prices: PortfolioPrices | None, contacts: Mapping[str, int], catalogue: Mapping[str, Campaign], channel: str
) -> tuple[LimitUse, ...]:
    """Returns what contacts use of each limit that a run has priced.

    Args:
        prices: Of the run; None where it has no limits.
        contacts: By campaign_id.
        catalogue: The campaigns.
        channel: Of the run, for campaigns that have none of their own.
    """
    if prices is None:
        return ()
    sent = [(labels_of(catalogue[campaign_id], channel), count) for campaign_id, count in contacts.items()]
    found = []
    for one in prices.limits:
        counted = sum(count for labels, count in sent if one.limit.counts(labels))
        used = float(counted)
        if one.limit.kind is LimitKind.LEAST_SHARE:
            used = counted / max(1, sum(count for _, count in sent))
        elif one.limit.kind is LimitKind.MOST_COST:
            used = sum(count * one.limit.use(labels) for labels, count in sent)
        found.append(LimitUse(one, used))
    return tuple(found)
