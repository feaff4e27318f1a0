"""Prices of a run: found by its first parts, before any of them is decided."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from banditsvc.audience.audience_rows import AudienceRows
from banditsvc.audience.decide_rows import PricedPart, priced_part
from banditsvc.core.audience_limit import AudienceLimit, LimitKind, LimitOwner, limit_settings
from banditsvc.core.campaign_labels import CampaignLabels
from banditsvc.core.capacity_pool import cost_units
from banditsvc.core.limit_texts import limit_text
from banditsvc.core.optimum.find_prices import find_prices
from banditsvc.core.optimum.volume_limit import VolumeLimit
from banditsvc.core.phase import Phase
from banditsvc.core.portfolio_prices import LimitPrice, PortfolioPrices
from banditsvc.core.room import Room
from banditsvc.core.run_terms import RunTerms
from banditsvc.serving.active_portfolio import ActivePortfolio
from banditsvc.usage_error import UsageError

if TYPE_CHECKING:
    from banditsvc.core.optimum.feasible_bounds import BoundChange

SAMPLE_ROWS = 1 << 16
"""Customers by whom prices are found; all where there are fewer."""
_UNITS = 10**9


class LimitsUnmet(UsageError):
    """Limits that no choice can meet. Its text says what would do, one a line."""


def needs_prices(active: ActivePortfolio) -> bool:
    """Returns whether a policy decides, and volumes are limited."""
    settings = limit_settings(active.organization, active.portfolio)
    return not (settings.is_empty or active.is_tripped or active.portfolio.phase.phase is not Phase.POLICY)


def run_prices(
    active: ActivePortfolio, parts: Sequence[AudienceRows], terms: RunTerms, rooms: Sequence[Room], customers: int
) -> PortfolioPrices | None:
    """Returns the prices of a run's limits; None where no campaign of the run has a part in any, or nobody is in it.

    Args:
        active: What decides; needs_prices says whether there is something to find.
        parts: The first customers of the run, in random order.
        terms: The run's.
        rooms: What capacities have left when the run starts.
        customers: How many the run decides for, at least as many as the parts have.

    Raises:
        LimitsUnmet: Limits contradict each other, or what customers may get.
    """
    free = replace(active, prices=None)
    priced = [priced_part(free, rows, terms, rooms) for rows in parts]
    labels = priced[0].labels
    settings = limit_settings(active.organization, active.portfolio)
    found = [
        (limit, volume)
        for limit in settings.limits(labels)
        if (volume := _volume(limit, settings.least_contacts, labels, rooms)) is not None
    ]
    if not found or not labels or not any(map(len, parts)):
        return None
    limits, volumes = [limit for limit, _ in found], [volume for _, volume in found]
    _check_feasible(limits, volumes, priced, customers)
    prices = find_prices([rows for one in priced for rows in one.rows], volumes, customers)
    return PortfolioPrices(
        portfolio_id=terms.portfolio_id,
        run_id=terms.run_id,
        settings=settings,
        limits=tuple(
            LimitPrice(limit=limit, price=one.price, bound=one.bound, expected=one.expected, is_met=one.is_met)
            for limit, one in zip(limits, prices.limits, strict=True)
        ),
        customers=customers,
        reward=prices.reward,
        reward_without=prices.reward_without,
        most_reward=prices.most_reward,
    )


def _volume(
    limit: AudienceLimit, least: dict[str, int], labels: Sequence[CampaignLabels], rooms: Sequence[Room]
) -> VolumeLimit | None:
    use = np.array([limit.use(one) for one in labels])
    if limit.kind is LimitKind.LEAST_SHARE:
        return VolumeLimit(name=limit.name, use=use, bound=0.0, is_least=True)
    if limit.kind is LimitKind.LEAST_CONTACTS:
        return VolumeLimit(name=limit.name, use=use, bound=float(least[limit.name]), is_least=True)
    room = room_of(limit, labels, rooms)
    if room is None:
        return None
    left = max(0, room.left)
    return VolumeLimit(name=limit.name, use=use, bound=left / _UNITS if limit.kind is LimitKind.MOST_COST else left)


def room_of(limit: AudienceLimit, labels: Sequence[CampaignLabels], rooms: Sequence[Room]) -> Room | None:
    """Returns what a capacity has left for some campaigns; None of a minimum, and where it counts none of them.

    Of two of a name that count the same, the first is the organization's.
    """
    is_cost = limit.kind is LimitKind.MOST_COST
    units = {one.campaign_id: cost_units(one.cost) if is_cost else 1 for one in labels if limit.counts(one)}
    known = {one.campaign_id for one in labels}
    found = [
        room
        for room in rooms
        if room.name == limit.name and {name: n for name, n in room.units.items() if name in known} == units
    ]
    if not found:
        return None
    return found[0] if limit.owner is LimitOwner.ORGANIZATION else found[-1]


def _check_feasible(
    limits: Sequence[AudienceLimit], volumes: Sequence[VolumeLimit], priced: Sequence[PricedPart], customers: int
) -> None:
    # Only runs with limits need what it imports, which takes a while.
    from banditsvc.core.optimum.feasible_bounds import bound_changes  # noqa: PLC0415

    eligible = np.concatenate([rows.eligible for one in priced for rows in one.rows])
    found = bound_changes(eligible, volumes, customers)
    if not found.changes:
        return
    lines = ["no choice can meet all limits of this audience. The smallest change that would do:"]
    lines += [f"  {_told(limits[change.place], change)}" for change in found.changes]
    # Of what is used up no campaign is eligible, so that it stands in nobody's way any more.
    used_up = [place for place, one in enumerate(volumes) if not (one.is_least or one.bound)]
    if beside := sorted({*found.beside, *used_up}):
        lines.append("these leave no room for more:")
        lines += [f"  {_named(limits[place], volumes[place].bound)}" for place in beside]
    raise LimitsUnmet("\n".join(lines))


def _named(limit: AudienceLimit, bound: float) -> str:
    return f"{limit.name!r} of the {limit.owner.name.lower()}, {limit_text(limit, bound)}"


def _told(limit: AudienceLimit, change: BoundChange) -> str:
    if limit.kind is LimitKind.LEAST_SHARE:
        share = max(0.0, limit.share + change.feasible / max(change.contacts, 1.0))
        return f"{_named(limit, limit.share)}: can be at most {share:.4g}"
    return f"{_named(limit, change.bound)}: can be {change.feasible:,.10g}"
