"""The laws of the columns for contacts, consents, treatments and campaigns in the open log."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from msgspec import structs

from banditsvc import log_schema
from banditsvc.core.activation import ActivationState
from banditsvc.core.campaign import Campaign, CampaignKind, CampaignState, Pin, Treatment
from banditsvc.core.consent import Consent, ConsentState, GivenConsent
from banditsvc.core.contact_policy import CampaignSelector
from banditsvc.core.context import CustomerContext
from banditsvc.core.decision import DecidedBy, ShadowDecision
from banditsvc.core.errors import NotFound
from banditsvc.core.exclusion import Exclusion, ExclusionRevocation
from banditsvc.core.outcome import OutcomeType
from banditsvc.core.rule import Rule
from banditsvc.log_time import EPOCH
from banditsvc.open_log import Log, open_log
from banditsvc.ports import CampaignVersion, Watermark
from banditsvc.store import SqliteLog
from tests.store.build import (
    ACME,
    SHOP,
    activation,
    consent,
    contact,
    contacting,
    decision,
    enrollment,
    merge,
    outcome,
    portfolio,
)

HATS = Campaign(
    campaign_id="hats",
    kind=CampaignKind.WINBACK,
    cost=0.25,
    lever=1.5,
    treatments=(Treatment(treatment_id="warm", subject_line="Hello", features={"emoji": True}),),
    rules=(Rule(name="adult", expression="age >= 18"),),
    pins=(Pin(name="staff", end_time_us=9),),
    message_fields={"image": "hat.png"},
)


@pytest.fixture
def writer(tmp_path: Path) -> Iterator[SqliteLog]:
    log = SqliteLog(tmp_path / "log.db")
    yield log
    log.close()


@pytest.fixture
def log(writer: SqliteLog) -> Iterator[Log]:
    with open_log(writer.database.path.parent) as opened:
        yield opened


def _at(time_us: int) -> datetime:
    return EPOCH + timedelta(microseconds=time_us)


def test_a_row_tells_treatments_and_levers(writer: SqliteLog, log: Log) -> None:
    """With treatments the entries of eligible are pairs, and each probability stands for what its name says."""
    drawn = structs.replace(
        decision("d1"),
        eligible=("a", "a", "b"),
        treatments=("cool", "warm", ""),
        treatment_id="warm",
        levers=(1.0, 1.0, 2.0),
        prices=(0.5, 0.5, -0.25),
        selection_probabilities=(0.5, 0.25, 0.25),
    )
    writer.append([drawn, decision("d2")], now_us=1)
    table = log.decisions(SHOP)
    assert table.schema.equals(log_schema.DECISIONS, check_metadata=True)
    first, second = table.to_pylist()
    assert (["cool", "warm", ""], "warm", [1.0, 1.0, 2.0], [0.5, 0.5, -0.25]) == (
        first["treatments"],
        first["treatment_id"],
        first["levers"],
        first["prices"],
    )
    names = ("selection_probability", "treatment_probability", "arm_probability")
    assert [0.75, 1 / 3, 0.25] == [first[name] for name in names]
    assert ([], None, [], [], 1.0) == (
        second["treatments"],
        second["treatment_id"],
        second["levers"],
        second["prices"],
        second["treatment_probability"],
    )


def test_a_row_tells_contact_shadow_and_consents(writer: SqliteLog, log: Log) -> None:
    """A row holds what was asked of consent and force, what was reserved, and what the shadow would have done."""
    shadow = ShadowDecision(
        policy_version=2,
        model_version="1-5",
        campaign_id="b",
        selection_probabilities=(0.0, 1.0),
        predicted_rewards=(0.1, 0.2),
    )
    seen = contacting("d1", contact(time_us=5, hold_until_us=7, cost=0.25, channel="email"))
    asked = structs.replace(
        seen.input,
        assignment_key="home",
        consents=(GivenConsent(channel="email", state=ConsentState.GRANTED),),
        forced_campaign_id="a",
        context=CustomerContext(time_zone="Europe/Berlin"),
    )
    seen = structs.replace(seen, input=asked, decided_by=DecidedBy.FORCED, force_reason="pin:staff", shadow=shadow)
    writer.append([seen], now_us=1)
    (row,) = log.decisions(SHOP).to_pylist()
    assert ("home", "a", "pin:staff", "Europe/Berlin") == (
        row["assignment_key"],
        row["forced_campaign_id"],
        row["force_reason"],
        row["time_zone"],
    )
    assert [{"purpose": None, "channel": "email", "state": "GRANTED"}] == row["consents"]
    labels = {"campaign_id": "a", "type": "CLM", "kind": None, "channel": "email", "family": None, "category": None}
    times = {"contact_time": _at(5), "hold_until": _at(7)}
    assert {"organization_id": ACME, **labels, "cost": 0.25, **times} == row["contact"]
    assert row["shadow"]["selection_probabilities"] == [0.0, 1.0]
    assert (2, "1-5", "b", None) == tuple(
        row["shadow"][name] for name in ("policy_version", "model_version", "campaign_id", "treatment_id")
    )


def test_activations_and_outcomes_tell_contact_and_channel(writer: SqliteLog, log: Log) -> None:
    """The contact of an activation and the channel of an outcome are columns."""
    left = outcome("o1", customer_id="c1")._replace(type=OutcomeType.UNSUBSCRIBE, channel="email")
    replacing = activation("d1", state=ActivationState.REPLACED_BY, contact=contact("b"))
    writer.append([left, replacing, activation("d2")], now_us=1)
    assert ["email"] == log.outcomes(SHOP)["channel"].to_pylist()
    first, second = log.activations(SHOP)["contact"].to_pylist()
    assert ("b", None) == (first["campaign_id"], second)


def test_consents_are_rows_of_their_organization(writer: SqliteLog, log: Log) -> None:
    """Every word of the customers of one organization is a row, in log order, empty texts as null."""
    blocked = Consent(
        organization_id=ACME,
        customer_id="c2",
        purpose="news",
        channel="email",
        state=ConsentState.DENIED,
        consent_time_us=4,
        cause="COMPLAINT",
    )
    writer.append([consent(ConsentState.GRANTED), blocked, consent(ConsentState.GRANTED, organization_id="x")], 1)
    table = log.consents(ACME)
    assert table.schema.equals(log_schema.CONSENTS, check_metadata=True)
    assert ["GRANTED", "DENIED"] == table["state"].to_pylist()
    assert [None, "news"] == table["purpose"].to_pylist()
    assert [None, "COMPLAINT"] == table["cause"].to_pylist()
    assert [_at(0), _at(4)] == table["consent_time"].to_pylist()


def test_merges_are_rows_of_their_organization(writer: SqliteLog, log: Log) -> None:
    """Every merge of ids of one organization is a row, in log order, an empty reason as null."""
    writer.append([merge("a", "b", reason="same e-mail"), merge("a", "b", "x"), merge("b", "c")], now_us=1)
    table = log.merges(ACME)
    assert table.schema.equals(log_schema.MERGES, check_metadata=True)
    pairs = [(row["merged_customer_id"], row["surviving_customer_id"], row["reason"]) for row in table.to_pylist()]
    assert [("a", "b", "same e-mail"), ("b", "c", None)] == pairs
    assert [1, 3] == table["position"].to_pylist()
    assert log.merges("unknown").equals(log_schema.MERGES.empty_table())
    batches = list(log.merge_batches(ACME, through=Watermark(1, 1)))
    assert [1] == [batch.num_rows for batch in batches]


def test_rewards_follow_merges_as_of_a_moment(writer: SqliteLog, log: Log) -> None:
    """An outcome under another id of the customer counts in the joined table from the record of their merge on."""
    writer.append([replace(portfolio(), organization_id=ACME), decision("d1"), decision("d2", customer_id="c9")], 1)
    writer.append([outcome("o1", customer_id="c2", occur_time_us=1)], now_us=2)
    writer.append([merge("c2", "c1")], now_us=5)
    for as_of_us, joined in ((4, [[], []]), (5, [["o1"], []])):
        table = log.joined(SHOP, _at(as_of_us))
        assert joined == table["outcome_ids"].to_pylist()
        assert [float(bool(one)) for one in joined] == table["reward"].to_pylist()
    assert ["c1", "c9"] == log.joined(SHOP)["customer_id"].to_pylist()


def test_enrollments_are_rows_of_their_portfolio(writer: SqliteLog, log: Log) -> None:
    """Every enrollment in a portfolio is a row with its context and draws, empty texts as null."""
    plain = replace(enrollment("c2"), assignment_key="", channel="", context=CustomerContext())
    writer.append([enrollment("c1"), enrollment("c1", "other"), plain], now_us=1)
    table = log.enrollments(SHOP)
    assert table.schema.equals(log_schema.ENROLLMENTS, check_metadata=True)
    first, second = table.to_pylist()
    assert ("c1", "household 7", "email", "new", 3.0) == tuple(
        first[name] for name in ("customer_id", "assignment_key", "channel", "segment", "recency_days")
    )
    assert [("PORTFOLIO", 2, "HOLDOUT", 0.25)] == [
        (draw["owner"], draw["assignment_version"], draw["group"], draw["holdout"]) for draw in first["draws"]
    ]
    assert ("c2", None, None, None) == tuple(
        second[name] for name in ("customer_id", "assignment_key", "channel", "segment")
    )


def test_exclusions_are_rows_and_mark_joined_rows_as_of_a_moment(writer: SqliteLog, log: Log) -> None:
    """Each exclusion and each end is a row with what is excluded; joined names what was in force at as_of."""
    campaigns = CampaignSelector(campaign_ids=("a",), types=(1,))
    made = Exclusion(portfolio_id=SHOP, exclusion_id=1, start_us=1, end_us=9, reason="twice", author="Ann")
    other = Exclusion(portfolio_id=SHOP, exclusion_id=2, campaigns=campaigns, reason="no")
    ended = ExclusionRevocation(portfolio_id=SHOP, exclusion_id=1, reason="it was not")
    writer.append([portfolio(), decision("d1", send_time_us=1), decision("d2", send_time_us=9)], 1)
    writer.append([made], now_us=5)
    writer.append([other, ended], now_us=7)
    table = log.exclusions(SHOP)
    assert table.schema.equals(log_schema.EXCLUSIONS, check_metadata=True)
    first, second, third = table.to_pylist()
    assert (1, "ACTIVE", _at(1), _at(9), [], "twice", "Ann") == tuple(
        first[name] for name in ("exclusion_id", "state", "start_time", "end_time", "campaign_ids", "reason", "author")
    )
    assert (None, None, ["a"], ["GTM"]) == tuple(
        second[name] for name in ("start_time", "end_time", "campaign_ids", "types")
    )
    assert ("REVOKED", _at(1), "it was not", None) == tuple(
        third[name] for name in ("state", "start_time", "reason", "author")
    )
    found = {as_of_us: log.joined(SHOP, _at(as_of_us))["exclusion_id"].to_pylist() for as_of_us in (4, 5, 7)}
    assert {4: [None, None], 5: [1, None], 7: [None, None]} == found
    assert 2 == sum(batch.num_rows for batch in log.exclusion_batches(SHOP, through=Watermark(5, 7)))


def test_campaigns_are_rows_of_the_catalogue(writer: SqliteLog, log: Log) -> None:
    """Every version of every campaign is a row with all that it is made of."""
    versions = [HATS, replace(HATS, state=CampaignState.PAUSED)]
    writer.append(
        [
            portfolio(),
            *(
                CampaignVersion(portfolio_id=SHOP, catalogue_version=number, campaign=campaign)
                for number, campaign in enumerate(versions, start=1)
            ),
        ],
        now_us=1,
    )
    table = log.campaigns(SHOP)
    assert table.schema.equals(log_schema.CAMPAIGNS, check_metadata=True)
    assert [(1, "LIVE"), (2, "PAUSED")] == [(row["catalogue_version"], row["state"]) for row in table.to_pylist()]
    row = table.to_pylist()[0]
    assert ("WINBACK", 0.25, 1.5) == (row["kind"], row["cost"], row["lever"])
    assert ("warm", "Hello", [("emoji", True)]) == tuple(
        row["treatments"][0][name] for name in ("treatment_id", "subject_line", "flag_features")
    )
    rule = {"name": "adult", "expression": "age >= 18", "stage": "ELIGIBILITY", "reason": None}
    assert [rule] == row["rules"]
    assert [{"name": "staff", "expression": None, "start_time": None, "end_time": _at(9)}] == row["pins"]
    assert [("image", "hat.png")] == row["message_fields"]


def test_a_campaign_of_the_request_is_told_whole(writer: SqliteLog, log: Log) -> None:
    """A campaign given with the request has its treatments, rules and money in its row."""
    seen = decision("d1")
    writer.append([structs.replace(seen, input=structs.replace(seen.input, candidates=(HATS,)))], now_us=1)
    (campaign,) = log.decisions(SHOP).to_pylist()[0]["inline_campaigns"]
    assert ("hats", 0.25, "adult") == (campaign["campaign_id"], campaign["cost"], campaign["rules"][0]["name"])
    assert ["warm"] == [treatment["treatment_id"] for treatment in campaign["treatments"]]


def test_a_portfolio_belongs_to_its_newest_organization(writer: SqliteLog, log: Log) -> None:
    """organization_id is that of the portfolio's newest version; an unknown portfolio has none."""
    writer.append([portfolio(), replace(portfolio(), organization_id=ACME)], now_us=1)
    assert ACME == log.organization_id(SHOP)
    with pytest.raises(NotFound):
        log.organization_id("unknown")
