"""What capacities have left for an audience, as rooms that it takes from in its order."""

from __future__ import annotations

from banditsvc.core.capacity_ledger import CapacityLedger
from banditsvc.core.funnel_candidate import labels_of
from banditsvc.core.room import Room
from banditsvc.core.run_terms import RunTerms
from banditsvc.core.time_zones import zone
from banditsvc.ports import DecisionLog
from banditsvc.serving.active_portfolio import ActivePortfolio


def capacity_rooms(log: DecisionLog, active: ActivePortfolio, terms: RunTerms) -> tuple[Room, ...]:
    """Returns what the log leaves of each capacity around send_time: the organization's, then the portfolio's.

    Raises:
        BanditError: The log cannot be read.
    """
    organization, portfolio = active.organization, active.portfolio
    own_zone = portfolio.time_zone or organization.time_zone
    whole = CapacityLedger(organization.capacities, zone(organization.time_zone))
    own = CapacityLedger(portfolio.capacities, zone(own_zone))
    labels = [labels_of(campaign, terms.channel) for campaign in active.catalogue.values()]
    rooms: list[Room] = []
    for ledger, portfolio_id in ((whole, ""), (own, portfolio.portfolio_id)):
        for from_us, to_us in ledger.periods(terms.send_time_us):
            tallies = log.tally_contacts(organization.organization_id, portfolio_id, from_us, to_us, terms.now_us)
            ledger.load(from_us, to_us, tallies)
        rooms += ledger.rooms(labels, terms.send_time_us)
    return tuple(rooms)
