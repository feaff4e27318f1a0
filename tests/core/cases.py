"""Random contexts, campaigns and models for the laws of the numeric core."""

from __future__ import annotations

import random

import numpy as np

from banditsvc.core.campaign import Campaign, CampaignKind, CampaignType, Treatment
from banditsvc.core.context import CustomerContext, FeatureValue, LifecycleStage
from banditsvc.core.decision import LearnedState
from banditsvc.core.model import Model
from banditsvc.core.outcome import OutcomeType
from banditsvc.core.portfolio import EncoderSpec, LearnerSpec, RewardSpec, RewardWeight

CATEGORIES = ["shoes", "bags", "hats", "coats", "12", "été"]
CROSSES = (("segment", "favourites"), ("plan", "lifecycle_stage"), ("channel", "recency"))


def random_context(rng: random.Random) -> CustomerContext:
    """Returns a context in which anything may be unknown."""

    def maybe(value: float) -> float | None:
        return value if rng.random() < 0.8 else None

    features: dict[str, FeatureValue] = {
        "plan": rng.choice(["a", "b", "c"]),
        "app": rng.random() < 0.5,
        "age": float(rng.randint(18, 90)),
        "balance": rng.gauss(0.0, 1000.0),
        "visited": tuple(rng.sample(CATEGORIES, rng.randint(0, 3))),
    }
    return CustomerContext(
        recency_days=maybe(rng.uniform(0.0, 800.0)),
        frequency=maybe(float(rng.randrange(60))),
        monetary=maybe(rng.uniform(0.0, 12_000.0)),
        r=rng.choice([None, 1, 2, 3, 4, 5]),
        f=rng.choice([None, 1, 2, 3, 4, 5]),
        m=rng.choice([None, 1, 2, 3, 4, 5]),
        segment=rng.choice([None, "gold", "silver", "3"]),
        lifecycle_stage=rng.choice([None, *LifecycleStage]),
        favourites={name: rng.uniform(0.0, 3.0) for name in rng.sample(CATEGORIES, rng.randint(0, 4))},
        features={name: features[name] for name in rng.sample(sorted(features), rng.randint(0, 5))},
    )


def random_campaign(rng: random.Random, campaign_id: str) -> Campaign:
    """Returns a campaign in which anything but its id may be missing."""
    features: dict[str, FeatureValue] = {
        "affinity": rng.uniform(-2.0, 2.0),
        "discount": rng.choice(["none", "10", "20"]),
        "digital": rng.random() < 0.5,
        "7": rng.random(),
    }
    return Campaign(
        campaign_id=campaign_id,
        type=rng.choice([None, *CampaignType]),
        kind=rng.choice([None, *CampaignKind]),
        category=rng.choice(["", *CATEGORIES]),
        channel=rng.choice(["", "email", "push"]),
        offer_kind=rng.choice(["", "percent"]),
        family=rng.choice(["", "spring", "autumn"]),
        features={name: features[name] for name in rng.sample(sorted(features), rng.randint(0, 4))},
    )


def random_treatment(rng: random.Random, treatment_id: str) -> Treatment:
    """Returns a treatment in which anything but its id may be missing."""
    features: dict[str, FeatureValue] = {"discount": rng.choice(["10", "30"]), "length": rng.uniform(1.0, 9.0)}
    return Treatment(
        treatment_id=treatment_id,
        subject_line=rng.choice(["", "Your shoes are waiting", "été"]),
        tone=rng.choice(["", "warm", "formal"]),
        call_to_action=rng.choice(["", "Buy now"]),
        features={name: features[name] for name in rng.sample(sorted(features), rng.randint(0, 2))},
    )


def learner_spec(least: float = 0.0, greatest: float = 1.0) -> LearnerSpec:
    """Returns a learner with crosses and edges of a further number."""
    return LearnerSpec(
        reward=RewardSpec(
            weights=(RewardWeight(type=OutcomeType.CLICK, weight=1.0),), window_us=1, least=least, greatest=greatest
        ),
        encoder=EncoderSpec(crosses=CROSSES, number_edges={"age": (30.0, 50.0)}),
    )


def random_model(seed: int, *, bits: int = 14, least: float = 0.0, greatest: float = 1.0) -> Model:
    """Returns a model whose weights are of every order of magnitude from 1e-6 to 1, so that rounding shows."""
    rng = np.random.default_rng(seed)
    weights = rng.normal(size=1 << bits) * 10.0 ** rng.uniform(-6.0, 0.0, size=1 << bits)
    return Model(
        portfolio_id="shop",
        model_version=str(seed),
        learner_version=1,
        learner=learner_spec(least, greatest),
        learned=LearnedState(),
        weights=weights.astype(np.float32),
    )
