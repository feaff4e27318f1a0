"""What an interval of an off-policy value needs: why there is none without it, and why to wait with conclusions."""

from __future__ import annotations

import math

from offline_eval.intervals.off_policy.promise import Method
from offline_eval.intervals.off_policy.units import UnitBounds, Units
from offline_eval.value.weighted import effective_number

_BOUNDED = {
    Method.CRESSIE_READ: "the value that a rare decision may still bring",
    Method.CLOPPER_PEARSON: "its trials",
    Method.EMPIRICAL_BERNSTEIN: "its bound",
    Method.BETTING: "its stakes",
}
"""What each method needs bounds for; the others need none, and fail where these matter."""


def refusal(units: Units, method: Method) -> str:
    """Returns why there is no interval by this method; empty where there is one."""
    bounds = units.bounds
    if not len(units):
        return "there are no decisions"
    if method in _BOUNDED and not all(math.isfinite(end) for end in bounds.gain):
        return (
            f"rewards have no bounds, and {_BOUNDED[method]} needs them: say the least and the greatest reward, as the "
            "RewardSpec does, or --least-reward and --greatest-reward"
        )
    if method in _BOUNDED and not _has_weights(bounds, method):
        return (
            f"the greatest weight is not known, and {_BOUNDED[method]} needs it: it is 1 over the least probability with "
            "which anything eligible was chosen, such as the floor over the number of eligible campaigns"
        )
    if bounds.truth[0] == bounds.truth[1]:
        return "the least reward is the greatest one: there is nothing to find out"
    if units.mean_weight == 1.0 and bounds.weight[1] < 1.0:
        return f"the greatest weight is {bounds.weight[1]:.6g}, below 1, which is the mean that weights have"
    if method is Method.CLOPPER_PEARSON and units.mean_weight != 1.0:
        return f"{method} is for values, not for differences"
    if method in {Method.CLOPPER_PEARSON, Method.EMPIRICAL_BERNSTEIN} and units.decisions is not None:
        return f"{method} is for decisions that are independent each, not for customers who come again"
    return ""


def thinness(units: Units, least_effective: float) -> str:
    """Returns why the data are too thin to conclude from; empty where they are not.

    By Kish's effective number of units: of the heavy ones alone, where most have no weight.
    """
    found = effective_number(abs(units.weight))
    if found >= least_effective:
        return ""
    what = "decisions" if units.decisions is None else "customers"
    return f"it rests on {found:,.0f} {what}, by weight; {least_effective:,.0f} is the least"


def _has_weights(bounds: UnitBounds, method: Method) -> bool:
    known = all(math.isfinite(end) for end in bounds.weight)
    return known or (method is Method.CRESSIE_READ and bounds.most_decisions == 1.0)
