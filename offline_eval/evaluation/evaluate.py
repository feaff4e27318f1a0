"""Evaluating: what other policies would have brought, from a log of any kind."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

import numpy as np
import pandas as pd

from banditsvc.core.rule import FeatureType
from offline_eval.diagnostics import eligible_drift, pareto_index, unlogged_mass, weight_mean, weight_summary
from offline_eval.estimators import (
    FIRST_ROW,
    WITHOUT_MODEL,
    CressieRead,
    Sample,
    evidence_of,
    known_to_target,
    point_estimates,
    sample_of,
)
from offline_eval.evaluation.candidate import Candidates, candidates_of
from offline_eval.evaluation.evaluated import Evaluated
from offline_eval.intervals import Floats
from offline_eval.intervals.off_policy import OffPolicySpec, interval_of_difference, interval_of_value
from offline_eval.logged import (
    Logged,
    LogRefused,
    ReadingSettings,
    Source,
    TableColumns,
    Target,
    as_logged,
    read_logged,
)
from offline_eval.reward_models import ShrunkMeans

_NO_SCHEMA: Mapping[str, FeatureType] = MappingProxyType({})
_NEW = 0.1
"""Share of the last decisions with a campaign that the first half of the log does not know, from which on it is told."""


def evaluate(
    log: Logged | Source,
    policies: Candidates,
    *,
    columns: TableColumns | None = None,
    settings: ReadingSettings | None = None,
    interval: OffPolicySpec | None = None,
    schema: Mapping[str, FeatureType] = _NO_SCHEMA,
    smallest_probability: float | None = None,
) -> pd.DataFrame:
    """Returns a row for each policy: its value with an interval, its difference to the logged policy, and what speaks against it.

        evaluate(frame, "always:sale", columns=TableColumns(reward="spend"))

    Args:
        log: A data frame, an Arrow table, or the path of an export, Parquet, CSV or dsjson file; or logged decisions.
        policies: One policy or several; see offline_eval.evaluation.candidate.
        columns: Column map of a table that is not this service's.
        settings: How the log is read, in place of columns.
        interval: Which interval is made; by default that of Cressie-Read at .95.
        schema: Types of the features that exclusive rules may name.
        smallest_probability: With which anything was chosen, which bounds the weights of a log that tells the probabilities
            of its choices alone; None where the log tells all of them, or nothing is known.

    Raises:
        LogRefused: The log cannot be read, too much of it is at fault, or a policy cannot be applied to it.
    """
    if not isinstance(log, Logged):
        log = read_logged(log, settings or ReadingSettings(columns=columns or TableColumns()))
    rows = evaluations(log, policies, interval=interval, schema=schema, smallest_probability=smallest_probability)
    return pd.DataFrame([row.plain() for row in rows]).set_index("policy")


def evaluations(
    logged: Logged,
    policies: Candidates,
    *,
    interval: OffPolicySpec | None = None,
    schema: Mapping[str, FeatureType] = _NO_SCHEMA,
    smallest_probability: float | None = None,
) -> list[Evaluated]:
    """Returns what a log says of each policy, in their order. The arguments and errors are those of evaluate."""
    targets, spec = candidates_of(policies, schema), interval or OffPolicySpec()
    if not targets:
        raise LogRefused("name at least one policy to evaluate")
    remarks = _remarks(logged)
    return [
        _evaluated(name, logged, target, spec=spec, remarks=remarks, smallest_probability=smallest_probability)
        for name, target in targets.items()
    ]


def _evaluated(
    name: str,
    whole: Logged,
    target: Target,
    *,
    spec: OffPolicySpec,
    remarks: tuple[str, ...],
    smallest_probability: float | None,
) -> Evaluated:
    logged, probability = _applied(whole, target)
    if not len(logged):
        raise LogRefused(f"{name}: it has known probabilities in none of the decisions")
    sample = _sample(logged, probability, smallest_probability)
    base = _sample(*_applied(logged, as_logged), None)
    has_model = sample.modeled_target is not None
    estimators = FIRST_ROW if has_model else WITHOUT_MODEL
    points = point_estimates(evidence_of(sample, estimators), estimators)
    value = next(one.value for one in points if one.name == CressieRead().name)
    return Evaluated(
        name=name,
        decisions=len(logged),
        unknown=len(whole) - len(logged),
        value=value,
        interval=interval_of_value(sample, spec),
        difference=value - float(np.mean(logged.reward)),
        difference_interval=interval_of_difference(sample, base, spec),
        estimates=points,
        weights=weight_summary(sample.weight),
        pareto_index=pareto_index(sample.weight),
        weight_mean=weight_mean(sample.weight, sample.greatest_weight),
        unlogged=unlogged_mass(logged, probability),
        remarks=remarks,
    )


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


def _remarks(logged: Logged) -> tuple[str, ...]:
    drift = eligible_drift(logged)
    if drift.late_share < _NEW:
        return ()
    return (
        f"{drift.late_share:.0%} of the last decisions have campaigns that the first half of the log does not know",
    )
