"""Caps and volume limits of a world, as the service's contact policy and capacities would keep them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from banditsvc.core.campaign import NO_CONTACT, Campaign, CampaignType
from banditsvc.core.sampling import choose
from simulators.engine.campaign_calendar import LiveCampaigns
from simulators.engine.population import Population
from simulators.engine.visit import Visit
from simulators.worlds.campaign_span import DAYS_A_WEEK
from simulators.worlds.world_spec import ContactCapSpec, WorldSpec


@dataclass(frozen=True, slots=True)
class _Volume:
    """One volume limit: at most so many contacts of these campaigns within a day or a week."""

    campaign_id: str
    """As in the world file; empty means all campaigns."""
    most: int
    days: int


@dataclass(frozen=True, slots=True, eq=False)
class Chosen:
    """What was chosen for the customers of a visit."""

    column: NDArray[np.intp]
    """Of the live campaigns; -1 where none was eligible."""
    probability: NDArray[np.float64]
    """1 where none was eligible."""
    mask: NDArray[np.bool_]
    """The eligible set that each was chosen from, shape (rows, campaigns)."""
    pmf: NDArray[np.float64]
    """All selection probabilities, same shape; 0 throughout where none was eligible."""


PmfOf = Callable[[NDArray[np.intp], NDArray[np.bool_]], NDArray[np.float64]]
"""Returns the probabilities of some rows of the visit, given their eligible sets; every set has a campaign."""


def is_capped(caps: tuple[ContactCapSpec, ...], customers: Population, rows: NDArray[np.intp]) -> NDArray[np.bool_]:
    """Returns which customers may get no contact today, because of those that they have had."""
    capped = np.zeros(len(rows), dtype=np.bool_)
    for cap in caps:
        # Today's bit is still empty. Two contacts exactly a window apart are in no common one.
        within = np.uint64((1 << cap.window_days) - 1)
        capped |= np.bitwise_count(customers.contact_days[rows] & within) >= cap.max_contacts
    return capped


class ContactLimits:
    """Counts what goes out, for each seed by itself."""

    def __init__(self, spec: WorldSpec, seed_count: int) -> None:
        self._caps = spec.caps
        self._volumes = _volumes(spec)
        self._seed_count = seed_count
        self._used = np.zeros((len(self._volumes), seed_count), dtype=np.int64)

    def begin_day(self, day: int) -> None:
        """Sets back the counts whose day or week is over."""
        for place, volume in enumerate(self._volumes):
            if day % volume.days == 0:
                self._used[place] = 0

    def choose(
        self, visit: Visit, mask: NDArray[np.bool_], customers: Population, draws: NDArray[np.float64], pmf_of: PmfOf
    ) -> Chosen:
        """Chooses for each customer in order, each as if alone after those before it, and counts the contacts.

        Args:
            visit: The customers.
            mask: What qualifies them, shape (rows, campaigns); limits are applied here.
            customers: All customers.
            draws: A number in [0, 1) for each.
            pmf_of: Asks the policy.
        """
        live, mask = visit.live, mask.copy()
        if self._caps:
            is_limited = np.array(
                [is_contact(one) and one.type is not CampaignType.TRANSACTIONAL for one in live.campaigns]
            )
            mask &= ~(is_capped(self._caps, customers, visit.rows)[:, None] & is_limited)
        chosen = Chosen(np.full(len(visit), -1, dtype=np.intp), np.ones(len(visit)), mask, np.zeros(mask.shape))
        if not self._volumes:
            _draw(chosen, np.arange(len(visit)), live, draws, pmf_of)
            return chosen
        members = _members(self._volumes, live)
        bounds = np.searchsorted(visit.seed_places, np.arange(self._seed_count + 1))
        for place in range(self._seed_count):
            rows = np.arange(bounds[place], bounds[place + 1])
            self._choose_within(chosen, rows, live, self._used[:, place], members=members, draws=draws, pmf_of=pmf_of)
        return chosen

    def _choose_within(
        self,
        chosen: Chosen,
        rows: NDArray[np.intp],
        live: LiveCampaigns,
        used: NDArray[np.int64],
        *,
        members: NDArray[np.bool_],
        draws: NDArray[np.float64],
        pmf_of: PmfOf,
    ) -> None:
        """Chooses for the customers of one seed and counts in used; members says which campaigns each limit is about."""
        most = np.array([volume.most for volume in self._volumes])
        while rows.size:
            full = members[used >= most].any(axis=0)
            chosen.mask[rows] &= ~full
            _draw(chosen, rows, live, draws, pmf_of)
            columns = chosen.column[rows]
            hits = np.where(columns >= 0, members[:, columns], False)
            counts = used[:, None] + np.cumsum(hits, axis=1)
            # The first customer whose contact fills a limit is the last who is decided for by this set.
            fills = (counts >= most[:, None]) & hits
            filling = np.flatnonzero(fills.any(axis=0))
            stop = int(filling[0]) + 1 if filling.size else rows.size
            used += hits[:, :stop].sum(axis=1)
            rows = rows[stop:]


def is_contact(campaign: Campaign) -> bool:
    """Says whether choosing it sends something."""
    return campaign.campaign_id != NO_CONTACT


def _draw(
    chosen: Chosen, rows: NDArray[np.intp], live: LiveCampaigns, draws: NDArray[np.float64], pmf_of: PmfOf
) -> None:
    # Where nothing else is eligible, NO_CONTACT is not either: there is nothing to choose.
    contacts = np.flatnonzero([is_contact(one) for one in live.campaigns])
    has_any = chosen.mask[rows][:, contacts].any(axis=1)
    chosen.mask[rows[~has_any]] = False
    asked = rows[has_any]
    chosen.column[rows], chosen.probability[rows], chosen.pmf[rows] = -1, 1.0, 0.0
    if not asked.size:
        return
    pmf = pmf_of(asked, chosen.mask[asked])
    columns = choose(pmf, draws[asked])
    chosen.column[asked], chosen.pmf[asked] = columns, pmf
    chosen.probability[asked] = pmf[np.arange(asked.size), columns]


def _volumes(spec: WorldSpec) -> tuple[_Volume, ...]:
    found = []
    if spec.max_contacts_a_day is not None:
        found.append(_Volume("", spec.max_contacts_a_day, 1))
    for campaign in spec.campaigns:
        if campaign.max_contacts_a_day is not None:
            found.append(_Volume(campaign.campaign_id, campaign.max_contacts_a_day, 1))
        if campaign.max_contacts_a_week is not None:
            found.append(_Volume(campaign.campaign_id, campaign.max_contacts_a_week, DAYS_A_WEEK))
    return tuple(found)


def _members(volumes: tuple[_Volume, ...], live: LiveCampaigns) -> NDArray[np.bool_]:
    return np.array(
        [
            [entry.spec is not None and volume.campaign_id in {"", entry.spec.campaign_id} for entry in live.entries]
            for volume in volumes
        ]
    )
