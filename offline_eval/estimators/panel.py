"""The estimators that stand side by side, and what they say of a sample."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain

from offline_eval.estimators.clipped_ips import ClippedIps
from offline_eval.estimators.cressie_read import CressieRead
from offline_eval.estimators.direct import Direct
from offline_eval.estimators.doubly_robust import DoublyRobust
from offline_eval.estimators.estimator import Estimator, PointEstimate
from offline_eval.estimators.evidence import Evidence
from offline_eval.estimators.ips import Ips
from offline_eval.estimators.sample import Sample
from offline_eval.estimators.self_normalised_dr import SelfNormalisedDr
from offline_eval.estimators.snips import Snips

CLIPPED_AT = 10.0
"""Largest weight that clipped IPS counts in full, fixed before any data are seen."""
WITHOUT_MODEL: tuple[Estimator, ...] = (Ips(), ClippedIps(CLIPPED_AT), Snips(), CressieRead())
"""The first row, as far as it goes without a reward model."""
FIRST_ROW: tuple[Estimator, ...] = (
    Ips(),
    ClippedIps(CLIPPED_AT),
    Snips(),
    Direct(),
    DoublyRobust(),
    SelfNormalisedDr(),
    CressieRead(),
)


def evidence_of(sample: Sample, estimators: Sequence[Estimator] = FIRST_ROW) -> Evidence:
    """Returns the evidence that these estimators are read off.

    Raises:
        ValueError: One of them needs a reward model, and the sample has none.
    """
    columns = list(chain.from_iterable(estimator.columns for estimator in estimators))
    return Evidence.of(sample, columns, keeps_weights=any(estimator.needs_weights for estimator in estimators))


def point_estimates(evidence: Evidence, estimators: Sequence[Estimator] = FIRST_ROW) -> tuple[PointEstimate, ...]:
    """Returns what each estimator says of the evidence, which was made for them or for more."""
    return tuple(estimator.point(evidence) for estimator in estimators)
