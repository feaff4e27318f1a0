"""Samples of a log: its decisions as seen from one target policy."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from offline_eval.estimators.sample import Sample
from offline_eval.intervals import Floats
from offline_eval.logged import Logged, LogRefused
from offline_eval.logged.logged import Flags
from offline_eval.reward_models import RewardModel

TARGET_UNKNOWN = "no probability by the target"
"""Kind of decisions that are left out because the target could not be applied to them."""
_TOLERANCE, _LOGGED_TOLERANCE = 1e-6, 1e-3
"""How far from 1 the target's probabilities of a decision, and those of a logger that rounds, may sum up."""


def known_to_target(logged: Logged, target: Floats) -> tuple[Logged, Floats]:
    """Returns the decisions of which the target has all probabilities, and these; the others are counted as left out.

    Whether it has them depends on what was known before the choice, such as whether a model served.

    Args:
        logged: Decisions.
        target: Target probability of each entry; NaN where it is not known.
    """
    known = logged.entries.total(np.isnan(target).astype(np.float64)) == 0.0
    if known.all():
        return logged, target
    count = {**logged.left_out, TARGET_UNKNOWN: int(np.count_nonzero(~known))}
    return replace(logged.where(known), left_out=count), target[np.repeat(known, logged.entries.size)]


def sample_of(
    logged: Logged, target: Floats, model: RewardModel | None = None, *, smallest_probability: float | None = None
) -> Sample:
    """Returns the decisions as seen from a target policy.

    The largest weight that there could have been is that of any eligible campaign, chosen or not, or 1 over the smallest
    probability with which anything is chosen. Where the log tells of neither, it is infinite.

    Args:
        logged: Decisions.
        target: Target probability of each entry.
        model: Makes the modeled rewards, for DM, DR and their kin.
        smallest_probability: Logged with any choice, by the floor of exploration; None where it is not known.

    Raises:
        LogRefused: Target probabilities are missing or no probabilities, a choice was less probable than the smallest
            probability, or a model is given and the log tells of the choices alone.
    """
    _check(logged, target)
    sample = Sample(
        weight=target[logged.chosen] / logged.probability,
        reward=logged.reward,
        unit=logged.customer,
        greatest_weight=_greatest_weight(logged, target)
        if smallest_probability is None
        else 1.0 / _smallest(logged, smallest_probability),
        reward_range=logged.reward_range,
    )
    if model is None:
        return sample
    if not _is_one(logged.entries.total(target)).all():
        raise LogRefused(
            "a reward model needs the target's probability of every eligible campaign, not of the choice alone"
        )
    modeled = model.predicted(logged)
    return replace(sample, modeled_choice=modeled[logged.chosen], modeled_target=logged.entries.total(target * modeled))


def embedded_sample(logged: Logged, target: Floats, family_of: Mapping[str, str]) -> Sample:
    """Returns the sample for MIPS: the weights are those of the choice's family, not of the campaign itself.

    A family's weight is the target's probability of all its eligible campaigns over the logged one of them. With campaigns
    that each have one family, this is the mean weight given the family (Saito and Joachims 2022, equation 5).

    Args:
        logged: Decisions with the probability of every entry.
        target: Target probability of each entry.
        family_of: Family, category or the like of each campaign; one that is not named is its own.

    Raises:
        LogRefused: As sample_of, or the log tells the probability of the choice alone.
    """
    sample = sample_of(logged, target)
    if not _has_sets(logged):
        raise LogRefused("MIPS needs the logged probability of every eligible campaign, not of the choice alone")
    campaign = logged.entries.campaign
    families = {
        family: place for place, family in enumerate(dict.fromkeys(family_of.get(n, n) for n in campaign.names))
    }
    codes = np.array([families[family_of.get(name, name)] for name in campaign.names], dtype=np.int64)[campaign.codes]
    same = codes == np.repeat(codes[logged.chosen], logged.entries.size)
    wanted, logged_ones = (
        logged.entries.total(np.where(same, one, 0.0)) for one in (target, logged.entries.probability)
    )
    return replace(sample, weight=wanted / logged_ones)


def _check(logged: Logged, target: Floats) -> None:
    if target.shape != logged.entries.probability.shape:
        raise LogRefused(f"the target has {len(target):,} probabilities, and the log {len(logged.entries):,} entries")
    if not len(logged):
        return
    if np.isnan(target).any():
        raise LogRefused("the target has no probability for some decisions: leave them out by known_to_target")
    total, is_negative = (logged.entries.total(one) for one in (target, (target < 0.0).astype(np.float64)))
    # Of one entry alone the log tells only that it was chosen, not that nothing else was eligible.
    is_whole = (logged.entries.size > 1) | (total > 1.0)
    wrong = (is_negative > 0.0) | (is_whole & ~_is_one(total))
    if wrong.any():
        count, first = int(np.count_nonzero(wrong)), int(wrong.argmax())
        raise LogRefused(
            f"the target's probabilities of {count:,} decisions are below 0 or do not sum to 1; the first are "
            f"{target[logged.entries.start[first] : logged.entries.start[first + 1]].tolist()}"
        )


def _is_one(total: Floats, tolerance: float = _TOLERANCE) -> Flags:
    return np.abs(total - 1.0) <= tolerance


def _has_sets(logged: Logged) -> bool:
    """Returns whether the log tells the probability of every eligible campaign, and not of the choices alone."""
    return bool(_is_one(logged.entries.total(logged.entries.probability), _LOGGED_TOLERANCE).all())


def _smallest(logged: Logged, told: float) -> float:
    """Returns the smallest probability, as it was told but for rounding of the logger."""
    if not 0.0 < told <= 1.0:
        raise LogRefused(f"the smallest probability is {told:g}: it must be above 0 and at most 1")
    seen = float(logged.probability.min(initial=1.0))
    if seen < told * (1.0 - _TOLERANCE):
        raise LogRefused(f"a choice had the probability {seen:g}, below the smallest one of {told:g}")
    return min(seen, told)


def _greatest_weight(logged: Logged, target: Floats) -> float:
    """Returns the largest weight of any entry that could have been chosen."""
    probability = logged.entries.probability
    if not len(logged) or not _has_sets(logged):
        return math.inf
    return float(np.max(np.divide(target, probability, out=np.zeros(len(target)), where=probability > 0.0)))
