"""The active portfolios: kept in step with the log's resources and the learner's models."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass

import numpy as np
import structlog

from banditsvc.core.campaign import NO_CONTACT_CAMPAIGN
from banditsvc.core.context import CustomerContext
from banditsvc.core.decision import LearnedState
from banditsvc.core.equal_parts import parts_without_treatments
from banditsvc.core.errors import BanditError, NotFound
from banditsvc.core.model import UNTRAINED, Model, untrained_model
from banditsvc.core.policy import is_pmf, selection_probabilities
from banditsvc.core.portfolio import Portfolio
from banditsvc.core.scoring import Scorer
from banditsvc.ports import ModelRegistry, Progress
from banditsvc.serving.activated_settings import active_portfolio, shadow_of
from banditsvc.serving.active_portfolio import ActivePortfolio
from banditsvc.serving.portfolio_state import PortfolioState
from banditsvc.serving.resources import Resources

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _ShadowModel:
    """A shadow's own model."""

    model_version: str
    scorer: Scorer | None
    """None where it does not exist, is no longer kept or cannot be served."""
    is_there: bool
    """Whether it exists; one that does not may be published later."""


class ActivePortfolios:
    """Holds one ActivePortfolio each. Readers take the object once and keep it for the whole request."""

    def __init__(self, resources: Resources, registry: ModelRegistry) -> None:
        self._resources = resources
        self._registry = registry
        self._active: dict[str, ActivePortfolio] = {}
        self._progress: dict[str, Progress] = {}
        self._refused: dict[str, set[str]] = {}
        """Versions that cannot be served, by portfolio. They are tried again when its policy or catalogue changes."""
        self._shadow_models: dict[str, _ShadowModel] = {}
        """Of portfolios whose shadow has a model of its own."""
        self._polling = asyncio.Lock()
        resources.watch(self._resources_changed)

    def get(self, portfolio_id: str) -> ActivePortfolio:
        """Returns what Rank decides with now.

        Raises:
            NotFound: There is no such portfolio.
        """
        active = self._active.get(portfolio_id)
        if active is None:
            raise NotFound("portfolio", portfolio_id)
        return active

    def progress(self, portfolio_id: str) -> Progress | None:
        """Returns where the learner stood at the last poll."""
        return self._progress.get(portfolio_id)

    def wanted(self, portfolio_id: str) -> str:
        """Returns the model_version to be served as of the last poll: the pinned one, else the learner's newest.

        Raises:
            NotFound: There is no such portfolio.
        """
        progress = self._progress.get(portfolio_id)
        newest = UNTRAINED if progress is None else progress.model_version
        return self._resources.state(portfolio_id).pinned_model_version or newest

    def refused(self, portfolio_id: str) -> str:
        """Returns the wanted model_version where it cannot be served, else an empty text.

        Raises:
            NotFound: There is no such portfolio.
        """
        wanted = self.wanted(portfolio_id)
        return wanted if wanted in self._refused.get(portfolio_id, ()) else ""

    async def poll(self) -> None:
        """Looks for newer models and swaps them in, compiled and checked off the event loop.

        It also looks for settings of which it is not known whether they were stored.
        """
        async with self._polling:
            with suppress(BanditError):
                self._resources.catch_up()
            for portfolio_id in list(self._active):
                progress = self._registry.progress(portfolio_id)
                if progress is not None:
                    await self._serve_wanted_model(portfolio_id, progress)
                    self._progress[portfolio_id] = progress
                await self._load_shadow_model(portfolio_id)

    async def _serve_wanted_model(self, portfolio_id: str, progress: Progress) -> None:
        served = self._active[portfolio_id].model.model_version
        wanted = [self._resources.state(portfolio_id).pinned_model_version or progress.model_version]
        if served == UNTRAINED:
            # Better the newest model than none, where a pinned one is gone.
            wanted.append(progress.model_version)
        for model_version in wanted:
            if model_version in ("", served) or await self._is_swapped_in(portfolio_id, model_version):
                return

    async def _is_swapped_in(self, portfolio_id: str, model_version: str) -> bool:
        refused = self._refused.setdefault(portfolio_id, set())
        if model_version in refused:
            return False
        model = await asyncio.to_thread(self._load, self._resources.state(portfolio_id), model_version)
        if model is None:
            refused.add(model_version)
            _log.error("model_without_weights", portfolio_id=portfolio_id, model_version=model_version)
            return False
        scorer = await asyncio.to_thread(self._active[portfolio_id].scorer.successor, model)
        if not _is_sound(self._active[portfolio_id], model, scorer):
            refused.add(model_version)
            _log.error("model_refused", portfolio_id=portfolio_id, model_version=model_version)
            return False
        self._activate(portfolio_id, model, scorer)
        _log.info("model_swapped", portfolio_id=portfolio_id, model_version=model_version)
        return True

    def _load(self, state: PortfolioState, model_version: str) -> Model | None:
        portfolio = state.portfolio.value
        if model_version == UNTRAINED:
            return untrained_model(portfolio.portfolio_id, portfolio.learner_version, portfolio.learner)
        return self._registry.load_model(portfolio.portfolio_id, model_version)

    async def _load_shadow_model(self, portfolio_id: str) -> None:
        """Loads the model that the shadow names, once it is there, and lets the shadow decide with it."""
        state, active = self._resources.state(portfolio_id), self._active[portfolio_id]
        wanted = "" if state.shadow is None else state.shadow.model_version
        known = self._shadow_models.get(portfolio_id)
        if not wanted:
            self._shadow_models.pop(portfolio_id, None)
            return
        is_known = known is not None and known.model_version == wanted
        if known is not None and is_known and known.is_there:
            return
        model = await asyncio.to_thread(self._load, state, wanted)
        scorer = None if model is None else await asyncio.to_thread(active.scorer.successor, model)
        if model is None or scorer is None or not _is_sound(active, model, scorer):
            scorer = None
            if not is_known:
                _log.error("shadow_model_missing", portfolio_id=portfolio_id, model_version=wanted)
            if model is None and is_known:
                return
        self._shadow_models[portfolio_id] = _ShadowModel(wanted, scorer, model is not None)
        served = self._active[portfolio_id]
        self._activate(portfolio_id, served.model, served.scorer)

    def _resources_changed(self, portfolio_id: str) -> None:
        state = self._resources.state(portfolio_id)
        if not state.policies or not state.deployed_policy_version:
            return
        self._refused.pop(portfolio_id, None)
        portfolio, active = state.portfolio.value, self._active.get(portfolio_id)
        if active is not None and not _is_outdated(active.model, portfolio):
            self._activate(portfolio_id, active.model, active.scorer)
            return
        model = untrained_model(portfolio_id, portfolio.learner_version, portfolio.learner)
        self._activate(portfolio_id, model, Scorer(model))

    def _activate(self, portfolio_id: str, model: Model, scorer: Scorer) -> None:
        """Puts the settings as they are now to work with a model."""
        state, own = self._resources.state(portfolio_id), self._shadow_models.get(portfolio_id)
        self._active[portfolio_id] = active_portfolio(
            state,
            self._resources.organization_of(portfolio_id),
            model,
            scorer,
            former=self._active.get(portfolio_id),
            shadow=shadow_of(state, own.model_version if own else "", own.scorer if own else None, model, scorer),
        )


def _is_outdated(model: Model, portfolio: Portfolio) -> bool:
    """Says whether a model that has learned nothing has other settings than the portfolio's."""
    return model.model_version == UNTRAINED and model.learner_version != portfolio.learner_version


def _is_sound(active: ActivePortfolio, model: Model, scorer: Scorer) -> bool:
    """Says whether a model may be served: finite weights, and a valid pmf for an unknown customer."""
    campaigns = [*active.catalogue.values(), NO_CONTACT_CAMPAIGN]
    encoded = [entry for campaign in campaigns for entry in scorer.encoder.entries(campaign)]
    contexts = [scorer.encoder.context(CustomerContext())]
    predicted, deviation = scorer.predict(contexts, encoded)
    fixed_rank = np.arange(len(encoded), dtype=np.int64)[None, :]
    learned: LearnedState = model.learned
    parts = parts_without_treatments(predicted.shape)
    pmfs = [
        selection_probabilities(policy, predicted, fixed_rank, parts, learned, deviation=deviation)
        for policy in (active.policy, active.challenger)
        if policy is not None
    ]
    is_finite = np.isfinite(model.weights).all() and np.isfinite(predicted).all()
    return bool(is_finite and all(is_pmf(pmf).all() for pmf in pmfs))
