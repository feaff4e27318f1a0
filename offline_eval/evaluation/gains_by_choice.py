"""Gains by choice: through which campaigns, or families of them, a candidate would have brought more or less."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from offline_eval.choices import Coded
from offline_eval.estimators import Sample
from offline_eval.evaluation.compared import Compared
from offline_eval.intervals.off_policy import OffPolicySpec, PromisedInterval, interval_of_difference
from offline_eval.logged.logged import Flags

FAMILY = "family"
"""Label that is of the choice, and not of the customer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChoiceGain:
    """One family or campaign."""

    choice: str
    logged_share: float
    """Of the decisions that chose it."""
    share: float
    """Of the decisions that the candidate would choose it in, by weight."""
    gain: float
    """What its rewards add to the difference, per decision of the whole log; those of all add up to the difference."""
    interval: PromisedInterval
    """At the level by which those of all hold together."""


def gains_by_choice(one: Compared, spec: OffPolicySpec) -> tuple[ChoiceGain, ...]:
    """Returns the parts that a candidate's difference is made of, by family where the log tells it, else by campaign.

    The part of a choice is the paired difference with the reward counted as 0 wherever something else was chosen: the same
    weights, so the same interval holds. With Bonferroni's correction over the choices. The greatest part first.
    """
    coded, together = _choices(one), replace(spec, modeled=False)
    names = [name for name in coded.names if coded.is_name(name).any()]
    together = replace(together, level=1.0 - (1.0 - spec.level) / max(len(names), 1))
    found = []
    for name in names:
        chosen = coded.is_name(name)
        target, base = (_only(sample, chosen) for sample in (one.sample, one.base))
        found.append(
            ChoiceGain(
                choice=name,
                logged_share=float(np.mean(chosen)),
                share=float(one.sample.weight @ chosen) / max(float(one.sample.weight.sum()), 1e-300),
                gain=float(np.mean((target.weight - base.weight) * target.reward)),
                interval=interval_of_difference(target, base, together, weight_range=one.weight_range),
            )
        )
    return tuple(sorted(found, key=lambda gain: (-gain.gain, gain.choice)))


def _choices(one: Compared) -> Coded:
    if FAMILY in one.logged.labels:
        return one.logged.labels[FAMILY]
    campaign = one.logged.entries.campaign
    return Coded(campaign.codes[one.logged.chosen], campaign.names)


def _only(sample: Sample, chosen: Flags) -> Sample:
    """Returns the sample with no reward where something else was chosen."""
    least, greatest = sample.reward_range
    return replace(
        sample,
        reward=np.where(chosen, sample.reward, 0.0),
        reward_range=(min(least, 0.0), max(greatest, 0.0)),
        modeled_choice=None,
        modeled_target=None,
    )
