"""Excluding: which decisions an exclusion covers, and putting it into force and out of it."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

import structlog

from banditsvc.core.campaign import NO_CONTACT
from banditsvc.core.decision import Decision
from banditsvc.core.errors import FieldViolation, InvalidRequest
from banditsvc.core.exclusion import Exclusion, ExclusionRevocation, labels_of_decision
from banditsvc.core.portfolio import LearnerSpec
from banditsvc.core.settle import SettleState
from banditsvc.ports import DecisionLog, Recorded
from banditsvc.serving.active_portfolios import ActivePortfolios
from banditsvc.serving.exclusion_changes import same_exclusion
from banditsvc.serving.portfolio_state import PortfolioState
from banditsvc.serving.resources import Resources
from banditsvc.settling import standings_now

PAGE = 2_000
"""Decisions held in memory at a time."""
_END_US = 2**62
"""After every time."""

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class ExclusionView:
    """An exclusion as callers see it."""

    exclusion: Exclusion
    recorded_us: int
    """When it was stored; 0 for a dry run."""
    revocation: Recorded[ExclusionRevocation] | None
    decision_count: int
    """Decisions that it covers so far."""


@dataclass(frozen=True, slots=True)
class ExcludedCampaign:
    """What an exclusion covers of one campaign; an empty campaign_id stands for decisions that chose nothing."""

    campaign_id: str
    decision_count: int
    learned_count: int


@dataclass(frozen=True, slots=True)
class ExclusionEffect:
    """An exclusion and what it covers."""

    view: ExclusionView
    campaigns: tuple[ExcludedCampaign, ...]
    """The most decisions first."""
    is_repeat: bool


@dataclass(slots=True)
class _Coverage:
    """How many decisions an exclusion covers, up to a position of the log."""

    through: int = 0
    count: int = 0


@dataclass(slots=True)
class _Tally:
    """What an exclusion covers, by campaign."""

    decisions: Counter[str] = field(default_factory=Counter)
    learned: Counter[str] = field(default_factory=Counter)
    families: set[str] = field(default_factory=set)


class Excluder:
    """Answers ExclusionService. The log is read off the event loop."""

    def __init__(self, resources: Resources, active: ActivePortfolios, log: DecisionLog) -> None:
        self._resources = resources
        self._active = active
        self._log = log
        self._coverage: dict[tuple[str, int], _Coverage] = {}
        """What an exclusion says never changes, so only what is new in the log need be looked at."""
        self._counting = asyncio.Lock()

    async def create(self, exclusion: Exclusion, *, dry_run: bool) -> ExclusionEffect:
        """Puts an exclusion into force, or only says what it would cover. Its number is given by the service.

        Raises:
            NotFound: There is no such portfolio.
            InvalidRequest: It names a campaign or a family that neither the catalogue nor a decision in its time has.
            FailedPrecondition: As many are in force as there may be.
        """
        portfolio_id = exclusion.portfolio_id
        state = self._resources.state(portfolio_id)
        learner = state.portfolio.value.learner
        progress = self._active.progress(portfolio_id)
        tally = await asyncio.to_thread(self._tally, exclusion, learner, 0 if progress is None else progress.position)
        _check_known(exclusion, state, tally)
        exclusion_id = same_exclusion(state, exclusion)
        is_repeat = bool(exclusion_id)
        if not dry_run and not is_repeat:
            exclusion_id = await self._resources.create_exclusion(exclusion)
            _log.warning(
                "decisions_excluded",
                portfolio_id=portfolio_id,
                exclusion_id=exclusion_id,
                count=tally.decisions.total(),
                learned_count=tally.learned.total(),
            )
        found = self._resources.state(portfolio_id).exclusions.get(exclusion_id)
        view = ExclusionView(
            exclusion if found is None else found.value,
            0 if found is None else found.record_time_us,
            None,
            tally.decisions.total(),
        )
        campaigns = [ExcludedCampaign(one, count, tally.learned[one]) for one, count in tally.decisions.items()]
        campaigns.sort(key=lambda one: (-one.decision_count, one.campaign_id))
        return ExclusionEffect(view, tuple(campaigns), is_repeat)

    async def revoke(self, revocation: ExclusionRevocation) -> ExclusionView:
        """Ends an exclusion.

        Raises:
            NotFound: There is no such portfolio or exclusion.
            FailedPrecondition: It was revoked before.
        """
        await self._resources.revoke_exclusion(revocation)
        _log.warning("exclusion_revoked", portfolio_id=revocation.portfolio_id, exclusion_id=revocation.exclusion_id)
        return (await self._views(revocation.portfolio_id, [revocation.exclusion_id]))[0]

    async def views(self, portfolio_id: str) -> list[ExclusionView]:
        """Returns all exclusions of a portfolio, newest first.

        Raises:
            NotFound: There is no such portfolio.
        """
        return await self._views(portfolio_id, sorted(self._resources.state(portfolio_id).exclusions, reverse=True))

    async def _views(self, portfolio_id: str, exclusion_ids: list[int]) -> list[ExclusionView]:
        state = self._resources.state(portfolio_id)
        found = [state.exclusions[exclusion_id] for exclusion_id in exclusion_ids]
        async with self._counting:
            counts = [await asyncio.to_thread(self._count, one.value) for one in found]
        return [
            ExclusionView(one.value, one.record_time_us, state.revocations.get(one.value.exclusion_id), count)
            for one, count in zip(found, counts, strict=True)
        ]

    def _count(self, exclusion: Exclusion) -> int:
        key = (exclusion.portfolio_id, exclusion.exclusion_id)
        coverage = self._coverage.setdefault(key, _Coverage())
        through = self._log.watermark().position
        for page in covered_pages(self._log, exclusion, coverage.through):
            coverage.count += len(page)
            through = max(through, page[-1].position)
        coverage.through = through
        return coverage.count

    def _tally(self, exclusion: Exclusion, learner: LearnerSpec, position: int) -> _Tally:
        tally = _Tally()
        for page in covered_pages(self._log, exclusion):
            for recorded, stand in zip(page, standings_now(self._log, learner, page), strict=True):
                labels = labels_of_decision(recorded.value)
                is_learned = stand.state is SettleState.SETTLED and recorded.position <= position
                tally.decisions[labels.campaign_id] += 1
                tally.learned[labels.campaign_id] += is_learned
                tally.families.add(labels.family)
        return tally


def covered_pages(log: DecisionLog, exclusion: Exclusion, after: int = 0) -> Iterator[list[Recorded[Decision]]]:
    """Yields the decisions after a position that an exclusion covers, in log order, page by page; no page is empty."""
    start_us = 0 if exclusion.start_us is None else exclusion.start_us
    end_us = _END_US if exclusion.end_us is None else exclusion.end_us
    while page := log.decisions_sent_between(exclusion.portfolio_id, start_us, end_us, after, PAGE):
        after = page[-1].position
        covered = [one for one in page if exclusion.covers(one.value)]
        if covered:
            yield covered
        if len(page) < PAGE:
            return


def _check_known(exclusion: Exclusion, state: PortfolioState, tally: _Tally) -> None:
    """Refuses names that are surely misspelt.

    Raises:
        InvalidRequest: It names them all.
    """
    history = [version.campaign for versions in state.campaign_history.values() for version in versions]
    campaign_ids = {*state.campaign_history, NO_CONTACT, *tally.decisions}
    families = {campaign.family for campaign in history} | tally.families
    given = {"campaign_ids": (exclusion.campaigns.campaign_ids, campaign_ids)}
    given["families"] = (exclusion.campaigns.families, families)
    violations = [
        FieldViolation(
            f"exclusion.campaigns.{name}[{place}]",
            f"must be of the catalogue, or of a decision in this time: {entry!r} is not",
        )
        for name, (entries, known) in given.items()
        for place, entry in enumerate(entries)
        if entry not in known
    ]
    if violations:
        raise InvalidRequest(violations)
