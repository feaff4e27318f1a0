"""Rehearsed pilots: each in a world as it may be, by what the history tells, with policy and fixed order side by side."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from offline_eval.intervals import Bounds, IntervalSpec, Moments, difference_bounds
from simulators.fit.delays import Delays, fit_delays
from simulators.fit.fit_rows import FitCampaign, FitRows
from simulators.fit.fitted_world import WorldSize, fitted_world, size_of
from simulators.fit.likely_models import LikelyModels, drawn_values, likely_models
from simulators.fit.order_values import OrderValues, fit_order_values
from simulators.fit.response_model import fit_responses
from simulators.live.live_policy import service_policy
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

    @property
    def all_alike(self) -> bool:
        """Returns whether the history shows no difference between campaigns at all."""
        return self.models.all_alike and all(factor == 1.0 for factor in self.values.factors)


def fit_history(rows: FitRows) -> Fitted:
    """Returns the fit of a history's rows, which have enough of everything: differences only as far as they are proven."""
    return Fitted(
        rows=rows,
        models=likely_models(fit_responses(rows), rows),
        values=fit_order_values(rows, only_proven=True),
        delays=fit_delays(rows),
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
    """The same over all weeks, had the fixed order decided for the very customers of the policy's sends; likewise an equal
    draw, and the best choice for everybody."""
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
    """Yields a pilot for each seed, in a world as it may be."""
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
        # A pilot is run by the service: nobody who knows the truth.
        service_policy(settings.policy, world, "choose one that learns from outcomes alone, such as default")
        yield rehearsed_pilot(world, settings, seed)
        on_pilot()


def _in_order(rows: FitRows, priority: tuple[str, ...]) -> Iterator[FitCampaign]:
    rank = {campaign_id: place + 1 for place, campaign_id in enumerate(priority)}
    for campaign in rows.campaigns:
        volume = campaign.fixed_priority or len(rows.campaigns)
        yield replace(campaign, fixed_priority=rank.get(campaign.campaign_id, len(priority) + volume))


def rehearsed_pilot(world: WorldSpec, settings: RehearsalSettings, seed: int) -> Pilot:
    """Returns the pilot in a world of one seed: customers are split at random, the policy decides for one part of them."""
    target_count = max(round(settings.target_share * world.customers), 1)
    control_count = max(world.customers - target_count, 1)
    target = _weekly(world, settings.policy, target_count, seed)
    control = _weekly(world, FIXED, control_count, seed + _OTHER_SEEDS)
    # What the others would have earned from the policy's own customers: differences are not those of the customers.
    fixed, coin = (_weekly(world, one, target_count, seed) for one in (FIXED, COIN))
    bounds = weekly_bounds(target, control, settings.interval)
    return Pilot(
        difference=_moments(target).mean - _moments(control).mean,
        low=bounds.low,
        high=bounds.high,
        policy_reward=_ratio(target, "expected_policy"),
        fixed_reward=_whole(fixed, "expected_policy"),
        coin_reward=_whole(coin, "expected_policy"),
        best_reward=_whole(target, "best_expected"),
        exploration_cost=_ratio(target, "likeliest_expected") - _ratio(target, "expected_policy"),
        sends=target["decisions"].to_numpy(dtype=np.float64),
        responses=float(target["orders"].sum() + control["orders"].sum()),
    )


def _weekly(world: WorldSpec, policy: str, customers: int, seed: int) -> pd.DataFrame:
    return weekly_sums(
        simulate(world.model_copy(update={"customers": customers}), {policy: policy}, seeds=(seed,)).daily
    )


def weekly_sums(daily: pd.DataFrame) -> pd.DataFrame:
    """Returns what a pilot is made of, from the days of one run: a row for each week."""
    summed = ["decisions", "orders", "revenue", "squared_revenue"]
    summed += ["expected_policy", "likeliest_expected", "best_expected"]
    return daily.groupby(daily["day"] // DAYS_A_WEEK)[summed].sum()


def weekly_bounds(target: pd.DataFrame, control: pd.DataFrame, interval: IntervalSpec) -> Bounds:
    """Returns the interval of the difference in revenue per send up to the end of each week, from the sums of two runs."""
    return difference_bounds(_moments(target), _moments(control), interval)


def _moments(weekly: pd.DataFrame) -> Moments:
    """Returns the moments of the revenue of a send, which has one order at most, up to the end of each week."""
    sums = weekly[["decisions", "revenue", "squared_revenue", "orders"]].cumsum()
    return Moments.from_sums(*(sums[name] for name in sums))


def _ratio(weekly: pd.DataFrame, name: str) -> Floats:
    return (weekly[name] / weekly["decisions"]).to_numpy(dtype=np.float64)


def _whole(weekly: pd.DataFrame, name: str) -> float:
    return float(weekly[name].sum() / weekly["decisions"].sum())
