"""Laws of the truth: what a world says of its chances is how it behaves."""

from __future__ import annotations

import math

import numpy as np

from banditsvc.core.campaign import NO_CONTACT
from simulators.laws.law_broken import LawBroken
from simulators.laws.play import Play, PlayedDay
from simulators.worlds.reward_terms import RewardOf

LEVEL = 0.001
"""Chance that a law of chance is said to be broken although it holds."""


def check_expected(played: Play) -> None:
    """Checks that chances are probabilities, and expected rewards within bounds, and 0 for NO_CONTACT.

    The last one holds but where the world says what customers do without contact.

    Raises:
        LawBroken: They are not.
    """
    limit = played.spec.response_limit
    for day in played.days:
        if not ((day.probabilities >= 0.0) & (day.probabilities <= limit)).all():
            raise LawBroken(f"On day {day.day} a chance of a response is not from 0 to {limit:g}.")
        if not np.isfinite(day.expected).all():
            raise LawBroken(f"On day {day.day} an expected reward is not finite.")
        for column, entry in enumerate(day.live.entries):
            if entry.effect is None and day.expected[:, column].any():
                raise LawBroken(f"On day {day.day} the expected reward of {NO_CONTACT} is not 0.")
        if all(campaign.organic_factor == 1.0 for campaign in played.spec.campaigns):
            _check_worth(played, day)


def _check_worth(played: Play, day: PlayedDay) -> None:
    """Where contacts take no organic purchases away: checks that each expects its chance times its worth, less its cost."""
    spec = played.spec
    population, refunded = spec.population, spec.faults.refunded_share
    values = np.array([one.value_factor for one in population.segments.values()])
    for column, entry in enumerate(day.live.entries):
        if entry.effect is None:
            continue
        worth = np.ones(len(day.rows))
        if spec.reward.of is RewardOf.REVENUE:
            mean = (entry.effect.order_value or population.order_value).mean
            worth = values[day.state["segment"].astype(np.intp)] * mean * entry.effect.value_factor * (1.0 - refunded)
        cost = 0.0 if entry.spec is None else spec.reward.cost
        wanted = day.probabilities[:, column] * worth - cost
        if not np.allclose(day.expected[:, column], wanted, rtol=1e-9, atol=1e-12):
            raise LawBroken(
                f"On day {day.day} the expected reward of {entry.campaign.campaign_id!r} is not its chance times its worth."
            )


def check_responses(played: Play) -> None:
    """Checks that responses come as often as the stated chances say: in all, and of each campaign.

    Responses less their chances, summed up in the order of decisions, are a martingale whatever the policy does, and the
    bound is Freedman's (1975, theorem 1.6), at LEVEL over all campaigns; see martingale_bound.

    Raises:
        LawBroken: They come more or less often.
    """
    entries = played.world.calendar.entries
    excess, variance = np.zeros(len(entries) + 1), np.zeros(len(entries) + 1)
    for day in played.days:
        places = np.flatnonzero(day.sent.is_contact)
        if day.sent.has_responded[~day.sent.is_contact].any():
            raise LawBroken(f"On day {day.day} a customer responds to whom nothing was sent.")
        columns = day.columns[places]
        chance = day.probabilities[places, columns]
        of = day.live.places[columns]
        np.add.at(excess, of, day.sent.has_responded[places] - chance)
        np.add.at(variance, of, chance * (1.0 - chance))
    excess[-1], variance[-1] = excess[:-1].sum(), variance[:-1].sum()
    for place, (beyond, spread) in enumerate(zip(excess.tolist(), variance.tolist(), strict=True)):
        if abs(beyond) > martingale_bound(spread, LEVEL / len(excess)):
            what = "all campaigns" if place == len(entries) else f"campaign {entries[place].campaign.campaign_id!r}"
            raise LawBroken(f"Of {what} {beyond:+.1f} more responses came than the stated chances say.")


def check_opt_out_chances(played: Play) -> None:
    """Checks that contacts drive away as many as the world file says for customers as tired as they are.

    The bound is that of check_responses, for all campaigns together.

    Raises:
        LawBroken: They drive away more or fewer.
    """
    growth, excess, variance = played.spec.population.fatigue.opt_out_growth, 0.0, 0.0
    for day in played.days:
        if day.sent.has_opted_out[~day.sent.is_contact].any():
            raise LawBroken(f"On day {day.day} a customer opts out to whom nothing was sent.")
        places = np.flatnonzero(day.sent.is_contact)
        rates = np.array([0.0 if one.spec is None else one.spec.opt_out_rate for one in day.live.entries])
        fatigue = np.asarray(day.state["fatigue"], dtype=np.float64)[places]
        chance = np.minimum(1.0, rates[day.columns[places]] * np.exp(growth * fatigue))
        excess += float(day.sent.has_opted_out[places].sum() - chance.sum())
        variance += float((chance * (1.0 - chance)).sum())
    if abs(excess) > (martingale_bound(variance, LEVEL) if variance else 0.0):
        raise LawBroken(f"{excess:+.1f} more customers opt out than the world file says.")


def martingale_bound(variance: float, level: float) -> float:
    """Returns what a sum of centred 0-1 draws with this sum of conditional variances stays below, both ways.

    Freedman's inequality holds for a variance that is bounded beforehand. Here it is not, so the bound is for the next
    power of two, and the k-th power has the share 1 / ((k + 1)(k + 2)) of the level.
    """
    power = max(0, math.ceil(math.log2(variance))) if variance > 0.0 else 0
    share = math.log(2.0 * (power + 1) * (power + 2) / level)
    most = 2.0**power
    return share / 3.0 + math.sqrt((share / 3.0) ** 2 + 2.0 * most * share)
