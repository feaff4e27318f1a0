"""Evidence of logs that are read part by part."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from offline_eval.estimators import (
    TARGET_UNKNOWN,
    WITHOUT_MODEL,
    CressieRead,
    Direct,
    Evidence,
    evidence_of,
    known_to_target,
    log_evidence,
    point_estimates,
    sample_of,
)
from offline_eval.intervals import Floats
from offline_eval.intervals.off_policy import (
    Method,
    OffPolicySpec,
    interval_of_evidence,
    interval_of_sums,
    interval_of_value,
)
from offline_eval.logged import Logged, LogRefused, ReadingSettings, TableColumns, column, log_parts
from offline_eval.reward_models import Ridge, ShrunkMeans
from tests.offline_eval.logged_world import played, random_target

BY = ("segment",)


def _parts(log: Logged) -> list[Logged]:
    return [log.where(log.time_us % 4 == place) for place in range(4)]


def _favourite(log: Logged) -> Floats:
    """Returns a target that depends on what is in a part alone."""
    liked = np.where(log.entries.campaign.is_name("c1"), 4.0, 1.0)
    return np.asarray(liked / np.repeat(log.entries.total(liked), log.entries.size))


def test_parts_add_up_to_the_log() -> None:
    """A log in parts gives the values, errors and interval of the whole, customers who come again being the units."""
    log = played(21, 4_000, 1_500).logged
    for learn in (lambda part: ShrunkMeans.of(part, BY), lambda part: Ridge.of(part, BY)):
        added = log_evidence(lambda: _parts(log), _favourite, learn=learn).evidence
        sample = sample_of(log, _favourite(log), learn(log))
        for expected, found in zip(point_estimates(evidence_of(sample)), point_estimates(added), strict=True):
            assert (expected.value, expected.standard_error) == pytest.approx((found.value, found.standard_error))
        interval, of_parts = interval_of_value(sample).interval, interval_of_evidence(added).interval
        assert interval is not None
        assert of_parts is not None
        assert (interval.low, interval.high) == pytest.approx((of_parts.low, of_parts.high))


def test_a_file_streams(tmp_path: Path) -> None:
    """A Parquet file with a column of target probabilities gives what the same decisions give in memory."""
    log = played(24, 3_000, 1_000).logged
    target, path = random_target(24, log), tmp_path / "log.parquet"
    names = np.array(log.entries.campaign.names)
    lists = {
        "eligible": names[log.entries.campaign.codes],
        "probabilities": log.entries.probability,
        "target": target,
    }
    table = pa.table(
        {
            **{name: pa.ListArray.from_arrays(log.entries.start, pa.array(values)) for name, values in lists.items()},
            "campaign_id": names[log.entries.campaign.codes[log.chosen]],
            "selection_probability": log.probability,
            "reward": log.reward,
            "customer": log.customer.astype(str),
            "segment": log.labels["segment"].codes.astype(str),
        }
    )
    pq.write_table(table, path)
    columns = TableColumns(
        eligible="eligible",
        probabilities="probabilities",
        targets=("target",),
        customer="customer",
        labels=BY,
        least_reward=0.0,
        greatest_reward=1.0,
    )
    found = log_evidence(
        lambda: log_parts(path, ReadingSettings(columns=columns)).parts,
        column("target"),
        estimators=WITHOUT_MODEL,
    ).evidence

    for expected, own in zip(
        point_estimates(evidence_of(sample_of(log, target), WITHOUT_MODEL), WITHOUT_MODEL),
        point_estimates(found, WITHOUT_MODEL),
        strict=True,
    ):
        assert (expected.value, expected.standard_error) == pytest.approx((own.value, own.standard_error))


def test_what_the_target_does_not_know_is_counted() -> None:
    """Decisions without a target probability are counted over all parts; a log of nothing else is refused."""
    log = played(22, 400).logged
    known = log.time_us % 4 != 0

    def target(part: Logged) -> Floats:
        return np.where((part.time_us % 4 == 0)[part.entries.decision], np.nan, _favourite(part))

    found = log_evidence(lambda: _parts(log), target, estimators=WITHOUT_MODEL)
    whole = evidence_of(sample_of(*known_to_target(log, target(log))), WITHOUT_MODEL)

    assert {TARGET_UNKNOWN: 100} == found.left_out
    assert CressieRead().value(whole) == pytest.approx(CressieRead().value(found.evidence))
    assert {} == log_evidence(lambda: [log.where(known)], target, estimators=WITHOUT_MODEL).left_out
    with pytest.raises(LogRefused, match="for none of them"):
        log_evidence(lambda: [log.where(~known)], target, estimators=WITHOUT_MODEL)


def test_intervals_that_need_the_decisions_are_refused() -> None:
    """What depends on order, on the model or on each decision is no matter of sums; without units there is the default."""
    log = played(23, 500).logged
    sample = sample_of(log, random_target(23, log))
    evidence = evidence_of(sample, WITHOUT_MODEL)
    alone = Evidence.of(replace(sample, unit=None), evidence.columns)

    for refused in (
        interval_of_evidence(evidence, OffPolicySpec(method=Method.BETTING)),
        interval_of_evidence(evidence, OffPolicySpec(modeled=True)),
        interval_of_evidence(alone, OffPolicySpec(method=Method.BOOTSTRAP)),
    ):
        assert "needs the decisions themselves" in refused.refusal
    assert "more than the 1 " in interval_of_evidence(evidence, OffPolicySpec(most_decisions=1)).refusal
    assert interval_of_sums(alone.sums) == interval_of_evidence(alone)
    with pytest.raises(ValueError, match="other estimators"):
        interval_of_evidence(evidence_of(sample_of(log, random_target(23, log), ShrunkMeans.of(log)), [Direct()]))
