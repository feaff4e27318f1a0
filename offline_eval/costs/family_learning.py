"""What was learned of each campaign family between two moments."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from offline_eval.choices import Choices
from offline_eval.intervals import Floats, Interval, IntervalSpec
from offline_eval.value import VALUE_INTERVAL, Estimate, weighted_gain, weighted_value


class Verdict(StrEnum):
    """How a family does beside what was served."""

    BETTER = "BETTER"
    WORSE = "WORSE"
    UNDECIDED = "UNDECIDED"
    """The interval of the gain contains 0."""
    TOO_LITTLE_DATA = "TOO_LITTLE_DATA"


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What was known of a family at a moment."""

    value: Estimate
    """Mean reward were it always chosen when it is eligible, of the decisions in which it had a chance."""
    gain: Estimate
    """The same less what was got in these decisions: for the same customers at the same moments."""

    @property
    def verdict(self) -> Verdict:
        """Returns how the family does."""
        return _verdict(self.gain.interval)


@dataclass(frozen=True, slots=True, kw_only=True)
class FamilyLearning:
    """One family in the last period and in the one before."""

    family: str
    chosen: int
    chosen_before: int
    share: float
    share_before: float
    """Of the policy's choices in either period; NaN where it made none."""
    predicted: float
    predicted_before: float
    """Mean predicted reward in the decisions of either period in which it was eligible: the models' word; NaN where there
    are none."""
    now: Standing
    before: Standing
    """By what was settled at the start of the last period, with the rewards of these decisions as known now."""

    @property
    def became_decided(self) -> bool:
        """Returns whether it is known now to do better or worse than what was served, and was not before."""
        decided = (Verdict.BETTER, Verdict.WORSE)
        return self.now.verdict in decided and self.before.verdict not in decided


def family_learning(
    choices: Choices, *, period_us: int, until_us: int, spec: IntervalSpec = VALUE_INTERVAL
) -> tuple[FamilyLearning, ...]:
    """Returns what was learned of each family, those chosen most first.

    Args:
        choices: Decisions recorded before until_us that are to be looked at, more than the two periods as a rule: what is
            known rests on all of them.
        period_us: Length of the last period, and of the one before.
        until_us: Where the last period ends.
        spec: The interval. Those of the gains are corrected for the number of families, so that they hold together.
    """
    since_us = until_us - period_us
    last, previous = choices.between(since_us, until_us), choices.between(since_us - period_us, since_us)
    known = choices.where(choices.is_evaluated & (choices.due_time_us <= until_us))
    known_before = known.where(known.due_time_us <= since_us)
    shares, shares_before = _Shares(last), _Shares(previous)
    gain_spec = spec.corrected(len(choices.families))
    found = [
        FamilyLearning(
            family=family,
            chosen=shares.chosen[code],
            chosen_before=shares_before.chosen[code],
            share=shares.share(code),
            share_before=shares_before.share(code),
            predicted=shares.predicted(code),
            predicted_before=shares_before.predicted(code),
            now=_standing(known, code, spec, gain_spec),
            before=_standing(known_before, code, spec, gain_spec),
        )
        for code, family in enumerate(choices.families)
    ]
    return tuple(sorted(found, key=lambda one: (-one.chosen, -one.chosen_before, one.family)))


class _Shares:
    """The policy's choices in a period."""

    def __init__(self, choices: Choices) -> None:
        own = choices.where(choices.is_of_policy)
        self._offers = own.offers
        self.chosen: list[int] = np.bincount(own.family, minlength=len(own.families)).tolist()

    def share(self, code: int) -> float:
        total = sum(self.chosen)
        return self.chosen[code] / total if total else np.nan

    def predicted(self, code: int) -> float:
        values: Floats = self._offers.predicted[self._offers.family == code]
        values = values[np.isfinite(values)]
        return float(values.mean()) if len(values) else np.nan


def _standing(choices: Choices, code: int, spec: IntervalSpec, gain_spec: IntervalSpec) -> Standing:
    offers = choices.offers
    rows = offers.decision[(offers.family == code) & (offers.probability > 0.0)]
    rewards, customer = choices.reward[rows], choices.customer[rows]
    chosen = choices.family[rows] == code
    weights = np.where(chosen, 1.0 / choices.family_probability[rows], 0.0)
    value = weighted_value(weights, rewards, customer, decisions=len(rows), spec=spec)
    return Standing(value=value, gain=weighted_gain(weights, np.ones(len(rows)), rewards, customer, gain_spec))


def _verdict(interval: Interval | None) -> Verdict:
    if interval is None:
        return Verdict.TOO_LITTLE_DATA
    if interval.low > 0.0:
        return Verdict.BETTER
    return Verdict.WORSE if interval.high < 0.0 else Verdict.UNDECIDED
