"""Canary: a model is tried on recent contexts before anyone is served by it."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from banditsvc.core.choice import Choice
from banditsvc.core.equal_parts import equal_parts
from banditsvc.core.exploration_limits import ceilings_of
from banditsvc.core.levers import weighted_deviations, weighted_rewards
from banditsvc.core.model import Model
from banditsvc.core.policy import Policy, is_pmf, selection_probabilities
from banditsvc.core.scoring import Scorer
from banditsvc.learner.catalogues import Catalogue


def is_sound(model: Model, catalogue: Catalogue, recent: Iterable[Choice]) -> bool:
    """Returns whether a model may be published: finite weights, and valid pmfs on recent decisions."""
    if not (np.isfinite(model.weights).all() and (model.variances is None or np.isfinite(model.variances).all())):
        return False
    policy = catalogue.policy
    scorer = Scorer(model)
    return all(_is_sound_on(decision, scorer, catalogue, policy) for decision in recent)


def _is_sound_on(decision: Choice, scorer: Scorer, catalogue: Catalogue, policy: Policy | None) -> bool:
    treatments = decision.treatments or ("",) * len(decision.eligible)
    known = [
        (campaign, campaign.treatment(treatment_id))
        for campaign_id, treatment_id in zip(decision.eligible, treatments, strict=True)
        if (campaign := catalogue.campaign_of(decision, campaign_id)) is not None
    ]
    asked = decision.input
    encoded = [scorer.encoder.campaign(campaign, treatment) for campaign, treatment in known]
    contexts = [scorer.encoder.context(asked.context, asked.channel, asked.placement, asked.send_time_us)]
    predicted, deviations = scorer.predict(contexts, encoded)
    if policy is None:
        return bool(np.isfinite(predicted).all())
    ids = tuple(campaign.campaign_id for campaign, _ in known)
    levers = np.array([[campaign.lever for campaign, _ in known]])
    pmf = selection_probabilities(
        policy,
        weighted_rewards(predicted, levers),
        np.arange(len(ids), dtype=np.int64)[None, :],
        equal_parts(ids)[None, :],
        scorer.model.learned,
        ceilings=ceilings_of(policy, [asked.context], [ids]),
        deviation=weighted_deviations(deviations, predicted, levers),
    )
    return bool(np.isfinite(predicted).all() and is_pmf(pmf).all())
