"""Laws of merged customers in Rank, Reward, consents and limits, over every log: two ids are one customer."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from banditsvc.core.activation import ActivationState, ActivationStatus
from banditsvc.core.campaign import Campaign
from banditsvc.core.consent import Consent, ConsentState
from banditsvc.core.contact_policy import ContactPolicy
from banditsvc.core.decision import Result
from banditsvc.core.errors import AlreadyExists, FailedPrecondition
from banditsvc.core.organization import DEFAULT_ORGANIZATION, DEFAULT_ORGANIZATION_ID
from banditsvc.core.outcome import Outcome, OutcomeStatus, OutcomeType
from banditsvc.core.times import DAY_US
from banditsvc.ports import DecisionLog
from banditsvc.serving.activating import ActivateCall
from banditsvc.serving.ranking import RankAnswer
from banditsvc.serving.reward_call import RewardAnswer, RewardCall
from banditsvc.store import MemoryLog, SqliteLog
from tests.serving.grouped_shop import HALF_HELD_OUT, HOLDOUT, OPTIMIZED, SHOP, customer_in, stored_shop
from tests.serving.merges import merged
from tests.serving.shop import PORTFOLIO, START_US, Shop, in_shop, rank_call, ranked, refused
from tests.serving.stories import NONE, ONE_A_WEEK, SOME, limited, rank, results


@pytest.fixture(params=["memory", "sqlite"])
def log(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[DecisionLog]:
    opened: DecisionLog = MemoryLog() if request.param == "memory" else SqliteLog(tmp_path / "log.db")
    yield opened
    opened.close()


async def posted(shop: Shop, *outcomes: Outcome) -> list[tuple[OutcomeStatus, tuple[str, ...]]]:
    """Returns what became of outcomes, and which decisions they join."""
    answers = await shop.rewarder.reward([RewardCall(outcome=outcome) for outcome in outcomes])
    return [(one.status, one.joined_decision_ids) for one in answers if isinstance(one, RewardAnswer)]


def bought(customer_id: str, outcome_id: str = "", **changes: Any) -> Outcome:
    """Returns a purchase."""
    fields: dict[str, Any] = {"type": OutcomeType.REVENUE, "amount": 20.0, "occur_time_us": START_US + 1, **changes}
    return Outcome(portfolio_id="shop", outcome_id=outcome_id, customer_id=customer_id, **fields)


@pytest.mark.parametrize("contacted", ["old", "new"])
def test_caps_add_up(log: DecisionLog, contacted: str) -> None:
    """A contact of either id counts for both from the merge on, and not before; a new service counts the same."""

    async def story() -> None:
        shop = await limited(ONE_A_WEEK, shop=Shop(log=log))
        other = "new" if contacted == "old" else "old"
        assert [SOME, NONE, SOME] == await results(
            shop, rank_call(contacted), rank_call(contacted, is_test=True), rank_call(other, is_test=True)
        )
        await merged(shop, ("old", "new"))
        assert [NONE, NONE] == await results(shop, rank_call("old"), rank_call("new"))
        assert [NONE, NONE] == await results(Shop(log=log), rank_call("old"), rank_call("new"))

    in_shop(story())


def test_contacts_of_one_batch_add_up(log: DecisionLog) -> None:
    """Of two calls of a batch, one for each id, the second meets what the first has reserved."""

    async def story() -> None:
        shop = await limited(ONE_A_WEEK, shop=Shop(log=log))
        await merged(shop, ("old", "new"))
        decisions = await rank(shop, rank_call("old"), rank_call("new"), rank_call("other"))
        assert [SOME, NONE, SOME] == [decision.result for decision in decisions]
        assert ["new", "new", "other"] == [decision.input.customer_id for decision in decisions]

    in_shop(story())


def test_ghost_contacts_add_up(log: DecisionLog) -> None:
    """What a held-out id would have got counts for further ghosts of the surviving id, and for nothing else."""

    async def story() -> list[bool]:
        limits = replace(DEFAULT_ORGANIZATION, contact_policy=ContactPolicy(caps=(ONE_A_WEEK,)))
        shop = stored_shop(replace(SHOP, assignments=(HALF_HELD_OUT,)), organization=limits, log=log)
        old, new = (customer_in(shop, HOLDOUT, number) for number in (0, 1))
        [before] = await rank(shop, rank_call(old, candidates=("sale",)))
        await merged(shop, (old, new))
        [after] = await rank(shop, rank_call(new, candidates=("sale",)))
        assert (HOLDOUT, HOLDOUT) == (before.group, after.group)
        return [before.would_have_sent is not None, after.would_have_sent is not None]

    assert [True, False] == in_shop(story())


def test_a_merge_in_flight_makes_no_second_contact(log: DecisionLog) -> None:
    """Calls for both ids that race with their merge reserve one contact between them once it is made."""

    async def story() -> None:
        shop = await limited(ONE_A_WEEK, shop=Shop(log=log))
        first, _, second = await asyncio.gather(
            shop.ranker.rank([rank_call("old")]), merged(shop, ("old", "new")), shop.ranker.rank([rank_call("new")])
        )
        after = await results(shop, rank_call("old"), rank_call("new"))
        assert [NONE, NONE] == after
        assert all(isinstance(answer, RankAnswer) for answer in [*first, *second])

    in_shop(story())


@pytest.mark.parametrize(("asked", "repeated"), [("old", "new"), ("old", "old"), ("new", "old")])
def test_a_repeated_night_is_no_second_contact(log: DecisionLog, asked: str, repeated: str) -> None:
    """Whichever id an occasion was decided for, a repeat for either is answered with that decision."""

    async def story() -> None:
        shop = await Shop(log=log).open()
        [first] = await ranked(shop, rank_call(asked, occasion="night"))
        await merged(shop, ("old", "new"))
        for service in (shop, Shop(log=log)):
            [again] = await ranked(service, rank_call(repeated, occasion="night"))
            assert (first.decision, True, False) == (again.decision, again.is_replay, again.request_differs)
        [other] = await ranked(shop, rank_call(repeated, occasion="next night"))
        assert (False, "new") == (other.is_replay, other.decision.value.input.customer_id)

    in_shop(story())


def test_a_repeat_says_truly_when_it_differs(log: DecisionLog) -> None:
    """Another id of the same customer is no other request; another key of assignment or context is."""

    async def story() -> list[bool]:
        shop = await Shop(log=log).open()
        await ranked(shop, rank_call("old", occasion="night", assignment_key="old"))
        await merged(shop, ("old", "new"))
        calls = [
            rank_call("new", occasion="night"),
            rank_call("old", occasion="night", assignment_key="old"),
            rank_call("new", occasion="night", assignment_key="household"),
            rank_call("new", occasion="night", channel="email"),
        ]
        return [answer.request_differs for answer in await ranked(shop, *calls)]

    assert [False, False, True, True] == in_shop(story())


def test_where_both_ids_were_decided_for_the_newest_decision_stands(log: DecisionLog) -> None:
    """An occasion on which both ids had a decision before the merge is answered with the later one for either."""

    async def story() -> None:
        shop = await Shop(log=log).open()
        [_, later] = await ranked(shop, rank_call("new", occasion="night"), rank_call("old", occasion="night"))
        await merged(shop, ("old", "new"))
        for name in ("old", "new"):
            [again] = await ranked(shop, rank_call(name, occasion="night"))
            assert later.decision == again.decision

    in_shop(story())


def test_a_pending_occasion_is_found_under_either_id(log: DecisionLog) -> None:
    """A repeat that comes while the first call is on its way to the log waits for it, whatever id it names."""

    async def story() -> None:
        shop = await Shop(log=log).open()
        first = asyncio.ensure_future(shop.ranker.rank([rank_call("old", occasion="night")]))
        await asyncio.sleep(0)
        await merged(shop, ("old", "new"))
        [again] = await ranked(shop, rank_call("new", occasion="night"))
        [answer] = await first
        assert isinstance(answer, RankAnswer)
        assert (answer.decision, True) == (again.decision, again.is_replay)

    in_shop(story())


def test_ids_of_decisions_hold_across_a_merge(log: DecisionLog) -> None:
    """A decision_id is replayed for either id and taken for anybody else; so are a test's and a superseding call's."""

    async def story() -> None:
        shop = await Shop(log=log).open()
        [old] = await ranked(shop, rank_call("old", decision_id="d1", defer_activation=True))
        superseding: dict[str, Any] = {"occasion": "night", "supersedes": "d1"}
        first = await ranked(
            shop,
            rank_call("old", **superseding),
            rank_call("old", occasion="night", is_test=True),
        )
        await merged(shop, ("old", "new"))
        [again] = await ranked(shop, rank_call("new", decision_id="d1", defer_activation=True))
        assert (old.decision, True) == (again.decision, again.is_replay)
        assert isinstance(await refused(shop, rank_call("other", decision_id="d1")), AlreadyExists)
        repeats = await ranked(shop, rank_call("new", **superseding), rank_call("new", occasion="night", is_test=True))
        assert [one.decision for one in first] == [one.decision for one in repeats]

    in_shop(story())


def test_a_decision_of_a_merged_id_can_be_superseded(log: DecisionLog) -> None:
    """The survivor supersedes what was decided for the merged id, and its contact is free again; nobody else can."""

    async def story() -> None:
        shop = await limited(ONE_A_WEEK, shop=Shop(log=log))
        await rank(shop, rank_call("old", decision_id="d1", defer_activation=True))
        assert isinstance(await refused(shop, rank_call("new", supersedes="d1")), AlreadyExists)
        await merged(shop, ("old", "new"))
        assert [NONE] == await results(shop, rank_call("new", is_test=True))
        assert [SOME] == await results(shop, rank_call("new", supersedes="d1", decision_id="d2"))
        again = await refused(shop, rank_call("new", supersedes="d1"))
        assert isinstance(again, FailedPrecondition)
        assert [NONE] == await results(shop, rank_call("old", is_test=True))

    in_shop(story())


@pytest.mark.parametrize(
    ("state", "left"),
    [(ActivationState.SENT, NONE), (ActivationState.NOT_SENT, SOME), (ActivationState.REPLACED_BY, NONE)],
)
def test_what_becomes_of_a_merged_ids_decision_counts_for_both(
    log: DecisionLog, state: ActivationState, left: Result
) -> None:
    """A decision for the merged id that was not sent is no contact of anybody; one that was, or another one, is."""

    async def story() -> list[Result]:
        shop = await limited(ONE_A_WEEK, shop=Shop(log=log))
        await rank(shop, rank_call("old", decision_id="d1", defer_activation=True))
        await merged(shop, ("old", "new"))
        found = await results(shop, rank_call("new", is_test=True))
        word = ActivateCall(
            decision_id="d1",
            state=state,
            replaced_by="news" if state is ActivationState.REPLACED_BY else "",
        )
        assert [ActivationStatus.ACCEPTED] == await shop.activator.activate([word])
        return found + await results(shop, rank_call("new", is_test=True), rank_call("old", is_test=True))

    assert [NONE, left, left] == in_shop(story())


def test_consents_hold_for_both(log: DecisionLog) -> None:
    """A denial under one id stops both, and the latest word under any of them is on record for all, each once."""

    async def story() -> None:
        shop = await Shop(log=log).open()
        denial = Consent(
            organization_id=DEFAULT_ORGANIZATION_ID,
            customer_id="old",
            state=ConsentState.DENIED,
            consent_time_us=START_US - 9,
        )
        grant = replace(denial, purpose="marketing", state=ConsentState.GRANTED)
        await shop.consents.record([denial, replace(grant, customer_id="new"), replace(grant, customer_id="old")])
        tests = [rank_call(name, is_test=True) for name in ("old", "new")]
        assert [NONE, SOME] == await results(shop, *tests)
        await merged(shop, ("old", "new"))
        assert [NONE, NONE] == await results(shop, *tests)
        later = replace(grant, customer_id="old", state=ConsentState.DENIED, consent_time_us=START_US - 8)
        assert [None] == await shop.consents.record([later])
        position = log.watermark().position
        repeats = [replace(word, customer_id=name) for word in (denial, grant, later) for name in ("old", "new")]
        assert [None] * 6 == await shop.consents.record(repeats)
        assert position == log.watermark().position
        for name in ("old", "new"):
            latest = [replace(word, customer_id="new") for word in (denial, later)]
            assert latest == shop.consents.on_record(DEFAULT_ORGANIZATION_ID, name)

    in_shop(story())


def test_an_unsubscribe_stops_both_and_denies_once(log: DecisionLog) -> None:
    """An UNSUBSCRIBE for a decision of the merged id is the survivor's denial; a repeat under either id adds none."""

    async def story() -> None:
        shop = await Shop(log=log).open()
        await rank(shop, rank_call("old", decision_id="d1"))
        left = bought("old", "u1", type=OutcomeType.UNSUBSCRIBE, amount=None)
        await posted(shop, left)
        await merged(shop, ("old", "new"))
        assert [NONE] == await results(shop, rank_call("new", is_test=True))
        assert [(OutcomeStatus.REVISED, ("d1",))] == await posted(shop, left._replace(revision=1))
        assert [(OutcomeStatus.ACCEPTED, ("d1",))] == await posted(
            shop, left._replace(customer_id="", decision_id="d1", outcome_id="u2", channel="sms")
        )
        words = log.consents_of(DEFAULT_ORGANIZATION_ID, ["old", "new"])
        assert [("old", ""), ("new", "sms")] == [(one.value.customer_id, one.value.channel) for one in words]

    in_shop(story())


def test_an_outcome_under_either_id_joins_decisions_of_both(log: DecisionLog) -> None:
    """An outcome that names either id joins the decisions of both, and stays what it is when it is posted again."""

    async def story() -> None:
        shop = await Shop(log=log).open()
        await rank(shop, rank_call("old", decision_id="d1"), rank_call("new", decision_id="d2"))
        first = await posted(shop, bought("old", "o1"), bought("old"))
        assert [(OutcomeStatus.ACCEPTED, ("d1",))] * 2 == first
        await merged(shop, ("old", "new"))
        both = (OutcomeStatus.ACCEPTED, ("d1", "d2"))
        assert [both] * 2 == await posted(shop, bought("old", "o2"), bought("new", "o3"))
        for name in ("old", "new"):
            again = await posted(shop, *[bought(name, one) for one in ("o1", "o2", "o3", "")])
            assert [(OutcomeStatus.DUPLICATE, ())] * 4 == again
            [(status, _)] = await posted(shop, bought(name, "o1", amount=21.0))
            assert OutcomeStatus.CONFLICT is status
        found = [one.value for one in log.read_outcomes("shop", 0, 99)]
        assert ["old", "old", "new", "new"] == [outcome.customer_id for outcome in found]
        views = [shop.inspector.get(name) for name in ("d1", "d2")]
        assert [80.0, 80.0] == [view.reward for view in views]

    in_shop(story())


def test_a_restated_outcome_is_the_survivors(log: DecisionLog) -> None:
    """A revision posted under another id of the customer restates the outcome, and a refund takes it back."""

    async def story() -> None:
        shop = await Shop(log=log).open()
        await rank(shop, rank_call("old", decision_id="d1"))
        await posted(shop, bought("old", "o1"))
        await merged(shop, ("old", "new"))
        assert [(OutcomeStatus.REVISED, ("d1",))] == await posted(shop, bought("new", "o1", amount=30.0, revision=1))
        assert 30.0 == shop.inspector.get("d1").reward
        back = bought("new", "r1", type=OutcomeType.REFUND, refunded_outcome_id="o1", amount=5.0)
        assert [(OutcomeStatus.ACCEPTED, ("d1",))] == await posted(shop, back)
        assert 25.0 == shop.inspector.get("d1").reward

    in_shop(story())


def test_the_survivor_keeps_its_group(log: DecisionLog) -> None:
    """Merged ids are in the survivor's group, whichever their own was; a key of a household is used as it is given."""

    async def story() -> None:
        shop = stored_shop(replace(SHOP, assignments=(HALF_HELD_OUT,)), log=log)
        held_out, optimized = customer_in(shop, HOLDOUT), customer_in(shop, OPTIMIZED)
        await merged(shop, (held_out, optimized))
        household: dict[str, Any] = {"assignment_key": held_out}
        decisions = await rank(
            shop,
            rank_call(held_out),
            rank_call(optimized),
            rank_call(held_out, **household),
            rank_call("x", **household),
        )
        assert [OPTIMIZED, OPTIMIZED, OPTIMIZED, HOLDOUT] == [decision.group for decision in decisions]

    in_shop(story())


def test_merges_hold_in_all_portfolios_of_the_organization_alone(log: DecisionLog) -> None:
    """Contacts of both ids add up across the portfolios of their organization; elsewhere the ids are two customers."""

    async def story() -> None:
        shop = await limited(ONE_A_WEEK, shop=Shop(log=log))
        await shop.resources.create_portfolio(replace(PORTFOLIO, portfolio_id="second"))
        await shop.resources.create_campaign("second", Campaign(campaign_id="sale"))
        elsewhere = replace(
            DEFAULT_ORGANIZATION, organization_id="elsewhere", contact_policy=ContactPolicy(caps=(ONE_A_WEEK,))
        )
        await shop.resources.create_organization(elsewhere)
        await shop.resources.create_portfolio(replace(PORTFOLIO, portfolio_id="third", organization_id="elsewhere"))
        await shop.resources.create_campaign("third", Campaign(campaign_id="sale"))
        await results(shop, rank_call("old"), rank_call("old", portfolio_id="third"))
        await merged(shop, ("old", "new"))
        calls = [rank_call("new", portfolio_id=portfolio_id, is_test=True) for portfolio_id in ("second", "third")]
        assert [NONE, SOME] == await results(shop, *calls)

    in_shop(story())


def test_a_merge_far_back_still_holds(log: DecisionLog) -> None:
    """Chains of merges, made in any order, are one customer for every limit."""

    async def story() -> None:
        shop = await limited(ONE_A_WEEK, shop=Shop(log=log))
        await results(shop, *(rank_call(name, send_time_us=START_US + DAY_US) for name in ("a",)))
        await merged(shop, ("c", "d"), ("a", "b"), ("b", "c"))
        assert [NONE] * 4 == await results(shop, *(rank_call(name, is_test=True) for name in "abcd"))
        assert "d" == shop.book.merges.of(DEFAULT_ORGANIZATION_ID).survivor("a")

    in_shop(story())
