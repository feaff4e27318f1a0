"""HistoryService and PhaseService over the wire."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from google.rpc import code_pb2

from banditsvc.client import BanditsvcError, Client
from banditsvc.v1 import decision_pb2, phase_pb2, portfolio_pb2
from tests.rpc.live import START_SECONDS, Live
from tests.rpc.messages import open_shop

LONG_AGO = datetime.fromtimestamp(START_SECONDS, UTC) - timedelta(days=60)
SALE = {"customer_id": "c1", "campaign_id": "sale", "send_time": LONG_AGO}


def test_each_send_has_its_own_status(client: Client) -> None:
    """Of a batch the good sends are stored, the bad ones named by their place, and all told again on a repeat."""
    batch = [SALE, {**SALE, "campaign_id": "unknown"}, {**SALE, "customer_id": ""}]
    first, again = client.import_decisions("shop", batch), client.import_decisions("shop", batch)

    assert [0, code_pb2.INVALID_ARGUMENT, code_pb2.INVALID_ARGUMENT] == [one.status.code for one in first.results]
    assert "decisions[1].campaign_id" in first.results[1].status.message
    assert "decisions[2].customer_id" in first.results[2].status.message
    assert [False, True] == [one.results[0].is_repeat for one in (first, again)]
    assert first.results[0].decision_id == again.results[0].decision_id


def test_a_past_send_can_be_looked_at(client: Client) -> None:
    """GetDecision tells that it is history, with probability 0 where that is not known, and explains it so."""
    [result] = client.import_decisions("shop", [SALE]).results
    found = client.get_decision(result.decision_id, explain=True)

    assert decision_pb2.DECIDED_BY_HISTORICAL == found.decision.decided_by
    assert 0.0 == found.decision.selection_probability
    assert not result.probability_known
    assert ["sale"] == [one.campaign_id for one in found.decision.ranking]
    assert found.explanation.summary.startswith("This is history")


def test_an_unknown_portfolio_is_told(client: Client) -> None:
    """Neither service knows a portfolio that does not exist."""
    for call in (lambda: client.import_decisions("none", [SALE]), lambda: client.get_phase("none")):
        with pytest.raises(BanditsvcError, match="does not exist"):
            call()


def test_the_phase_is_told_with_what_is_missing() -> None:
    """A portfolio begins where its settings say; what is asked comes with numbers and words."""
    with Live() as live, Client(live.address) as client:
        open_shop(live, phase_spec={"phase": "PHASE_OBSERVE"})
        found = client.get_phase("shop")

        assert (portfolio_pb2.PHASE_OBSERVE, portfolio_pb2.PHASE_RANDOM_SHARE) == (found.phase, found.next_phase)
        assert START_SECONDS == found.since.seconds
        learned = next(one for one in found.conditions if one.kind == phase_pb2.PHASE_CONDITION_KIND_LEARNED)
        assert (0.0, 1000.0, False, "0 of 1,000 decisions made here learned from") == (
            learned.value,
            learned.least,
            learned.is_met,
            learned.text,
        )


@pytest.mark.parametrize("share", [0.0, -0.1, 1.1, float("nan")])
def test_a_random_share_is_above_0_and_at_most_1(client: Client, share: float) -> None:
    """Another share is refused by its field."""
    portfolio = client.get_portfolio("shop")
    portfolio.phase_spec.random_share = share
    with pytest.raises(BanditsvcError, match=r"phase_spec.random_share"):
        client.update_portfolio(portfolio)


@pytest.mark.parametrize(("weight", "half_life_seconds"), [(1.1, 86_400), (-0.1, 86_400), (0.5, 60)])
def test_a_weight_of_history_is_from_0_to_1(client: Client, weight: float, half_life_seconds: int) -> None:
    """Another weight, or a half-life below an hour, zero among them, is refused."""
    portfolio = client.get_portfolio("shop")
    portfolio.settle_spec.historical_weight = weight
    portfolio.settle_spec.historical_half_life.seconds = half_life_seconds
    with pytest.raises(BanditsvcError, match=r"settle_spec.historical"):
        client.update_portfolio(portfolio)
