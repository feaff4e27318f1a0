from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from banditsvc.core.campaign import Campaign, CampaignType
from banditsvc.core.consent import Consent, ConsentState, GivenConsent
from banditsvc.core.decision import Result
from banditsvc.core.errors import LogUnavailable, NotFound, RecordDamaged
from banditsvc.core.organization import DEFAULT_ORGANIZATION_ID, Organization
from banditsvc.core.outcome import Outcome, OutcomeStatus, OutcomeType
from banditsvc.core.rejection import FunnelStage
from banditsvc.core.times import HOUR_US
from banditsvc.ports import Commit, LogRecord, Recorded
from banditsvc.serving.rewarding import RewardAnswer, RewardCall
from banditsvc.store.memory import MemoryLog
from tests.serving.shop import START_US, Shop, in_shop, rank_call
from tests.serving.stories import NONE, SOME, rank, results

GRANTED, DENIED = ConsentState.GRANTED, ConsentState.DENIED


def _word(state: ConsentState, **changes: Any) -> Consent:
    word: dict[str, Any] = {
        "organization_id": DEFAULT_ORGANIZATION_ID,
        "customer_id": "c1",
        "purpose": "marketing",
        "state": state,
        "consent_time_us": START_US,
    }
    return Consent(**(word | changes))


async def _open(shop: Shop | None = None) -> Shop:
    """Returns a shop that needs consent to marketing, with a campaign for each of two channels and a receipt."""
    opened = await (shop or Shop()).open()
    for channel in ("email", "sms"):
        await opened.resources.create_campaign("shop", Campaign(campaign_id=channel, channel=channel))
    receipt = Campaign(campaign_id="receipt", type=CampaignType.TRANSACTIONAL)
    await opened.resources.create_campaign("shop", receipt)
    await opened.resources.update_organization(
        Organization(organization_id=DEFAULT_ORGANIZATION_ID, default_purpose="marketing")
    )
    return opened


def _ask(customer_id: str = "c1", **changes: Any) -> Any:
    return rank_call(customer_id, candidates=("email", "receipt", "sms"), is_test=True, **changes)


def test_absent_means_no() -> None:
    """Without a word only transactional campaigns go out; a grant on record holds from the next Rank on."""

    async def story() -> list[tuple[str, ...]]:
        shop = await _open()
        before = await rank(shop, _ask())
        assert {(FunnelStage.CONSENT, "consent")} == {(each.stage, each.rule) for each in before[0].rejections}
        assert [None] == await shop.consents.record([_word(GRANTED, channel="email")])
        return [decision.eligible for decision in [*before, *await rank(shop, _ask(), _ask("c2"))]]

    assert [("receipt",), ("email", "receipt"), ("receipt",)] == in_shop(story())


def test_record_and_request_are_judged_apart() -> None:
    """A grant in either suffices, and a denial in either stands."""

    async def story() -> list[tuple[str, ...]]:
        shop = await _open()
        given = (GivenConsent(purpose="marketing", state=GRANTED),)
        with_request = (await rank(shop, _ask(consents=given)))[0].eligible
        await shop.consents.record([_word(DENIED, channel="sms")])
        denied = (await rank(shop, _ask(consents=given)))[0].eligible
        return [with_request, denied]

    assert [("email", "receipt", "sms"), ("email", "receipt")] == in_shop(story())


def test_the_latest_word_stands_on_record() -> None:
    """Of words on one purpose and channel the latest is shown, of two at the same time the denial."""

    async def story() -> list[tuple[str, str, ConsentState]]:
        shop = await _open()
        words = [
            _word(GRANTED, consent_time_us=START_US + 2),
            _word(DENIED, consent_time_us=START_US + 1),
            _word(DENIED, channel="sms"),
            _word(GRANTED, channel="sms"),
        ]
        await shop.consents.record(words)
        return [(word.purpose, word.channel, word.state) for word in shop.consents.on_record("default", "c1")]

    assert [("marketing", "", GRANTED), ("marketing", "sms", DENIED)] == in_shop(story())


def test_the_same_word_is_stored_once() -> None:
    """Recording a word again, in one call or in the next, writes nothing."""

    async def story() -> int:
        shop = await _open()
        for _ in range(2):
            assert [None, None] == await shop.consents.record([_word(GRANTED), _word(GRANTED)])
        return len(shop.log.consents_of("default", ["c1"]))

    assert 1 == in_shop(story())


def test_a_word_for_an_unknown_organization_is_refused_alone() -> None:
    """It gets its error, and the others are stored."""

    async def story() -> tuple[list[type], list[Consent]]:
        shop = await _open()
        answers = await shop.consents.record([_word(GRANTED, organization_id="none"), _word(GRANTED)])
        with pytest.raises(NotFound):
            shop.consents.on_record("none", "c1")
        return [type(answer) for answer in answers], shop.consents.on_record("default", "c1")

    assert ([NotFound, type(None)], [_word(GRANTED)]) == in_shop(story())


async def _post(shop: Shop, kind: OutcomeType, **fields: Any) -> OutcomeStatus:
    members: dict[str, Any] = {"outcome_id": "o1", "occur_time_us": START_US + 1, **fields}
    outcome = Outcome(portfolio_id="shop", type=kind, **members)
    answer = (await shop.rewarder.reward([RewardCall(outcome=outcome)]))[0]
    assert isinstance(answer, RewardAnswer)
    return answer.status


@pytest.mark.parametrize("kind", [OutcomeType.UNSUBSCRIBE, OutcomeType.COMPLAINT])
@pytest.mark.parametrize(
    ("fields", "left"),
    [
        ({"decision_id": "d1"}, ("receipt", "sms")),
        ({"decision_id": "d1", "channel": "sms"}, ("email", "receipt")),
        ({"customer_id": "c1"}, ("receipt",)),
        ({"customer_id": "c1", "campaign_id": "sms"}, ("email", "receipt")),
        ({"customer_id": "c2"}, ("email", "receipt", "sale", "sms")),
        ({"decision_id": "none"}, ("email", "receipt", "sale", "sms")),
    ],
)
def test_unsubscribing_blocks_the_channel_from_the_next_rank_on(
    kind: OutcomeType, fields: dict[str, Any], left: tuple[str, ...]
) -> None:
    """Its own channel, else the decision's or the campaign's, else every one; also where nothing else is set up.

    A campaign without a channel may be for any, so every denial stops it.
    """

    async def story() -> tuple[str, ...]:
        shop = await Shop().open()
        for channel in ("email", "sms"):
            await shop.resources.create_campaign("shop", Campaign(campaign_id=channel, channel=channel))
        receipt = Campaign(campaign_id="receipt", type=CampaignType.TRANSACTIONAL)
        await shop.resources.create_campaign("shop", receipt)
        await rank(shop, rank_call(decision_id="d1", candidates=("email",)))
        await _post(shop, kind, **fields)
        web = rank_call(candidates=("email", "sms", "receipt", "sale"), is_test=True)
        return (await rank(shop, web))[0].eligible

    assert left == in_shop(story())


def test_a_denial_is_stored_with_its_outcome_once() -> None:
    """Outcome and denial are one commit, a repeat adds nothing, and a new service over the log refuses as well."""

    async def story() -> tuple[list[OutcomeStatus], int, Result]:
        log = MemoryLog()
        shop = await Shop(log=log).open()
        await rank(shop, rank_call(decision_id="d1"))
        shop.clock.set_us(START_US + HOUR_US)
        statuses = [await _post(shop, OutcomeType.UNSUBSCRIBE, decision_id="d1") for _ in range(2)]
        denials, [outcome] = log.consents_of("default", ["c1"]), log.get_outcome("shop", "o1")
        assert outcome.record_time_us == denials[0].record_time_us
        assert _word(DENIED, purpose="", consent_time_us=START_US + 1, cause="UNSUBSCRIBE") == denials[0].value
        await shop.committer.close()
        return statuses, len(denials), (await results(Shop(log=log), rank_call()))[0]

    assert ([OutcomeStatus.ACCEPTED, OutcomeStatus.DUPLICATE], 1, NONE) == in_shop(story())


def test_after_a_failed_commit_the_log_has_the_word_on_consent() -> None:
    """A denial whose commit failed holds if it is in the log all the same."""

    class FailingLog(MemoryLog):
        fails = False

        def append(self, records: Sequence[LogRecord], now_us: int) -> Commit:
            commit = super().append(records, now_us)
            if self.fails and records:
                raise LogUnavailable("it is not known whether the commit was made")
            return commit

    async def story(by: str) -> list[Result]:
        log = FailingLog()
        shop = await Shop(log=log).open()
        found = await results(shop, rank_call(is_test=True))
        log.fails = True
        if by == "record":
            assert isinstance((await shop.consents.record([_word(DENIED, purpose="")]))[0], LogUnavailable)
        else:
            outcome = Outcome(
                portfolio_id="shop",
                type=OutcomeType.COMPLAINT,
                outcome_id="o",
                occur_time_us=START_US,
                customer_id="c1",
            )
            assert isinstance((await shop.rewarder.reward([RewardCall(outcome=outcome)]))[0], LogUnavailable)
        log.fails = False
        return found + await results(shop, rank_call(is_test=True))

    assert [[SOME, NONE]] * 2 == [in_shop(story(by)) for by in ("record", "outcome")]


def test_whose_consent_cannot_be_read_gets_nothing() -> None:
    """A damaged record of consent is the error of every Rank for that customer."""

    class DamagedLog(MemoryLog):
        def consents_of(self, organization_id: str, customer_ids: Sequence[str]) -> list[Recorded[Consent]]:
            if "damaged" in customer_ids:
                raise RecordDamaged("a record of the decision log cannot be read")
            return super().consents_of(organization_id, customer_ids)

    async def story() -> list[type]:
        shop = await Shop(log=DamagedLog()).open()
        answers = await shop.ranker.rank([rank_call("damaged"), rank_call("damaged", dry_run=True), rank_call("c1")])
        return [type(answer) for answer in answers[:2]]

    assert [RecordDamaged] * 2 == in_shop(story())
