"""ModelService and OperationsService over a real connection, with a real learner."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import grpc
import pytest

from banditsvc.client import BanditsvcError, Client
from banditsvc.core.times import DAY_US
from banditsvc.rpc.server import ServerOptions
from banditsvc.v1 import portfolio_pb2
from banditsvc.v1.ranking_pb2 import SettleState
from tests.rpc.live import START_SECONDS, START_US, Live
from tests.rpc.messages import open_shop

NOW = datetime.fromtimestamp(START_SECONDS, UTC)


@pytest.fixture
def learning() -> Iterator[Client]:
    """A client of a service that learns."""
    with Live(learns=True) as service, Client(service.address) as client:
        open_shop(service)
        yield client


def day(client: Client, number: int) -> str:
    """Plays one day: ten customers, of whom one clicks; returns the model that is served after it."""
    client.set_time(NOW + timedelta(days=number))
    for customer in range(10):
        client.rank(portfolio_id="shop", customer_id=f"c{customer}", occasion=f"day {number}")
    client.reward(
        portfolio_id="shop", type="CLICK", customer_id="c1", occur_time=NOW + timedelta(days=number, minutes=5)
    )
    client.set_time(NOW + timedelta(days=number, hours=2))
    return client.catch_up("shop").model_version


def test_what_is_due_is_learned_and_served(learning: Client) -> None:
    """After CatchUp the model in service has learned from every decision whose window is over."""
    assert "untrained" == learning.get_model("shop").model_version
    version = day(learning, 0)
    model = learning.get_model("shop")
    assert (version, 10, True) == (model.model_version, model.learned_count, model.is_serving)
    assert 0.1 == pytest.approx(model.mean_reward)
    assert version == learning.rank(portfolio_id="shop", customer_id="c1").decision.model_version


def test_going_back_and_forth(learning: Client) -> None:
    """An older model serves after RollBackModel, and the newest again after an empty version."""
    first, second = day(learning, 0), day(learning, 1)
    assert [second, first] == [model.model_version for model in learning.list_models("shop")]
    assert first == learning.roll_back_model("shop", first).model_version
    assert first == learning.rank(portfolio_id="shop", customer_id="c1").decision.model_version
    assert second == learning.roll_back_model("shop", "").model_version
    with pytest.raises(BanditsvcError) as raised:
        learning.roll_back_model("shop", "unknown")
    assert grpc.StatusCode.NOT_FOUND == raised.value.code


def test_a_relearn_takes_over(learning: Client) -> None:
    """A relearn is a record in the log, and its model is served once it has caught up."""
    before = day(learning, 0)
    assert learning.relearn_model("shop") > 0
    after = learning.catch_up("shop")
    assert (10, True) == (after.learned_count, after.model_version != before)


def test_a_decision_says_as_of_which_age_it_is_learned_from() -> None:
    """With checkpoints a decision is open and provisionally learned from at each of them, and then no more."""
    changes = {
        "settle_spec": {"checkpoints": [{"seconds": 600}, {"seconds": 1800}]},
        "learner_spec": {"learner": portfolio_pb2.LEARNER_KIND_POSTERIOR},
    }
    with Live(learns=True) as service, Client(service.address) as client:
        open_shop(service, **changes)
        client.set_time(NOW)
        decision_id = client.rank(portfolio_id="shop", customer_id="c1").decision.decision_id
        seen = []
        for minutes in (5, 11, 31, 61):
            client.set_time(NOW + timedelta(minutes=minutes))
            client.catch_up("shop")
            told = client.get_decision(decision_id)
            age_seconds = told.provisional_age.ToSeconds() if told.HasField("provisional_age") else None
            seen.append((SettleState.Name(told.settle_state).removeprefix("SETTLE_STATE_"), age_seconds))
        model = client.get_model("shop")

    assert [("OPEN", None), ("OPEN", 600), ("OPEN", 1800), ("SETTLED", None)] == seen
    assert (1, 0) == (model.learned_count, model.provisional_count)


def test_faults_of_model_calls(learning: Client) -> None:
    """A model call names what is missing, and says what does not exist."""
    for call in (learning.relearn_model, learning.list_models, learning.get_model, learning.catch_up):
        with pytest.raises(BanditsvcError) as raised:
            call("")
        assert ["portfolio_id"] == [violation.field for violation in raised.value.violations]
        with pytest.raises(BanditsvcError) as raised:
            call("unknown")
        assert grpc.StatusCode.NOT_FOUND == raised.value.code


def test_time_never_goes_back(learning: Client) -> None:
    """SetTime sets the clock forward or leaves it, and refuses to set it back."""
    learning.set_time(NOW + timedelta(days=1))
    learning.set_time(NOW + timedelta(days=1))
    with pytest.raises(BanditsvcError) as raised:
        learning.set_time(NOW)
    assert (grpc.StatusCode.FAILED_PRECONDITION, "TIME_IS_PAST") == (raised.value.code, raised.value.reason)
    decision = learning.rank(portfolio_id="shop", customer_id="c1").decision
    assert NOW + timedelta(days=1) == decision.send_time.ToDatetime(UTC)


def test_the_time_that_was_set_is_kept_by_the_log(live: Live, client: Client) -> None:
    """SetTime is durable: the log's watermark, from which a service started later goes on, has come as far."""
    client.set_time(NOW + timedelta(days=3))
    assert START_US + 3 * DAY_US == live.log.watermark().time_us


def test_operations_need_a_simulated_clock() -> None:
    """Without the simulated clock there is no OperationsService."""
    with Live(options=ServerOptions(address="127.0.0.1:0")) as service, Client(service.address) as client:
        with pytest.raises(BanditsvcError) as raised:
            client.set_time(NOW)
        assert grpc.StatusCode.UNIMPLEMENTED == raised.value.code
