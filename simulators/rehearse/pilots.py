"""Rehearsed pilots: each in a world as it may be, by what the history tells, with policy and fixed order side by side."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from offline_eval.intervals import Moments, difference_bounds
from simulators.fit.delays import Delays, fit_delays
from simulators.fit.fit_rows import FitCampaign, FitRows
from simulators.fit.fitted_world import WorldSize, fitted_world, size_of
from simulators.fit.likely_models import LikelyModels, drawn_values, likely_models
from simulators.fit.order_values import OrderValues, fit_order_values
from simulators.fit.response_model import fit_responses
from simulators.rehearse.history import Floats
from simulators.rehearse.rehearsal_settings import LEAST_A_DAY, MOST_A_DAY, RehearsalSettings
from simulators.runs.simulate import simulate
from simulators.worlds.campaign_span import DAYS_A_WEEK
from simulators.worlds.world_spec import WorldSpec

FIXED, COIN = "fixed_priority", "coin"
_OTHER_SEEDS = 1_000_000
"""Added to the seed of the control group, whose customers are others than the target group's."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Fitted:
    """What the history says of its campaigns."""

    rows: FitRows
    models: LikelyModels
    values: OrderValues
    delays: Delays
    mean_square: float
    """Of the money of a send with a response."""

    @property
    def all_alike(self) -> bool:
        """Returns whether the history shows no difference between campaigns at all."""
        return self.models.all_alike and all(factor == 1.0 for factor in self.values.factors)


def fit_history(rows: FitRows) -> Fitted:
    """Returns the fit of a history's rows, which have enough of everything: differences only as far as they are proven."""
    assert rows.amounts is not None, "orders have amounts"
    return Fitted(
        rows=rows,
        models=likely_models(fit_responses(rows), rows),
        values=fit_order_values(rows, only_proven=True),
        delays=fit_delays(rows),
        mean_square=float((rows.amounts[rows.responses] ** 2).mean()),
    )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Pilot:
    """One rehearsed pilot; arrays have an entry for each week."""

    difference: Floats
    """Revenue per send of the policy less that of the fixed order, up to the end of the week."""
    low: Floats
    high: Floats
    """Ends of its interval, which may be read every week."""
    policy_reward: Floats
    """True expected revenue per send in the week, of the policy's sends."""
    fixed_reward: float
    """The same of the fixed order over all weeks, and of an equal draw, and of the best choice for everybody."""
    coin_reward: float
    best_reward: float
    exploration_cost: Floats
    """Expected revenue per send given up by exploring, in the week."""
    sends: Floats
    """Of the policy in the week."""
    responses: float
    """Of both groups, over all weeks."""

    @property
    def winner_week(self) -> int | None:
        """Returns the first week by whose end the policy is known to earn more; None: it is not within the weeks."""
        found = np.flatnonzero(self.low > 0.0)
        return int(found[0]) + 1 if len(found) else None


def rehearse_pilots(
    fitted: Fitted, settings: RehearsalSettings, on_pilot: Callable[[], None] = lambda: None
) -> Iterator[Pilot]:
    """Yields a pilot for each seed: customers are split at random, the policy decides for one part of them."""
    customers = settings.sends_a_day or max(min(size_of(fitted.rows).customers, MOST_A_DAY), LEAST_A_DAY)
    for seed in range(settings.first_seed, settings.first_seed + settings.seeds):
        random = np.random.default_rng(seed)
        rows = replace(fitted.rows, campaigns=tuple(_in_order(fitted.rows, settings.priority)))
        world = fitted_world(
            "rehearsal",
            rows,
            fitted.models.drawn(random),
            drawn_values(fitted.values, rows, random),
            fitted.delays,
            size=WorldSize(days=settings.weeks * DAYS_A_WEEK, customers=customers),
        )
        yield _pilot(world, fitted, settings, seed)
        on_pilot()


def _in_order(rows: FitRows, priority: tuple[str, ...]) -> Iterator[FitCampaign]:
    rank = {campaign_id: place + 1 for place, campaign_id in enumerate(priority)}
    for campaign in rows.campaigns:
        volume = campaign.fixed_priority or len(rows.campaigns)
        yield replace(campaign, fixed_priority=rank.get(campaign.campaign_id, len(priority) + volume))


def _pilot(world: WorldSpec, fitted: Fitted, settings: RehearsalSettings, seed: int) -> Pilot:
    target_count = max(round(settings.target_share * world.customers), 1)
    control_count = max(world.customers - target_count, 1)
    target = _weekly(world, settings.policy, target_count, seed)
    control = _weekly(world, FIXED, control_count, seed + _OTHER_SEEDS)
    coin = _weekly(world, COIN, target_count, seed)
    moments = [_moments(one, fitted.mean_square) for one in (target, control)]
    bounds = difference_bounds(moments[0], moments[1], settings.interval)
    return Pilot(
        difference=moments[0].mean - moments[1].mean,
        low=bounds.low,
        high=bounds.high,
        policy_reward=_ratio(target, "expected_policy"),
        fixed_reward=_whole(control, "expected_policy"),
        coin_reward=_whole(coin, "expected_policy"),
        best_reward=_whole(target, "best_expected"),
        exploration_cost=_ratio(target, "likeliest_expected") - _ratio(target, "expected_policy"),
        sends=target["decisions"].to_numpy(dtype=np.float64),
        responses=float(target["orders"].sum() + control["orders"].sum()),
    )


def _weekly(world: WorldSpec, policy: str, customers: int, seed: int) -> pd.DataFrame:
    daily = simulate(world.model_copy(update={"customers": customers}), {policy: policy}, seeds=(seed,)).daily
    summed = ["decisions", "orders", "revenue", "expected_policy", "likeliest_expected", "best_expected"]
    return daily.groupby(daily["day"] // DAYS_A_WEEK)[summed].sum()


def _moments(weekly: pd.DataFrame, mean_square: float) -> Moments:
    """Returns the moments of the revenue of a send, up to the end of each week."""
    orders = weekly["orders"].cumsum().to_numpy()
    return Moments.from_sums(weekly["decisions"].cumsum(), weekly["revenue"].cumsum(), orders * mean_square, orders)


def _ratio(weekly: pd.DataFrame, name: str) -> Floats:
    return (weekly[name] / weekly["decisions"]).to_numpy(dtype=np.float64)


def _whole(weekly: pd.DataFrame, name: str) -> float:
    return float(weekly[name].sum() / weekly["decisions"].sum())
