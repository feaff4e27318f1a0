"""Laws of what was sent."""

from __future__ import annotations

from datetime import date

from msgspec import structs

from banditsvc.core.campaign_labels import CampaignLabels
from banditsvc.core.contact import Contact
from banditsvc.core.ghost import held_out
from banditsvc.core.times import DAY_US
from banditsvc.reports.monday.sent import sent_in
from banditsvc.reports.monday.week import Week
from banditsvc.store.memory import MemoryLog
from tests.store.build import ACME, SHOP, contact, contacting

WEEK = Week(date(2026, 11, 23), "UTC")


def made(number: int, campaign_id: str, day: int, cost: float = 0.0) -> Contact:
    """Returns a contact of one customer on a day of the week."""
    labels = CampaignLabels(campaign_id=campaign_id, family=campaign_id[:4], cost=cost)
    at_us = WEEK.start_us + day * DAY_US
    return structs.replace(contact(customer_id=f"c{number}", time_us=at_us), campaign=labels)


def test_contacts_count_in_the_week_in_which_they_go_out() -> None:
    """Contacts are counted by campaign in their own week, beside the week before, with their cost; ghosts are not."""
    log = MemoryLog()
    contacts = [made(1, "sale-w48", 0, 0.5), made(2, "sale-w48", 6, 0.25), made(3, "news", -1), made(4, "news", 7)]
    decisions = [contacting(f"d{number}", one) for number, one in enumerate(contacts)]
    ghost = held_out(contacting("d9", made(9, "sale-w48", 1)))
    log.append([*decisions, ghost], WEEK.end_us)
    sent = sent_in(log, ACME, SHOP, WEEK)

    assert (2, 1, 0.75) == (sent.contacts, sent.contacts_before, sent.cost)
    assert [("sale-w48", "sale", 2, 0), ("news", "news", 0, 1)] == [
        (one.campaign_id, one.family, one.contacts, one.contacts_before) for one in sent.campaigns
    ]
