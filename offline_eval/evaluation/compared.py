"""Compared: a candidate on a log, beside the policy that it is compared with."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

import numpy as np

from banditsvc.core.rule import FeatureType
from offline_eval.estimators import Sample, known_to_target, sample_of
from offline_eval.evaluation.candidate import LOGGED, Candidate, Candidates, candidates_of, target_of
from offline_eval.intervals import Floats
from offline_eval.intervals.off_policy import (
    OffPolicySpec,
    PromisedInterval,
    difference_weight_range,
    interval_of_difference,
)
from offline_eval.logged import Logged, LogRefused, Target, as_logged
from offline_eval.reward_models import ShrunkMeans

NO_SCHEMA: Mapping[str, FeatureType] = MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """A candidate on the decisions in which it and the policy that it is compared with are known."""

    name: str
    logged: Logged
    probability: Floats
    """That the candidate gives to each entry."""
    sample: Sample
    base: Sample
    """The same decisions as seen from the policy that it is compared with."""
    unknown: int
    """Decisions left out because one of the two has no known probabilities there."""
    weight_range: tuple[float, float] | None
    """Of the differences of weights, far less than those of either where the two are near to each other; None where the log
    does not tell it."""

    def difference(self, spec: OffPolicySpec) -> PromisedInterval:
        """Returns the paired interval of the candidate's value less the other's."""
        return interval_of_difference(self.sample, self.base, spec, weight_range=self.weight_range)

    @property
    def is_same(self) -> bool:
        """Returns whether both would have done the same in every decision."""
        return bool(np.array_equal(self.sample.weight, self.base.weight))


def compared(
    logged: Logged,
    policies: Candidates,
    *,
    against: Candidate = LOGGED,
    schema: Mapping[str, FeatureType] = NO_SCHEMA,
    smallest_probability: float | None = None,
) -> Iterator[Compared]:
    """Yields each candidate beside one policy, the one that made the log by default.

    Args:
        logged: Decisions.
        policies: One policy or several; see offline_eval.evaluation.candidate.
        against: What they are compared with.
        schema: Types of the features that exclusive rules may name.
        smallest_probability: With which anything was chosen; None where the log tells it or nothing is known.

    Raises:
        LogRefused: No policy is named, or one cannot be applied to the log.
    """
    targets, base = candidates_of(policies, schema), target_of(against, schema)
    if not targets:
        raise LogRefused("name at least one policy to evaluate")
    known = logged if base is as_logged else _known(logged, base)
    for name, target in targets.items():
        mine, probability = _applied(known, target)
        if not len(mine):
            raise LogRefused(f"{name}: it has known probabilities in none of the decisions")
        theirs, base_probability = _applied(mine, base)
        sample = _sample(mine, probability, smallest_probability)
        other = _sample(theirs, base_probability, None if base is as_logged else smallest_probability)
        yield Compared(
            name=name,
            logged=mine,
            probability=probability,
            sample=sample,
            # What was done has no other weight, whatever the log tells of its probabilities.
            base=replace(other, greatest_weight=1.0) if base is as_logged else other,
            unknown=len(logged) - len(mine),
            weight_range=_weight_range(mine, probability, base_probability),
        )


def _weight_range(logged: Logged, probability: Floats, base: Floats) -> tuple[float, float] | None:
    if len(probability) != len(base):
        return None
    found = difference_weight_range(logged, probability, base)
    return found if np.isfinite(found).all() else None


def _known(logged: Logged, target: Target) -> Logged:
    """Returns the decisions in which a target is known, at least for what was chosen."""
    probability = target(logged)
    if np.isfinite(probability[logged.chosen]).all():
        return logged
    return known_to_target(logged, probability)[0]


def _applied(logged: Logged, target: Target) -> tuple[Logged, Floats]:
    """Returns the decisions in which a target is known, with its probabilities: of the choices alone where it tells no more."""
    probability = target(logged)
    if np.isnan(probability).any() and np.isfinite(probability[logged.chosen]).all():
        return choices_alone(logged), probability[logged.chosen]
    return known_to_target(logged, probability)


def choices_alone(logged: Logged) -> Logged:
    """Returns the same decisions as a log has them that tells only what was chosen, each with one entry."""
    entries, chosen = logged.entries, logged.chosen
    return replace(
        logged,
        entries=replace(
            entries,
            start=np.arange(len(logged) + 1),
            campaign=replace(entries.campaign, codes=entries.campaign.codes[chosen]),
            probability=logged.probability,
            predicted=entries.predicted[chosen],
            deviation=entries.deviation[chosen],
            treatment=None
            if entries.treatment is None
            else replace(entries.treatment, codes=entries.treatment.codes[chosen]),
            lever=None if entries.lever is None else entries.lever[chosen],
            fixed_rank=None,
        ),
        chosen=np.arange(len(logged)),
        targets={name: one[chosen] for name, one in logged.targets.items()},
    )


def _sample(logged: Logged, probability: Floats, smallest_probability: float | None) -> Sample:
    """Returns the sample, with modeled rewards where every probability of a decision is known."""
    total = logged.entries.total(probability)
    has_sets = bool((logged.entries.size > 1).any()) and bool((np.abs(total - 1.0) <= 1e-6).all())
    model = ShrunkMeans.of(logged) if has_sets else None
    sample = sample_of(logged, probability, model, smallest_probability=smallest_probability)
    # Where no customer comes twice the decisions are the units.
    return sample if (np.bincount(logged.customer) > 1).any() else replace(sample, unit=None)
