"""Laws of the trainer: what it learns is what stock Vowpal Wabbit learns, and nothing is lost by stopping."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from vowpal_wabbit_next import CBLabel, Example, Workspace

from banditsvc.core.baseline import reward_baseline
from banditsvc.core.campaign import Campaign
from banditsvc.core.context import CustomerContext
from banditsvc.core.encoded import EncodedCampaign, EncodedContext, pack
from banditsvc.core.features import Encoder
from banditsvc.core.model import untrained_model
from banditsvc.core.portfolio import EncoderSpec, LabelWeighting, TrainSpec
from banditsvc.core.scoring import Scorer
from banditsvc.ports import RunningSums
from banditsvc.trainer import Trainer, label_probability
from tests.learner.worlds import SHOP, learner_spec
from tests.oracle.vw_features import vw_features

ENCODER = Encoder(EncoderSpec())
NAMES = [f"campaign {i}" for i in range(8)]
CAMPAIGNS = [ENCODER.campaign(Campaign(campaign_id=name, category=name[-1], family=name[-1:])) for name in NAMES]
IMPORTANCE = TrainSpec(bits=14, learning_rate=0.5, power_t=0.5, label_weighting=LabelWeighting.IMPORTANCE)
EQUAL = TrainSpec(bits=14, learning_rate=0.5, power_t=0.5, label_weighting=LabelWeighting.EQUAL)


@dataclasses.dataclass(frozen=True)
class Taught:
    """One decision to learn."""

    context: EncodedContext
    eligible: tuple[int, ...]
    chosen: int
    probability: float
    reward: float


def lessons(count: int, eligible_counts: tuple[int, ...], seed: int = 1) -> list[Taught]:
    """Returns decisions with rewards that depend on context and campaign."""
    rng = np.random.default_rng(seed)
    made = []
    for _ in range(count):
        segment = int(rng.integers(4))
        context = CustomerContext(
            segment=f"s{segment}",
            recency_days=float(rng.integers(400)),
            favourites={str(rng.integers(8)): float(rng.random())},
        )
        eligible = tuple(rng.permutation(len(CAMPAIGNS))[: rng.choice(eligible_counts)].tolist())
        pmf = rng.dirichlet(np.ones(len(eligible)) * 3) * 0.8 + 0.2 / len(eligible)
        chosen = int(rng.choice(len(eligible), p=pmf))
        good = segment == eligible[chosen] % 4
        reward = float(rng.random() < (0.5 if good else 0.1))
        made.append(Taught(ENCODER.context(context), eligible, chosen, float(pmf[chosen]), reward))
    return made


def teach(trainer: Trainer, decisions: list[Taught], sums: RunningSums | None = None) -> RunningSums:
    """Lets a trainer learn decisions; returns the running sums."""
    sums = RunningSums() if sums is None else sums
    for one in decisions:
        trainer.learn(
            one.context,
            CAMPAIGNS[one.eligible[one.chosen]],
            scaled_reward=one.reward,
            baseline=0.0,
            selection_probability=one.probability,
            eligible_count=len(one.eligible),
            sums=sums,
        )
        sums = dataclasses.replace(
            sums, learned_count=sums.learned_count + 1, eligible_sum=sums.eligible_sum + len(one.eligible)
        )
    return sums


def example(groups: dict[str, list[tuple[int, float]]], label: CBLabel) -> Example:
    """Returns an example of stock Vowpal Wabbit with these features by namespace."""
    made = Example()
    for namespace, features in groups.items():
        for index, value in features:
            made[namespace].push_feature(index, value)
    made.set_label(label)
    return made


def full_form(one: Taught, probability: float) -> list[Example]:
    """Returns the examples of a decision with all its eligible campaigns."""
    shared = vw_features(one.context, CAMPAIGNS[0]).context
    examples = [example({"C": shared}, CBLabel(shared=True))]
    for place, campaign in enumerate(one.eligible):
        features = vw_features(one.context, CAMPAIGNS[campaign])
        label = CBLabel(label=(-one.reward, probability)) if place == one.chosen else CBLabel()
        examples.append(example({"A": features.campaign, "M": features.match}, label))
    return examples


def stock_weights(decisions: list[Taught], probability_of: str) -> NDArray[np.float32]:
    """Returns the weights that stock Vowpal Wabbit learns from all eligible campaigns."""
    workspace = Workspace(["--cb_adf", "--cb_type", "mtr", "-q", "CA", "--quiet", "-b", "14", "-l", "0.5"])
    for one in decisions:
        probability = one.probability if probability_of == "choice" else 1.0 / len(one.eligible)
        workspace.learn_one(full_form(one, probability))
    return np.array(workspace.weights())[:, 0, 0]


def relative_difference(one: NDArray[np.float32], other: NDArray[np.float32]) -> float:
    """Returns the largest difference between weights, relative to the largest weight."""
    return float(np.abs(one - other).max() / np.abs(other).max())


@pytest.mark.parametrize("eligible_counts", [(5,), (2, 3, 8)], ids=["constant", "varying"])
def test_the_pair_learns_what_all_eligible_campaigns_teach(eligible_counts: tuple[int, ...]) -> None:
    """Learning [context, chosen campaign] gives the weights of the full form within 1e-4, relative."""
    decisions = lessons(4000, eligible_counts)
    trainer = Trainer(IMPORTANCE)

    teach(trainer, decisions)

    assert relative_difference(trainer.weights(), stock_weights(decisions, "choice")) < 1e-4


def test_equal_weighting_is_that_of_a_uniform_choice() -> None:
    """EQUAL with a constant number of eligible campaigns learns what the full form does from an equal draw."""
    decisions = lessons(4000, (5,))
    trainer = Trainer(EQUAL)

    teach(trainer, decisions)

    assert relative_difference(trainer.weights(), stock_weights(decisions, "equal")) < 1e-4


@settings(max_examples=25, deadline=None, derandomize=True)
@given(
    splits=st.lists(st.integers(0, 200), max_size=4),
    weighting=st.sampled_from(LabelWeighting),
    l2=st.sampled_from([0.0, 1e-3]),
    power_t=st.sampled_from([0.0, 0.5]),
    counts=st.sampled_from([(4,), (2, 8)]),
)
def test_stopping_and_going_on_changes_nothing(
    splits: list[int], weighting: LabelWeighting, l2: float, power_t: float, counts: tuple[int, ...]
) -> None:
    """Serialise, load, go on gives the weights of never stopping bit for bit, wherever it stops."""
    train = TrainSpec(bits=12, learning_rate=0.5, label_weighting=weighting, l2=l2, power_t=power_t)
    decisions = lessons(200, counts, seed=7)
    unbroken = Trainer(train)
    teach(unbroken, decisions)

    broken, sums, position = Trainer(train), RunningSums(), 0
    for split in [*sorted(splits), len(decisions)]:
        sums = teach(broken, decisions[position:split], sums)
        broken, position = Trainer(train, broken.serialize()), split

    assert broken.weights().tobytes() == unbroken.weights().tobytes()


@pytest.mark.parametrize("l2", [0.0, 1e-3])
def test_scores_are_the_predictions_of_vowpal_wabbit(l2: float) -> None:
    """The weights, scored as servers do, predict what Vowpal Wabbit predicts from the trainer's state."""
    train = TrainSpec(bits=12, learning_rate=0.5, l2=l2, label_weighting=LabelWeighting.EQUAL)
    decisions = lessons(3000, (5,), seed=3)
    trainer = Trainer(train)
    teach(trainer, decisions)
    oracle = Workspace(["--cb_adf", "--quiet"], model_data=trainer.serialize())
    spec = learner_spec(train=train)
    model = dataclasses.replace(untrained_model(SHOP, 1, spec), weights=trainer.weights())
    span = spec.reward.greatest - spec.reward.least

    for one in decisions[:200]:
        scores = Scorer(model).predict([one.context], [CAMPAIGNS[i] for i in one.eligible]).rewards[0]
        predicted = dict(oracle.predict_one(full_form(one, one.probability)))  # type: ignore[arg-type]
        costs = np.array([predicted[place] for place in range(len(one.eligible))])

        baseline = reward_baseline(model.learned, spec.reward)
        np.testing.assert_allclose((scores - baseline) / span, -costs, atol=1e-5)


def test_weights_are_a_copy() -> None:
    """Weights once handed out neither change with further learning nor can be changed."""
    trainer = Trainer(EQUAL)
    teach(trainer, lessons(10, (3,)))
    weights = trainer.weights()
    before = weights.copy()

    teach(trainer, lessons(10, (3,), seed=2))

    np.testing.assert_array_equal(before, weights)
    assert not weights.flags.writeable
    assert not np.array_equal(weights, trainer.weights())


@pytest.mark.parametrize(
    ("reward", "probability", "eligible_count"),
    [
        (math.nan, 0.5, 2),
        (math.inf, 0.5, 2),
        (-0.1, 0.5, 2),
        (1.1, 0.5, 2),
        (0.5, 0.0, 2),
        (0.5, math.nan, 2),
        (0.5, 1.1, 2),
        (0.5, 0.5, 0),
    ],
)
def test_numbers_out_of_range_are_refused(reward: float, probability: float, eligible_count: int) -> None:
    """A number that is not finite or out of range is refused and teaches nothing."""
    trainer = Trainer(EQUAL)

    with pytest.raises(ValueError, match="out of range"):
        trainer.learn(
            lessons(1, (2,))[0].context,
            CAMPAIGNS[0],
            scaled_reward=reward,
            baseline=0.0,
            selection_probability=probability,
            eligible_count=eligible_count,
            sums=RunningSums(),
        )

    assert np.count_nonzero(trainer.weights()) == 0


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, 1e300])
def test_values_that_are_not_numbers_are_refused(value: float) -> None:
    """A feature value that is no finite single-precision number is refused and teaches nothing."""
    trainer = Trainer(EQUAL)
    context = EncodedContext(*pack([(1, value)]))
    campaign = EncodedCampaign(b"strange", *pack([(2, value)]), 0)

    for pair in ((context, CAMPAIGNS[0]), (lessons(1, (2,))[0].context, campaign)):
        with pytest.raises(ValueError, match="not finite"):
            trainer.learn(
                *pair, scaled_reward=1.0, baseline=0.0, selection_probability=0.5, eligible_count=2, sums=RunningSums()
            )

    assert np.count_nonzero(trainer.weights()) == 0


def test_the_label_of_a_pair_follows_the_mean_number_of_eligible_campaigns() -> None:
    """IMPORTANCE labels with p times the mean number of eligible campaigns up to and including this one; EQUAL with 1."""
    sums = RunningSums(learned_count=3, eligible_sum=10)

    assert label_probability(IMPORTANCE, 0.25, 2, sums) == 0.25 * (10 + 2) / 4
    assert label_probability(EQUAL, 0.25, 2, sums) == 1.0
