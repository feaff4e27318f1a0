"""Canary: a model is tried on recent contexts before anyone is served by it."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from banditsvc.core.decision import Decision
from banditsvc.core.model import Model
from banditsvc.core.policy import Policy, is_pmf, selection_probabilities
from banditsvc.core.scoring import Scorer
from banditsvc.learner.catalogues import Catalogue


def is_sound(model: Model, catalogue: Catalogue, recent: Iterable[Decision]) -> bool:
    """Returns whether a model may be published: finite weights, and valid pmfs on recent decisions."""
    if not np.isfinite(model.weights).all():
        return False
    policy = catalogue.policy
    scorer = Scorer(model)
    return all(_is_sound_on(decision, scorer, catalogue, policy) for decision in recent)


def _is_sound_on(decision: Decision, scorer: Scorer, catalogue: Catalogue, policy: Policy | None) -> bool:
    known = [catalogue.campaign_of(decision, campaign_id) for campaign_id in decision.eligible]
    campaigns = [scorer.encoder.campaign(campaign) for campaign in known if campaign is not None]
    asked = decision.input
    predicted = scorer.score([scorer.encoder.context(asked.context, asked.channel, asked.placement)], campaigns)
    if policy is None:
        return bool(np.isfinite(predicted).all())
    fixed_rank = np.arange(len(campaigns), dtype=np.int64)[None, :]
    pmf = selection_probabilities(policy, predicted, fixed_rank, scorer.model.learned)
    return bool(np.isfinite(predicted).all() and is_pmf(pmf).all())
