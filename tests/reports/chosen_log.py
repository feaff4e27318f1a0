"""A log of a shop whose customers got campaigns by known chances, and bought or not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from msgspec import structs

from banditsvc.core.campaign import Campaign
from banditsvc.core.context import CustomerContext
from banditsvc.core.customer_merge import CustomerMerge
from banditsvc.core.decision import Decision
from banditsvc.core.policy import Policy
from banditsvc.core.portfolio import POSTERIOR_TRAIN, TrainSpec
from banditsvc.core.times import DAY_US
from banditsvc.ports import CampaignVersion, Deployment, LogRecord
from banditsvc.store.sqlite_log import SqliteLog
from tests.store.build import SHOP, decision, outcome, portfolio

DAYS = 20
FAMILIES = {"sale-47": "sale", "sale-48": "sale", "news": ""}
SHARES = {"sale-47": 0.2, "sale-48": 0.3, "news": 0.5}
RATES = {"sale": 0.4, "news": 0.2}
"""Share of those who buy, by family."""


def chosen_log(
    folder: Path,
    count: int,
    seed: int = 0,
    *,
    predicted: tuple[float, ...] = (0.0, 0.0, 0.0),
    settings: Sequence[Policy | Deployment] = (),
    late_rates: Mapping[str, float] = RATES,
    train: TrainSpec = POSTERIOR_TRAIN,
) -> Path:
    """Writes a log with that many decisions over 20 days, and returns its directory.

    The last customer is merged into the first. The outcome window is 3 days. From the eleventh day on the late rates hold.
    """
    folder.mkdir(exist_ok=True)
    log = SqliteLog(folder / "log.db")
    shop = portfolio()
    shop = replace(shop, learner=replace(shop.learner, train=train))
    campaigns = [
        CampaignVersion(portfolio_id=SHOP, campaign=Campaign(campaign_id=one, family=family), catalogue_version=place)
        for place, (one, family) in enumerate(FAMILIES.items(), 1)
    ]
    merge = CustomerMerge(
        organization_id=shop.organization_id, merged_customer_id=f"c{count - 1}", surviving_customer_id="c0"
    )
    log.append([shop, *campaigns, *settings, merge], 1)
    rng = np.random.default_rng(seed)
    per_day = -(-count // DAYS)
    for day in range(DAYS):
        records: list[LogRecord] = []
        now_us = (day + 1) * DAY_US
        for number in range(day * per_day, min(count, (day + 1) * per_day)):
            made = structs.replace(_decided(number, now_us, rng), predicted_rewards=(predicted,))
            records.append(made)
            rates = RATES if day < 10 else late_rates
            if rng.random() < rates[FAMILIES[made.campaign_id] or made.campaign_id]:
                records.append(outcome(f"o{number}", decision_id=made.decision_id, occur_time_us=now_us + 1))
        log.append(records, now_us)
    log.close()
    return folder


def _decided(number: int, now_us: int, rng: np.random.Generator) -> Decision:
    made = decision(f"d{number}", customer_id=f"c{number}", send_time_us=now_us)
    context = CustomerContext(segment="family" if number % 3 else "student")
    return structs.replace(
        made,
        input=structs.replace(made.input, context=context),
        campaign_id=str(rng.choice(list(SHARES), p=list(SHARES.values()))),
        eligible=tuple(SHARES),
        selection_probabilities=tuple(SHARES.values()),
        catalogue_version=len(FAMILIES),
    )
