"""A small shop for the laws of the posterior learner, and what its model must be by one dense system."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from banditsvc.core.campaign import Campaign, CampaignType, Treatment
from banditsvc.core.context import CustomerContext
from banditsvc.core.encoded import EncodedCampaign, EncodedContext
from banditsvc.core.features import Encoder
from banditsvc.core.model import Model
from banditsvc.core.outcome import OutcomeType
from banditsvc.core.portfolio import EncoderSpec, LearnerKind, LearnerSpec, RewardSpec, RewardWeight, TrainSpec
from banditsvc.core.scoring import Scorer
from banditsvc.core.times import DAY_US
from banditsvc.learner.last_days import LastDaysModel
from banditsvc.learner.running_model import RunningModel
from banditsvc.posterior.prior import Prior, Scales
from banditsvc.posterior.statistics import ROOT, Statistics

ENCODER = Encoder(EncoderSpec())
REWARD = RewardSpec(weights=(RewardWeight(type=OutcomeType.CLICK, weight=1.0),), window_us=DAY_US)
FOR_EVER = TrainSpec(learner=LearnerKind.POSTERIOR)
CAMPAIGNS = (
    Campaign(campaign_id="a", family="f", type=CampaignType.GTM, category="shoes"),
    Campaign(campaign_id="b", family="f", type=CampaignType.GTM, category="shoes"),
    Campaign(campaign_id="c", family="g", type=CampaignType.GTM),
    Campaign(campaign_id="d"),
)
TREATMENTS = (Treatment(treatment_id="t1"), Treatment(treatment_id="t2"))
ENTRIES = [*map(ENCODER.campaign, CAMPAIGNS), *(ENCODER.campaign(Campaign(campaign_id="e"), one) for one in TREATMENTS)]


@dataclass(frozen=True)
class Taught:
    """One decision to learn."""

    context: EncodedContext
    campaign: EncodedCampaign
    reward: float
    day: int = 0


def spec(train: TrainSpec = FOR_EVER) -> LearnerSpec:
    """Returns settings with a reward from 0 to 1."""
    return LearnerSpec(reward=REWARD, train=train)


def context(segment: str, level: int = 0, favourite: float = 0.0) -> EncodedContext:
    """Returns a context with a segment, a feature and perhaps shoes among the favourites."""
    favourites = {"shoes": favourite} if favourite else {}
    return ENCODER.context(CustomerContext(segment=segment, favourites=favourites, features={"x": f"level{level}"}))


def lessons(count: int, seed: int = 1) -> list[Taught]:
    """Returns decisions whose rewards depend on segment, campaign and match, ten a day."""
    rng = np.random.default_rng(seed)
    made = []
    for number in range(count):
        segment, entry = int(rng.integers(3)), int(rng.integers(len(ENTRIES)))
        favourite = float(rng.choice([0.0, 0.3, 0.8]))
        chance = 0.1 + 0.2 * (segment == entry % 3) + 0.3 * favourite * (entry < 2)
        asked = context("pqr"[segment], int(rng.integers(3)), favourite)
        made.append(Taught(asked, ENTRIES[entry], float(rng.random() < chance), number // 10))
    return made


def teach(running: RunningModel | LastDaysModel, taught: list[Taught]) -> None:
    """Learns decisions, one after the other."""
    for one in taught:
        running.learn(
            one.context,
            one.campaign,
            scaled_reward=one.reward,
            selection_probability=0.2,
            eligible_count=5,
            send_time_us=one.day * DAY_US,
        )


def taught_model(taught: list[Taught], train: TrainSpec = FOR_EVER) -> RunningModel:
    """Returns what has learned some decisions."""
    running = RunningModel(spec(train))
    teach(running, taught)
    return running


def scorer(running: RunningModel) -> Scorer:
    """Returns the scorer of a running model's snapshot."""
    return Scorer(
        Model(
            portfolio_id="shop",
            model_version="1",
            learner_version=1,
            learner=running.learner,
            learned=running.learned,
            weights=running.weights(),
            variances=running.variances(),
        ),
        ENCODER,
    )


def bits_of(running: RunningModel) -> tuple[bytes, bytes, bytes]:
    """Returns weights, variances and state."""
    variances = running.variances()
    assert variances is not None
    return running.weights().tobytes(), variances.tobytes(), running.serialize()


def dense_posterior(
    design: NDArray[np.float64], rewards: NDArray[np.float64], deviations: NDArray[np.float64], noise: float
) -> tuple[NDArray[np.float64], NDArray[np.float64], float]:
    """Returns mean, covariance and log evidence of a linear model by one dense system.

    Args:
        design: A row for each decision, a column for each effect.
        rewards: Of each decision, centred.
        deviations: Prior deviation of each effect.
        noise: Variance of a reward.
    """
    scaled = design * deviations
    inner = np.eye(len(deviations)) + scaled.T @ scaled / noise
    covariance = deviations[:, None] * np.linalg.inv(inner) * deviations
    information = design.T @ rewards / noise
    evidence = 0.5 * information @ covariance @ information - 0.5 * np.linalg.slogdet(inner)[1]
    evidence -= 0.5 * (len(rewards) * np.log(noise) + rewards @ rewards / noise)
    return covariance @ information, covariance, float(evidence)


def dense_tree(
    statistics: Statistics,
    coordinates: NDArray[np.float64],
    nodes: NDArray[np.intp],
    rewards: NDArray[np.float64],
    prior: Prior,
) -> tuple[NDArray[np.float64], NDArray[np.float64], float]:
    """Returns the posterior of all departures, those of the root first, by one dense system; last the log evidence."""
    count, size = statistics.node_count, statistics.size
    noise, parents = float(rewards.var()) * prior.noise_ratio, np.array(statistics.parents)
    centre = rewards.mean()
    below = np.zeros((count, count))
    for node in range(count):
        at = node
        below[node, at] = 1.0
        while at != ROOT:
            at = parents[at]
            below[node, at] = 1.0
    counts = below.T @ np.bincount(nodes, minlength=count)
    scales = Scales(prior, noise, float(centre), len(rewards))
    deviations = np.concatenate([scales.of_root(size)[None], scales.of(parents[1:] != ROOT, counts[1:], size)])
    design = (below[nodes][:, :, None] * coordinates[:, None, :]).reshape(len(rewards), -1)
    mean, covariance, evidence = dense_posterior(design, rewards - centre, deviations.reshape(-1), noise)
    adding = np.kron(below, np.eye(size))
    return (adding @ mean).reshape(count, size), adding @ covariance @ adding.T, evidence
