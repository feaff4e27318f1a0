"""RankingService over a real connection."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import groupby

import grpc
import pytest
from google.rpc import code_pb2

from banditsvc.client import BanditsvcError, Client, check_status
from banditsvc.core.campaign import Campaign
from banditsvc.v1 import decision_pb2, outcome_pb2, ranking_pb2
from tests.rpc.live import START_SECONDS, Live
from tests.rpc.messages import CAMPAIGN_IDS, rank, reward

NOW = datetime.fromtimestamp(START_SECONDS, UTC)
ACCEPTED = outcome_pb2.OUTCOME_STATUS_ACCEPTED
DUPLICATE = outcome_pb2.OUTCOME_STATUS_DUPLICATE


def codes_of(
    response: ranking_pb2.BatchRankResponse | ranking_pb2.BatchRewardResponse | ranking_pb2.BatchActivateResponse,
) -> list[int]:
    """Returns the status code of each result."""
    return [result.status.code for result in response.results]


def error_of(status_holder: ranking_pb2.BatchRankResult | ranking_pb2.BatchRewardResult) -> BanditsvcError:
    """Returns the error of one result of a batch."""
    with pytest.raises(BanditsvcError) as raised:
        check_status(status_holder.status)
    return raised.value


def test_a_decision_is_stored_before_it_is_answered(client: Client) -> None:
    """What Rank answers is what GetDecision finds."""
    answer = client.rank(portfolio_id="shop", customer_id="c1", context={"recency_days": 3})
    assert answer.decision == client.get_decision(answer.decision.decision_id).decision
    assert set(CAMPAIGN_IDS) == {ranked.campaign_id for ranked in answer.decision.ranking}
    assert answer.decision.campaign_id == answer.decision.ranking[0].campaign_id
    assert 1.0 == pytest.approx(sum(ranked.selection_probability for ranked in answer.decision.ranking))


def test_a_repeat_is_a_replay(client: Client) -> None:
    """The same occasion gets the stored decision, and is told when it asks for something else than before."""
    first = client.rank(portfolio_id="shop", customer_id="c1", occasion="o")
    again = client.rank(portfolio_id="shop", customer_id="c1", occasion="o")
    other = client.rank(portfolio_id="shop", customer_id="c1", occasion="o", context={"segment": "vip"})
    assert first.decision == again.decision == other.decision
    flags = [(answer.is_replay, answer.request_differs) for answer in (first, again, other)]
    assert [(False, False), (True, False), (True, True)] == flags


def test_an_id_of_another_customer_is_taken(client: Client) -> None:
    """A decision_id that stands for another customer's decision is ALREADY_EXISTS."""
    client.rank(portfolio_id="shop", customer_id="c1", decision_id="d1")
    with pytest.raises(BanditsvcError) as raised:
        client.rank(portfolio_id="shop", customer_id="c2", decision_id="d1")
    assert (grpc.StatusCode.ALREADY_EXISTS, "ALREADY_EXISTS") == (raised.value.code, raised.value.reason)


def test_a_bad_request_names_all_fields_and_writes_nothing(live: Live, client: Client) -> None:
    """Every malformed field comes back by its path, and the log is as before."""
    before = live.log.watermark()
    with pytest.raises(BanditsvcError) as raised:
        client.rank(portfolio_id="", customer_id="", context={"frequency": -1}, candidates=["a", "a"])
    expected = ["portfolio_id", "customer_id", "context.frequency", "candidates[1].campaign_id"]
    assert expected == [violation.field for violation in raised.value.violations]
    assert (grpc.StatusCode.INVALID_ARGUMENT, "INVALID_REQUEST") == (raised.value.code, raised.value.reason)
    assert before == live.log.watermark()


def test_an_unknown_portfolio_is_not_found(client: Client) -> None:
    """Rank for a portfolio that does not exist is NOT_FOUND."""
    with pytest.raises(BanditsvcError) as raised:
        client.rank(portfolio_id="other", customer_id="c1")
    assert grpc.StatusCode.NOT_FOUND == raised.value.code


def test_several_campaigns_at_once_are_unimplemented(client: Client) -> None:
    """A limit above 1 is UNIMPLEMENTED."""
    with pytest.raises(BanditsvcError) as raised:
        client.rank(portfolio_id="shop", customer_id="c1", limit=2)
    assert grpc.StatusCode.UNIMPLEMENTED == raised.value.code


def test_what_cannot_go_out_is_rejected_with_reasons(client: Client) -> None:
    """Unknown and excluded campaigns are rejections, and nothing eligible is a normal answer."""
    decision = client.rank(
        portfolio_id="shop", customer_id="c1", candidates=["sale", "gone"], excluded_campaign_ids=["sale"]
    ).decision
    assert decision_pb2.RESULT_NO_ELIGIBLE == decision.result
    assert {"sale", "gone"} == {rejection.campaign_id for rejection in decision.rejections}
    assert all(rejection.reason and rejection.stage for rejection in decision.rejections)


def test_a_dry_run_leaves_no_trace(live: Live, client: Client) -> None:
    """A dry run is decided, writes nothing, and its id is known to no other call."""
    before = live.log.watermark()
    decision = client.rank(portfolio_id="shop", customer_id="c1", dry_run=True).decision
    assert decision.campaign_id in CAMPAIGN_IDS
    assert before == live.log.watermark()
    with pytest.raises(BanditsvcError):
        client.get_decision(decision.decision_id)


def test_each_of_a_batch_has_its_own_status(client: Client) -> None:
    """Bad requests of a batch harm no others, and their paths start at the batch."""
    results = client.batch_rank([rank("c1"), rank(""), rank("c3", portfolio_id="other"), rank("c4", limit=2)]).results
    expected = [code_pb2.OK, code_pb2.INVALID_ARGUMENT, code_pb2.NOT_FOUND, code_pb2.UNIMPLEMENTED]
    assert expected == [result.status.code for result in results]
    assert ["requests[1].customer_id"] == [violation.field for violation in error_of(results[1]).violations]
    assert [True, False, False, False] == [result.HasField("response") for result in results]
    assert all(result.HasField("status") for result in results)


def test_equal_ids_in_a_batch_behave_like_calls_in_a_row(client: Client) -> None:
    """The second of two equal requests replays the first, near or far apart."""
    requests = [rank(f"c{i % 120}", occasion="o") for i in range(250)]
    results = client.batch_rank(requests).results
    assert [False] * 120 + [True] * 130 == [result.response.is_replay for result in results]
    assert results[0].response.decision == results[120].response.decision == results[240].response.decision


def test_a_batch_answers_as_single_calls_do(client: Client) -> None:
    """A request has the same answer in a batch as alone, but for being a replay."""
    [result] = client.batch_rank([rank("c1", occasion="o", ranking_limit=2)]).results
    alone = client.rank(portfolio_id="shop", customer_id="c1", occasion="o", context={"recency_days": 10.0})
    del alone.decision.ranking[2:]
    assert result.response.decision == alone.decision


def test_a_batch_has_limits(live: Live, client: Client) -> None:
    """More than 1,000 requests, or 50,000 candidates together, are refused as a whole and name the field."""
    too_many = [client.batch_rank, client.batch_activate, client.batch_reward]
    for call, item in zip(too_many, [rank(), ranking_pb2.ActivateRequest(), reward()], strict=True):
        with pytest.raises(BanditsvcError) as raised:
            call([item] * 1001)  # type: ignore[operator]
        assert ["requests"] == [violation.field for violation in raised.value.violations]
    before = live.log.watermark()
    wide = rank(candidates=[{"campaign_id": f"c{i}"} for i in range(500)])
    with pytest.raises(BanditsvcError) as raised:
        client.batch_rank([wide] * 101)
    assert ["requests"] == [violation.field for violation in raised.value.violations]
    assert before == live.log.watermark()
    assert [] == list(client.batch_rank([]).results)


def test_a_batch_of_many_candidates_is_worked_through_in_small_chunks(client: Client) -> None:
    """A chunk is committed at a stretch, and holds 2,000 candidates: requests of 500 go four at a time."""
    inline = [{"inline": {"campaign_id": f"c{place}"}} for place in range(500)]
    requests = [rank(f"c{customer}", candidates=inline, ranking_limit=1) for customer in range(10)]
    decided = [
        result.response.decision.decision_time.ToMicroseconds() for result in client.batch_rank(requests).results
    ]
    assert [4, 4, 2] == [len(list(chunk)) for _, chunk in groupby(decided)]


def test_naming_no_candidates_counts_the_live_campaigns(live: Live, client: Client) -> None:
    """A batch counts the catalogue's live campaigns for each request that names none, and nothing where none exist."""

    async def open_wide() -> None:
        for place in range(51 - len(CAMPAIGN_IDS)):
            await live.services.resources.create_campaign("shop", Campaign(campaign_id=f"c{place}"))

    live.run(open_wide())
    with pytest.raises(BanditsvcError) as raised:
        client.batch_rank([rank()] * 1000)
    assert ["requests"] == [violation.field for violation in raised.value.violations]
    mixed = [rank(portfolio_id="other"), rank(candidates=[{"campaign_id": "sale"}])] * 500
    assert [code_pb2.NOT_FOUND, code_pb2.OK] * 500 == codes_of(client.batch_rank(mixed))


def test_marks_of_a_feed_that_is_not_required_are_stored(client: Client) -> None:
    """A mark is stored whether the portfolio requires the feed or not."""
    mark = {"type": "REVENUE", "complete_through": NOW}
    assert client.batch_reward([], portfolio_id="shop", complete_through=[mark]).marks_stored


def test_an_activation_is_stored_once(client: Client) -> None:
    """The first word on a decision stands: the same again is a duplicate, another one is refused."""
    decision_id = client.rank(portfolio_id="shop", customer_id="c1", defer_activation=True).decision.decision_id
    first = client.activate(decision_id=decision_id, state="SENT", activate_time=NOW)
    again = client.activate(decision_id=decision_id, state="SENT", activate_time=NOW)
    expected = [ranking_pb2.ACTIVATION_STATUS_ACCEPTED, ranking_pb2.ACTIVATION_STATUS_DUPLICATE]
    assert expected == [first.status, again.status]
    with pytest.raises(BanditsvcError) as raised:
        client.activate(decision_id=decision_id, state="NOT_SENT", reason="full")
    assert grpc.StatusCode.FAILED_PRECONDITION == raised.value.code
    seen = client.get_decision(decision_id)
    assert (ranking_pb2.ACTIVATION_STATE_SENT, NOW) == (
        seen.activation_state,
        seen.activate_time.ToDatetime(UTC),
    )


def test_a_batch_of_activations(client: Client) -> None:
    """Each activation of a batch has its own status."""
    decision_id = client.rank(portfolio_id="shop", customer_id="c1", defer_activation=True).decision.decision_id
    response = client.batch_activate(
        [
            {"decision_id": decision_id, "state": "REPLACED_BY", "replaced_by_campaign_id": "sale"},
            {"decision_id": "unknown", "state": "SENT"},
            {"decision_id": "", "state": 0},
        ]
    )
    assert [code_pb2.OK, code_pb2.NOT_FOUND, code_pb2.INVALID_ARGUMENT] == codes_of(response)
    assert ranking_pb2.ACTIVATION_STATUS_ACCEPTED == response.results[0].response.status


def test_an_outcome_counts_once(client: Client) -> None:
    """An outcome posted twice is stored once, by an id that derives from its content, and joins its decision."""
    decision_id = client.rank(portfolio_id="shop", customer_id="c1").decision.decision_id
    time = NOW + timedelta(minutes=1)
    first = client.reward(portfolio_id="shop", type="CLICK", customer_id="c1", occur_time=time)
    again = client.reward(portfolio_id="shop", type="CLICK", customer_id="c1", occur_time=time)
    assert (ACCEPTED, [decision_id]) == (first.status, list(first.joined_decision_ids))
    assert (DUPLICATE, first.outcome_id) == (again.status, again.outcome_id)
    seen = client.get_decision(decision_id)
    assert ([first.outcome_id], 1.0) == (list(seen.outcome_ids), seen.reward)


def test_another_currency_is_refused(client: Client) -> None:
    """An amount in another currency than the portfolio's is refused by the path of its field, alone and in a batch."""
    with pytest.raises(BanditsvcError) as raised:
        client.reward(portfolio_id="shop", type="REVENUE", amount=1.0, currency="USD", customer_id="c", occur_time=NOW)
    assert ["outcome.currency"] == [violation.field for violation in raised.value.violations]
    [result] = client.batch_reward([reward(currency="USD")]).results
    assert ["requests[0].outcome.currency"] == [violation.field for violation in error_of(result).violations]


def test_marks_are_stored_with_whole_batches_only(live: Live, client: Client) -> None:
    """The marks of a batch are stored when each of its outcomes is, also when there are none; else not."""
    mark = {"type": "CLICK", "complete_through": NOW}
    marked = client.batch_reward([reward(outcome_id=f"o{i}") for i in range(150)], "shop", [mark])
    assert (True, [code_pb2.OK] * 150) == (marked.marks_stored, codes_of(marked))
    assert client.batch_reward([], "shop", [mark]).marks_stored
    assert not client.batch_reward([reward(outcome_id="new"), reward(amount=1e99)], "shop", [mark]).marks_stored
    conflict = [reward(outcome_id="o1", campaign_id="sale")]
    assert not client.batch_reward(conflict, "shop", [mark]).marks_stored
    assert 2 == len(live.log.read_feed_marks("shop"))


def test_bad_marks_write_nothing(live: Live, client: Client) -> None:
    """A mark in the future or of an unknown portfolio fails the whole call before anything is written."""
    before = live.log.watermark()
    with pytest.raises(BanditsvcError) as raised:
        client.batch_reward([reward()], "shop", [{"type": "CLICK", "complete_through": NOW + timedelta(seconds=1)}])
    assert ["complete_through[0].complete_through"] == [violation.field for violation in raised.value.violations]
    with pytest.raises(BanditsvcError) as raised:
        client.batch_reward([reward()], "other", [{"type": "CLICK", "complete_through": NOW}])
    assert grpc.StatusCode.NOT_FOUND == raised.value.code
    assert before == live.log.watermark()


def test_a_decision_that_does_not_exist(client: Client) -> None:
    """GetDecision says NOT_FOUND for an unknown id, and names an empty one."""
    with pytest.raises(BanditsvcError) as raised:
        client.get_decision("unknown")
    assert grpc.StatusCode.NOT_FOUND == raised.value.code
    with pytest.raises(BanditsvcError) as raised:
        client.get_decision("")
    assert ["decision_id"] == [violation.field for violation in raised.value.violations]
