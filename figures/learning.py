"""From the log to a model: decisions settled and learned per second, beside Vowpal Wabbit's own learning."""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
from vowpal_wabbit_next import Example

from banditsvc.core.campaign import Campaign, CampaignKind, CampaignType
from banditsvc.core.context import CustomerContext, LifecycleStage
from banditsvc.core.decision import DecidedBy, Decision, RankInput, Result
from banditsvc.core.features import Encoder
from banditsvc.core.outcome import Outcome, OutcomeType
from banditsvc.core.portfolio import POSTERIOR_TRAIN, LearnerSpec, Portfolio, RewardSpec, RewardWeight, TrainSpec
from banditsvc.core.times import DAY_US, HOUR_US
from banditsvc.learner import replay
from banditsvc.learner.process import look_for_garbage_seldom
from banditsvc.ports import CampaignVersion, Lineage
from banditsvc.settling import SettleLimit, settle_decisions
from banditsvc.store import SqliteLog
from banditsvc.trainer import _arguments as arguments_of
from figures.page import Page, Table
from figures.run import Track, main
from tests.oracle.stock_vw import examples, workspace

NAME = "learning"
DECISIONS, SHORT_DECISIONS = 50_000, 20_000
PEER_EXAMPLES = 2_000
RUNS = 5
CAMPAIGNS = 20
GROUP = 500
START_US = 20_000 * DAY_US
RESPONSE = 0.05
PORTFOLIO_ID = "shop"
SPEC = LearnerSpec(
    reward=RewardSpec(weights=(RewardWeight(type=OutcomeType.CLICK, weight=1.0),), window_us=DAY_US), train=TrainSpec()
)


def measure(*, short: bool, track: Track) -> Page:
    """Returns the medians of 5 alternating runs over 50,000 decisions; 20,000 in the short form."""
    count = SHORT_DECISIONS if short else DECISIONS
    rng = np.random.default_rng(1)
    contexts = [_context(rng) for _ in range(count)]
    chosen = rng.integers(CAMPAIGNS, size=count).tolist()
    clicked = (rng.random(count) < RESPONSE).tolist()
    seconds: dict[str, list[float]] = {"settle": [], "learn": [], "posterior": [], "peer": []}
    with tempfile.TemporaryDirectory(prefix="banditsvc-log-") as directory:
        path = Path(directory) / "log.db"
        last = _write_log(path, contexts, chosen, clicked)
        ready = _ready_made(contexts[:PEER_EXAMPLES], chosen, clicked)
        look_for_garbage_seldom()
        with closing(SqliteLog(path, read_only=True)) as log:
            for run in range(RUNS):
                seconds["settle"].append(_timed(lambda: _settle(log)) / count)
                seconds["learn"].append(_timed(lambda: _replay(log, last, count, SPEC)) / count)
                other = replace(SPEC, train=POSTERIOR_TRAIN)
                seconds["posterior"].append(_timed(partial(_replay, log, last, count, other)) / count)
                seconds["peer"].append(_timed(lambda: _learn(ready)) / len(ready))
                track(run + 1, RUNS)
    return _page(count, {name: statistics.median(values) for name, values in seconds.items()})


def _page(count: int, medians: dict[str, float]) -> Page:
    def row(name: str, key: str) -> tuple[str, ...]:
        return name, f"{1 / medians[key]:,.0f}", f"{1e6 * medians[key]:.1f}", f"{medians['peer'] / medians[key]:.2f}"

    return Page(
        title="From the log to a model",
        shows=(
            f"A log with {CAMPAIGNS} campaigns of 5 features and contexts of 12 features, a response in {RESPONSE:.0%} "
            "of the decisions. The learner reads decisions and outcomes from the log file, settles, encodes and learns "
            "them. Its peer is stock Vowpal Wabbit with the arguments of the service, which learns full examples of all "
            "campaigns that were made before the clock started. Times are those of one processor, with garbage looked for as "
            "seldom as in the learner's process."
        ),
        scale=f"{count:,} decisions; medians of {RUNS} alternating runs.",
        tables=(
            Table(
                headers=("work", "decisions a second", "microseconds each", "times the peer"),
                rows=[
                    row("log to settled rewards", "settle"),
                    row("log to model, Vowpal Wabbit", "learn"),
                    row("log to model, the posterior", "posterior"),
                    row("peer: `learn_one` on ready-made examples", "peer"),
                ],
            ),
        ),
    )


def _timed(work: Callable[[], None]) -> float:
    """Returns the processor time of some work, in seconds: what else the machine does counts less."""
    start = time.process_time()
    work()
    return time.process_time() - start


def _settle(log: SqliteLog) -> None:
    limit = SettleLimit(log.watermark().time_us)
    for _ in settle_decisions(log, PORTFOLIO_ID, SPEC, 0, limit):
        pass


def _replay(log: SqliteLog, last: int, count: int, spec: LearnerSpec) -> None:
    lineage = Lineage(lineage_id=1, portfolio_id=PORTFOLIO_ID, cause_position=1, learner_version=1, learner=spec)
    _, sums = replay(log, lineage, last)
    assert sums.learned_count == count, "every decision is due"


def _learn(ready: Sequence[list[Example]]) -> None:
    peer = workspace(*arguments_of(SPEC.train), bits=SPEC.train.bits)
    for one in ready:
        peer.learn_one(one)


def _ready_made(
    contexts: Sequence[CustomerContext], chosen: Sequence[int], clicked: Sequence[bool]
) -> list[list[Example]]:
    encoder = Encoder(SPEC.encoder)
    campaigns = [encoder.campaign(campaign) for campaign in _campaigns()]
    return [
        examples(encoder.context(context, "email", ""), campaigns, choice, -float(click))
        for context, choice, click in zip(contexts, chosen, clicked, strict=False)
    ]


def _write_log(path: Path, contexts: Sequence[CustomerContext], chosen: Sequence[int], clicked: Sequence[bool]) -> int:
    """Writes the log; returns the position of its last record."""
    campaigns = _campaigns()
    ids = tuple(campaign.campaign_id for campaign in campaigns)
    with closing(SqliteLog(path)) as log:
        versions = [
            CampaignVersion(portfolio_id=PORTFOLIO_ID, catalogue_version=number + 1, campaign=campaign)
            for number, campaign in enumerate(campaigns)
        ]
        log.append([Portfolio(portfolio_id=PORTFOLIO_ID, currency="EUR", learner=SPEC), *versions], START_US - HOUR_US)
        for start in range(0, len(contexts), GROUP):
            places = range(start, min(start + GROUP, len(contexts)))
            log.append([_decision(place, contexts[place], ids, chosen[place]) for place in places], START_US)
            log.append([_click(place) for place in places if clicked[place]], START_US + HOUR_US)
        log.append([], START_US + 3 * DAY_US)
        return log.watermark().position


def _decision(place: int, context: CustomerContext, ids: tuple[str, ...], chosen: int) -> Decision:
    asked = RankInput(
        portfolio_id=PORTFOLIO_ID, customer_id=f"c{place}", send_time_us=START_US, context=context, channel="email"
    )
    return Decision(
        decision_id=f"d{place}",
        input=asked,
        result=Result.CAMPAIGN,
        decided_by=DecidedBy.POLICY,
        campaign_id=ids[chosen],
        eligible=ids,
        selection_probabilities=tuple([1.0 / len(ids)] * len(ids)),
        catalogue_version=CAMPAIGNS,
        portfolio_version=1,
    )


def _click(place: int) -> Outcome:
    return Outcome(
        portfolio_id=PORTFOLIO_ID,
        outcome_id=f"o{place}",
        type=OutcomeType.CLICK,
        occur_time_us=START_US + HOUR_US // 2,
        decision_id=f"d{place}",
    )


def _campaigns() -> list[Campaign]:
    kinds, types = list(CampaignKind), list(CampaignType)
    return [
        Campaign(
            campaign_id=f"campaign-{number:02d}",
            type=types[number % len(types)],
            kind=kinds[number % len(kinds)],
            category=f"category-{number % 6}",
            family=f"family-{number % 5}",
        )
        for number in range(CAMPAIGNS)
    ]


def _context(rng: np.random.Generator) -> CustomerContext:
    draw = rng.integers(1_000, size=10).tolist()
    return CustomerContext(
        recency_days=draw[0],
        frequency=draw[1] % 40,
        monetary=draw[2],
        segment=f"segment-{draw[3] % 6}",
        lifecycle_stage=LifecycleStage(1 + draw[4] % 7),
        favourites={f"category-{draw[5] % 6}": 0.6, "category-x": 0.4},
        features={f"x{place}": f"level-{draw[6 + place] % 5}" for place in range(4)},
    )


if __name__ == "__main__":
    main(NAME, measure)
