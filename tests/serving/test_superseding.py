from __future__ import annotations

import asyncio

from banditsvc.core.activation import ActivationState
from banditsvc.core.errors import BanditError, FailedPrecondition, NotFound
from banditsvc.serving.activating import ActivateCall
from banditsvc.serving.ranking import RankAnswer
from tests.serving.shop import Shop, in_shop, rank_call, ranked, refused


def test_an_unsent_decision_can_be_superseded() -> None:
    """A superseded decision is marked in the same commit; a sent one cannot be superseded."""

    async def story() -> tuple[ActivationState, BanditError, BanditError]:
        shop = await Shop().open()
        old = (await ranked(shop, rank_call(occasion="w1", defer_activation=True)))[0].decision.value.decision_id
        new = (await ranked(shop, rank_call(occasion="w1", supersedes=old)))[0].decision
        mark = shop.log.get_activation(old)
        assert mark is not None
        assert new.record_time_us == mark.record_time_us
        again = await refused(shop, rank_call(decision_id="d9", supersedes=old))
        sent = await refused(shop, rank_call(decision_id="d8", supersedes=new.value.decision_id))
        return mark.value.state, again, sent

    state, again, sent = in_shop(story())

    assert ActivationState.SUPERSEDED is state
    assert ["ALREADY_SUPERSEDED", "ALREADY_SENT"] == [
        error.reason for error in (again, sent) if isinstance(error, FailedPrecondition)
    ]


def test_a_decision_is_superseded_once() -> None:
    """Of calls that supersede one decision, in a batch or racing, one alone is answered with a decision."""

    async def story(*, batch: bool) -> list[type]:
        shop = await Shop().open()
        await ranked(shop, rank_call(decision_id="old", defer_activation=True))
        calls = [rank_call(decision_id=f"new-{number}", supersedes="old") for number in range(5)]
        if batch:
            answers = await shop.ranker.rank(calls)
        else:
            answers = [answer for (answer,) in await asyncio.gather(*(shop.ranker.rank([call]) for call in calls))]
        return [type(answer) for answer in answers]

    for batch in (True, False):
        kinds = in_shop(story(batch=batch))
        assert [RankAnswer, *[FailedPrecondition] * 4] == kinds


def test_a_decision_is_sent_or_superseded() -> None:
    """Of an activation and a superseding call that race, one alone succeeds."""

    async def story(first: str) -> tuple[bool, bool]:
        shop = await Shop().open()
        await ranked(shop, rank_call(decision_id="old", defer_activation=True))
        supersede = shop.ranker.rank([rank_call(decision_id="new", supersedes="old")])
        activate = shop.activator.activate([ActivateCall(decision_id="old", state=ActivationState.SENT)])
        if first == "supersede":
            superseded, activated = await asyncio.gather(supersede, activate)
        else:
            activated, superseded = await asyncio.gather(activate, supersede)
        return isinstance(superseded[0], RankAnswer), not isinstance(activated[0], BanditError)

    for first in ("supersede", "activate"):
        superseded, sent = in_shop(story(first))
        assert superseded != sent


def test_a_superseding_call_can_be_repeated() -> None:
    """The same superseding call, in a row or at the same time, is one decision."""

    async def story() -> tuple[set[str], int]:
        shop = await Shop().open()
        await ranked(shop, rank_call(decision_id="old", defer_activation=True))
        call = rank_call(occasion="w1", supersedes="old")
        together = await asyncio.gather(*(ranked(shop, call) for _ in range(4)))
        answers = [answer for answers in together for answer in answers] + await ranked(shop, call)
        return {answer.decision.value.decision_id for answer in answers}, shop.log.count_decisions("shop", 0)

    ids, count = in_shop(story())

    assert (1, 2) == (len(ids), count)


def test_requests_of_a_batch_may_supersede_each_other() -> None:
    """Requests of a batch behave like calls in a row: a later one may supersede an earlier one."""

    async def story() -> list[type]:
        shop = await Shop().open()
        calls = [
            rank_call(decision_id="y1", defer_activation=True),
            rank_call(decision_id="y2", supersedes="y1", defer_activation=True),
            rank_call(decision_id="y3", supersedes="y2"),
            rank_call(decision_id="y4", supersedes="y4"),
        ]
        return [type(answer) for answer in await shop.ranker.rank(calls)]

    assert [RankAnswer, RankAnswer, RankAnswer, NotFound] == in_shop(story())


def test_nothing_chosen_and_tests_are_superseded_by_their_like() -> None:
    """A decision that chose nothing was never sent; a test and a true decision do not supersede each other."""

    async def story() -> list[type]:
        shop = await Shop().open()
        await ranked(
            shop,
            rank_call(decision_id="nothing", candidates=("none",)),
            rank_call(decision_id="true", defer_activation=True),
        )
        calls = [rank_call(decision_id="a", supersedes="nothing"), rank_call(supersedes="true", is_test=True)]
        return [type(answer) for answer in await shop.ranker.rank(calls)]

    assert [RankAnswer, FailedPrecondition] == in_shop(story())


def test_a_dry_run_is_refused_as_the_true_call_is() -> None:
    """A dry run of superseding answers where the call would, is refused where it would be, and reserves nothing."""

    async def story() -> list[tuple[str, str]]:
        shop = await Shop().open()
        await ranked(
            shop,
            rank_call(decision_id="unsent", defer_activation=True),
            rank_call(decision_id="sent"),
            rank_call(decision_id="test", is_test=True),
            rank_call(decision_id="former", defer_activation=True),
            rank_call(decision_id="latter", supersedes="former"),
            rank_call("c2", decision_id="another's", defer_activation=True),
        )
        pairs = []
        for old in ("sent", "test", "former", "another's", "none", "unsent"):
            answers = [
                (await shop.ranker.rank([rank_call(decision_id=f"{old}-1", supersedes=old, dry_run=is_dry)]))[0]
                for is_dry in (True, True, False)
            ]
            told = [str(answer) if isinstance(answer, BanditError) else type(answer).__name__ for answer in answers]
            assert told[0] == told[1]
            pairs.append((told[0], told[2]))
        return pairs

    pairs = in_shop(story())
    assert [true for _, true in pairs] == [dry for dry, _ in pairs]
    assert 5 == sum(true != "RankAnswer" for _, true in pairs)


def test_a_dry_run_waits_for_what_is_on_its_way() -> None:
    """A dry run that supersedes a decision which is being stored, or activated, knows what became of it."""

    async def story() -> list[type]:
        shop = await Shop().open()
        dry = rank_call(supersedes="old", dry_run=True)
        decide = shop.ranker.rank([rank_call(decision_id="old", defer_activation=True)])
        _, unsent = await asyncio.gather(decide, shop.ranker.rank([dry]))
        sending = shop.activator.activate([ActivateCall(decision_id="old", state=ActivationState.SENT)])
        activate = asyncio.ensure_future(sending)
        for _ in range(3):
            await asyncio.sleep(0)
        assert not activate.done()
        _, sent = await asyncio.gather(activate, shop.ranker.rank([dry]))
        return [type(answer) for answer in (*unsent, *sent)]

    assert [RankAnswer, FailedPrecondition] == in_shop(story())
