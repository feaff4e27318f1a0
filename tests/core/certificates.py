"""Certificates to file, and what they are about."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from banditsvc.core.certificate import VALID_US, Certificate, Check, Verdict
from banditsvc.core.certified_subject import subject_of
from banditsvc.core.outcome import OutcomeType
from banditsvc.core.policy import default_policy
from banditsvc.core.portfolio import LearnerKind, LearnerSpec, Measure, RewardSpec, RewardWeight, TrainSpec
from banditsvc.core.times import DAY_US

POLICY = default_policy("shop", LearnerKind.VOWPAL_WABBIT)
LEARNER = LearnerSpec(
    reward=RewardSpec(
        weights=(RewardWeight(type=OutcomeType.REVENUE, weight=1.0, measure=Measure.AMOUNT),),
        window_us=7 * DAY_US,
        greatest=100.0,
    ),
    train=TrainSpec(),
)
ISSUED_US = 1_800_000_000_000_000
PASSED = Check(
    name="budget", verdict=Verdict.PASS, reason="loses at most 1.2 % of the revenue", numbers={"loss_share": 0.012}
)


def certificate(**changes: Any) -> Certificate:
    """Returns a certificate that passes, of the default policy with a reward of revenue, for any portfolio."""
    made = Certificate(
        subject=subject_of(POLICY, LEARNER),
        checks=(PASSED,),
        data_sha256="0" * 64,
        data_description="world late-winner, seeds 1 to 20",
        code_version="0.1.0",
        issue_time_us=ISSUED_US,
        expire_time_us=ISSUED_US + VALID_US,
    )
    return replace(made, **changes)
