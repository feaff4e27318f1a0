"""Eligible drift: how the sets that decisions choose from change over the time of a log."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from offline_eval.logged import Logged

PERIODS = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignDrift:
    """For which share of the decisions a campaign was eligible, period by period."""

    campaign_id: str
    shares: tuple[float, ...]

    @property
    def change(self) -> float:
        """Returns the greatest share less the least."""
        return max(self.shares) - min(self.shares)


@dataclass(frozen=True, slots=True, kw_only=True)
class EligibleDrift:
    """How eligible sets changed."""

    campaigns: tuple[CampaignDrift, ...]
    """Those that changed most first."""
    late_share: float
    """Share of the last period's decisions with a campaign that was never eligible in the first half of the log."""
    gone_share: float
    """Share of the first period's decisions with a campaign that was never eligible in the last half."""


def eligible_drift(logged: Logged, periods: int = PERIODS) -> EligibleDrift:
    """Returns the drift of eligible sets over periods of equally many decisions, in log order.

    A value is one of the sets of the log: where they are no more as they were, it says little of the time to come.
    """
    periods = max(1, min(periods, len(logged)))
    names, codes = logged.entries.campaign.names, logged.entries.campaign.codes
    period = np.arange(len(logged)) * periods // max(len(logged), 1)
    # A campaign with several treatments is eligible once; its entries stand together.
    is_first = np.diff(codes, prepend=-1) != 0
    is_first[logged.entries.start[:-1]] = True
    decision, campaign = logged.entries.decision[is_first], codes[is_first].astype(np.int64)
    counts = np.bincount(campaign * periods + period[decision], minlength=len(names) * periods)
    sizes = np.maximum(np.bincount(period, minlength=periods), 1)
    shares = counts.reshape(len(names), periods) / sizes
    middle = periods // 2
    is_late, is_gone = shares[:, :middle].sum(axis=1) == 0.0, shares[:, middle:].sum(axis=1) == 0.0
    return EligibleDrift(
        campaigns=tuple(
            sorted(
                (
                    CampaignDrift(campaign_id=name, shares=tuple(shares[place].tolist()))
                    for place, name in enumerate(names)
                ),
                key=lambda one: (-one.change, one.campaign_id),
            )
        ),
        late_share=_share_with(decision, is_late[campaign], period == periods - 1) if middle else 0.0,
        gone_share=_share_with(decision, is_gone[campaign], period == 0) if middle else 0.0,
    )


def _share_with(decision: np.ndarray, is_such: np.ndarray, in_period: np.ndarray) -> float:
    """Returns the share of a period's decisions that have such a campaign."""
    has = np.zeros(len(in_period), dtype=np.bool_)
    has[decision[is_such]] = True
    return float(np.count_nonzero(has & in_period)) / max(int(np.count_nonzero(in_period)), 1)
