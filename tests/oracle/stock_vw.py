"""Stock Vowpal Wabbit as the oracle of encoder, scorer and explorations."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, cast

import numpy as np
from numpy.typing import NDArray
from vowpal_wabbit_next import CBLabel, Example, Workspace

from banditsvc.core.decision import LearnedState
from banditsvc.core.encoded import EncodedCampaign, EncodedContext
from banditsvc.core.model import Model
from banditsvc.core.portfolio import LearnerSpec
from tests.oracle.vw_features import vw_features

StockVw = Workspace[Literal[False]]


def workspace(*arguments: str, bits: int = 18) -> StockVw:
    """Returns a new workspace with the interactions that the scorer compiles."""
    return Workspace([*arguments, "-q", "CA", "-b", str(bits), "--quiet"])


def examples(
    context: EncodedContext,
    campaigns: Sequence[EncodedCampaign],
    chosen: int = -1,
    cost: float = 0.0,
    probability: float = 1.0,
) -> list[Example]:
    """Returns the shared example and one per campaign, the chosen one labelled."""
    shared = Example()
    shared.set_label(CBLabel(shared=True))
    for hash_, value in vw_features(context, campaigns[0]).context:
        shared["C"].push_feature(hash_, value)
    built = [shared]
    for k, campaign in enumerate(campaigns):
        example = Example()
        features = vw_features(context, campaign)
        for hash_, value in features.campaign:
            example["A"].push_feature(hash_, value)
        for hash_, value in features.match:
            example["M"].push_feature(hash_, value)
        example.set_label(CBLabel(label=(cost, probability)) if k == chosen else CBLabel())
        built.append(example)
    return built


def predictions(vw: StockVw, context: EncodedContext, campaigns: Sequence[EncodedCampaign]) -> list[float]:
    """Returns the workspace's prediction of each campaign: a cost or a probability."""
    predicted = dict(cast(list[tuple[int, float]], vw.predict_one(examples(context, campaigns))))
    return [predicted[k] for k in range(len(campaigns))]


def weights(vw: StockVw) -> NDArray[np.float32]:
    """Returns a copy of the weights."""
    return np.array(vw.weights()[:, 0, 0])


def model(vw_weights: NDArray[np.float32], learner: LearnerSpec) -> Model:
    """Returns a snapshot with these weights."""
    return Model(
        portfolio_id="shop",
        model_version="1",
        learner_version=1,
        learner=learner,
        learned=LearnedState(),
        weights=vw_weights,
    )
