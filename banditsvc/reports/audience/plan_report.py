"""What a plan of an audience is about to send, and what is expected of it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa

from banditsvc.audience.limit_use import LimitUse
from banditsvc.audience.plan_tally import PlanCell, PlanTally
from banditsvc.audience.run_prices import room_of
from banditsvc.core.campaign import NO_CONTACT, Campaign
from banditsvc.core.campaign_labels import CampaignLabels
from banditsvc.core.portfolio_prices import PortfolioPrices
from banditsvc.core.room import Room

_Z = 1.959964
"""Of an interval with 95 %, normal."""
_COST_UNITS = 1e9
"""Units of a room of cost, in the currency."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanRow:
    """One campaign, in one segment or in all."""

    campaign_id: str
    segment: str | None
    """Empty: not known; None: all of them."""
    customers: int
    contacts: int
    last_run: int | None
    """Contacts of the last run; None where there was none."""
    explored: int
    reward: float
    """Sum of predicted rewards; NaN where the model predicted none."""
    low: float
    """Of the interval of it; NaN where the learner does not say how sure it is. Likewise high."""
    high: float
    cost: float
    exploration_cost: float

    @property
    def exploration_share(self) -> float:
        """Returns the share of the contacts that were not the model's best; NaN without contacts."""
        return self.explored / self.contacts if self.contacts else math.nan


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomUse:
    """What a run takes of one capacity."""

    name: str
    is_cost: bool
    """In the portfolio's currency; else contacts."""
    before: float
    taken: float
    limit: LimitUse | None = None
    """What the run has made of it as a limit; None where it has no price for it."""

    @property
    def after(self) -> float:
        """Returns what is left."""
        return self.before - self.taken


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanReport:
    """What a plan is about to send."""

    portfolio_id: str
    currency: str
    run_id: str
    occasion: str
    send_time: str
    rejected_rows: int
    rejected_pairs: int
    last_run_id: str
    """Empty where there was none."""
    tally: PlanTally
    campaigns: Sequence[PlanRow]
    """By contacts, the most first."""
    cells: Sequence[PlanRow]
    """By campaign and segment."""
    rooms: Sequence[RoomUse]
    prices: PortfolioPrices | None = None
    """Of the limits over all customers; None where the run has none."""
    limits: Sequence[LimitUse] = ()
    """What its contacts use of these."""

    @property
    def total(self) -> PlanCell:
        """Returns the sums over all decisions."""
        return self.tally.whole()


def plan_rows(
    tally: PlanTally, last: PlanTally | None, catalogue: Mapping[str, Campaign]
) -> tuple[list[PlanRow], list[PlanRow]]:
    """Returns the rows of all campaigns, and those by campaign and segment."""
    before = last.cells if last else {}
    ids = sorted({key[0] for key in (*tally.cells, *before)})
    wholes = [
        _row(one, None, tally.of_campaign(one), last.of_campaign(one) if last else None, catalogue) for one in ids
    ]
    keys = sorted({*tally.cells, *before})
    cells = [
        _row(
            one,
            segment,
            tally.cells.get((one, segment), PlanCell()),
            before.get((one, segment), PlanCell()) if last else None,
            catalogue,
        )
        for one, segment in keys
    ]
    return sorted(wholes, key=lambda row: (-row.contacts, row.campaign_id)), cells


def room_uses(
    rooms: Sequence[Room],
    contacts: Mapping[str, int],
    limits: Sequence[LimitUse] = (),
    labels: Sequence[CampaignLabels] = (),
) -> list[RoomUse]:
    """Returns what contacts take of what is left.

    Args:
        rooms: What is left before.
        contacts: By campaign_id.
        limits: Which of the rooms have prices, and what is used of them.
        labels: Of the catalogue's campaigns.
    """
    offered = {campaign_id for room in rooms for campaign_id in room.units}
    known = [one for one in labels if one.campaign_id in offered]
    found = [(room_of(one.priced.limit, known, rooms), one) for one in limits if not one.priced.limit.is_least]
    uses = []
    for room in rooms:
        is_cost = set(room.units.values()) != {1}
        scale = _COST_UNITS if is_cost else 1.0
        taken = sum(count * room.units.get(campaign_id, 0) for campaign_id, count in contacts.items())
        limit = next((one for of_limit, one in found if of_limit is room), None)
        uses.append(
            RoomUse(name=room.name, is_cost=is_cost, before=room.left / scale, taken=taken / scale, limit=limit)
        )
    return uses


def plan_table(rows: Sequence[PlanRow]) -> pa.Table:
    """Returns rows as columns: one row for each campaign and segment."""
    number = pa.float64()
    columns: dict[str, pa.Array] = {
        "campaign_id": pa.array([row.campaign_id or None for row in rows], pa.string()),
        "segment": pa.array([row.segment or None for row in rows], pa.string()),
        "customers": pa.array([row.customers for row in rows], pa.int64()),
        "contacts": pa.array([row.contacts for row in rows], pa.int64()),
        "contacts_last_run": pa.array([row.last_run for row in rows], pa.int64()),
        "explored": pa.array([row.explored for row in rows], pa.int64()),
        "exploration_share": pa.array([row.exploration_share for row in rows], number, from_pandas=True),
        "exploration_cost": pa.array([row.exploration_cost for row in rows], number),
        "predicted_reward": pa.array([row.reward for row in rows], number, from_pandas=True),
        "predicted_reward_low": pa.array([row.low for row in rows], number, from_pandas=True),
        "predicted_reward_high": pa.array([row.high for row in rows], number, from_pandas=True),
        "cost": pa.array([row.cost for row in rows], number),
    }
    return pa.table(columns)


def rejection_table(tally: PlanTally) -> pa.Table:
    """Returns how many customers each campaign was refused to, by stage and rule."""
    keys = sorted(tally.rejections)
    return pa.table(
        {
            "campaign_id": pa.array([key[0] for key in keys], pa.string()),
            "stage": pa.array([key[1] for key in keys], pa.string()),
            "rule": pa.array([key[2] for key in keys], pa.string()),
            "customers": pa.array([tally.rejections[key] for key in keys], pa.int64()),
        }
    )


def capacity_table(rooms: Sequence[RoomUse]) -> pa.Table:
    """Returns what the plan takes of each capacity."""
    return pa.table(
        {
            "capacity": pa.array([room.name for room in rooms], pa.string()),
            "is_cost": pa.array([room.is_cost for room in rooms], pa.bool_()),
            "left_before": pa.array([room.before for room in rooms], pa.float64()),
            "taken": pa.array([room.taken for room in rooms], pa.float64()),
            "left_after": pa.array([room.after for room in rooms], pa.float64()),
        }
    )


def price_table(limits: Sequence[LimitUse]) -> pa.Table:
    """Returns what is used of each limit over all customers, as was expected and is, and what one more unit would earn."""
    prices = [one.priced for one in limits]
    return pa.table(
        {
            "limit": pa.array([one.limit.name for one in prices], pa.string()),
            "kind": pa.array([one.limit.kind.name for one in prices], pa.string()),
            "value": pa.array([str(one.limit.value) for one in prices], pa.string()),
            "bound": pa.array([one.bound for one in prices], pa.float64()),
            "expected": pa.array([one.expected for one in prices], pa.float64()),
            "used": pa.array([one.used for one in limits], pa.float64()),
            "is_met": pa.array([one.is_met for one in prices], pa.bool_()),
            "is_missed": pa.array([one.is_missed for one in limits], pa.bool_()),
            "price": pa.array([one.price for one in prices], pa.float64()),
        }
    )


def _row(
    campaign_id: str, segment: str | None, cell: PlanCell, last: PlanCell | None, catalogue: Mapping[str, Campaign]
) -> PlanRow:
    campaign = catalogue.get(campaign_id)
    reward = cell.reward if cell.predicted else math.nan
    # What is wrong with a campaign's estimate is wrong for all of its customers alike, so deviations add up.
    half = _Z * cell.deviation if cell.deviation else math.nan
    return PlanRow(
        campaign_id=campaign_id,
        segment=segment,
        customers=cell.customers,
        contacts=cell.contacts,
        last_run=None if last is None else last.contacts,
        explored=cell.explored,
        reward=reward,
        low=reward - half,
        high=reward + half,
        cost=cell.contacts * campaign.cost if campaign is not None and campaign_id != NO_CONTACT else 0.0,
        exploration_cost=cell.exploration_cost,
    )
