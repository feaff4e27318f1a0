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


@dataclass(frozen=True, slots=True)
class ToDecide:
    """A request that is to be decided now, under this id."""

    decision_id: str
    input: RankInput


def decide(active: ActivePortfolio, prepared: PreparedSet, requests: Sequence[ToDecide]) -> list[Decision]:
    """Decides requests that share a portfolio and an eligible set; each as if it were alone, bit for bit.

    Whatever fails in the learned part falls back to the fixed order, and the decision says so.
    """
    if not prepared.ids:
        return [_nothing_eligible(active, prepared, request) for request in requests]
    fixed_rank = np.broadcast_to(prepared.fixed_rank, (len(requests), len(prepared.ids)))
    try:
        encoder = active.scorer.encoder
        contexts = [encoder.context(r.input.context, r.input.channel, r.input.placement) for r in requests]
        predicted = active.scorer.score(contexts, prepared.encoded)
        pmf = selection_probabilities(active.policy, predicted, fixed_rank, active.model.learned)
        sound = bool(np.isfinite(predicted).all()) and bool(is_pmf(pmf).all())
    except Exception:
        _log.exception("scoring_failed", portfolio_id=active.portfolio.portfolio_id)
        sound = False
    if not sound:
        return _draw(active, prepared, requests, _fixed_order(fixed_rank), None)
    return _draw(active, prepared, requests, pmf, predicted)


def _fixed_order(fixed_rank: NDArray[np.int64]) -> NDArray[np.float64]:
    return FixedPriority().pmf(np.zeros(fixed_rank.shape), fixed_rank, LearnedState())


def _draw(
    active: ActivePortfolio,
    prepared: PreparedSet,
    requests: Sequence[ToDecide],
    pmf: NDArray[np.float64],
    predicted: NDArray[np.float64] | None,
) -> list[Decision]:
    salt = active.portfolio.salt
    draws = np.array([uniform_draw(salt, _DRAW_PURPOSE, request.decision_id, 0) for request in requests])
    chosen = choose(pmf, draws).tolist()
    if predicted is None:
        best = None
        vectors: list[tuple[tuple[float, ...], ...]] = [()] * len(requests)
    else:
        best = predicted.max(axis=1).tolist()
        vectors = [(tuple(row),) for row in predicted.tolist()]
    decisions = []
    for index, (request, probabilities) in enumerate(zip(requests, pmf.tolist(), strict=True)):
        k = chosen[index]
        campaign_id = prepared.ids[k]
        decisions.append(
            Decision(
                decision_id=request.decision_id,
                input=request.input,
                result=Result.NO_CONTACT if campaign_id == NO_CONTACT else Result.CAMPAIGN,
                decided_by=DecidedBy.FALLBACK if best is None else DecidedBy.POLICY,
                campaign_id=campaign_id,
                eligible=prepared.ids,
                selection_probabilities=tuple(probabilities),
                predicted_rewards=vectors[index],
                rejections=prepared.eligible.rejections,
                explored=best is not None and vectors[index][0][k] < best[index],
                learned=active.model.learned,
                portfolio_version=active.portfolio.portfolio_version,
                policy_version=active.policy.policy_version,
                model_version=active.model.model_version,
                learner_version=active.model.learner_version,
                encoder_version=active.encoder_version,
                catalogue_version=active.catalogue_version,
            )
        )
    return decisions


def _nothing_eligible(active: ActivePortfolio, prepared: PreparedSet, request: ToDecide) -> Decision:
    return Decision(
        decision_id=request.decision_id,
        input=request.input,
        result=Result.NO_ELIGIBLE,
        decided_by=DecidedBy.POLICY,
        rejections=prepared.eligible.rejections,
        portfolio_version=active.portfolio.portfolio_version,
        policy_version=active.policy.policy_version,
        model_version=active.model.model_version,
        learner_version=active.model.learner_version,
        encoder_version=active.encoder_version,
        catalogue_version=active.catalogue_version,
    )
