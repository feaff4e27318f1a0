"""Laws of learning from treatments: what is learned is the pair, weighed by the pair's probability."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import structlog
from msgspec import structs

from banditsvc.core.baseline import scaled_baseline
from banditsvc.core.campaign import Campaign, Treatment
from banditsvc.core.decision import Decision
from banditsvc.core.features import Encoder
from banditsvc.core.outcome import Outcome
from banditsvc.core.times import DAY_US, HOUR_US
from banditsvc.learner.replay import replay
from banditsvc.ports import CampaignVersion, RunningSums
from banditsvc.trainer import Trainer
from tests.learner.worlds import CAMPAIGNS, SHOP, START_US, World, decision, learner_spec, mark, opening, outcome

CALM, LOUD = Treatment(treatment_id="calm", tone="calm"), Treatment(treatment_id="loud", tone="loud")
BAGS = Campaign(campaign_id="bags", category="bags", family="f", treatments=(CALM, LOUD))
SPEC = learner_spec(required_feeds=())
COUNT = 20


def pair_decision(number: int) -> Decision:
    """Returns a decision among two treatments of one campaign and another campaign."""
    chosen = number % 3
    made = decision(number, customer=number % 5, send_us=START_US + number * HOUR_US)
    return structs.replace(
        made,
        campaign_id=("bags", "bags", "hats")[chosen],
        treatment_id=("calm", "loud", "")[chosen],
        eligible=("bags", "bags", "hats"),
        treatments=("calm", "loud", ""),
        selection_probabilities=(0.125, 0.375, 0.5),
        catalogue_version=len(CAMPAIGNS) + 1,
    )


def bought(one: Decision, amount: float) -> Outcome:
    """Returns what a decision brought in."""
    return outcome(f"o-{one.decision_id}", one.input.send_time_us + 1, amount=amount, decision_id=one.decision_id)


def lived(decisions: list[Decision]) -> World:
    """Returns a world in which each of these decisions brought in its number, and all are learned."""
    world = World()
    treated = CampaignVersion(portfolio_id=SHOP, catalogue_version=len(CAMPAIGNS) + 1, campaign=BAGS)
    world.play(
        [
            opening(SPEC),
            (START_US - HOUR_US, [treated, *decisions]),
            (START_US + DAY_US, [bought(one, float(number)) for number, one in enumerate(decisions)]),
            (START_US + 20 * DAY_US, [mark(START_US + 19 * DAY_US)]),
        ]
    )
    return world


def test_the_pair_is_learned_by_its_own_probability() -> None:
    """The model is the one that a trainer makes of the chosen pairs, their probabilities and the number of pairs."""
    decisions = [pair_decision(number) for number in range(COUNT)]
    world, encoder, trainer, sums = lived(decisions), Encoder(SPEC.encoder), Trainer(SPEC.train), RunningSums()
    hats = Campaign(campaign_id="hats", category="hats", family="f")
    pairs = [encoder.campaign(BAGS, CALM), encoder.campaign(BAGS, LOUD), encoder.campaign(hats)]
    for number, one in enumerate(decisions):
        scaled = (number + 10.0) / 60.0
        trainer.learn(
            encoder.context(one.input.context),
            pairs[number % 3],
            scaled_reward=scaled,
            baseline=scaled_baseline(sums.learned_count, sums.reward_sum, SPEC.reward),
            selection_probability=(0.125, 0.375, 0.5)[number % 3],
            eligible_count=3,
            sums=sums,
        )
        sums = replace(
            sums,
            learned_count=number + 1,
            eligible_sum=sums.eligible_sum + 3,
            reward_sum=sums.reward_sum + scaled,
            reward_square_sum=sums.reward_square_sum + scaled * scaled,
        )
    learned = world.learned()
    assert COUNT == learned.sums.learned_count
    assert sums == learned.sums
    assert trainer.weights().tobytes() == learned.weights.tobytes()


def test_learning_from_treatments_is_replayed_bit_for_bit() -> None:
    """The log alone gives the model again, and treatments that differ have different weights."""
    world = lived([pair_decision(number) for number in range(COUNT)])
    lineage, progress = world.registry.serving_lineage(SHOP), world.registry.progress(SHOP)
    assert lineage is not None
    assert progress is not None
    weights, sums = replay(world.log, lineage, progress.position)
    assert world.learned().weights.tobytes() == weights.tobytes()
    assert world.learned().sums == sums
    encoder = Encoder(SPEC.encoder)
    calm, loud = ({h & (len(weights) - 1) for h in encoder.campaign(BAGS, one).hashes} for one in (CALM, LOUD))
    assert not np.isclose(sum(weights[h] for h in calm - loud), sum(weights[h] for h in loud - calm))


def test_a_treatment_that_the_log_does_not_know_is_passed_over() -> None:
    """A decision for such a treatment is told and not learned from, and the others are."""
    decisions = [pair_decision(number) for number in range(COUNT)]
    decisions[3] = structs.replace(decisions[3], treatment_id="gone", treatments=("calm", "gone", ""))
    with structlog.testing.capture_logs() as logs:
        world = lived(decisions)
    assert ["treatment_unknown"] == [entry["event"] for entry in logs if entry["log_level"] == "error"]
    assert (COUNT - 1, 1) == (world.learned().sums.learned_count, world.learned().sums.skipped_count)
