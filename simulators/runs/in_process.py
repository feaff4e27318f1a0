"""A policy's run in process: the world, the limits, the settling and the learning of the service, in columns."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from simulators.engine.visit import Visit
from simulators.engine.world import World
from simulators.runs.campaign_tally import CampaignTally
from simulators.runs.contact_limits import ContactLimits
from simulators.runs.daily_tally import DailyTally
from simulators.runs.draws import Draws, KeyedDraws
from simulators.runs.kept_decisions import KeptDecisions
from simulators.runs.logging_faults import with_logging_faults
from simulators.runs.one_each import OneEach, bank_of
from simulators.runs.policy import Eligible, Learned, Policy
from simulators.runs.run_frames import RunFrames
from simulators.runs.settling import DayDecisions, Settled, Settler, day_decisions, joined_decisions
from simulators.runs.tallied_choices import tallied_choices
from simulators.worlds.world_spec import WorldSpec

PART = 1 << 15
"""Customers that are decided for at a time, of those who visit on a day."""


class Run:
    """One policy in one world, for several seeds side by side: each as if it were alone, bit for bit."""

    def __init__(
        self,
        spec: WorldSpec,
        name: str,
        policy: Policy,
        seeds: Sequence[int],
        *,
        draws: Draws | None = None,
        keep_decisions: bool = False,
    ) -> None:
        """Prepares day 0.

        Args:
            spec: The world.
            name: Name of the policy in the frames.
            policy: It is left as it is: copies of it run.
            seeds: One run for each.
            draws: How decisions are drawn; by default keyed by seed, customer and day.
            keep_decisions: Whether the frames have every decision.
        """
        self.world = World(spec, seeds)
        self._name = name
        self._bank = bank_of(policy, self.world.seeds, name)
        self._learns = self._bank.is_taught
        self._draws: Draws = draws or KeyedDraws()
        self._limits = ContactLimits(spec, len(self.world.seeds))
        window = getattr(policy, "window_days", None) or spec.reward.window_days
        self._settler = Settler(spec, window, getattr(policy, "waits_for_feed", True))
        self._floor = getattr(policy, "floor", 0.0)
        self._daily = DailyTally(self.world, spec.days)
        self._campaigns = CampaignTally(self.world, spec.days)
        self._kept = KeptDecisions(self.world, keep_decisions)

    def live_a_day(self) -> None:
        """Learns what is due, decides for the day's customers, and lets the day pass."""
        world = self.world
        for settled in self._settler.settle(world.day):
            self._take_in(settled)
        self._limits.begin_day(world.day)
        self._daily.begun(world.day)
        decided = [self._decide(part) for part in world.begin_day().parts(PART)]
        if decided and (self._learns or self._kept.keeps):
            self._settler.decided(joined_decisions(decided))
        day, purchases = world.day, world.end_day()
        self._daily.bought(day, purchases)
        self._settler.bought(day, purchases)

    def frames(self) -> RunFrames:
        """Returns what came of the days so far."""
        return RunFrames(
            daily=self._daily.frame(self._name),
            shares=self._campaigns.shares(self._name),
            campaigns=self._campaigns.campaigns(self._name),
            finds=self._campaigns.finds(self._name),
            decisions=with_logging_faults(self._kept.frame(self._name), self.world.spec.logging_faults, self._floor),
        )

    def _take_in(self, settled: Settled) -> None:
        decisions, reward = settled.decisions, settled.reward
        if reward is None:
            return
        self._kept.settled(decisions, reward)
        if decisions.contexts is None or decisions.eligible is None or not len(decisions.rows):
            return
        batch = Learned(decisions.contexts, decisions.eligible, decisions.chosen, decisions.probability, reward)
        self._bank.learn(batch, decisions.seed_places)
        self._daily.learned(self.world.day, decisions.seed_places)

    def _decide(self, visit: Visit) -> DayDecisions:
        if isinstance(self._bank, OneEach) and self._bank.is_oracle:
            expected: NDArray[np.float64] | None = visit.expected
        else:
            expected = None

        def pmf_of(rows: NDArray[np.intp], mask: NDArray[np.bool_]) -> NDArray[np.float64]:
            if expected is not None:
                assert isinstance(self._bank, OneEach)
                self._bank.see(expected[rows])
            contexts = visit.contexts if len(rows) == len(visit) else visit.contexts.take(rows)
            return self._bank.pmf(contexts, Eligible(visit.live.campaigns, mask), visit.seed_places[rows])

        draws = self._draws.of(visit, self.world.seeds)
        chosen = self._limits.choose(visit, visit.eligible.mask, self.world.customers, draws, pmf_of)
        sent = self.world.send(visit, chosen.column)
        choices = tallied_choices(self.world, visit, chosen, sent)
        self._daily.decided(visit, chosen, sent, choices)
        self._campaigns.add(visit, choices)
        decisions = day_decisions(visit, chosen, with_contexts=self._learns)
        self._kept.decided(visit, chosen, decisions)
        return decisions


def run_policy(
    spec: WorldSpec,
    name: str,
    policy: Policy,
    seeds: Sequence[int],
    *,
    draws: Draws | None = None,
    keep_decisions: bool = False,
    on_day: Callable[[], None] = lambda: None,
) -> RunFrames:
    """Returns what came of a policy in a world; see Run. on_day is called after each day."""
    run = Run(spec, name, policy, seeds, draws=draws, keep_decisions=keep_decisions)
    for _ in range(spec.days):
        run.live_a_day()
        on_day()
    return run.frames()
