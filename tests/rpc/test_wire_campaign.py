"""Treatments, rules, pins and business as usual: what comes back, and what is named when it is not right."""

from __future__ import annotations

from typing import Any

import pytest

from banditsvc.core.campaign import Campaign, Pin, Treatment
from banditsvc.core.contact_policy import CampaignSelector
from banditsvc.core.context import LifecycleStage
from banditsvc.core.errors import InvalidRequest
from banditsvc.core.exploration import ExclusiveRules, Exploration, FixedPriority, Greedy, TargetRule, Uniform
from banditsvc.core.policy import ExplorationLimit, Policy
from banditsvc.core.portfolio import Portfolio
from banditsvc.core.rejection import FunnelStage
from banditsvc.core.rule import FeatureType, Rule
from banditsvc.core.times import SECOND_US
from banditsvc.core.volume_minimum import VolumeMinimum
from banditsvc.ports import Recorded
from banditsvc.rpc.faults import Faults
from banditsvc.rpc.wire_campaign import read_campaign, write_campaign
from banditsvc.rpc.wire_policy import read_policy, write_policy
from banditsvc.rpc.wire_portfolio import read_portfolio, write_portfolio
from banditsvc.rpc.wire_settings import read_settings
from banditsvc.v1 import campaign_pb2, outcome_pb2, policy_pb2, settings_pb2
from tests.rpc.live import START_US
from tests.rpc.messages import portfolio
from tests.rpc.test_wire_contact_policy import CAPACITIES, POLICY

RULES = (
    Rule(name="recent", expression="recency_days < 30"),
    Rule(name="no open issue", expression="not open_issue", stage=FunnelStage.SUITABILITY, reason="no selling now"),
)
FULL = Campaign(
    campaign_id="sale",
    treatments=(
        Treatment(
            treatment_id="a", subject_line="Hello", tone="playful", call_to_action="Buy", features={"long": True}
        ),
        Treatment(treatment_id="b", message_fields={"image": "b.png"}),
    ),
    cost=0.02,
    value=5.0,
    lever=1.5,
    message_fields={"template": "t1", "text": "two\nlines"},
    purpose="marketing",
    placements=("footer", "hero"),
    rules=RULES,
    pins=(Pin(name="staff"), Pin(name="vip", expression="r == 5", start_time_us=0, end_time_us=SECOND_US)),
    renamed_from="old-sale",
)
EXCLUSIVE = ExclusiveRules(
    rules=(
        TargetRule(campaign_id="sale", expression="recency_days < 30"),
        TargetRule(campaign_id="news", expression="30 <= recency_days"),
    )
)


def faults_of(**members: Any) -> list[str]:
    """Returns the fields at fault of a campaign."""
    faults = Faults()
    read_campaign(campaign_pb2.Campaign(**({"campaign_id": "c"} | members)), "campaign", faults)
    return [violation.field for violation in faults.violations]


def test_a_whole_campaign_there_and_back() -> None:
    """A campaign with treatments, rules and pins that was written and read is the same."""
    faults = Faults()
    assert FULL == read_campaign(write_campaign(FULL), "campaign", faults)
    assert [] == faults.violations


def test_treatments_are_sorted_and_learned_as_is_not_taken() -> None:
    """Treatments come by id whatever their order in the message, and learned_as is the service's to say."""
    message = campaign_pb2.Campaign(
        campaign_id="c", learned_as="x", treatments=[{"treatment_id": "b"}, {"treatment_id": "a"}]
    )
    read = read_campaign(message, "campaign", Faults())
    assert ("", ["a", "b"]) == (read.learned_as, [treatment.treatment_id for treatment in read.treatments])


RULE: dict[str, Any] = {"name": "r", "expression": "r == 5"}


@pytest.mark.parametrize(
    ("members", "field"),
    [
        ({"treatments": [{"treatment_id": ""}]}, "treatments[0].treatment_id"),
        ({"treatments": [{"treatment_id": "a"}] * 2}, "treatments[1].treatment_id"),
        ({"treatments": [{"treatment_id": f"t{i}"} for i in range(21)]}, "treatments"),
        ({"treatments": [{"treatment_id": "a", "subject_line": "x" * 257}]}, "treatments[0].subject_line"),
        ({"treatments": [{"treatment_id": "a", "features": {"": {"flag": True}}}]}, 'treatments[0].features[""]'),
        ({"cost": -0.1}, "cost"),
        ({"cost": float("nan")}, "cost"),
        ({"value": float("inf")}, "value"),
        ({"lever": 0.4}, "lever"),
        ({"lever": 2.1}, "lever"),
        ({"lever": 0.0}, "lever"),
        ({"message_fields": {f"f{i}": "" for i in range(65)}}, "message_fields"),
        ({"message_fields": {"f": "x" * 1025}}, 'message_fields["f"]'),
        ({"purpose": "x" * 129}, "purpose"),
        ({"placements": [""]}, "placements[0]"),
        ({"placements": [f"p{i}" for i in range(101)]}, "placements"),
        ({"rules": [RULE] * 2}, "rules[1].name"),
        ({"rules": [RULE | {"name": f"r{i}"} for i in range(51)]}, "rules"),
        ({"rules": [RULE | {"name": ""}]}, "rules[0].name"),
        ({"rules": [RULE | {"expression": " "}]}, "rules[0].expression"),
        ({"rules": [RULE | {"expression": "x" * 2001}]}, "rules[0].expression"),
        ({"rules": [RULE | {"stage": 1}]}, "rules[0].stage"),
        ({"rules": [RULE | {"stage": 7}]}, "rules[0].stage"),
        ({"rules": [RULE | {"reason": "x" * 257}]}, "rules[0].reason"),
        ({"pins": [{"name": "p"}] * 2}, "pins[1].name"),
        ({"pins": [{"name": f"p{i}"} for i in range(21)]}, "pins"),
        ({"pins": [{"name": "p", "start_time": {"seconds": 5}, "end_time": {"seconds": 5}}]}, "pins[0].end_time"),
        ({"renamed_from": "c"}, "renamed_from"),
        ({"renamed_from": "NO_CONTACT"}, "renamed_from"),
    ],
)
def test_one_fault_of_a_campaign_names_its_field(members: dict[str, Any], field: str) -> None:
    """A campaign with one field at fault is refused by the path of that field alone."""
    assert [f"campaign.{field}"] == faults_of(**members)


@pytest.mark.parametrize("usual", [FixedPriority(), Uniform(), EXCLUSIVE], ids=lambda usual: type(usual).__name__)
def test_limits_of_a_portfolio_there_and_back(usual: Exploration) -> None:
    """Schema, rules, limits and business as usual of a portfolio that was written and read are the same."""
    learner = read_portfolio(portfolio()).learner
    stored = Portfolio(
        portfolio_id="p",
        currency="EUR",
        learner=learner,
        organization_id="acme",
        time_zone="Asia/Tokyo",
        context_schema={"open_issue": FeatureType.FLAG, "city": FeatureType.TEXT},
        rules=RULES,
        contact_policy=POLICY,
        capacities=CAPACITIES,
        minimums=(
            VolumeMinimum(name="vendor", campaigns=CampaignSelector(campaign_ids=("a",)), min_contacts=5),
            VolumeMinimum(name="lifecycle", campaigns=CampaignSelector(types=(2,)), min_share=0.25),
        ),
        business_as_usual=usual,
    )
    assert stored == read_portfolio(write_portfolio(Recorded(1, START_US, stored)))


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"organization_id": "a b"}, "organization_id"),
        ({"time_zone": "Mars/Base"}, "time_zone"),
        ({"minimums": [{"name": "m", "min_contacts": 1}] * 2}, "minimums[1].name"),
        ({"minimums": [{"name": "m"}]}, "minimums[0]"),
        (
            {"minimums": [{"name": "m", "campaigns": {"kinds": [1]}, "min_contacts": 1, "min_share": 0.5}]},
            "minimums[0]",
        ),
        ({"minimums": [{"name": "m", "min_contacts": 0}]}, "minimums[0].min_contacts"),
        ({"minimums": [{"name": "m", "campaigns": {"kinds": [1]}, "min_share": 1.0}]}, "minimums[0].min_share"),
        ({"minimums": [{"name": "m", "min_share": 0.5}]}, "minimums[0].campaigns"),
        ({"context_schema": {"age": 0}}, 'context_schema["age"]'),
        ({"context_schema": {"age": 9}}, 'context_schema["age"]'),
        ({"context_schema": {f"f{i}": 1 for i in range(257)}}, "context_schema"),
        ({"business_as_usual": {}}, "business_as_usual"),
        ({"business_as_usual": {"exclusive_rules": {}}}, "business_as_usual.exclusive_rules.rules"),
        ({"encoder_spec": {"segment_renamed_from": {"a": "a"}}}, 'encoder_spec.segment_renamed_from["a"]'),
        (
            {"encoder_spec": {"category_renamed_from": {"a": "z", "b": "z"}}},
            'encoder_spec.category_renamed_from["b"]',
        ),
        ({"allow_no_contact": True}, "allow_no_contact"),
    ],
)
def test_one_fault_of_a_portfolio_names_its_field(changes: dict[str, Any], field: str) -> None:
    """A portfolio with one field at fault is refused by the path of that field alone."""
    with pytest.raises(InvalidRequest) as raised:
        read_portfolio(portfolio(**changes))
    assert [f"portfolio.{field}"] == [violation.field for violation in raised.value.violations]


@pytest.mark.parametrize("kind", [1, 2, 3])
def test_sending_nothing_is_refused_only_where_it_can_have_no_reward(kind: int) -> None:
    """With rewards of deliveries, opens and clicks alone NO_CONTACT is refused; one that needs no contact allows it."""
    weights = [{"type": kind, "weight": 1.0}, {"type": outcome_pb2.OUTCOME_TYPE_UNSUBSCRIBE, "weight": -1.0}]
    spec: dict[str, Any] = {"weights": weights, "greatest_reward": 1.0, "outcome_window": {"seconds": 60}}
    with pytest.raises(InvalidRequest):
        read_portfolio(portfolio(allow_no_contact=True, reward_spec=spec))
    weights.append({"type": outcome_pb2.OUTCOME_TYPE_CONVERSION, "weight": 0.1})
    assert read_portfolio(portfolio(allow_no_contact=True, reward_spec=spec)).allow_no_contact


def test_limits_of_a_policy_there_and_back() -> None:
    """Exclusive rules and limits on exploration of a policy that was written and read are the same."""
    limits = (
        ExplorationLimit(segments=("gold", "vip"), lifecycle_stages=(LifecycleStage.HIGH_VALUE,), max_share=0.0),
        ExplorationLimit(campaign_ids=("sale",), max_share=0.05),
    )
    for exploration, some in ((EXCLUSIVE, ()), (Greedy(), limits)):
        policy = Policy(portfolio_id="shop", exploration=exploration, limits=some)
        assert policy == read_policy(write_policy(Recorded(1, START_US, policy)))


TARGET = {"campaign_id": "a", "expression": "r == 5"}


@pytest.mark.parametrize(
    ("members", "field"),
    [
        ({"limits": [{"max_share": 1.1}]}, "limits[0].max_share"),
        ({"limits": [{"campaign_ids": ["a"]}]}, "limits[0].max_share"),
        ({"limits": [{"max_share": 0.0, "segments": [""]}]}, "limits[0].segments[0]"),
        ({"limits": [{"max_share": 0.0, "lifecycle_stages": [0]}]}, "limits[0].lifecycle_stages[0]"),
        ({"limits": [{"max_share": 0.0}], "fixed_priority": {}}, "limits"),
        ({"limits": [{"max_share": 0.0}], "exclusive_rules": {"rules": [TARGET]}}, "limits"),
        ({"limits": [{}] * 51}, "limits"),
        ({"exclusive_rules": {"rules": [TARGET] * 2}}, "exclusive_rules.rules[1].campaign_id"),
        ({"exclusive_rules": {"rules": [TARGET | {"expression": ""}]}}, "exclusive_rules.rules[0].expression"),
        ({"exclusive_rules": {}}, "exclusive_rules.rules"),
    ],
)
def test_one_fault_of_a_policy_names_its_field(members: dict[str, Any], field: str) -> None:
    """A policy with one field at fault is refused by the path of that field alone."""
    base: dict[str, Any] = {"portfolio_id": "shop"} | (
        {} if {"exclusive_rules", "fixed_priority"} & set(members) else {"greedy": {}}
    )
    with pytest.raises(InvalidRequest) as raised:
        read_policy(policy_pb2.Policy(**(base | members)))
    assert [f"policy.{field}"] == [violation.field for violation in raised.value.violations]


def test_faults_of_settings_are_told_by_their_place() -> None:
    """Settings of several things name each field at fault, and what is named twice or in two ways."""
    settings = settings_pb2.PortfolioSettings(
        portfolio_id="p",
        portfolio=portfolio("q"),
        campaigns=[{"campaign_id": "a", "lever": 9.0}, {"campaign_id": "a"}],
        paused_campaign_ids=["a"],
        policy={"greedy": {}},
    )
    request = settings_pb2.ApplySettingsRequest(
        organizations=[{"organization_id": "o"}] * 2, portfolios=[settings, {"portfolio_id": "p"}]
    )
    with pytest.raises(InvalidRequest) as raised:
        read_settings(request)
    assert {
        "organizations[1].organization_id",
        "portfolios[1].portfolio_id",
        "portfolios[0].portfolio.portfolio_id",
        "portfolios[0].campaigns[0].lever",
        "portfolios[0].campaigns[1].campaign_id",
        "portfolios[0].paused_campaign_ids[0]",
    } == {violation.field for violation in raised.value.violations}


def test_settings_name_their_portfolio_once() -> None:
    """Portfolio and policy within settings may leave the portfolio_id to the settings."""
    settings = settings_pb2.PortfolioSettings(portfolio_id="p", portfolio=portfolio(""), policy={"greedy": {}})
    (wanted,) = read_settings(settings_pb2.ApplySettingsRequest(portfolios=[settings])).portfolios
    assert wanted.portfolio is not None
    assert wanted.policy is not None
    assert ("p", "p") == (wanted.portfolio.portfolio_id, wanted.policy.portfolio_id)


@pytest.mark.parametrize("stage", [1, 2, 7])
def test_stages_of_a_rule_are_told_by_name(stage: int) -> None:
    """A stage that a rule cannot have is told by those that it can have, without numbers."""
    faults = Faults()
    read_campaign(campaign_pb2.Campaign(campaign_id="c", rules=[RULE | {"stage": stage}]), "c", faults)
    assert ["must be one of ELIGIBILITY, APPLICABILITY, SUITABILITY"] == [v.description for v in faults.violations]
