"""Looking at phases: where a portfolio stands between business as usual and the policy."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from banditsvc.core.campaign import CampaignState
from banditsvc.core.feed_marks import FeedMarks
from banditsvc.core.phase import Phase, PhaseSpec
from banditsvc.core.phase_conditions import NEXT_PHASE, PhaseCondition, PhaseFacts, conditions_of
from banditsvc.ports import Clock, DecisionLog
from banditsvc.serving.active_portfolios import ActivePortfolios
from banditsvc.serving.portfolio_state import PortfolioState
from banditsvc.serving.resources import Resources


@dataclass(frozen=True, slots=True, kw_only=True)
class PhaseView:
    """Where a portfolio stands."""

    spec: PhaseSpec
    since_us: int
    next_phase: Phase | None
    conditions: tuple[PhaseCondition, ...]


class Phases:
    """Answers GetPhase."""

    def __init__(
        self,
        resources: Resources,
        active: ActivePortfolios,
        log: DecisionLog,
        clock: Clock,
        feed_marks: Callable[[str], FeedMarks],
    ) -> None:
        self._resources = resources
        self._active = active
        self._log = log
        self._clock = clock
        self._feed_marks = feed_marks

    async def view(self, portfolio_id: str) -> PhaseView:
        """Returns the phase of a portfolio and what is asked before the next one.

        Raises:
            NotFound: There is no such portfolio.
        """
        state = self._resources.state(portfolio_id)
        spec, since_us = state.portfolio.value.phase, state.phase_since_us or 0
        next_phase = NEXT_PHASE.get(spec.phase)
        conditions: tuple[PhaseCondition, ...] = ()
        if next_phase is not None:
            conditions = conditions_of(spec.phase, await self._facts(state, since_us))
        return PhaseView(spec=spec, since_us=since_us, next_phase=next_phase, conditions=conditions)

    async def _facts(self, state: PortfolioState, since_us: int) -> PhaseFacts:
        portfolio = state.portfolio.value
        now_us = max(self._clock.now_us(), since_us)
        live = [name for name, version in state.campaigns.items() if version.campaign.state is CampaignState.LIVE]
        tallies = await asyncio.to_thread(
            self._log.tally_contacts, portfolio.organization_id, portfolio.portfolio_id, since_us, now_us + 1, now_us
        )
        sends: Counter[str] = Counter()
        for tally in tallies:
            sends[tally.labels.campaign_id] += tally.count
        progress = self._active.progress(portfolio.portfolio_id)
        return PhaseFacts(
            learned_count=0 if progress is None else progress.sums.learned_count - progress.sums.historical_count,
            in_phase_us=now_us - since_us,
            window_us=portfolio.learner.reward.window_us,
            feed_lags_us=self._lags(state, now_us),
            grace_us=portfolio.learner.settle.grace_us,
            sends={name: sends[name] for name in live},
        )

    def _lags(self, state: PortfolioState, now_us: int) -> dict[str, int | None]:
        portfolio = state.portfolio.value
        marks = self._feed_marks(portfolio.portfolio_id)
        lags: dict[str, int | None] = {}
        for feed in portfolio.learner.settle.required_feeds:
            through_us = marks.complete_through(feed)
            name = f"{feed.type.name}:{feed.custom_type}" if feed.custom_type else feed.type.name
            lags[name] = None if through_us is None else max(0, now_us - through_us)
        return lags
