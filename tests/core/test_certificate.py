"""Laws of certificates: what they bind, what they come to, and when one is valid."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from banditsvc.core.calendar_features import CalendarFeature
from banditsvc.core.certificate import VALID_US, Verdict, overall_verdict, why_not_valid
from banditsvc.core.certified_subject import canonical_json, is_learned, subject_of, subject_sha256
from banditsvc.core.exploration import EXPLORATIONS, ExclusiveRules, FixedPriority, SquareCB, Thompson, Uniform
from banditsvc.core.policy import ExplorationLimit
from banditsvc.core.portfolio import POSTERIOR_TRAIN, EncoderSpec, SettleSpec
from banditsvc.core.times import DAY_US
from tests.core.certificates import ISSUED_US, LEARNER, PASSED, POLICY, certificate

GOLDEN_TEXT = (
    '{"encoder":{"crosses":[],"frequency_edges":[1.0,2.0,3.0,5.0,10.0,20.0,50.0],"monetary_edges":[25.0,50.0,100.0,'
    '200.0,350.0,500.0,1000.0,2500.0,10000.0],"number_edges":{},"recency_edges":[7.0,14.0,30.0,60.0,90.0,180.0,365.0,'
    '730.0]},"exploration":{"count_cap":20000.0,"gamma_exponent":1.0,"gamma_scale":0.5,"kind":"square_cb"},'
    '"floor":0.01,"limits":[],"reward":{"attribution":"ALL_IN_WINDOW","cost":0.0,"default":0.0,"greatest":100.0,'
    '"include_machine":false,"least":0.0,"weights":[{"custom_type":"","measure":"AMOUNT","type":"REVENUE",'
    '"weight":1.0}],"window_us":604800000000.0},"train":{"bits":18.0,"half_life_days":null,"half_life_decisions":null,'
    '"l2":0.0,"label_weighting":"EQUAL","learner":"VOWPAL_WABBIT","learning_rate":0.003,"power_t":0.0}}'
)
GOLDEN_SHA256 = "323affa72af5191b89fcad5a229482b9752bcf35d4e38293ee4e61789619e575"


def test_the_subject_is_stable() -> None:
    """The canonical text and its hash are what they were when certificates were first issued.

    Where a setting was added, leave it out of the text while it has the value that means what was done before.
    """
    assert subject_of(POLICY, LEARNER).text == GOLDEN_TEXT
    assert subject_sha256(POLICY, LEARNER) == GOLDEN_SHA256
    assert certificate().certificate_id == "d84e410495a86871dacdc507addae1c3"


@pytest.mark.parametrize(
    "policy",
    [
        replace(POLICY, floor=0.02),
        replace(POLICY, exploration=SquareCB(gamma_scale=0.6)),
        replace(POLICY, exploration=Thompson()),
        replace(POLICY, limits=(ExplorationLimit(max_share=0.5),)),
    ],
    ids=["floor", "setting", "exploration", "limits"],
)
def test_every_setting_of_the_policy_is_bound(policy: Any) -> None:
    """Another exploration, setting of it, floor or limit is another subject."""
    assert subject_of(policy, LEARNER) != subject_of(POLICY, LEARNER)


@pytest.mark.parametrize(
    "learner",
    [
        replace(LEARNER, train=POSTERIOR_TRAIN),
        replace(LEARNER, reward=replace(LEARNER.reward, greatest=200.0)),
        replace(LEARNER, encoder=EncoderSpec(crosses=(("segment", "stage"),))),
        replace(LEARNER, encoder=EncoderSpec(calendar_features=(CalendarFeature.SEASON,))),
        replace(LEARNER, train=replace(LEARNER.train, last_days=28)),
    ],
    ids=["train", "reward", "encoder", "calendar", "last days"],
)
def test_every_setting_of_the_learner_is_bound(learner: Any) -> None:
    """Another way to learn, reward or encoder is another subject; for any shop, another way to learn alone is."""
    assert not subject_of(POLICY, LEARNER).covers(subject_of(POLICY, learner))
    any_shop = subject_of(POLICY, LEARNER, any_shop=True)
    assert any_shop.covers(subject_of(POLICY, learner)) == (learner.train == LEARNER.train)
    assert not subject_of(POLICY, learner).covers(any_shop)


def test_names_and_the_log_are_not_bound() -> None:
    """Portfolio, version, description, settling and former names are no part of the subject."""
    policy = replace(POLICY, portfolio_id="other", policy_version=7, description="the same")
    learner = replace(LEARNER, settle=SettleSpec(grace_us=1), encoder=EncoderSpec(segment_renamed_from={"new": "old"}))

    assert subject_of(policy, learner) == subject_of(POLICY, LEARNER)


def test_whole_numbers_and_doubles_are_alike() -> None:
    """A floor of 1 is a floor of 1.0, and the order in which a table was written means nothing."""
    assert canonical_json({"b": 1, "a": (True, None)}) == canonical_json({"a": [True, None], "b": 1.0})


def test_only_models_need_certificates() -> None:
    """Fixed priority, exclusive rules and uniform draws learn nothing; every other exploration does."""
    learned = {kind for kind, one in EXPLORATIONS.items() if is_learned(replace(POLICY, exploration=one()))}

    assert set(EXPLORATIONS) - {"fixed_priority", "exclusive_rules", "uniform"} == learned
    assert not any(
        is_learned(replace(POLICY, exploration=one)) for one in (FixedPriority(), ExclusiveRules(), Uniform())
    )


@settings(derandomize=True, max_examples=50)
@given(st.lists(st.sampled_from(Verdict), max_size=5))
def test_the_verdict_is_that_of_the_worst_check(verdicts: list[Verdict]) -> None:
    """One that fails decides, then one that lacks data; PASS needs that all pass, and at least one."""
    expected = (
        Verdict.FAIL
        if Verdict.FAIL in verdicts
        else Verdict.NOT_ENOUGH_DATA
        if Verdict.NOT_ENOUGH_DATA in verdicts or not verdicts
        else Verdict.PASS
    )

    assert expected == overall_verdict(verdicts)


@pytest.mark.parametrize(
    ("changes", "portfolio_id", "now_us", "expected"),
    [
        ({}, "shop", ISSUED_US, ""),
        ({"portfolio_id": "shop"}, "shop", ISSUED_US, ""),
        ({"subject": subject_of(POLICY, LEARNER, any_shop=True)}, "shop", ISSUED_US, ""),
        ({}, "shop", ISSUED_US + VALID_US - 1, ""),
        ({}, "shop", ISSUED_US + VALID_US, "it has expired"),
        ({}, "shop", ISSUED_US - DAY_US - 1, "it was issued in the future"),
        ({"portfolio_id": "other"}, "shop", ISSUED_US, "it is about portfolio 'other'"),
        ({"checks": ()}, "shop", ISSUED_US, "it says NOT_ENOUGH_DATA (nothing was checked)"),
        ({"checks": (replace(PASSED, verdict=Verdict.FAIL),)}, "shop", ISSUED_US, "it says FAIL (budget)"),
        ({"subject": subject_of(replace(POLICY, floor=0.5), LEARNER)}, "shop", ISSUED_US, "it is about other settings"),
    ],
)
def test_when_a_certificate_is_valid(changes: Any, portfolio_id: str, now_us: int, expected: str) -> None:
    """It must be about the same settings and portfolio, say PASS, and be of now; else it says why not."""
    assert expected == why_not_valid(certificate(**changes), subject_of(POLICY, LEARNER), portfolio_id, now_us)
