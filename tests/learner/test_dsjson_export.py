"""The export as dsjson: stock Vowpal Wabbit learns from it the model that the service learned."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import cast

import numpy as np
import pytest
from msgspec import structs
from vowpal_wabbit_next import DSJsonFormatParser, Workspace

from banditsvc.core.campaign import Campaign, Treatment
from banditsvc.core.context import CustomerContext
from banditsvc.core.decision import DecidedBy, Decision
from banditsvc.core.errors import NotFound
from banditsvc.core.features import Encoder
from banditsvc.core.model import Model
from banditsvc.core.portfolio import POSTERIOR_TRAIN, LabelWeighting, LearnerSpec, SettleSpec, TrainSpec
from banditsvc.core.scoring import Scorer
from banditsvc.core.times import DAY_US, HOUR_US
from banditsvc.learner.catalogues import Catalogues
from banditsvc.learner.course import Course
from banditsvc.log_dsjson import ARGUMENTS_FILE, FILE, DsjsonExport, write_dsjson
from banditsvc.ports import CampaignVersion, Lineage
from banditsvc.settling import SettleLimit
from banditsvc.store import MemoryLog
from offline_eval.logged import read_logged
from tests.learner.worlds import CAMPAIGNS, SHOP, START_US, WINDOW_US, decision, learner_spec, opening, outcome

COUNT = 600
REWARD_SCALE = 60.0
TREATED = Campaign(
    campaign_id="treated",
    category="bags",
    family="g",
    features={"discount": 0.25, "colour": "red  ", "2024": 3.0},
    treatments=(Treatment(treatment_id="calm", tone="calm"), Treatment(treatment_id="loud", tone="loud")),
)
ENTRIES = (*((one, "") for one in CAMPAIGNS), ("treated", "calm"), ("treated", "loud"))
_TRAINS = {
    "equal": TrainSpec(),
    "importance": TrainSpec(bits=14, learning_rate=0.5, power_t=0.5, label_weighting=LabelWeighting.IMPORTANCE),
    "l2": TrainSpec(bits=16, learning_rate=0.05, l2=1e-4),
}


def _spec(train: TrainSpec) -> LearnerSpec:
    spec = learner_spec(required_feeds=(), train=train)
    return dataclasses.replace(spec, settle=SettleSpec(historical_weight=0.4))


def _decision(number: int, rng: np.random.Generator) -> Decision:
    """Returns a decision among two to five entries, some of it history, for a customer of whom much or little is known."""
    size = int(rng.integers(2, 6))
    entries = sorted(ENTRIES[place] for place in rng.permutation(len(ENTRIES))[:size])
    shares = rng.dirichlet(np.ones(size)) * 0.9 + 0.1 / size
    campaign_id, treatment_id = entries[int(rng.choice(size, p=shares))]
    made = decision(number, customer=number, send_us=START_US + number * HOUR_US)
    context = CustomerContext(
        recency_days=float(rng.integers(400)) if rng.random() < 0.7 else None,
        segment=str(rng.choice(["gold", "sílver", 'a "quoted" one'])),
        favourites={name: float(rng.random()) for name in CAMPAIGNS if rng.random() < 0.5},
        features={"visits": float(rng.integers(1, 9)), "tags": ("x", "y"), "is_app": bool(rng.random() < 0.5)},
    )
    return structs.replace(
        made,
        input=structs.replace(made.input, context=context, channel="email"),
        decided_by=DecidedBy.HISTORICAL if rng.random() < 0.2 else DecidedBy.POLICY,
        campaign_id=campaign_id,
        treatment_id=treatment_id,
        eligible=tuple(campaign for campaign, _ in entries),
        treatments=tuple(treatment for _, treatment in entries) if any(one for _, one in entries) else (),
        selection_probabilities=tuple(shares.tolist()),
        catalogue_version=len(CAMPAIGNS) + 1,
    )


def _log(spec: LearnerSpec) -> MemoryLog:
    log, rng = MemoryLog(), np.random.default_rng(5)
    time_us, records = opening(spec)
    log.append([*records, CampaignVersion(portfolio_id=SHOP, campaign=TREATED, catalogue_version=4)], time_us)
    for number in range(COUNT):
        made, now_us = _decision(number, rng), START_US + number * HOUR_US
        bought = rng.random() < (0.5 if made.campaign_id == "hats" else 0.2)
        told = [outcome(f"o{number}", now_us + 1, amount=float(rng.uniform(5, 40)), decision_id=made.decision_id)]
        log.append([made, *(told if bought else [])], now_us)
    log.append([], START_US + COUNT * HOUR_US + WINDOW_US + DAY_US)
    log.append([outcome("last", START_US, amount=0.0, customer_id="nobody")], START_US + COUNT * HOUR_US + 9 * DAY_US)
    return log


def _learned(log: MemoryLog, spec: LearnerSpec) -> Model:
    catalogue = Catalogues(log).get(SHOP)
    assert catalogue is not None
    course = Course(log, catalogue, _lineage(spec), None)
    limit = SettleLimit(log.watermark().time_us)
    while course.advance(limit):
        pass
    return course.checkpoint(0).model


def _lineage(spec: LearnerSpec) -> Lineage:
    return Lineage(lineage_id=1, portfolio_id=SHOP, cause_position=1, learner_version=1, learner=spec)


def _stock_costs(folder: Path, lines: list[str]) -> list[dict[str, float]]:
    """Returns what stock Vowpal Wabbit, having learned all lines by the file of arguments, predicts of each line."""
    arguments = (folder / ARGUMENTS_FILE).read_text().split()
    learning = Workspace([*(one for one in arguments if one != "--dsjson"), "--quiet"])
    parser = DSJsonFormatParser(learning)
    for line in lines:
        learning.learn_one(parser.parse_json(line))
    told = [one for one in arguments if one not in {"--dsjson", "--no_predict"}]
    reading = Workspace([*told, "--quiet", "-t"], model_data=learning.serialize())
    costs = []
    for line in lines:
        predicted = cast("list[tuple[int, float]]", reading.predict_one(DSJsonFormatParser(reading).parse_json(line)))
        tags = [action["_tag"] for action in json.loads(line)["c"]["_multi"]]
        costs.append({tags[place]: cost for place, cost in predicted})
    return costs


@pytest.mark.parametrize("name", _TRAINS)
def test_stock_vowpal_wabbit_learns_the_same_model(tmp_path: Path, name: str) -> None:
    """Learning the export by its arguments predicts within 1e-3 of the reward scale what the service's model predicts."""
    spec = _spec(_TRAINS[name])
    log = _log(spec)
    export = write_dsjson(log, _lineage(spec), SHOP, tmp_path)
    lines = (tmp_path / FILE).read_text().splitlines()
    model = _learned(log, spec)
    scorer, encoder = Scorer(model), Encoder(spec.encoder)
    campaigns = {**{one: Campaign(campaign_id=one, category=one, family="f") for one in CAMPAIGNS}, "treated": TREATED}
    decisions = {one.value.decision_id: one.value for one in log.read_decisions(SHOP, 0, COUNT)}

    assert COUNT == export.rows == len(lines) == int(model.model_version.split(".")[1])
    assert abs(model.learned.reward_mean - export.reward_mean) < 1e-9
    worst, spread = 0.0, []
    for line, costs in zip(lines, _stock_costs(tmp_path, lines), strict=True):
        asked = decisions[json.loads(line)["EventId"]].input
        context = encoder.context(asked.context, asked.channel, asked.placement)
        for tag, cost in costs.items():
            campaign_id, _, treatment_id = tag.partition("/")
            campaign = campaigns[campaign_id]
            encoded = encoder.campaign(campaign, campaign.treatment(treatment_id))
            expected = float(scorer.predict([context], [encoded]).rewards[0, 0])
            worst = max(worst, abs(export.reward_mean - export.reward_span * cost - expected))
            spread.append(expected)
    assert worst <= 1e-3 * REWARD_SCALE
    assert np.ptp(spread) > 20e-3 * REWARD_SCALE


def test_the_export_is_a_log_that_evaluation_reads(tmp_path: Path) -> None:
    """Rewards, probabilities, choices and customers come back as they are, although the labels serve learning."""
    spec = _spec(TrainSpec())
    log = _log(spec)
    export = write_dsjson(log, None, SHOP, tmp_path)
    logged = read_logged(tmp_path / FILE)
    decisions = [one.value for one in log.read_decisions(SHOP, 0, COUNT)]

    assert export.is_same_model
    assert COUNT == len(logged)
    assert [one.arm_probability for one in decisions] == logged.probability.tolist()
    assert np.array_equal(
        np.concatenate([one.selection_probabilities for one in decisions]), logged.entries.probability
    )
    assert 0.0 <= logged.reward.min() < 1.0 < logged.reward.max() <= 50.0


@pytest.mark.parametrize("train", [POSTERIOR_TRAIN, TrainSpec(last_days=28)], ids=["posterior", "last days"])
def test_what_vowpal_wabbit_does_not_learn_alike_is_exported_too(train: TrainSpec, tmp_path: Path) -> None:
    """With the posterior, or from the last days alone, the lines are the same data, and the export says that Vowpal Wabbit learns another model from them."""
    export: DsjsonExport = write_dsjson(_log(_spec(train)), None, SHOP, tmp_path)
    assert not export.is_same_model
    assert COUNT == export.rows
    assert "--cb_adf" in export.arguments


def test_a_portfolio_that_is_not_there_writes_nothing(tmp_path: Path) -> None:
    """The refusal names it, and no file is left."""
    with pytest.raises(NotFound, match="gone"):
        write_dsjson(_log(_spec(TrainSpec())), None, "gone", tmp_path)
    assert [] == list(tmp_path.iterdir())
