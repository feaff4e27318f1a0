"""A rehearsal and its answers."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from banditsvc.usage_error import UsageError
from offline_eval.intervals import moments_of
from offline_eval.lift import needed_customers
from simulators.fit.enough_arms import with_enough_arms
from simulators.fit.fit import check_enough
from simulators.fit.fit_errors import FitError
from simulators.fit.fit_rows import FitRows
from simulators.rehearse.history import Floats, History
from simulators.rehearse.history_rows import history_rows
from simulators.rehearse.pilots import Fitted, Pilot, fit_history, rehearse_pilots
from simulators.rehearse.rehearsal_settings import LEAST_PILOTS, RehearsalSettings
from simulators.worlds.campaign_span import DAYS_A_WEEK

LOW, HIGH = 0.05, 0.95
"""Quantiles over the pilots between which an answer is said to lie."""
PROVABLE_SHARE = 0.5
"""Of the pilots in which a winner must show for the answer to be a number of weeks."""
WORTH_SHARE = 0.02
"""Of what the fixed order earns: less than that on the table is next to nothing."""
_LAST_WEEKS = 4


class Why(StrEnum):
    """Why nothing is provable."""

    TOO_LITTLE = "TOO_LITTLE"
    """The history has too few responses to tell anything of its campaigns."""
    NO_DIFFERENCE = "NO_DIFFERENCE"
    """It shows no difference between campaigns."""
    FIXED_IS_BEST = "FIXED_IS_BEST"
    """The fixed order already sends nearly the best."""
    TOO_FEW_RESPONSES = "TOO_FEW_RESPONSES"
    """There is something to gain, but too few orders to show it in time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranged:
    """An answer over the rehearsed pilots: the median, and the quantiles LOW and HIGH; NaN of fewer than LEAST_PILOTS."""

    value: float
    low: float
    high: float

    @property
    def has_interval(self) -> bool:
        """Returns whether there were pilots enough for one."""
        return math.isfinite(self.low)

    @classmethod
    def of(cls, values: Sequence[float] | Floats) -> Ranged:
        """Returns the answer of some pilots."""
        low, value, high = np.quantile(np.asarray(values, dtype=np.float64), [LOW, 0.5, HIGH])
        if len(values) < LEAST_PILOTS:
            low = high = np.nan
        return cls(value=float(value), low=float(low), high=float(high))


@dataclass(frozen=True, slots=True, kw_only=True)
class Controls:
    """How many customers would prove the expected gain."""

    horizon_days: int
    gain_per_customer: float
    """In a horizon, by the policy's last weeks."""
    control_customers: int
    target_customers: int


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Rehearsal:
    """All answers."""

    history: History
    rows: FitRows
    settings: RehearsalSettings
    fitted: Fitted | None
    """None where there is too little to fit."""
    too_little: str = ""
    """What is lacking, where there is too little to fit."""
    pilots: tuple[Pilot, ...] = ()
    """None where there is nothing to rehearse: too little to fit, or campaigns that are all alike."""
    sends_a_week: float = 0.0
    controls: Controls | None = None
    """None: no number would do, there is nothing to prove, or the pilots are too few to tell the gain."""

    @property
    def has_verdict(self) -> bool:
        """Returns whether the pilots are enough to say what may be proven; where none are needed, they are."""
        return not self.pilots or len(self.pilots) >= LEAST_PILOTS

    @property
    def winner_share(self) -> float:
        """Returns the share of the pilots in which the policy is known to earn more by the end of the weeks."""
        return self.share_by(self.settings.weeks)

    def share_by(self, week: int) -> float:
        """Returns the share of the pilots in which it is known by the end of a week."""
        shown = [pilot.winner_week is not None and pilot.winner_week <= week for pilot in self.pilots]
        return sum(shown) / len(shown) if shown else 0.0

    @property
    def winner_week(self) -> int | None:
        """Returns the week by whose end a winner shows in half of the pilots; None: in fewer it does, or they are too few."""
        if not self.has_verdict:
            return None
        weeks = range(1, self.settings.weeks + 1)
        return next((week for week in weeks if self.share_by(week) >= PROVABLE_SHARE), None)

    @property
    def is_provable(self) -> bool:
        """Returns whether a winner shows within the weeks, in half of the pilots at least."""
        return self.winner_week is not None

    @property
    def why(self) -> Why | None:
        """Returns why nothing is provable; None where something is, or where nothing is said of it."""
        if self.is_provable or not self.has_verdict:
            return None
        if self.fitted is None:
            return Why.TOO_LITTLE
        if self.fitted.all_alike:
            return Why.NO_DIFFERENCE
        is_little = self.left_on_table.value < WORTH_SHARE * self.fixed_reward.value
        return Why.FIXED_IS_BEST if is_little else Why.TOO_FEW_RESPONSES

    @property
    def fixed_reward(self) -> Ranged:
        """Returns the expected revenue per send of the fixed order."""
        return Ranged.of([pilot.fixed_reward for pilot in self.pilots])

    @property
    def coin_reward(self) -> Ranged:
        """Returns that of an equal draw."""
        return Ranged.of([pilot.coin_reward for pilot in self.pilots])

    @property
    def policy_reward(self) -> Ranged:
        """Returns that of the policy, over all weeks."""
        return Ranged.of([float(np.average(pilot.policy_reward, weights=pilot.sends)) for pilot in self.pilots])

    @property
    def best_reward(self) -> Ranged:
        """Returns that of the best choice for everybody."""
        return Ranged.of([pilot.best_reward for pilot in self.pilots])

    @property
    def left_on_table(self) -> Ranged:
        """Returns what the fixed order leaves on the table per send: that of the best choice less its own."""
        return Ranged.of([pilot.best_reward - pilot.fixed_reward for pilot in self.pilots])

    @property
    def exploration_cost(self) -> Ranged:
        """Returns what exploring gives up per send, over all weeks."""
        return Ranged.of([float(np.average(pilot.exploration_cost, weights=pilot.sends)) for pilot in self.pilots])

    @property
    def gain(self) -> Ranged:
        """Returns what the policy earns more than the fixed order per send in the last weeks, when it has learned."""
        return Ranged.of([_late_gain(pilot) for pilot in self.pilots])


def rehearse(history: History, settings: RehearsalSettings, on_pilot: Callable[[], None] = lambda: None) -> Rehearsal:
    """Returns the answers for a history.

    Args:
        history: Past sends and orders.
        settings: What is rehearsed.
        on_pilot: Called after each pilot.

    Raises:
        UsageError: A campaign of the priority is not in the history, or no window is over.
    """
    unknown = [one for one in settings.priority if one not in history.campaign_ids]
    if unknown:
        raise UsageError(f"the history has no campaign {', '.join(unknown)}; it has {', '.join(history.campaign_ids)}")
    rows = history_rows(history, settings.window_days, settings.currency)
    if not len(rows):
        raise UsageError(f"the history is shorter than {settings.window_days} days: no window is over")
    enough = with_enough_arms(rows)
    try:
        check_enough(enough if len(enough.campaigns) > 1 else rows)
    except FitError as lacking:
        return Rehearsal(history=history, rows=rows, settings=settings, fitted=None, too_little=str(lacking))
    fitted = fit_history(enough)
    if fitted.all_alike:
        return Rehearsal(history=history, rows=enough, settings=settings, fitted=fitted)
    pilots = tuple(rehearse_pilots(fitted, settings, on_pilot))
    return Rehearsal(
        history=history,
        rows=enough,
        settings=settings,
        fitted=fitted,
        pilots=pilots,
        sends_a_week=_sends_a_week(history, settings),
        controls=_controls(history, settings, pilots),
    )


def _sends_a_week(history: History, settings: RehearsalSettings) -> float:
    if settings.sends_a_day is not None:
        return float(DAYS_A_WEEK * settings.sends_a_day)
    return DAYS_A_WEEK * len(history.sends) / (float(np.ptp(history.sends.times)) + 1.0)


def _late_gain(pilot: Pilot) -> float:
    last = slice(-min(_LAST_WEEKS, len(pilot.sends)), None)
    return float(np.average(pilot.policy_reward[last], weights=pilot.sends[last])) - pilot.fixed_reward


def _controls(history: History, settings: RehearsalSettings, pilots: Sequence[Pilot]) -> Controls | None:
    if len(pilots) < LEAST_PILOTS:
        return None
    gain = float(np.median([_late_gain(pilot) for pilot in pilots]))
    horizon = horizon_days(history, settings)
    revenue, sends = customer_revenue(history, horizon)
    lift = gain * float(sends.mean()) if len(sends) else 0.0
    moments = moments_of(revenue)
    if not lift > 0.0:
        return None
    needed = needed_customers(
        moments,
        moments,
        target_share=settings.target_share,
        lift=lift,
        power=settings.power,
        spec=settings.interval,
    )
    if needed is None:
        return None
    return Controls(
        horizon_days=horizon, gain_per_customer=lift, target_customers=needed[0], control_customers=needed[1]
    )


def horizon_days(history: History, settings: RehearsalSettings) -> int:
    """Returns the horizon of the number of controls: that of the settings, at most half of the history's length."""
    return max(min(settings.horizon_days, int(0.5 * (history.last_time - history.first_time))), 1)


def customer_revenue(history: History, horizon_days: float) -> tuple[Floats, Floats]:
    """Returns for each customer the money ordered, and the sends, within so many days from the first send on.

    Customers whose horizon is not over by the end of the history are left out.
    """
    sends, orders = history.sends, history.orders
    first = np.full(history.customer_count, np.inf)
    np.minimum.at(first, sends.customers, sends.times)
    is_over = first + horizon_days <= history.last_time
    of_order, of_send = first[orders.customers], first[sends.customers]
    counts = (orders.times >= of_order) & (orders.times < of_order + horizon_days)
    revenue = np.bincount(orders.customers[counts], weights=orders.amounts[counts], minlength=history.customer_count)
    is_within = sends.times < of_send + horizon_days
    number = np.bincount(sends.customers[is_within], minlength=history.customer_count)
    return revenue[is_over].astype(np.float64), number[is_over].astype(np.float64)
