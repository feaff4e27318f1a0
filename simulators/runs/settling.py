"""Settling in a run: which decisions are due on a day, and with what reward; the service's rules, in columns.

A day's decisions are due at the first midnight by which their window is over and the feed is complete to its end. If
that is later than the grace allows, they lapse. What counts is what the feed has delivered by then. Their learning
keeps the order in which they were made.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from simulators.engine.feed_calendar import complete_through, has_file
from simulators.engine.purchases import Purchases, joined_purchases
from simulators.engine.visit import Visit
from simulators.runs.contact_limits import Chosen
from simulators.runs.contexts import Contexts, joined_contexts
from simulators.runs.policy import Eligible
from simulators.runs.seed_sums import add_at
from simulators.worlds.reward_terms import AttributionRule, RewardOf
from simulators.worlds.world_spec import WorldSpec


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class DayDecisions:
    """The decisions of a day for which something was eligible, in their order."""

    day: int
    rows: NDArray[np.intp]
    seed_places: NDArray[np.intp]
    chosen: NDArray[np.intp]
    probability: NDArray[np.float64]
    is_contact: NDArray[np.bool_]
    contexts: Contexts | None = None
    """None where nobody learns from it; likewise eligible."""
    eligible: Eligible | None = None


def day_decisions(visit: Visit, chosen: Chosen, *, with_contexts: bool) -> DayDecisions:
    """Returns what was chosen for those customers of a visit for whom something was eligible.

    Args:
        visit: The customers.
        chosen: What was chosen for each.
        with_contexts: Whether somebody learns from it: contexts and eligible sets are then kept.
    """
    places = np.flatnonzero(chosen.column >= 0)
    is_contact = np.array([entry.spec is not None for entry in visit.live.entries], dtype=np.bool_)
    return DayDecisions(
        day=visit.day,
        rows=visit.rows[places],
        seed_places=visit.seed_places[places],
        chosen=chosen.column[places],
        probability=chosen.probability[places],
        is_contact=is_contact[chosen.column[places]],
        contexts=visit.contexts.take(places) if with_contexts else None,
        eligible=Eligible(visit.live.campaigns, chosen.mask[places]) if with_contexts else None,
    )


def joined_decisions(parts: Sequence[DayDecisions]) -> DayDecisions:
    """Returns the parts of a day's decisions as one, in their order; at least one."""
    first = parts[0]
    if len(parts) == 1:
        return first
    contexts = [part.contexts for part in parts if part.contexts is not None]
    eligible = [part.eligible for part in parts if part.eligible is not None]
    return DayDecisions(
        day=first.day,
        rows=np.concatenate([part.rows for part in parts]),
        seed_places=np.concatenate([part.seed_places for part in parts]),
        chosen=np.concatenate([part.chosen for part in parts]),
        probability=np.concatenate([part.probability for part in parts]),
        is_contact=np.concatenate([part.is_contact for part in parts]),
        contexts=joined_contexts(contexts) if contexts else None,
        eligible=Eligible(eligible[0].campaigns, np.concatenate([one.mask for one in eligible])) if eligible else None,
    )


@dataclass(frozen=True, slots=True, eq=False)
class Settled:
    """Decisions that are due."""

    decisions: DayDecisions
    reward: NDArray[np.float64] | None
    """Clipped, in units of the reward terms; None where they lapsed."""


@dataclass(slots=True)
class Settler:
    """Keeps decisions until they are due."""

    spec: WorldSpec
    window_days: int
    waits_for_feed: bool = True
    """Whether a decision is due only once the feed is complete; else it is due after its window, with what has come."""
    _waiting: deque[DayDecisions] = field(default_factory=deque)
    _decided: dict[int, DayDecisions] = field(default_factory=dict)
    """By day, as long as a purchase may be shared with them."""
    _bought: dict[int, Purchases] = field(default_factory=dict)
    """By the day on which it was bought, as long as a window reaches it."""
    _complete: int = -1
    """Day up to whose start the feed is complete."""

    def decided(self, decisions: DayDecisions) -> None:
        """Takes in the decisions of the present day."""
        self._waiting.append(decisions)
        self._decided[decisions.day] = decisions

    def bought(self, day: int, purchases: Purchases) -> None:
        """Takes in what was bought on a day."""
        self._bought[day] = purchases

    def settle(self, day: int) -> list[Settled]:
        """Returns what is due at the midnight at which a day starts, after that day's file, if one comes."""
        if has_file(self.spec.feed, day):
            self._complete = max(self._complete, complete_through(self.spec.feed, day))
        found = []
        while self._waiting:
            head = self._waiting[0]
            over = head.day + self.window_days
            lapses = over + self.spec.reward.grace_days
            # A file that comes at the midnight at which the grace ends is posted after it.
            if (self._complete >= over and day < lapses) or (over <= day and not self.waits_for_feed):
                found.append(Settled(head, self._reward(head, day)))
            elif lapses <= day:
                found.append(Settled(head, None))
            else:
                break
            self._waiting.popleft()
        if found:
            self._forget(self._waiting[0].day if self._waiting else day)
        return found

    def _forget(self, first_day: int) -> None:
        self._bought = {day: bought for day, bought in self._bought.items() if day >= first_day}
        kept = first_day - self.window_days
        self._decided = {day: decided for day, decided in self._decided.items() if day > kept}

    def _reward(self, decisions: DayDecisions, day: int) -> NDArray[np.float64]:
        terms = self.spec.reward
        total = np.zeros(len(decisions.rows))
        window = [
            self._bought[one]
            for one in range(decisions.day, decisions.day + self.window_days)
            if one in self._bought and len(self._bought[one])
        ]
        if window and total.size:
            joined = joined_purchases(window)
            places, mine = self._joined(decisions, joined, day)
            share = self._shares(decisions, mine)
            worth = share if terms.of is RewardOf.CONVERSION else share * mine.known_amount(day)
            # Added in the order in which the service adds them: by outcome_id, which is by time.
            add_at(total, places, worth)
            if terms.of is RewardOf.CONVERSION:
                np.minimum(total, 1.0, out=total)
        if terms.cost > 0.0:
            total = np.where(decisions.is_contact, total - terms.cost, total)
        return np.asarray(np.minimum(np.maximum(total, -terms.cost), terms.greatest))

    def _joined(self, decisions: DayDecisions, bought: Purchases, day: int) -> tuple[NDArray[np.intp], Purchases]:
        """Returns the purchases of these decisions' customers that were delivered by a day, and whose place each is."""
        places = np.searchsorted(decisions.rows, bought.rows)
        found = places < len(decisions.rows)
        found[found] = decisions.rows[places[found]] == bought.rows[found]
        found &= bought.arrival <= day
        if self.spec.stateless:
            # The same row is another customer on another day.
            found &= bought.cause_day == decisions.day
        return places[found], bought.where(found)

    def _shares(self, decisions: DayDecisions, bought: Purchases) -> NDArray[np.float64]:
        """Returns which share of each purchase joins the decision, by the attribution rule."""
        rule = self.spec.reward.attribution
        if rule is AttributionRule.ALL_IN_WINDOW or self.spec.stateless:
            return np.ones(len(bought))
        on_day = np.floor(bought.time).astype(np.int64)
        count = np.zeros(len(bought))
        last = np.full(len(bought), -1, dtype=np.int64)
        for day in range(decisions.day - self.window_days + 1, decisions.day + self.window_days):
            is_rival = (on_day >= day) & (on_day < day + self.window_days) & self._has_decision(day, bought.rows)
            count += is_rival
            last[is_rival] = day
        if rule is AttributionRule.SPLIT:
            return np.divide(1.0, count)
        return np.asarray(last == decisions.day, dtype=np.float64)

    def _has_decision(self, day: int, rows: NDArray[np.intp]) -> NDArray[np.bool_]:
        decided = self._decided.get(day)
        return np.zeros(len(rows), dtype=np.bool_) if decided is None else np.isin(rows, decided.rows)
