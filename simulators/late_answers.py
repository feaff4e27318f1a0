"""Campaigns that answer at different speeds, played with the service's own learner on a log in memory.

A share of a campaign's conversions comes within a day of its sending, the others evenly until an outcome window, of 28 days
say, is over. Customers are all alike, so that nothing matters but when answers come and how many in the end.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from banditsvc.clock import SimulatedClock
from banditsvc.core.campaign import Campaign
from banditsvc.core.context import CustomerContext
from banditsvc.core.decision import DecidedBy, Decision, LearnedState, RankInput, Result
from banditsvc.core.exploration import Thompson, Uniform
from banditsvc.core.features import Encoder
from banditsvc.core.outcome import Outcome, OutcomeType
from banditsvc.core.policy import Policy, selection_probabilities
from banditsvc.core.portfolio import (
    LearnerKind,
    LearnerSpec,
    Portfolio,
    RewardSpec,
    RewardWeight,
    SettleSpec,
    TrainSpec,
)
from banditsvc.core.scoring import Scorer
from banditsvc.core.times import DAY_US, SECOND_US
from banditsvc.learner import Learner
from banditsvc.ports import CampaignVersion
from banditsvc.store import MemoryLog, MemoryRegistry

_START_US = 20_000 * DAY_US
_SHOP = "shop"


@dataclass(frozen=True, slots=True, kw_only=True)
class LateCampaign:
    """A campaign, how often it is answered in the end, and how soon."""

    name: str
    rate: float
    soon: float
    """Share of its answers that comes within a day."""
    family: str = ""
    launch_day: int = 0
    """Day from which it may be chosen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LateAnswers:
    """How a world of such campaigns is played."""

    campaigns: tuple[LateCampaign, ...]
    days: int
    a_day: int
    """Decisions a day."""
    last_day: int = 28
    """Days within which all answers come."""
    checkpoint_days: tuple[int, ...] = ()
    window_days: int | None = None
    """Window that is learned; None: last_day. Answers that come after it are not seen."""
    uniform: bool = False
    """Whether all are chosen alike, whatever is learned; else Thompson sampling as by default."""
    train: TrainSpec = TrainSpec(learner=LearnerKind.POSTERIOR, half_life_decisions=60_000, bits=10)

    def learner(self) -> LearnerSpec:
        """Returns what the portfolio learns by."""
        return LearnerSpec(
            reward=RewardSpec(
                weights=(RewardWeight(type=OutcomeType.CONVERSION, weight=1.0),),
                window_us=(self.window_days or self.last_day) * DAY_US,
            ),
            settle=SettleSpec(checkpoints_us=tuple(days * DAY_US for days in self.checkpoint_days)),
            train=self.train,
        )


@dataclass(frozen=True, slots=True, eq=False)
class Played:
    """What came of it, by day."""

    shares: NDArray[np.float64]
    """Chance of each campaign, shape (days, campaigns)."""
    predicted: NDArray[np.float64]
    """Predicted reward, likewise; NaN before there was a model."""
    deviations: NDArray[np.float64]
    """How sure the model was of it."""


def play_late_answers(seed: int, world: LateAnswers) -> Played:
    """Plays a world; the same seed has the same draws, whatever is learned."""
    play = _Play(np.random.default_rng(seed), world)
    for day in range(world.days):
        play.one_day(day)
    return Played(np.array(play.shares), np.array(play.predicted), np.array(play.deviations))


class _Play:
    def __init__(self, rng: np.random.Generator, world: LateAnswers) -> None:
        self._rng = rng
        self._world = world
        self._log, self._registry = MemoryLog(), MemoryRegistry()
        self._spec = world.learner()
        campaigns = [Campaign(campaign_id=one.name, family=one.family) for one in world.campaigns]
        portfolio = Portfolio(portfolio_id=_SHOP, currency="EUR", learner=self._spec)
        versions = [
            CampaignVersion(portfolio_id=_SHOP, catalogue_version=place + 1, campaign=campaign)
            for place, campaign in enumerate(campaigns)
        ]
        self._log.append([portfolio, *versions], _START_US - DAY_US)
        self._learner = Learner(self._log, self._registry, SimulatedClock(), batch=500)
        encoder = Encoder(self._spec.encoder)
        self._context = encoder.context(CustomerContext(), "", "")
        self._encoded = [encoder.campaign(campaign) for campaign in campaigns]
        self._policy = Policy(
            portfolio_id=_SHOP, policy_version=1, exploration=Uniform() if world.uniform else Thompson(), floor=0.01
        )
        self._coming: dict[int, list[Outcome]] = defaultdict(list)
        """Outcomes by the day on which they occur."""
        self._number = 0
        self.shares: list[NDArray[np.float64]] = []
        self.predicted: list[NDArray[np.float64]] = []
        self.deviations: list[NDArray[np.float64]] = []

    def one_day(self, day: int) -> None:
        """Posts what happened the day before, lets the learner look, and decides the day's."""
        now_us = _START_US + day * DAY_US
        self._log.append(self._coming.pop(day - 1, []), now_us - SECOND_US)
        self._log.append([], now_us)
        while self._learner.step(_SHOP):
            pass
        eligible = [place for place, one in enumerate(self._world.campaigns) if one.launch_day <= day]
        pmf = self._pmf(eligible)
        chosen = self._rng.choice(eligible, size=self._world.a_day, p=pmf[eligible])
        self._log.append([self._decide(place, pmf, eligible, now_us) for place in chosen.tolist()], now_us)
        self._answer(chosen, day, now_us)
        self.shares.append(pmf)

    def _pmf(self, eligible: list[int]) -> NDArray[np.float64]:
        lineage = self._registry.serving_lineage(_SHOP)
        checkpoint = self._registry.latest(lineage.lineage_id) if lineage else None
        count = len(self._encoded)
        predicted, deviation = np.full(count, np.nan), np.full(count, np.nan)
        learned, mine = LearnedState(), [self._encoded[place] for place in eligible]
        scores, doubts = np.zeros((1, len(eligible))), None
        if checkpoint is not None:
            scorer, learned = Scorer(checkpoint.model), checkpoint.model.learned
            scores, doubts = scorer.predict([self._context], mine)
            assert doubts is not None, "the posterior says how sure it is"
            predicted[eligible], deviation[eligible] = scores[0], doubts[0]
        self.predicted.append(predicted)
        self.deviations.append(deviation)
        ranks, parts = np.arange(len(eligible))[None, :], np.full((1, len(eligible)), float(len(eligible)))
        pmf = np.zeros(count)
        pmf[eligible] = selection_probabilities(self._policy, scores, ranks, parts, learned, deviation=doubts)[0]
        return pmf

    def _decide(self, place: int, pmf: NDArray[np.float64], eligible: list[int], now_us: int) -> Decision:
        self._number += 1
        names = self._world.campaigns
        return Decision(
            decision_id=f"d{self._number}",
            input=RankInput(
                portfolio_id=_SHOP, customer_id=f"c{self._number}", send_time_us=now_us, context=CustomerContext()
            ),
            result=Result.CAMPAIGN,
            decided_by=DecidedBy.POLICY,
            campaign_id=names[place].name,
            eligible=tuple(names[one].name for one in eligible),
            selection_probabilities=tuple(pmf[eligible].tolist()),
            catalogue_version=len(names),
            portfolio_version=1,
        )

    def _answer(self, chosen: NDArray[np.intp], day: int, now_us: int) -> None:
        campaigns = self._world.campaigns
        draws = self._rng.random((len(chosen), 3))
        first = self._number - len(chosen) + 1
        for place in np.flatnonzero(draws[:, 0] < np.array([one.rate for one in campaigns])[chosen]).tolist():
            is_soon = draws[place, 1] < campaigns[chosen[place]].soon
            after_days = draws[place, 2] if is_soon else 1.0 + draws[place, 2] * (self._world.last_day - 1)
            self._coming[day + int(after_days)].append(
                Outcome(
                    portfolio_id=_SHOP,
                    outcome_id=f"o{first + place}",
                    type=OutcomeType.CONVERSION,
                    occur_time_us=now_us + int(after_days * DAY_US),
                    decision_id=f"d{first + place}",
                )
            )
