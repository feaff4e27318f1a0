"""Laws of contacts: who has opted out is left alone, and caps and volume limits are never exceeded."""

from __future__ import annotations

from collections import Counter, defaultdict

import numpy as np

from banditsvc.core.campaign import CampaignType
from simulators.laws.law_broken import LawBroken
from simulators.laws.play import Play
from simulators.worlds.campaign_span import DAYS_A_WEEK


def check_opt_outs(played: Play) -> None:
    """Checks that nobody is decided for after opting out.

    Raises:
        LawBroken: Somebody is.
    """
    gone: set[int] = set()
    for day in played.days:
        if played.spec.stateless:
            gone.clear()
        met = gone.intersection(day.rows.tolist())
        if met:
            raise LawBroken(f"On day {day.day} customer {min(met)} is decided for, who has opted out.")
        gone.update(day.rows[day.sent.has_opted_out].tolist())


def check_visits(played: Play) -> None:
    """Checks that every customer who has not opted out is decided for once in every_days.

    Raises:
        LawBroken: Somebody is more often, or is left out.
    """
    if played.spec.stateless:
        return
    every = played.spec.visits.every_days
    due = np.full(len(played.world.customers), -1)
    """Day of the next visit; -1 before the first one."""
    gone = np.zeros(len(due), dtype=np.bool_)
    for day in played.days:
        early = (due[day.rows] >= 0) & (due[day.rows] != day.day)
        if early.any():
            row = int(day.rows[early][0])
            raise LawBroken(f"Customer {row} is decided for on day {day.day}, and is due on day {due[row]}.")
        due[day.rows] = day.day + every
        late = ~gone & ((due == day.day) | ((due < 0) & (day.day == every - 1)))
        if late.any():
            raise LawBroken(f"Customer {int(np.flatnonzero(late)[0])} is due on day {day.day}, and is not decided for.")
        gone[day.rows[day.sent.has_opted_out]] = True


def check_caps(played: Play) -> None:
    """Checks that no span of days has more contacts of one customer than a cap allows; transactional ones are free.

    Raises:
        LawBroken: One has.
    """
    if played.spec.stateless:
        return
    contacts: defaultdict[int, list[int]] = defaultdict(list)
    for day in played.days:
        is_free = np.array([*[one.campaign.type is CampaignType.TRANSACTIONAL for one in day.live.entries], True])
        for row in day.rows[day.sent.is_contact & ~is_free[day.columns]].tolist():
            contacts[row].append(day.day)
    for row, days in contacts.items():
        for cap in played.spec.caps:
            for last in days:
                count = sum(1 for one in days if last - cap.window_days < one <= last)
                if count > cap.max_contacts:
                    raise LawBroken(
                        f"Customer {row} has {count} contacts in the {cap.window_days} days up to day {last}, "
                        f"not at most {cap.max_contacts}."
                    )


def check_volumes(played: Play) -> None:
    """Checks that no day and no week has more contacts than the volume limits allow, in each seed.

    Raises:
        LawBroken: One has.
    """
    spec = played.spec
    of_day: Counter[tuple[int, int, str]] = Counter()
    of_week: Counter[tuple[int, int, str]] = Counter()
    for day in played.days:
        for place in np.flatnonzero(day.sent.is_contact).tolist():
            seed_place = int(day.rows[place]) // spec.customers
            entry = day.live.entries[day.columns[place]]
            assert entry.spec is not None
            of_day[seed_place, day.day, ""] += 1
            of_day[seed_place, day.day, entry.spec.campaign_id] += 1
            of_week[seed_place, day.day // DAYS_A_WEEK, entry.spec.campaign_id] += 1
    limits = [("", spec.max_contacts_a_day, of_day, "day")]
    for campaign in spec.campaigns:
        limits.append((campaign.campaign_id, campaign.max_contacts_a_day, of_day, "day"))
        limits.append((campaign.campaign_id, campaign.max_contacts_a_week, of_week, "week"))
    for name, most, counts, span in limits:
        for (_, number, campaign_id), count in counts.items():
            if most is not None and campaign_id == name and count > most:
                what = f"campaign {name!r}" if name else "all campaigns"
                raise LawBroken(f"In {span} {number} {what} had {count} contacts, not at most {most}.")
