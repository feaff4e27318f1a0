"""Rows of a made trial whose truth is known."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from banditsvc.core.campaign import NO_CONTACT
from simulators.fit.fit_rows import FitCampaign, FitRows, PartColumn

SEGMENTS = ("family", "student", "senior")
CHANNELS = ("web", "shop")
IDS = ("letter", "mail", NO_CONTACT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Truth:
    """Log-odds of a trial."""

    constants: tuple[float, ...] = (-2.0, -2.3, -2.9)
    """Of each arm."""
    segments: tuple[float, ...] = (0.5, 0.0, -0.5)
    """Effects of all arms."""
    own: dict[int, tuple[float, ...]] = field(default_factory=dict)
    """Further effects of the segments, by arm."""
    order_median: float = 30.0
    order_sigma: float = 0.7

    def chances(self, arms: NDArray[np.int64], segments: NDArray[np.int64]) -> NDArray[np.float64]:
        """Returns the true chance of each row."""
        logits = np.array(self.constants)[arms] + np.array(self.segments)[segments]
        for arm, effects in self.own.items():
            logits = logits + np.where(arms == arm, np.array(effects)[segments], 0.0)
        return np.asarray(expit(logits), dtype=np.float64)


def made_rows(truth: Truth, count: int, seed: int, *, money: bool = False) -> FitRows:
    """Returns a trial that draws each arm alike; the channel has no effect. Delays are exponential, of 2 days."""
    random = np.random.default_rng(seed)
    arms = random.integers(len(truth.constants), size=count)
    segments = random.choice(len(SEGMENTS), size=count, p=[0.5, 0.3, 0.2])
    responses = random.random(count) < truth.chances(arms, segments)
    orders = truth.order_median * np.exp(truth.order_sigma * random.standard_normal(count))
    delays = np.where(responses, random.exponential(2.0, count), np.nan)
    return FitRows(
        campaigns=tuple(FitCampaign(campaign_id=one) for one in IDS[: len(truth.constants)]),
        arms=arms,
        parts={
            "segment": PartColumn(segments, SEGMENTS),
            "features.channel": PartColumn(random.integers(2, size=count), CHANNELS),
        },
        responses=responses,
        amounts=np.where(responses, np.round(orders, 2), 0.0) if money else None,
        delays=delays,
        greatest=1000.0 if money else 1.0,
        window_days=30,
    )
