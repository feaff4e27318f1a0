"""The models of a portfolio: what was learned, what is served, and going back."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from itertools import chain, islice

from banditsvc.core.collisions import collision_rate
from banditsvc.core.errors import FailedPrecondition, NotFound
from banditsvc.core.model import UNTRAINED, Model
from banditsvc.group_commit import GroupCommitter
from banditsvc.ports import DecisionLog, ModelRegistry, ModelSummary, RunningSums
from banditsvc.serving.active_portfolios import ActivePortfolios
from banditsvc.serving.resources import Resources

_CATCH_UP_POLL_SECONDS = 0.01
_MOST_SAMPLED_ROWS = 1_000
_MOST_SAMPLED_ENTRIES = 100
"""What the collision rate is taken from, so that looking at a model holds nobody up."""


@dataclass(frozen=True, slots=True)
class ModelView:
    """A model as callers see it."""

    summary: ModelSummary
    is_serving: bool
    collision_rate: float | None
    """Share of crosses whose weight another uses too, of a sample of the served catalogue; None unless it is served."""


class Models:
    """Lists, shows and rolls back models, and waits for the learner."""

    def __init__(
        self,
        resources: Resources,
        active: ActivePortfolios,
        registry: ModelRegistry,
        log: DecisionLog,
        committer: GroupCommitter,
    ) -> None:
        self._resources = resources
        self._active = active
        self._registry = registry
        self._log = log
        self._committer = committer

    def list(self, portfolio_id: str) -> list[ModelView]:
        """Returns all models, newest first."""
        self._resources.state(portfolio_id)
        return [self._view(summary) for summary in self._registry.list_models(portfolio_id)]

    def get(self, portfolio_id: str, model_version: str = "") -> ModelView:
        """Returns one model; an empty version means the one that Rank uses.

        Raises:
            NotFound: There is no such portfolio or model.
        """
        active = self._active.get(portfolio_id)
        wanted = model_version or active.model.model_version
        if wanted == UNTRAINED:
            return self._view(_untrained_summary(active.model))
        summary = self._registry.find_model(portfolio_id, wanted)
        if summary is None:
            raise NotFound("model", wanted)
        return self._view(summary)

    def check_weights(self, portfolio_id: str, model_version: str) -> None:
        """Checks that a model can be served; an empty version, which names none, can.

        Raises:
            NotFound: There is no such portfolio or model.
            FailedPrecondition: The model's weights are no longer kept.
        """
        if model_version and not self.get(portfolio_id, model_version).summary.has_weights:
            raise FailedPrecondition(
                "WEIGHTS_NOT_KEPT", f"the weights of model {model_version!r} are no longer kept; choose a newer one"
            )

    async def roll_back(self, portfolio_id: str, model_version: str) -> ModelView:
        """Serves an older model until told otherwise; an empty version follows the newest again.

        Raises:
            NotFound: There is no such portfolio or model.
            FailedPrecondition: The model's weights are no longer kept.
        """
        self.check_weights(portfolio_id, model_version)
        await self._resources.pin_model(portfolio_id, model_version)
        await self._active.poll()
        return self.get(portfolio_id)

    async def catch_up(self, portfolio_id: str) -> tuple[str, int]:
        """Waits until every decision due by now is settled, learned from, published and served.

        Returns:
            The served model_version and the number of decisions that its lineage has learned from.

        Raises:
            NotFound: There is no such portfolio.
            FailedPrecondition: The model to be served was refused, so an older one is.
        """
        self._resources.state(portfolio_id)
        now_us = (await self._committer.append([])).record_time_us
        while True:
            await self._active.poll()
            progress = self._active.progress(portfolio_id)
            if progress is not None and progress.settled_through_us >= now_us and not progress.relearning:
                model = self._active.get(portfolio_id).model
                if model.model_version == self._active.wanted(portfolio_id):
                    return model.model_version, self.get(portfolio_id).summary.sums.learned_count
                self._check_not_refused(portfolio_id, model)
            await asyncio.sleep(_CATCH_UP_POLL_SECONDS)

    def _check_not_refused(self, portfolio_id: str, served: Model) -> None:
        refused = self._active.refused(portfolio_id)
        if refused:
            raise FailedPrecondition(
                "MODEL_REFUSED",
                f"model {refused!r} cannot be served, {served.model_version!r} is; the service's log says why",
            )

    def _view(self, summary: ModelSummary) -> ModelView:
        active = self._active.get(summary.portfolio_id)
        if active.model.model_version != summary.model_version:
            return ModelView(summary, is_serving=False, collision_rate=None)
        entries = chain.from_iterable(map(active.scorer.encoder.entries, active.catalogue.values()))
        rate = collision_rate(
            active.scorer.known_rows()[:_MOST_SAMPLED_ROWS],
            list(islice(entries, _MOST_SAMPLED_ENTRIES)),
            active.model.learner.train.bits,
        )
        return ModelView(summary, is_serving=True, collision_rate=rate)


def _untrained_summary(model: Model) -> ModelSummary:
    return ModelSummary(
        portfolio_id=model.portfolio_id,
        model_version=UNTRAINED,
        lineage_id=0,
        learner_version=model.learner_version,
        position=0,
        sums=RunningSums(),
        reward_mean=0.0,
        reward_deviation=0.0,
        publish_time_us=0,
        weights_sha256="",
        nonzero_weights=0,
        has_weights=True,
    )
