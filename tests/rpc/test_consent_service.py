from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import grpc
import pytest
from google.rpc import code_pb2

from banditsvc.client import BanditsvcError, Client
from banditsvc.core.consent import Consent, ConsentState
from banditsvc.core.errors import InvalidRequest
from banditsvc.rpc.wire_consent import read_consent, write_consent
from banditsvc.v1 import consent_pb2, decision_pb2, outcome_pb2
from tests.rpc.live import START_SECONDS, START_US, Live
from tests.rpc.messages import reward

NOW = datetime.fromtimestamp(START_SECONDS, UTC)
DAY = 86_400


def _message(**changes: Any) -> consent_pb2.Consent:
    members: dict[str, Any] = {"customer_id": "c1", "purpose": "marketing", "state": 1}
    return consent_pb2.Consent(**(members | changes))


def test_a_word_arrives_whole() -> None:
    """Every field arrives where it belongs, the time is now by default, and the cause is left to the service."""
    full = _message(channel="email", state=2, consent_time={"seconds": START_SECONDS - DAY}, cause="UNSUBSCRIBE")
    least = _message(purpose="", state=2)
    read = [read_consent(message, "org", START_US) for message in (full, least)]
    word: dict[str, Any] = {"organization_id": "org", "customer_id": "c1", "state": ConsentState.DENIED}
    assert [
        Consent(purpose="marketing", channel="email", consent_time_us=START_US - DAY * 1_000_000, **word),
        Consent(consent_time_us=START_US, **word),
    ] == read
    full.cause = ""
    assert full == write_consent(read[0])


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"customer_id": ""}, "customer_id"),
        ({"customer_id": "x" * 129}, "customer_id"),
        ({"purpose": "x" * 129}, "purpose"),
        ({"purpose": ""}, "purpose"),
        ({"channel": "a\nb"}, "channel"),
        ({"state": 0}, "state"),
        ({"state": 7}, "state"),
        ({"consent_time": {"seconds": START_SECONDS + DAY + 1}}, "consent_time"),
        ({"consent_time": {"seconds": -1}}, "consent_time"),
    ],
)
def test_one_fault_of_a_word_names_its_field(changes: dict[str, Any], field: str) -> None:
    """A word with one field at fault is refused by the path of that field alone."""
    with pytest.raises(InvalidRequest) as raised:
        read_consent(_message(**changes), "org", START_US)
    assert [field] == [violation.field for violation in raised.value.violations]


def test_words_are_recorded_and_shown(client: Client) -> None:
    """Each word has its own status, and the latest on each purpose and channel is shown."""
    earlier = _message(consent_time=NOW - timedelta(hours=1))
    answer = client.record_consents(
        [earlier, _message(customer_id=""), _message(channel="sms", state=2), _message(state=2)]
    )
    assert [code_pb2.OK, code_pb2.INVALID_ARGUMENT, code_pb2.OK, code_pb2.OK] == [
        status.code for status in answer.statuses
    ]
    shown = [(word.purpose, word.channel, word.state) for word in client.get_consents("c1")]
    assert [("marketing", "", 2), ("marketing", "sms", 2)] == shown
    assert [] == client.get_consents("c2")


def test_a_denial_holds_from_the_next_rank_on(client: Client) -> None:
    """Whoever refused everything gets nothing, and gets it again with a later consent."""
    results = []
    for state, hour in ((2, 1), (1, 0)):
        word = _message(
            purpose="" if state == 2 else "marketing", state=state, consent_time=NOW - timedelta(hours=hour)
        )
        client.record_consents([word])
        results.append(client.rank(portfolio_id="shop", customer_id="c1", is_test=True).decision.result)
    assert [decision_pb2.RESULT_NO_ELIGIBLE, decision_pb2.RESULT_CAMPAIGN] == results


def test_an_unsubscribing_outcome_is_on_record_with_its_cause(live: Live, client: Client) -> None:
    """What an outcome said of consent is shown with the outcome's type and the time at which it was posted."""
    live.clock.set_us(START_US + DAY * 1_000_000)
    client.batch_reward([reward(type=outcome_pb2.OUTCOME_TYPE_UNSUBSCRIBE, channel="email")])
    [word] = client.get_consents("c1")
    assert ("", "email", 2, "UNSUBSCRIBE", NOW + timedelta(days=1)) == (
        word.purpose,
        word.channel,
        word.state,
        word.cause,
        word.consent_time.ToDatetime(UTC),
    )


def test_an_unknown_organization_fails_the_whole_call(live: Live, client: Client) -> None:
    """It is NOT_FOUND, and nothing is written; too many words are refused by their field."""
    before = live.log.watermark()
    for call in (lambda: client.record_consents([_message()], "none"), lambda: client.get_consents("c1", "none")):
        with pytest.raises(BanditsvcError) as raised:
            call()
        assert grpc.StatusCode.NOT_FOUND == raised.value.code
    with pytest.raises(BanditsvcError) as raised:
        client.record_consents([_message()] * 1001)
    assert ["consents"] == [violation.field for violation in raised.value.violations]
    assert before == live.log.watermark()


def test_a_word_at_fault_is_told_by_its_place(client: Client) -> None:
    """Within a batch the path starts at the list of consents."""
    answer = client.record_consents([_message(), _message(state=0)])
    assert "consents[1].state" in answer.statuses[1].message
