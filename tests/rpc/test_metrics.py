"""What the metrics count."""

from __future__ import annotations

from math import log

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry, Histogram, generate_latest

from banditsvc.client import BanditsvcError, Client
from banditsvc.core.decision import DecidedBy, Decision, RankInput, Result
from banditsvc.core.entropy import normalized_entropies, normalized_entropy
from banditsvc.rpc.histogram_of_many import HistogramOfMany
from banditsvc.rpc.metrics import Metrics
from tests.rpc.live import START_US, Live
from tests.rpc.messages import rank, reward


def value(metrics: Metrics, name: str, **labels: str) -> float | None:
    """Returns a sample's value."""
    return metrics.registry.get_sample_value(f"banditsvc_{name}", labels)


def test_calls_are_counted_by_rpc_and_code(live: Live, client: Client) -> None:
    """Each answered call counts once under its RPC and code, and its time is observed."""
    client.batch_rank([rank("c1")])
    with pytest.raises(BanditsvcError):
        client.rank(portfolio_id="shop", customer_id="")
    metrics = live.metrics
    assert 1.0 == value(metrics, "requests_total", rpc="RankingService/BatchRank", code="OK")
    assert 1.0 == value(metrics, "requests_total", rpc="RankingService/Rank", code="INVALID_ARGUMENT")
    assert 0.0 == value(metrics, "requests_total", rpc="RankingService/Rank", code="OK")
    assert 1.0 == value(metrics, "rpc_seconds_count", rpc="RankingService/Rank")
    assert 0.0 == value(metrics, "in_flight")


def test_decisions_are_counted_once(live: Live, client: Client) -> None:
    """New decisions count by result and by who decided; replays, tests and dry runs do not."""
    client.batch_rank([rank("c1", occasion="o"), rank("c1", occasion="o")])
    client.batch_rank([rank("c2", is_test=True), rank("c3", dry_run=True)])
    client.rank(portfolio_id="shop", customer_id="c4", candidates=["gone"])
    metrics = live.metrics
    assert 1.0 == value(metrics, "decisions_total", result="CAMPAIGN", decided_by="POLICY")
    assert 1.0 == value(metrics, "decisions_total", result="NO_ELIGIBLE", decided_by="POLICY")
    assert 1.0 == value(metrics, "replays_total")
    assert 1.0 == value(metrics, "selection_entropy_count")
    assert pytest.approx(1.0) == value(metrics, "selection_entropy_sum")


def test_outcomes_are_counted_by_status(live: Live, client: Client) -> None:
    """Each posted outcome counts under what became of it."""
    client.batch_reward([reward(outcome_id="o"), reward(outcome_id="o")])
    assert 1.0 == value(live.metrics, "outcomes_total", status="UNKNOWN_DECISION")
    assert 1.0 == value(live.metrics, "outcomes_total", status="DUPLICATE")


def test_no_metric_shows_a_customer(live: Live, client: Client) -> None:
    """Nothing that a caller says of a customer is in the metrics."""
    client.rank(portfolio_id="shop", customer_id="secret-c", context={"segment": "secret-s"}, occasion="secret-o")
    client.batch_reward([reward(customer_id="secret-c", outcome_id="secret-id")])
    assert b"secret" not in generate_latest(live.metrics.registry)


def test_fallbacks_count() -> None:
    """A decision by the fixed order, because something learned had failed, counts as a fallback."""
    metrics = Metrics(CollectorRegistry())
    wanted = RankInput(portfolio_id="shop", customer_id="c1", send_time_us=START_US)
    metrics.note_decisions(
        [
            Decision(
                decision_id="d",
                input=wanted,
                result=Result.CAMPAIGN,
                decided_by=DecidedBy.FALLBACK,
                campaign_id="a",
                eligible=("a",),
                selection_probabilities=(1.0,),
            )
        ]
    )
    assert (1.0, 0.0) == (value(metrics, "fallbacks_total"), value(metrics, "selection_entropy_count"))


@settings(derandomize=True)
@given(st.lists(st.floats(0, 1), min_size=2, max_size=8).filter(lambda weights: sum(weights) > 1e-3))
def test_entropy_is_between_a_sure_choice_and_an_equal_draw(weights: list[float]) -> None:
    """Normalized entropy is 0 for a sure choice, 1 for an equal draw, and in between for all else."""
    total = sum(weights)
    assert -1e-9 <= normalized_entropy(tuple(weight / total for weight in weights)) <= 1 + 1e-9
    assert 0.0 == normalized_entropy((1.0, 0.0))
    assert 1.0 == pytest.approx(normalized_entropy((1 / 3,) * 3))
    assert pytest.approx(log(2) / log(4)) == normalized_entropy((0.5, 0.5, 0.0, 0.0))


@pytest.mark.parametrize("times", [1, 16])
@settings(derandomize=True)
@given(st.lists(st.lists(st.sampled_from([0.0, 1e-9, 0.3, 1.0]), min_size=1, max_size=5), min_size=1, max_size=9))
def test_many_entropies_are_those_of_each(times: int, weights: list[list[float]]) -> None:
    """The entropies of few and of many are those of each for itself, whatever their lengths."""
    pmfs = [tuple(weight / (sum(one) + 1.0) for weight in (1.0, *one)) for one in weights] * times
    expected = [normalized_entropy(pmf) for pmf in pmfs]
    assert pytest.approx(expected, abs=1e-12) == normalized_entropies(pmfs)


@settings(derandomize=True)
@given(st.lists(st.lists(st.sampled_from([-1.0, 0.0, 0.1, 0.15, 0.5, 0.7]), min_size=1), max_size=4))
def test_a_histogram_of_many_is_that_of_each(calls: list[list[float]]) -> None:
    """Values that are observed together show as those that are observed one by one."""
    many, each = CollectorRegistry(), CollectorRegistry()
    of_many = HistogramOfMany("entropy", "Text.", (0.0, 0.1, 0.5), many)
    of_each = Histogram("entropy", "Text.", buckets=(0.0, 0.1, 0.5), registry=each)
    for values in calls:
        of_many.observe(values)
        for one in values:
            of_each.observe(one)
    for edge in ("0.0", "0.1", "0.5", "+Inf"):
        name, labels = "entropy_bucket", {"le": edge}
        assert each.get_sample_value(name, labels) == many.get_sample_value(name, labels)
    assert each.get_sample_value("entropy_count") == many.get_sample_value("entropy_count")
    assert pytest.approx(each.get_sample_value("entropy_sum")) == many.get_sample_value("entropy_sum")


def test_rejections_are_counted_by_stage(live: Live, client: Client) -> None:
    """Each campaign that a new decision drops counts under the stage that dropped it; dry runs do not."""
    for dry_run in (False, True):
        client.rank(
            portfolio_id="shop",
            customer_id="c1",
            candidates=["gone", "lost", "news"],
            excluded_campaign_ids=["news"],
            dry_run=dry_run,
        )
    counts = [
        value(live.metrics, "rejections_total", portfolio_id="shop", stage=stage)
        for stage in ("VALIDITY", "APPLICABILITY", "CAPACITY")
    ]
    assert [2.0, 1.0, None] == counts


def test_unseen_values_are_counted_by_kind() -> None:
    """Each value that is told counts under its portfolio and kind."""
    metrics = Metrics(CollectorRegistry())
    for kind in ("segment", "campaign", "segment"):
        metrics.note_unseen("shop", kind)
    assert 2.0 == value(metrics, "unseen_values_total", portfolio_id="shop", kind="segment")
    assert 1.0 == value(metrics, "unseen_values_total", portfolio_id="shop", kind="campaign")
