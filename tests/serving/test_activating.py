from __future__ import annotations

import asyncio

import pytest

from banditsvc.core.activation import Activation, ActivationState, ActivationStatus
from banditsvc.core.campaign import NO_CONTACT, Campaign
from banditsvc.core.errors import BanditError, FailedPrecondition, InvalidRequest, NotFound, RecordDamaged
from banditsvc.core.times import DAY_US, HOUR_US
from banditsvc.ports import Recorded
from banditsvc.serving.activating import ActivateCall
from banditsvc.serving.ranking import RankAnswer
from banditsvc.store.memory import MemoryLog
from tests.serving.shop import START_US, Shop, in_shop, rank_call, ranked

SENT, NOT_SENT, REPLACED_BY = ActivationState.SENT, ActivationState.NOT_SENT, ActivationState.REPLACED_BY


async def _decided(shop: Shop, decision_id: str = "d1") -> None:
    answer = (await shop.ranker.rank([rank_call(decision_id=decision_id, defer_activation=True)]))[0]
    assert isinstance(answer, RankAnswer)


def test_the_first_word_on_a_decision_stands() -> None:
    """The same activation again is a duplicate, another one is refused."""

    async def story() -> list[object]:
        shop = await Shop().open()
        await _decided(shop)
        calls = [ActivateCall(decision_id="d1", state=state) for state in (SENT, SENT, NOT_SENT)]
        answers = await shop.activator.activate(calls)
        return [answer if isinstance(answer, ActivationStatus) else type(answer) for answer in answers]

    assert [ActivationStatus.ACCEPTED, ActivationStatus.DUPLICATE, FailedPrecondition] == in_shop(story())


def test_activations_that_race_leave_one() -> None:
    """Of activations that race for one decision exactly one is accepted."""

    async def story() -> list[ActivationStatus | BanditError]:
        shop = await Shop().open()
        await _decided(shop)
        call = ActivateCall(decision_id="d1", state=SENT)
        return [answers[0] for answers in await asyncio.gather(*(shop.activator.activate([call]) for _ in range(9)))]

    answers = in_shop(story())

    assert [1, 8] == [answers.count(ActivationStatus.ACCEPTED), answers.count(ActivationStatus.DUPLICATE)]


def test_an_activation_after_the_deadline_is_expired() -> None:
    """An activation that is recorded after send_time plus the deadline says EXPIRED, where it had to come."""

    async def story() -> list[ActivationStatus | BanditError]:
        shop = await Shop().open()
        await _decided(shop, "early")
        await _decided(shop, "late")
        await shop.ranker.rank([rank_call(decision_id="at once")])
        shop.clock.set_us(START_US + 3 * DAY_US - HOUR_US)
        early = await shop.activator.activate([ActivateCall(decision_id="early", state=SENT)])
        shop.clock.set_us(START_US + 3 * DAY_US + HOUR_US)
        calls = [ActivateCall(decision_id=name, state=NOT_SENT) for name in ("late", "at once")]
        return [*early, *await shop.activator.activate(calls)]

    assert [ActivationStatus.ACCEPTED, ActivationStatus.EXPIRED, ActivationStatus.ACCEPTED] == in_shop(story())


@pytest.mark.parametrize("offset_us", [-HOUR_US, HOUR_US])
def test_an_activation_lies_between_the_decision_and_now(offset_us: int) -> None:
    """A time before the decision or in the future is refused, and nothing is stored."""

    async def story() -> tuple[type, object]:
        shop = await Shop().open()
        await _decided(shop)
        call = ActivateCall(decision_id="d1", state=SENT, activate_time_us=START_US + offset_us)
        answer = (await shop.activator.activate([call]))[0]
        return type(answer), shop.log.get_activation("d1")

    assert (InvalidRequest, None) == in_shop(story())


def test_a_bad_activation_harms_no_other() -> None:
    """In a batch an unknown decision gets its error and the others are stored."""

    async def story() -> list[object]:
        shop = await Shop().open()
        await _decided(shop)
        calls = [
            ActivateCall(decision_id="none", state=SENT),
            ActivateCall(decision_id="d1", state=REPLACED_BY, replaced_by="news"),
        ]
        answers = await shop.activator.activate(calls)
        return [answer if isinstance(answer, ActivationStatus) else type(answer) for answer in answers]

    assert [NotFound, ActivationStatus.ACCEPTED] == in_shop(story())


def test_an_activation_of_a_paused_campaign_says_so() -> None:
    """SENT is stored and answered CAMPAIGN_PAUSED when the campaign has been paused since; other words are as ever."""

    async def story() -> tuple[list[ActivationStatus | BanditError], bool]:
        shop = await Shop().open()
        calls = [rank_call(decision_id=name, candidates=("sale",), defer_activation=True) for name in ("d1", "d2")]
        await shop.ranker.rank(calls)
        await shop.resources.pause_campaign("shop", "sale")
        said = [ActivateCall(decision_id="d1", state=state) for state in (SENT, SENT)]
        answers = await shop.activator.activate([*said, ActivateCall(decision_id="d2", state=NOT_SENT)])
        return answers, shop.log.get_activation("d1") is not None

    paused, duplicate = ActivationStatus.CAMPAIGN_PAUSED, ActivationStatus.DUPLICATE
    assert ([paused, duplicate, ActivationStatus.ACCEPTED], True) == in_shop(story())


def test_what_replaces_a_campaign_is_a_contact_of_its_own() -> None:
    """REPLACED_BY carries the contact of the campaign that went out, none for NO_CONTACT and for tests."""

    async def story() -> list[tuple[str, str, int] | None]:
        shop = await Shop().open()
        await shop.resources.create_campaign("shop", Campaign(campaign_id="text", channel="sms"))
        found: list[tuple[str, str, int] | None] = []
        for name, replacing, is_test in (
            ("known", "text", False),
            ("unknown", "other system's", False),
            ("nothing", NO_CONTACT, False),
            ("test", "text", True),
        ):
            asked = rank_call(decision_id=name, channel="email", is_test=is_test, candidates=("sale",))
            await shop.ranker.rank([asked])
            shop.clock.set_us(START_US + HOUR_US)
            said = ActivateCall(
                decision_id=name, state=REPLACED_BY, replaced_by=replacing, activate_time_us=START_US + HOUR_US
            )
            await shop.activator.activate([said])
            activation = shop.log.get_activation(name)
            assert activation is not None
            contact = activation.value.contact
            if contact is None:
                found.append(None)
            else:
                found.append((contact.campaign.campaign_id, contact.campaign.channel, contact.contact_time_us))
        return found

    sent_us = START_US + HOUR_US
    assert [("text", "sms", sent_us), ("other system's", "email", sent_us), None, None] == in_shop(story())


def test_what_was_not_deferred_can_be_activated() -> None:
    """A decision that needs no activation takes one; one that chose nothing takes none."""

    async def story() -> list[object]:
        shop = await Shop().open()
        await shop.ranker.rank([rank_call(decision_id="plain"), rank_call(decision_id="none", candidates=("gone",))])
        calls = [ActivateCall(decision_id=name, state=SENT) for name in ("plain", "none")]
        answers = await shop.activator.activate(calls)
        return [answer if isinstance(answer, ActivationStatus) else type(answer) for answer in answers]

    assert [ActivationStatus.ACCEPTED, FailedPrecondition] == in_shop(story())


def test_a_word_that_cannot_be_read_harms_no_other_request() -> None:
    """Where the log proves to have a word that cannot be read, the rest of the commit is answered and no id hangs."""

    class TurnedLog(MemoryLog):
        looks = 0

        def get_activation(self, decision_id: str) -> Recorded[Activation] | None:
            if decision_id != "taken":
                return super().get_activation(decision_id)
            self.looks += 1
            if self.looks == 2:
                return None
            if self.looks == 3:
                raise RecordDamaged("a record of the decision log cannot be read")
            return super().get_activation(decision_id)

    async def story() -> list[object]:
        shop = await Shop(log=TurnedLog()).open()
        ids = ("first", "taken", "last")
        await ranked(shop, *[rank_call(decision_id=decision_id, defer_activation=True) for decision_id in ids])
        calls = [ActivateCall(decision_id=decision_id, state=SENT) for decision_id in ids]
        assert [ActivationStatus.ACCEPTED] == await shop.activator.activate([calls[1]])
        answers = [await shop.activator.activate(calls)]
        answers.append(await asyncio.wait_for(shop.activator.activate(calls), timeout=5))
        return [type(answer) if isinstance(answer, BanditError) else answer for one in answers for answer in one]

    accepted, again = ActivationStatus.ACCEPTED, ActivationStatus.DUPLICATE
    assert [accepted, RecordDamaged, accepted, again, again, again] == in_shop(story())
