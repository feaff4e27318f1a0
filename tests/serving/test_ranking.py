from __future__ import annotations

import asyncio
import dataclasses
from typing import Any

import pytest
import structlog

from banditsvc.core.activation import ActivationState
from banditsvc.core.campaign import NO_CONTACT, Campaign
from banditsvc.core.context import CustomerContext
from banditsvc.core.decision import DecidedBy, Decision, RankInput, Result
from banditsvc.core.errors import AlreadyExists, BanditError, NotFound, RecordDamaged
from banditsvc.core.rejection import FunnelStage
from banditsvc.core.sampling import uniform_draw
from banditsvc.core.scoring import Scorer
from banditsvc.core.times import DAY_US
from banditsvc.ports import Recorded
from banditsvc.serving.activating import ActivateCall
from banditsvc.serving.active_portfolio import ActivePortfolio
from banditsvc.serving.pending import Pending
from banditsvc.serving.ranking import RankAnswer, Ranker
from banditsvc.serving.unseen_values import UnseenValues
from banditsvc.store.memory import MemoryLog
from tests.serving.shop import PORTFOLIO, START_US, Shop, in_shop, rank_call, ranked, refused


def test_an_untrained_model_chooses_evenly() -> None:
    """Before anything is learned all eligible campaigns are alike, and the decision logs how it was drawn."""

    async def story() -> tuple[RankAnswer, float]:
        shop = await Shop().open()
        answer = (await ranked(shop, rank_call(decision_id="d1")))[0]
        return answer, uniform_draw(shop.resources.portfolio("shop").value.salt, "select", "d1", 0)

    answer, draw = in_shop(story())
    decision = answer.decision.value

    assert ("news", "sale", "winback") == decision.eligible
    assert (1 / 3, 1 / 3, 1 / 3) == pytest.approx(decision.selection_probabilities)
    assert decision.eligible[int(draw * 3)] == decision.campaign_id
    assert (Result.CAMPAIGN, DecidedBy.POLICY) == (decision.result, decision.decided_by)
    assert ("untrained", 1, 1, 3) == (
        decision.model_version,
        decision.policy_version,
        decision.encoder_version,
        decision.catalogue_version,
    )


def test_a_decision_is_durable_before_it_is_answered() -> None:
    """What Rank returns stands in the log, at the position that it was told."""

    async def story() -> bool:
        shop = await Shop().open()
        answer = (await ranked(shop, rank_call()))[0]
        return shop.log.get_decision(answer.decision.value.decision_id) == answer.decision

    assert in_shop(story())


@pytest.mark.parametrize("by", ["decision_id", "occasion"])
def test_a_repeat_returns_the_stored_decision(by: str) -> None:
    """The same decision_id, or the same portfolio, customer and occasion, is one decision."""

    async def story() -> tuple[list[RankAnswer], int]:
        shop = await Shop().open()
        call = rank_call(decision_id="d1") if by == "decision_id" else rank_call(occasion="week-1/email")
        answers = [*await ranked(shop, call, call), *await ranked(shop, call)]
        return answers, shop.log.count_decisions("shop", 0)

    answers, count = in_shop(story())

    assert [False, True, True] == [answer.is_replay for answer in answers]
    assert [False] * 3 == [answer.request_differs for answer in answers]
    assert 1 == len({answer.decision.value.campaign_id for answer in answers}) == count


def test_repeats_at_the_same_time_are_one_decision() -> None:
    """Calls that race with the same id get one decision between them."""

    async def story() -> tuple[int, int]:
        shop = await Shop().open()
        answers = await asyncio.gather(*(ranked(shop, rank_call(decision_id="d1")) for _ in range(20)))
        return shop.log.count_decisions("shop", 0), sum(answer.is_replay for (answer,) in answers)

    assert (1, 19) == in_shop(story())


def test_a_repeat_says_when_the_request_differs() -> None:
    """A replay is marked when context or candidates have moved since; the order of lists is no difference."""

    async def story() -> list[bool]:
        shop = await Shop().open()
        await ranked(shop, rank_call(decision_id="d1", candidates=("sale", "news")))
        repeats = [
            rank_call(decision_id="d1", candidates=("news", "sale"), send_time_us=START_US + 5),
            rank_call(decision_id="d1", candidates=("news",)),
            rank_call(decision_id="d1", candidates=("sale", "news"), context=CustomerContext(recency_days=11.0)),
        ]
        return [answer.request_differs for answer in await ranked(shop, *repeats)]

    assert [False, True, True] == in_shop(story())


@pytest.mark.parametrize("change", [{"customer_id": "c2"}, {"occasion": "other"}, {"portfolio_id": "shop2"}])
def test_an_id_belongs_to_one_portfolio_customer_and_occasion(change: dict[str, Any]) -> None:
    """The same decision_id for another portfolio, customer or occasion is refused."""

    async def story() -> BanditError:
        shop = await Shop().open()
        await shop.resources.create_portfolio(dataclasses.replace(PORTFOLIO, portfolio_id="shop2"))
        await ranked(shop, rank_call(decision_id="d1"))
        return await refused(shop, rank_call(decision_id="d1", **change))

    assert isinstance(in_shop(story()), AlreadyExists)


def test_an_unknown_portfolio_harms_no_other_request() -> None:
    """In a batch one bad request gets its error and the others their decisions."""

    async def story() -> list[RankAnswer | BanditError]:
        shop = await Shop().open()
        return await shop.ranker.rank([rank_call("c1"), rank_call("c2", portfolio_id="none"), rank_call("c3")])

    assert [RankAnswer, NotFound, RankAnswer] == [type(answer) for answer in in_shop(story())]


def test_a_batch_decides_as_single_calls_do() -> None:
    """Under the same ids a batch and single calls give the same decisions, bit for bit."""

    async def story() -> tuple[list[Any], list[Any]]:
        calls = [
            rank_call(f"c{number}", decision_id=f"d{number}", context=CustomerContext(recency_days=float(number)))
            for number in range(50)
        ]
        batch, single = await Shop().open(), await Shop().open()
        together = await ranked(batch, *calls)
        apart = [(await ranked(single, call))[0] for call in calls]
        key = [
            [(a.decision.value.selection_probabilities, a.decision.value.predicted_rewards) for a in answers]
            for answers in (together, apart)
        ]
        return key[0], key[1]

    together, apart = in_shop(story())

    assert apart == together


def test_dropped_campaigns_are_named_with_a_reason() -> None:
    """Unknown, paused, ended, excluded and untimely candidates are rejections, not errors."""

    async def story() -> dict[str, tuple[FunnelStage, str]]:
        shop = await Shop().open()
        await shop.resources.pause_campaign("shop", "news")
        await shop.resources.create_campaign("shop", Campaign(campaign_id="old", end_time_us=START_US))
        await shop.resources.create_campaign("shop", Campaign(campaign_id="soon", start_time_us=START_US + 1))
        call = rank_call(candidates=("sale", "news", "old", "soon", "what", "winback"), excluded=("winback",))
        decision = (await ranked(shop, call))[0].decision.value
        assert ("sale",) == decision.eligible
        return {rejection.campaign_id: (rejection.stage, rejection.rule) for rejection in decision.rejections}

    assert {
        "news": (FunnelStage.VALIDITY, "state"),
        "old": (FunnelStage.VALIDITY, "end_time"),
        "soon": (FunnelStage.VALIDITY, "start_time"),
        "what": (FunnelStage.VALIDITY, "known"),
        "winback": (FunnelStage.APPLICABILITY, "excluded"),
    } == in_shop(story())


def test_validity_is_judged_at_send_time() -> None:
    """A campaign is eligible when send_time lies in [start_time, end_time), whatever was asked before."""

    async def story() -> list[bool]:
        shop = await Shop().open()
        campaign = Campaign(campaign_id="weekend", start_time_us=START_US + 10, end_time_us=START_US + 20)
        await shop.resources.create_campaign("shop", campaign)
        times = [START_US + 9, START_US + 10, START_US + 19, START_US + 20, START_US + 15]
        answers = await ranked(shop, *(rank_call(f"c{time}", send_time_us=time) for time in times))
        return ["weekend" in answer.decision.value.eligible for answer in answers]

    assert [False, True, True, False, True] == in_shop(story())


def test_an_empty_eligible_set_is_a_logged_answer() -> None:
    """Where nothing is left the answer is NO_ELIGIBLE, and it is logged like any other."""

    async def story() -> tuple[Result, int]:
        shop = await Shop().open()
        answer = (await ranked(shop, rank_call(candidates=("none",))))[0]
        return answer.decision.value.result, shop.log.count_decisions("shop", 0)

    assert (Result.NO_ELIGIBLE, 1) == in_shop(story())


def test_no_contact_is_a_choice_where_the_portfolio_allows_it() -> None:
    """NO_CONTACT is eligible beside the others where it is allowed, and never all that is left."""

    async def story() -> list[tuple[str, ...]]:
        shop = await Shop().open(dataclasses.replace(PORTFOLIO, allow_no_contact=True))
        calls = [rank_call("c1"), rank_call("c2", excluded=(NO_CONTACT,)), rank_call("c3", candidates=("none",))]
        return [answer.decision.value.eligible for answer in await ranked(shop, *calls)]

    assert [(NO_CONTACT, "news", "sale", "winback"), ("news", "sale", "winback"), ()] == in_shop(story())


def test_a_dry_run_writes_nothing() -> None:
    """A dry run leaves the log as it is, and there is no decision of its id."""

    async def story() -> tuple[bool, type[BanditError]]:
        shop = await Shop().open()
        before = shop.log.watermark()
        answer = (await ranked(shop, rank_call(decision_id="d1", dry_run=True)))[0]
        dry_id = answer.decision.value.decision_id
        unknown = (await shop.activator.activate([ActivateCall(decision_id=dry_id, state=ActivationState.SENT)]))[0]
        assert isinstance(unknown, BanditError)
        return shop.log.watermark() == before, type(unknown)

    assert (True, NotFound) == in_shop(story())


def test_a_dry_run_shows_what_would_be_decided() -> None:
    """A dry run with an id chooses what the real call with that id will choose."""

    async def story() -> list[tuple[str, str]]:
        shop = await Shop().open()
        pairs = []
        for number in range(20):
            would = (await ranked(shop, rank_call(f"c{number}", decision_id=f"d{number}", dry_run=True)))[0]
            did = (await ranked(shop, rank_call(f"c{number}", decision_id=f"d{number}")))[0]
            pairs.append((would.decision.value.campaign_id, did.decision.value.campaign_id))
        return pairs

    assert all(would == did for would, did in in_shop(story()))


def test_the_fixed_order_decides_when_scoring_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    """When anything learned fails, the least fixed_priority is chosen, and the decision says FALLBACK."""

    def broken(*_: object) -> None:
        message = "weights on fire"
        raise RuntimeError(message)

    async def story() -> tuple[str, float, DecidedBy]:
        shop = await Shop().open()
        monkeypatch.setattr(Scorer, "predict", broken)
        decision = (await ranked(shop, rank_call()))[0].decision.value
        return decision.campaign_id, decision.selection_probability, decision.decided_by

    assert ("sale", 1.0, DecidedBy.FALLBACK) == in_shop(story())


def test_inline_campaigns_compete_like_those_of_the_catalogue() -> None:
    """A campaign given in the request is eligible by its own dates, and is logged with its features."""

    async def story() -> tuple[tuple[str, ...], tuple[object, ...]]:
        shop = await Shop().open()
        inline = Campaign(campaign_id="flash", category="shoes", features={"score": 0.7}, end_time_us=START_US + DAY_US)
        decision = (await ranked(shop, rank_call(candidates=("sale", inline))))[0].decision.value
        return decision.eligible, decision.input.candidates[1:]

    eligible, logged = in_shop(story())

    assert ("flash", "sale") == eligible
    assert [0.7] == [campaign.features["score"] for campaign in logged if isinstance(campaign, Campaign)]


def test_an_occasion_is_one_decision_whatever_its_id() -> None:
    """A decision with an id of its own stands for its occasion; once superseded, its successor does."""

    async def story() -> tuple[list[str], list[bool]]:
        shop = await Shop().open()
        own = rank_call(occasion="w1", decision_id="mine", defer_activation=True)
        calls = [own, rank_call(occasion="w1", defer_activation=True)]
        answers = await ranked(shop, *calls)
        answers += await ranked(shop, rank_call(occasion="w1", decision_id="next", supersedes="mine"))
        answers += await ranked(shop, rank_call(occasion="w1"), rank_call(occasion="w1", decision_id="next"))
        return [answer.decision.value.decision_id for answer in answers], [answer.is_replay for answer in answers]

    assert (["mine", "mine", "next", "next", "next"], [False, True, False, True, True]) == in_shop(story())


def test_a_test_does_not_take_the_occasion() -> None:
    """A test on an occasion is repeatable by itself, and the true decision is made all the same."""

    async def story() -> list[tuple[bool, bool]]:
        shop = await Shop().open()
        calls = [rank_call(occasion="w1", is_test=True)] * 2 + [rank_call(occasion="w1")] * 2
        return [(answer.decision.value.input.is_test, answer.is_replay) for answer in await ranked(shop, *calls)]

    assert [(True, False), (True, True), (False, False), (False, True)] == in_shop(story())


def test_a_record_that_cannot_be_read_harms_no_other_request() -> None:
    """A damaged record is an error of the request that needs it, and leaves no id hanging."""

    class DamagedLog(MemoryLog):
        def get_decision(self, decision_id: str) -> Recorded[Decision] | None:
            if decision_id == "damaged":
                raise RecordDamaged("a record of the decision log cannot be read")
            return super().get_decision(decision_id)

    async def story() -> list[type]:
        shop = await Shop(log=DamagedLog()).open()
        calls = [rank_call(decision_id="new"), rank_call(decision_id="damaged")]
        first = await shop.ranker.rank(calls)
        again = await asyncio.wait_for(shop.ranker.rank(calls), timeout=5)
        return [type(answer) for answer in (*first, *again)]

    assert [RankAnswer, RecordDamaged, RankAnswer, RecordDamaged] == in_shop(story())


def test_what_stands_instead_and_cannot_be_read_harms_no_other_request() -> None:
    """Where an id proves taken at the commit by what cannot be read, the rest of the commit is answered and no id hangs."""

    class TurnedLog(MemoryLog):
        looks = 0

        def get_decision(self, decision_id: str) -> Recorded[Decision] | None:
            if decision_id != "taken":
                return super().get_decision(decision_id)
            self.looks += 1
            if self.looks == 2:
                return None
            if self.looks == 3:
                raise RecordDamaged("a record of the decision log cannot be read")
            return super().get_decision(decision_id)

    async def story() -> tuple[list[type], list[bool]]:
        shop = await Shop(log=TurnedLog()).open()
        await ranked(shop, rank_call(decision_id="taken"))
        calls = [rank_call(decision_id=decision_id) for decision_id in ("first", "taken", "last")]
        answers = await shop.ranker.rank(calls)
        again = await asyncio.wait_for(ranked(shop, *calls), timeout=5)
        return [type(answer) for answer in answers], [answer.is_replay for answer in again]

    assert ([RankAnswer, RecordDamaged, RankAnswer], [True] * 3) == in_shop(story())


def test_what_only_counts_keeps_no_decision_from_being_logged() -> None:
    """Where the unseen values cannot be noted the decision is logged and answered, and the failure is told by its kind."""

    class Failing(UnseenValues):
        def note(self, asked: RankInput, active: ActivePortfolio) -> None:
            raise ValueError(f"segment {asked.context.segment} of {active.portfolio.portfolio_id}")

    async def story() -> tuple[list[bool], list[Any]]:
        shop = await Shop().open()
        parts = (shop.log, shop.committer, shop.clock, Pending())
        unseen = Failing(lambda _portfolio_id, _kind: None)
        shop.ranker = Ranker(shop.active, *parts, resources=shop.resources, book=shop.book, unseen=unseen)
        with structlog.testing.capture_logs() as logs:
            answers = [(await ranked(shop, rank_call(decision_id="d1")))[0] for _ in range(2)]
        return [answer.is_replay for answer in answers], logs[:]

    told = {"event": "unseen_values_failed", "portfolio_id": "shop", "kind": "ValueError", "log_level": "error"}
    assert ([False, True], [told]) == in_shop(story())
