"""Laws of the results: what the data frames say is what happened."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from simulators.laws.law_broken import LawBroken
from simulators.laws.play import Play
from simulators.runs.contexts import Contexts
from simulators.runs.policy import Eligible
from simulators.runs.run_frames import RunFrames

_CENT = 0.01


class EqualDraw:
    """Draws among all that is eligible with equal chances, as equal_draw does in a play."""

    def pmf(self, contexts: Contexts, eligible: Eligible) -> NDArray[np.float64]:
        """Returns 1 / (number of eligible campaigns) for each of them."""
        del contexts
        pmf: NDArray[np.float64] = eligible.mask / eligible.mask.sum(axis=1, keepdims=True)
        return pmf


def check_money(frames: RunFrames, played: Play) -> None:
    """Checks the daily frame of a run with EqualDraw against a play with equal_draw, of the same seed.

    Each order and its revenue count on the day on which it was made, without those that were or will be refunded; costs
    count on the day of the contact.

    Raises:
        LawBroken: A sum of a day is not what was decided, bought and paid on it.
    """
    daily = frames.daily.reset_index(drop=True)
    for number, day in enumerate(played.days):
        bought, column = day.purchases, day.columns
        kept = bought.amount[~bought.is_refunded]
        organic = bought.amount[~bought.is_refunded & (bought.cause_campaign < 0)]
        costs = np.array([*[0.0 if one.spec is None else one.spec.cost for one in day.live.entries], 0.0])
        chosen = np.flatnonzero(column >= 0)
        wanted = {
            "decisions": float(len(day.rows)),
            "no_eligible": float((column < 0).sum()),
            "contacts": float(day.sent.is_contact.sum()),
            "responses": float(day.sent.has_responded.sum()),
            "opt_outs": float(day.sent.has_opted_out.sum()),
            "orders": float(len(bought)),
            "revenue": float(kept.sum()),
            "squared_revenue": float((kept**2).sum()),
            "organic_revenue": float(organic.sum()),
            "contact_cost": float(costs[column].sum()),
            "expected_reward": float(day.expected[chosen, column[chosen]].sum()),
        }
        wanted["profit"] = played.spec.margin * wanted["revenue"] - wanted["contact_cost"]
        for name, value in wanted.items():
            found = float(daily[name].iloc[number])
            if abs(found - value) > _CENT / 2:
                raise LawBroken(f"On day {day.day} the frame has {name} {found:.2f}, and {value:.2f} is what happened.")


def check_decisions(frames: RunFrames, played: Play) -> None:
    """Checks the kept decisions: their probabilities, what they expect beside the best, rewards within their bounds.

    Raises:
        LawBroken: A decision has an impossible value, or a day's decisions do not sum up to the day's row.
    """
    decisions, terms = frames.decisions, played.spec.reward
    if decisions.empty:
        return
    probability = decisions["selection_probability"]
    if not ((probability > 0.0) & (probability <= 1.0)).all():
        raise LawBroken("A decision has a selection probability that is not above 0 and at most 1.")
    if (decisions["expected_reward"] > decisions["best_expected"] + 1e-12).any():
        raise LawBroken("A decision is expected to earn more than the best campaign for its customer.")
    reward = decisions["reward"].dropna()
    if not reward.between(-terms.cost, terms.greatest).all():
        raise LawBroken(
            f"A reward is not from {0.0 - terms.cost:g} to {terms.greatest:g}, to which rewards are clipped."
        )
    sums = decisions.groupby("day")["expected_reward"].sum()
    daily = frames.daily.set_index("day")["expected_reward"]
    differ = (sums.reindex(daily.index, fill_value=0.0) - daily).abs() > _CENT / 2
    if differ.any():
        raise LawBroken(f"The decisions of day {differ.idxmax()} do not sum up to the day's expected reward.")


def check_same_frames(first: RunFrames, second: RunFrames) -> None:
    """Checks that two runs with the same seed leave the same frames, to the last bit.

    Raises:
        LawBroken: They do not.
    """
    for name in ("daily", "shares", "campaigns", "finds", "decisions"):
        if not _same(getattr(first, name), getattr(second, name)):
            raise LawBroken(f"The same run leaves another frame of {name} the second time.")


def _same(first: pd.DataFrame, second: pd.DataFrame) -> bool:
    return first.equals(second) and list(first.columns) == list(second.columns)
