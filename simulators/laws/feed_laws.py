"""Laws of the feed: nothing is told before it happened, and everything is told but what is lost."""

from __future__ import annotations

from collections import Counter

import numpy as np
from numpy.typing import NDArray

from simulators.engine.purchases import NEVER, Purchases, joined_purchases
from simulators.laws.law_broken import LawBroken
from simulators.laws.play import Play
from simulators.laws.truth_laws import LEVEL, martingale_bound
from simulators.worlds.feed_spec import FeedSpec


def check_purchases(played: Play) -> None:
    """Checks that what contacts cause are the responses, each once, on the day it is made and not before the contact.

    Raises:
        LawBroken: A purchase has no response, comes twice, never, before its contact, or on another day.
    """
    responses: Counter[tuple[int, int, int]] = Counter()
    for day in played.days:
        places = np.flatnonzero(day.sent.has_responded)
        of = day.live.places[day.columns[places]]
        responses.update(
            (row, day.day, place) for row, place in zip(day.rows[places].tolist(), of.tolist(), strict=True)
        )
        bought = day.purchases
        if not (np.floor(bought.time) == day.day).all():
            raise LawBroken(f"A purchase of day {day.day} was made on another day.")
        caused = bought.where(~bought.is_organic)
        if (caused.time < caused.cause_day).any():
            raise LawBroken(f"On day {day.day} a purchase is made before the contact that caused it.")
        if (bought.amount < 0.0).any():
            raise LawBroken(f"On day {day.day} a purchase is worth less than nothing.")
        responses.subtract(
            zip(caused.rows.tolist(), caused.cause_day.tolist(), caused.cause_campaign.tolist(), strict=True)
        )
        if caused.rows.size and min(responses.values()) < 0:
            raise LawBroken(f"On day {day.day} a contact causes a purchase without a response, or a second one.")
    _check_under_way(played, responses)


def _check_under_way(played: Play, responses: Counter[tuple[int, int, int]]) -> None:
    """Checks that what is left of the responses is under way; of a stateless world that is the world's secret."""
    if played.spec.stateless:
        return
    customers = played.world.customers
    rows = np.flatnonzero(np.isfinite(customers.pending_time)).tolist()
    under_way = {(row, int(customers.pending_day[row]), int(customers.pending_campaign[row])) for row in rows}
    missing = {one for one, count in responses.items() if count > 0} - under_way
    if missing:
        row, day, _ = min(missing)
        raise LawBroken(f"Customer {row} responded on day {day}, and the purchase never comes.")


def check_feed(played: Play) -> None:
    """Checks when each purchase, revision and refund is told: in the first file that can, or never where it is lost.

    The file's day is looked for one day at a time, by FeedSpec alone.

    Raises:
        LawBroken: One is told earlier, later, or not at all.
    """
    spec = played.spec
    faults = spec.faults
    found = _all_purchases(played)
    is_lost = found.arrival == NEVER
    _check_times("purchase", found.arrival, found.time, ~is_lost, spec.feed)
    is_revised = found.first_amount != found.amount
    revised = found.revision_arrival != NEVER
    if (is_revised & ~is_lost & ~revised).any():
        raise LawBroken("An amount that was first told wrong is never corrected.")
    _check_times("revision", found.revision_arrival, found.time + faults.revised_days, revised, spec.feed)
    refunded = found.is_refunded & ~is_lost
    _check_times("refund", found.refund_arrival, found.time + faults.refunded_days, refunded, spec.feed)
    if (found.refund_arrival[~refunded] != NEVER).any():
        raise LawBroken("A refund is told of a purchase that was not refunded, or never told.")


def check_shares(played: Play) -> None:
    """Checks that purchases are lost, duplicated, revised and refunded as often as the world says.

    The bound is that of martingale_bound, at LEVEL over the four.

    Raises:
        LawBroken: One of the shares is another.
    """
    faults, found = played.spec.faults, _all_purchases(played)
    told = found.arrival != NEVER
    for what, happened, among, share in (
        ("lost", ~told, np.ones(len(found), dtype=np.bool_), faults.lost_share),
        ("duplicated", found.is_duplicated, told, faults.duplicated_share),
        ("revised", found.revision_arrival != NEVER, told, faults.revised_share),
        ("refunded", found.is_refunded, np.ones(len(found), dtype=np.bool_), faults.refunded_share),
    ):
        count, total = int((happened & among).sum()), int(among.sum())
        variance = total * share * (1.0 - share)
        most = martingale_bound(variance, LEVEL / 4) if variance else 0.0
        if (happened & ~among).any() or abs(count - share * total) > most + 1e-9:
            raise LawBroken(f"{count} of {total} purchases are {what}, where their share is {share:g}.")


def _all_purchases(played: Play) -> Purchases:
    return joined_purchases([day.purchases for day in played.days])


def _check_times(
    what: str, arrival: NDArray[np.int32], time: NDArray[np.float64], which: NDArray[np.bool_], feed: FeedSpec
) -> None:
    for told, made in zip(arrival[which].tolist(), time[which].tolist(), strict=True):
        wanted = first_file(feed, made)
        if told != wanted:
            raise LawBroken(f"A {what} of day {made:.2f} is told on day {told}, not on day {wanted}.")


def first_file(feed: FeedSpec, time: float) -> int:
    """Returns the day of the first file that tells what happened at a time, by trying one day after the other."""
    day = int(time) + 1
    while True:
        dead = feed.dead_from_day is not None and feed.dead_to_day is not None
        is_dead = dead and feed.dead_from_day <= day < feed.dead_to_day  # type: ignore[operator]
        if day % feed.every_days == 0 and not is_dead and time < day - feed.late_days:
            return day
        day += 1
