from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest

from banditsvc.core.activation import ActivationState, ActivationStatus
from banditsvc.core.campaign import NO_CONTACT, Campaign, CampaignType
from banditsvc.core.consent import Consent, ConsentState, GivenConsent
from banditsvc.core.decision import Result
from banditsvc.core.errors import LogUnavailable, NotFound, RecordDamaged
from banditsvc.core.organization import DEFAULT_ORGANIZATION_ID, Organization
from banditsvc.core.outcome import Outcome, OutcomeStatus, OutcomeType
from banditsvc.core.rejection import FunnelStage
from banditsvc.core.times import HOUR_US
from banditsvc.ports import Commit, LogRecord, Recorded
from banditsvc.serving.activating import ActivateCall
from banditsvc.serving.reward_call import RewardAnswer, RewardCall
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
            _word(GRANTED),
            _word(DENIED, consent_time_us=START_US - 1),
            _word(DENIED, channel="sms"),
            _word(GRANTED, channel="sms"),
        ]
        await shop.consents.record(words)
        return [(word.purpose, word.channel, word.state) for word in shop.consents.on_record("default", "c1")]

    assert [("marketing", "", GRANTED), ("marketing", "sms", DENIED)] == in_shop(story())


@pytest.mark.parametrize("state", [GRANTED, DENIED])
def test_no_word_lies_ahead(state: ConsentState) -> None:
    """A word whose time is ahead of the clock is of now, so that what is said later takes it back."""

    async def story() -> tuple[list[Consent], ConsentState]:
        shop = await _open()
        await shop.consents.record([_word(state, channel="email", consent_time_us=START_US + HOUR_US)])
        first = shop.consents.on_record("default", "c1")
        shop.clock.set_us(START_US + 1)
        if state is GRANTED:
            await _post(shop, OutcomeType.UNSUBSCRIBE, customer_id="c1", channel="email")
        else:
            await shop.consents.record([_word(GRANTED, channel="email", consent_time_us=START_US + 1)])
        is_open = "email" in (await rank(shop, _ask()))[0].eligible
        return first, GRANTED if is_open else DENIED

    other = DENIED if state is GRANTED else GRANTED
    assert ([_word(state, channel="email")], other) == in_shop(story())


def test_the_same_word_is_stored_once() -> None:
    """Recording a word again, in one call or in the next, writes nothing."""

    async def story() -> int:
        shop = await _open()
        for _ in range(2):
            assert [None, None] == await shop.consents.record([_word(GRANTED), _word(GRANTED)])
        return len(shop.log.consents_of("default", ["c1"]))

    assert 1 == in_shop(story())


class _CountingLog(MemoryLog):
    """Notes how many customers each read of consents is for."""

    def __init__(self) -> None:
        super().__init__()
        self.reads: list[int] = []

    def consents_of(self, organization_id: str, customer_ids: Sequence[str]) -> list[Recorded[Consent]]:
        self.reads.append(len(customer_ids))
        return super().consents_of(organization_id, customer_ids)


def test_a_customer_is_read_once_for_all_words() -> None:
    """However many words there are of a customer, what is on record is read once, and each new word is stored once."""

    async def story() -> tuple[list[int], int]:
        log = _CountingLog()
        shop = await Shop(log=log).open()
        for known in (0, 100):
            words = [_word(GRANTED, consent_time_us=time_us) for time_us in range(known, known + 200)]
            assert [None] * 400 == await shop.consents.record([*words, *words])
        return list(log.reads), len(shop.log.consents_of("default", ["c1"]))

    assert ([1, 1], 300) == in_shop(story())


def test_others_have_their_turn_while_words_are_recorded() -> None:
    """Between reads for some customers of a large call the event loop goes round."""

    async def story() -> tuple[int, int]:
        log = _CountingLog()
        shop = await Shop(log=log).open()
        recording = asyncio.ensure_future(
            shop.consents.record([_word(GRANTED, customer_id=f"c{number}") for number in range(300)])
        )
        seen = set()
        while not recording.done():
            seen.add(sum(log.reads))
            await asyncio.sleep(0)
        return max(log.reads), len(seen)

    most, turns = in_shop(story())
    assert most <= 20
    assert turns >= 300 // 20


def test_a_damaged_record_harms_no_other_customer() -> None:
    """Whose record cannot be read gets the error, and the others' words are stored."""

    class DamagedLog(MemoryLog):
        def consents_of(self, organization_id: str, customer_ids: Sequence[str]) -> list[Recorded[Consent]]:
            if "damaged" in customer_ids:
                raise RecordDamaged("a record of the decision log cannot be read")
            return super().consents_of(organization_id, customer_ids)

    async def story() -> tuple[list[type], list[Consent]]:
        shop = await Shop(log=DamagedLog()).open()
        answers = await shop.consents.record([_word(GRANTED), _word(GRANTED, customer_id="damaged"), _word(DENIED)])
        return [type(answer) for answer in answers], shop.consents.on_record("default", "c1")

    assert ([type(None), RecordDamaged, type(None)], [_word(DENIED)]) == in_shop(story())


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


@pytest.mark.parametrize(
    ("replaced_by", "left"),
    [("sms", ("email",)), ("unheard-of", ("sms",)), ("sale", ()), (NO_CONTACT, ("sms",))],
)
def test_unsubscribing_blocks_the_channel_that_was_used(replaced_by: str, left: tuple[str, ...]) -> None:
    """Where another campaign went out its channel is meant, every one if it has none, else the decision's own."""

    async def story() -> tuple[str, ...]:
        shop = await Shop().open()
        for channel in ("email", "sms"):
            await shop.resources.create_campaign("shop", Campaign(campaign_id=channel, channel=channel))
        await rank(shop, rank_call(decision_id="d1", candidates=("email",), defer_activation=True))
        word = ActivateCall(decision_id="d1", state=ActivationState.REPLACED_BY, replaced_by=replaced_by)
        assert [ActivationStatus.ACCEPTED] == await shop.activator.activate([word])
        await _post(shop, OutcomeType.UNSUBSCRIBE, decision_id="d1")
        return (await rank(shop, rank_call(candidates=("email", "sms"), is_test=True)))[0].eligible

    assert left == in_shop(story())


def test_a_test_denies_nobody() -> None:
    """An outcome that names a test decision says nothing of the customer's consent."""

    async def story() -> list[Consent]:
        shop = await Shop().open()
        await rank(shop, rank_call(decision_id="d1", is_test=True))
        await _post(shop, OutcomeType.UNSUBSCRIBE, decision_id="d1")
        return shop.consents.on_record("default", "c1")

    assert [] == in_shop(story())


@pytest.mark.parametrize("occurred_us", [START_US + 1, START_US + 9 * HOUR_US])
def test_an_outcome_denies_from_when_it_is_heard_of(occurred_us: int) -> None:
    """A grant recorded before it was posted does not take it back, whenever it occurred; one recorded after does."""

    async def story() -> list[tuple[str, ...]]:
        shop = await _open()
        left = []
        for hours in (1, 3):
            shop.clock.set_us(START_US + hours * HOUR_US)
            await shop.consents.record([_word(GRANTED, channel="email", consent_time_us=START_US + hours * HOUR_US)])
            shop.clock.set_us(START_US + (hours + 1) * HOUR_US)
            await _post(shop, OutcomeType.UNSUBSCRIBE, customer_id="c1", occur_time_us=occurred_us)
            left.append((await rank(shop, _ask()))[0].eligible)
        return left

    assert [("receipt",), ("email", "receipt")] == in_shop(story())


def test_restating_is_not_unsubscribing_again() -> None:
    """A revision denies anew only what no revision before it has denied, so a grant in between stands."""

    async def story() -> list[tuple[str, ...]]:
        shop = await _open()
        left = []
        restated: list[dict[str, Any]] = [
            {"channel": "email"},
            {"channel": "email", "machine": True},
            {"channel": "sms"},
        ]
        for hour, fields in enumerate(restated):
            shop.clock.set_us(START_US + hour * HOUR_US)
            await _post(shop, OutcomeType.UNSUBSCRIBE, customer_id="c1", revision=hour, **fields)
            left.append((await rank(shop, _ask()))[0].eligible)
            shop.clock.set_us(START_US + hour * HOUR_US + 10)
            await shop.consents.record([_word(GRANTED, consent_time_us=START_US + hour * HOUR_US + 10)])
        return left

    everything = ("email", "receipt", "sms")
    assert [("receipt",), everything, ("email", "receipt")] == in_shop(story())


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
        learned_us = START_US + HOUR_US
        assert _word(DENIED, purpose="", consent_time_us=learned_us, cause="UNSUBSCRIBE") == denials[0].value
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
        await shop.consents.record([_word(GRANTED, channel="email")])
        answers = await shop.ranker.rank([rank_call("damaged"), rank_call("damaged", dry_run=True), rank_call("c1")])
        return [type(answer) for answer in answers[:2]]

    assert [RecordDamaged] * 2 == in_shop(story())
