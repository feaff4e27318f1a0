"""A world in which one customer of five would be contacted, some days after entry, and only contacts have an effect."""

from __future__ import annotations

import numpy as np
import pandas as pd

from offline_eval.intervals import Floats

CONTACTED = 0.2
HORIZON_DAYS = 30.0
LATEST_CONTACT = 10.0
"""Days after entry up to which the first contact comes, each day equally likely."""
RATE_A_DAY = 0.004
"""Orders a day of a customer on average; those who would be contacted order twice as often as the others."""
EFFECT = 0.3
"""How many more orders there are within the horizon after a contact, relatively."""
LOG_AMOUNT, AMOUNT_SPREAD = 4.0, 0.6
DAY_US = 86_400_000_000
MEAN_AMOUNT = float(np.exp(LOG_AMOUNT + 0.5 * AMOUNT_SPREAD**2))
CONTACTED_RATE = RATE_A_DAY * 2.0 / (1.0 + CONTACTED)
TRUE_ANCHORED = EFFECT * CONTACTED_RATE * HORIZON_DAYS * MEAN_AMOUNT
"""Per customer who would be contacted, within a horizon from the contact on."""
TRUE_INTENTION = CONTACTED * EFFECT * CONTACTED_RATE * (HORIZON_DAYS - 0.5 * LATEST_CONTACT) * MEAN_AMOUNT
"""Per customer enrolled, within a horizon from entry on."""


def ghost_table(rng: np.random.Generator, customers: int, target_share: float = 0.5) -> pd.DataFrame:
    """Returns a table of customers, as many horizons ending on each of 60 days."""
    in_target = rng.random(customers) < target_share
    contacted = rng.random(customers) < CONTACTED
    delay = rng.uniform(0.0, LATEST_CONTACT, customers)
    rate = np.where(contacted, CONTACTED_RATE, 0.5 * CONTACTED_RATE)
    effect = np.where(in_target & contacted, 1.0 + EFFECT, 1.0)
    before = _revenue(rng, rate * delay)
    between = _revenue(rng, rate * effect * (HORIZON_DAYS - delay))
    after = _revenue(rng, rate * effect * delay)
    day = np.sort(rng.integers(60, size=customers))
    return pd.DataFrame(
        {
            "customer_id": np.arange(customers),
            "group": np.where(in_target, "OPTIMIZED", "HOLDOUT"),
            "horizon_end_us": day * DAY_US,
            "value": before + between,
            "converted": before + between > 0.0,
            "anchored": contacted,
            "anchored_end_us": day * DAY_US + (delay * DAY_US).astype(np.int64),
            "anchored_value": between + after,
            "anchored_converted": between + after > 0.0,
            "segment": np.where(rng.random(customers) < 0.7, "A", "B"),
        }
    )


def _revenue(rng: np.random.Generator, expected: Floats) -> Floats:
    orders = rng.poisson(expected)
    buyer = np.repeat(np.arange(expected.size), orders)
    amounts = rng.lognormal(LOG_AMOUNT, AMOUNT_SPREAD, buyer.size)
    return np.bincount(buyer, amounts, minlength=expected.size).astype(np.float64)
