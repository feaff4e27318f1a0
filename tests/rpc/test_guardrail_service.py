"""GuardrailService over a real connection."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import grpc
import pytest

from banditsvc.client import BanditsvcError, Client
from banditsvc.guardrail_gauges import GuardrailGauges
from banditsvc.v1 import decision_pb2, guardrail_pb2
from tests.rpc.live import START_SECONDS, Live
from tests.rpc.messages import open_shop, portfolio

NOW = datetime.fromtimestamp(START_SECONDS, UTC)
LIMITS = {"max_unsubscribe_rate": 0.02, "min_entropy": 0.05, "max_silence": {"seconds": 86_400}}


@pytest.fixture
def live() -> Iterator[Live]:
    """A service that learns, with limits on what customers say and on how the policy explores."""
    with Live(learns=True) as service:
        open_shop(service, guardrail_spec=LIMITS)
        yield service


@pytest.fixture
def client(live: Live) -> Iterator[Client]:
    """A client of that service."""
    with Client(live.address) as connected:
        yield connected


def harm(client: Client, customers: int) -> None:
    """Has as many customers unsubscribe right after a contact, and the service catch up."""
    for number in range(customers):
        decision = client.rank(portfolio_id="shop", customer_id=f"c{number}").decision
        client.reward(portfolio_id="shop", type="UNSUBSCRIBE", decision_id=decision.decision_id, occur_time=NOW)
    client.catch_up("shop")


def decided_by(client: Client) -> str:
    """Returns who decides now."""
    decision = client.rank(portfolio_id="shop", customer_id="new").decision
    return decision_pb2.DecidedBy.Name(decision.decided_by)


def test_readings_are_told_as_of_the_last_look(client: Client) -> None:
    """After CatchUp each guardrail with a limit says what it has seen; before the first look nothing is told."""
    before = client.get_guardrails("shop")
    assert (0, False) == (len(before.readings), before.HasField("read_through_time"))
    harm(client, 1)
    found = client.get_guardrails("shop")
    unsubscribes, entropy, silence = found.readings

    assert guardrail_pb2.GUARDRAIL_UNSPECIFIED == found.tripped
    assert NOW <= found.read_through_time.ToDatetime(UTC)
    assert (0.02, 1.0, 1) == (unsubscribes.limit, unsubscribes.observed, unsubscribes.count)
    assert (guardrail_pb2.GUARDRAIL_ENTROPY, 1, 0.0) == (entropy.guardrail, entropy.count, entropy.evidence)
    assert 1.0 == pytest.approx(entropy.observed)
    assert (86_400.0, 0.0, 0) == (silence.limit, silence.observed, silence.count)
    assert 0.0 < unsubscribes.evidence < 1.0
    assert NOW <= unsubscribes.count_time.ToDatetime(UTC) <= NOW + timedelta(seconds=1)


def test_catch_up_trips_and_resume_turns_back(live: Live, client: Client) -> None:
    """CatchUp returns once a breach has turned the portfolio; ResumePortfolio turns it back and says what had tripped."""
    harm(client, 12)
    found = client.get_guardrails("shop")
    gauges = GuardrailGauges(live.metrics.registry)
    gauges.set("shop", live.services.guardrails.view("shop"))
    labels = {"portfolio": "shop", "guardrail": "UNSUBSCRIBE_RATE"}

    assert guardrail_pb2.GUARDRAIL_UNSUBSCRIBE_RATE == found.tripped
    assert "12 of 12 contacts (100 %) were followed by an unsubscribe" in found.text
    assert NOW <= found.trip_time.ToDatetime(UTC)
    assert "DECIDED_BY_GUARDRAIL" == decided_by(client)
    assert 1.0 == live.metrics.registry.get_sample_value("banditsvc_guardrail_tripped", labels)
    assert 1.0 <= (live.metrics.registry.get_sample_value("banditsvc_guardrail_evidence", labels) or 0.0)

    assert guardrail_pb2.GUARDRAIL_UNSUBSCRIBE_RATE == client.resume_portfolio("shop", "mended").tripped
    assert "DECIDED_BY_POLICY" == decided_by(client)
    client.update_portfolio(portfolio(portfolio_version=1, guardrail_spec={"min_entropy": 0.05}))
    gauges.set("shop", live.services.guardrails.view("shop"))
    assert live.metrics.registry.get_sample_value("banditsvc_guardrail_tripped", labels) is None


def test_faults_of_guardrail_calls(client: Client) -> None:
    """A guardrail call names every field at fault, says what does not exist, and turns back only what has tripped."""
    with pytest.raises(BanditsvcError) as raised:
        client.get_guardrails("")
    assert ["portfolio_id"] == [violation.field for violation in raised.value.violations]
    for reason in ("", "x" * 257, "two\nlines"):
        with pytest.raises(BanditsvcError) as raised:
            client.resume_portfolio("", reason)
        assert ["portfolio_id", "reason"] == [violation.field for violation in raised.value.violations]
    for call in (lambda: client.get_guardrails("none"), lambda: client.resume_portfolio("none", "why")):
        with pytest.raises(BanditsvcError) as raised:
            call()
        assert grpc.StatusCode.NOT_FOUND == raised.value.code
    with pytest.raises(BanditsvcError) as raised:
        client.resume_portfolio("shop", "why")
    assert (grpc.StatusCode.FAILED_PRECONDITION, "NOT_TRIPPED") == (raised.value.code, raised.value.reason)
