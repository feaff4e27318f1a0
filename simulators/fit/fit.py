"""Fits a world to rows: on most of them first, to be judged on the rest, and then on all."""

from __future__ import annotations

import math
from dataclasses import dataclass

from simulators.fit.calibration import Calibration, judge
from simulators.fit.delays import Delays, fit_delays
from simulators.fit.fit_errors import FitError, TooFewResponses
from simulators.fit.fit_rows import FitRows
from simulators.fit.fitted_world import WorldSize, fitted_world
from simulators.fit.order_values import LEAST_ORDERS, OrderValues, fit_order_values
from simulators.fit.response_model import ResponseModel, fit_responses
from simulators.worlds.world_spec import WorldSpec

LEAST_RESPONSES = 20
"""Of each arm, and as many rows without."""
LEAST_IN_ALL = 100
FITTED_SHARE = 0.8


@dataclass(frozen=True, slots=True, kw_only=True)
class Fit:
    """A fitted world, with what it was made of."""

    rows: FitRows
    world: WorldSpec
    model: ResponseModel
    values: OrderValues | None
    """None where the reward is a response, whatever it is worth."""
    delays: Delays
    calibration: Calibration


def fit_world(name: str, rows: FitRows, *, seed: int = 1, description: str = "", size: WorldSize | None = None) -> Fit:
    """Returns the world that is fitted to all rows, and how a fit to a random 80 % of them does on the rest.

    Args:
        name: Of the world.
        rows: The data.
        seed: Of the random part.
        description: Of the world.
        size: How much goes on; by default as in the data.

    Raises:
        TooFewResponses: An arm, or all of them, responded too seldom; the message says what would do.
        FitError: There are fewer than two campaigns to choose among.
    """
    check_enough(rows)
    most, rest = rows.split(FITTED_SHARE, seed)
    calibration = judge(fit_responses(most), _values(most), most, rest)
    model, values, delays = fit_responses(rows), _values(rows), fit_delays(rows)
    world = fitted_world(name, rows, model, values, delays, description=description, size=size)
    return Fit(rows=rows, world=world, model=model, values=values, delays=delays, calibration=calibration)


def check_enough(rows: FitRows) -> None:
    """Checks that there is enough to fit.

    Raises:
        TooFewResponses: There is not; the message names every arm at fault.
        FitError: No contact at all, or a single arm, leaves nothing to compare.
    """
    if len(rows.campaigns) < 2:
        raise FitError(
            f"there is one campaign alone, {', '.join(rows.campaign_ids) or 'none'}: a world needs two or more"
        )
    counts, responses = rows.arm_rows, rows.per_arm(rows.responses.astype(float))
    faults = []
    for campaign_id, count, own in zip(rows.campaign_ids, counts.tolist(), responses.tolist(), strict=True):
        least = min(own, count - own)
        if least < LEAST_RESPONSES:
            what = "responses" if own <= count - own else "rows without a response"
            at_rate = f", about {math.ceil(count * LEAST_RESPONSES / least):,} rows at its rate" if least else ""
            faults.append(
                f"{campaign_id} has {least:.0f} {what} in {count:,} rows: {LEAST_RESPONSES} are needed{at_rate}"
            )
    total = float(responses.sum())
    if not faults and total < LEAST_IN_ALL:
        faults.append(f"there are {total:.0f} responses in {len(rows):,} rows: {LEAST_IN_ALL} are needed")
    if not faults and rows.amounts is not None and total < LEAST_ORDERS:
        faults.append(f"there are {total:.0f} orders: {LEAST_ORDERS} are needed")
    if faults:
        raise TooFewResponses("too few responses to fit a world:\n" + "\n".join(f"  {fault}" for fault in faults))


def _values(rows: FitRows) -> OrderValues | None:
    return None if rows.amounts is None else fit_order_values(rows)
