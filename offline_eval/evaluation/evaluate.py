"""Evaluating: what other policies would have brought, from a log of any kind."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from banditsvc.core.rule import FeatureType
from offline_eval.diagnostics import eligible_drift, pareto_index, unlogged_mass, weight_mean, weight_summary
from offline_eval.estimators import FIRST_ROW, WITHOUT_MODEL, CressieRead, Sample, evidence_of, point_estimates
from offline_eval.evaluation.candidate import LOGGED, Candidate, Candidates
from offline_eval.evaluation.compared import NO_SCHEMA, Compared, compared
from offline_eval.evaluation.evaluated import Evaluated
from offline_eval.intervals.off_policy import OffPolicySpec, interval_of_value
from offline_eval.logged import Logged, ReadingSettings, Source, TableColumns, read_logged

_NEW = 0.1
"""Share of the last decisions with a campaign that the first half of the log does not know, from which on it is told."""


def evaluate(
    log: Logged | Source,
    policies: Candidates,
    *,
    columns: TableColumns | None = None,
    settings: ReadingSettings | None = None,
    against: Candidate = LOGGED,
    interval: OffPolicySpec | None = None,
    schema: Mapping[str, FeatureType] = NO_SCHEMA,
    smallest_probability: float | None = None,
) -> pd.DataFrame:
    """Returns a row for each policy: its value with an interval, its difference to another one, and what speaks against it.

        evaluate(frame, "always:sale", columns=TableColumns(reward="spend"))

    Args:
        log: A data frame, an Arrow table, or the path of an export, Parquet, CSV or dsjson file; or logged decisions.
        policies: One policy or several; see offline_eval.evaluation.candidate.
        columns: Column map of a table that is not this service's.
        settings: How the log is read, in place of columns.
        against: What they are compared with; by default the policy that made the log.
        interval: Which interval is made; by default that of Cressie-Read at .95.
        schema: Types of the features that exclusive rules may name.
        smallest_probability: With which anything was chosen, which bounds the weights of a log that tells the probabilities
            of its choices alone; None where the log tells all of them, or nothing is known.

    Raises:
        LogRefused: The log cannot be read, too much of it is at fault, or a policy cannot be applied to it.
    """
    if not isinstance(log, Logged):
        log = read_logged(log, settings or ReadingSettings(columns=columns or TableColumns()))
    rows = evaluations(
        log,
        policies,
        against=against,
        interval=interval,
        schema=schema,
        smallest_probability=smallest_probability,
    )
    return pd.DataFrame([row.plain() for row in rows]).set_index("policy")


def evaluations(
    logged: Logged,
    policies: Candidates,
    *,
    against: Candidate = LOGGED,
    interval: OffPolicySpec | None = None,
    schema: Mapping[str, FeatureType] = NO_SCHEMA,
    smallest_probability: float | None = None,
) -> list[Evaluated]:
    """Returns what a log says of each policy, in their order. The arguments and errors are those of evaluate."""
    remarks, spec = log_remarks(logged), interval or OffPolicySpec()
    rows = compared(logged, policies, against=against, schema=schema, smallest_probability=smallest_probability)
    return [evaluated_of(one, spec, remarks) for one in rows]


def evaluated_of(one: Compared, spec: OffPolicySpec, remarks: tuple[str, ...]) -> Evaluated:
    """Returns what a log says of one candidate.

    Args:
        one: The candidate on the log.
        spec: Which interval is made.
        remarks: What is to be said of the log itself.
    """
    sample = one.sample
    estimators = WITHOUT_MODEL if sample.modeled_target is None else FIRST_ROW
    points = point_estimates(evidence_of(sample, estimators), estimators)
    value = next(point.value for point in points if point.name == CressieRead().name)
    return Evaluated(
        name=one.name,
        decisions=len(sample),
        unknown=one.unknown,
        value=value,
        interval=interval_of_value(sample, spec),
        difference=value - _value(one.base),
        difference_interval=one.difference(spec),
        estimates=points,
        weights=weight_summary(sample.weight),
        pareto_index=pareto_index(sample.weight),
        weight_mean=weight_mean(sample.weight, sample.greatest_weight),
        unlogged=unlogged_mass(one.logged, one.probability),
        is_same=one.is_same,
        remarks=remarks,
    )


def _value(sample: Sample) -> float:
    if (sample.weight == 1.0).all():
        return float(np.mean(sample.reward))
    return CressieRead().value(evidence_of(sample, (CressieRead(),)))


def log_remarks(logged: Logged) -> tuple[str, ...]:
    """Returns what is to be said of a log, whatever is evaluated on it."""
    drift = eligible_drift(logged)
    if drift.late_share < _NEW:
        return ()
    return (
        f"{drift.late_share:.0%} of the last decisions have campaigns that the first half of the log does not know",
    )
