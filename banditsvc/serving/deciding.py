"""Deciding: from eligible campaigns to a decision, for one customer or many at once. No I/O."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import structlog
from numpy.typing import NDArray

from banditsvc.core.campaign import NO_CONTACT
from banditsvc.core.decision import DecidedBy, Decision, LearnedState, RankInput, Result
from banditsvc.core.exploration import FixedPriority
from banditsvc.core.policy import is_pmf, selection_probabilities
from banditsvc.core.sampling import choose, uniform_draw
from banditsvc.serving.active_portfolio import ActivePortfolio, PreparedSet

_log = structlog.get_logger(__name__)
_DRAW_PURPOSE = "select"
_MOST_SHARED_COLUMNS = 8
"""Campaigns scored for one request because others of its group need them, as a multiple of its own."""


@dataclass(frozen=True, slots=True)
class ToDecide:
    """A request that is to be decided now, under this id, among these campaigns."""

    decision_id: str
    input: RankInput
    prepared: PreparedSet


def decide_all(active: ActivePortfolio, requests: Sequence[ToDecide]) -> list[Decision]:
    """Decides requests of one portfolio, each as if it were alone, bit for bit, in their order.

    Those with as many eligible campaigns are computed together. Whatever fails in the learned part falls back to the
    fixed order, and the decision says so.
    """
    by_count: dict[int, list[int]] = {}
    for place, request in enumerate(requests):
        by_count.setdefault(len(request.prepared.ids), []).append(place)
    decisions: dict[int, Decision] = {}
    for count, places in by_count.items():
        group = [requests[place] for place in places]
        made = _decide(active, group) if count else [_decision(active, request) for request in group]
        decisions.update(zip(places, made, strict=True))
    return [decisions[place] for place in range(len(requests))]


def _decide(active: ActivePortfolio, requests: Sequence[ToDecide]) -> list[Decision]:
    fixed_rank = np.array([request.prepared.fixed_rank for request in requests])
    try:
        predicted = _predict(active, requests)
        pmf = selection_probabilities(active.policy, predicted, fixed_rank, active.model.learned)
        sound = bool(np.isfinite(predicted).all()) and bool(is_pmf(pmf).all())
    except Exception:  # noqa: BLE001 - whatever failed, the fixed order answers
        _log.exception("scoring_failed", portfolio_id=active.portfolio.portfolio_id)
        sound = False
    if not sound:
        pmf = FixedPriority().pmf(np.zeros(fixed_rank.shape), fixed_rank, LearnedState())
        return _draw(active, requests, pmf, None)
    return _draw(active, requests, pmf, predicted)


def _predict(active: ActivePortfolio, requests: Sequence[ToDecide]) -> NDArray[np.float64]:
    """Returns predicted rewards of shape (requests, K); each request has its own K campaigns."""
    encoder = active.scorer.encoder
    contexts = [encoder.context(r.input.context, r.input.channel, r.input.placement) for r in requests]
    first = requests[0].prepared
    if all(request.prepared is first for request in requests):
        return active.scorer.score(contexts, first.encoded)
    # A score does not depend on what else is scored, so one matrix over all campaigns serves every request.
    place_of = {campaign.key: campaign for request in requests for campaign in request.prepared.encoded}
    if len(place_of) > _MOST_SHARED_COLUMNS * len(first.ids):
        rows = [active.scorer.score([c], r.prepared.encoded) for c, r in zip(contexts, requests, strict=True)]
        return np.concatenate(rows)
    columns = {key: column for column, key in enumerate(place_of)}
    wanted = np.array([[columns[campaign.key] for campaign in request.prepared.encoded] for request in requests])
    return np.take_along_axis(active.scorer.score(contexts, list(place_of.values())), wanted, axis=1)


def _draw(
    active: ActivePortfolio,
    requests: Sequence[ToDecide],
    pmf: NDArray[np.float64],
    predicted: NDArray[np.float64] | None,
) -> list[Decision]:
    salt = active.portfolio.salt
    draws = np.array([uniform_draw(salt, _DRAW_PURPOSE, request.decision_id, 0) for request in requests])
    chosen = choose(pmf, draws).tolist()
    rewards = [None] * len(requests) if predicted is None else predicted.tolist()
    return [
        _decision(active, request, k, tuple(probabilities), vector)
        for request, k, probabilities, vector in zip(requests, chosen, pmf.tolist(), rewards, strict=True)
    ]


def _decision(
    active: ActivePortfolio,
    request: ToDecide,
    chosen: int | None = None,
    probabilities: tuple[float, ...] = (),
    predicted: list[float] | None = None,
) -> Decision:
    """Returns the decision for the chosen-th campaign, or that nothing was eligible; no rewards mean a fallback."""
    prepared = request.prepared
    campaign_id = "" if chosen is None else prepared.ids[chosen]
    if chosen is None:
        result = Result.NO_ELIGIBLE
    else:
        result = Result.NO_CONTACT if campaign_id == NO_CONTACT else Result.CAMPAIGN
    return Decision(
        decision_id=request.decision_id,
        input=request.input,
        result=result,
        decided_by=DecidedBy.FALLBACK if chosen is not None and predicted is None else DecidedBy.POLICY,
        campaign_id=campaign_id,
        eligible=prepared.ids,
        selection_probabilities=probabilities,
        predicted_rewards=() if predicted is None else (tuple(predicted),),
        rejections=prepared.eligible.rejections,
        explored=chosen is not None and predicted is not None and predicted[chosen] < max(predicted),
        learned=active.model.learned,
        portfolio_version=active.portfolio.portfolio_version,
        policy_version=active.policy.policy_version,
        model_version=active.model.model_version,
        learner_version=active.model.learner_version,
        encoder_version=active.encoder_version,
        catalogue_version=active.catalogue_version,
    )
