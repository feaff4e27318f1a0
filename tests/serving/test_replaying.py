from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from banditsvc.core.campaign import Campaign, Treatment
from banditsvc.core.consent import ConsentState, GivenConsent
from banditsvc.core.decision import RankInput
from banditsvc.core.errors import InvalidRequest
from banditsvc.core.rule import Rule
from banditsvc.serving.active_portfolio import ActivePortfolio
from banditsvc.serving.unseen_values import UnseenValues
from tests.serving.shop import Shop, in_shop, rank_call, ranked, refused


def test_a_replay_says_when_its_campaign_is_paused() -> None:
    """The repeat of a call whose campaign has been paused or has ended since gets it with a warning."""

    async def story() -> list[bool]:
        shop = await Shop().open()
        flash = Campaign(campaign_id="flash")
        calls = [rank_call(decision_id="d1", candidates=("sale",)), rank_call(decision_id="d2", candidates=(flash,))]
        found = [answer.campaign_paused for answer in await ranked(shop, *calls, *calls)]
        await shop.resources.pause_campaign("shop", "sale")
        return found + [answer.campaign_paused for answer in await ranked(shop, *calls)]

    assert [False, False, False, False, True, False] == in_shop(story())


def test_message_fields_are_those_of_the_catalogue_then() -> None:
    """Campaign's and treatment's fields come merged, and a replay returns those of the version decided with."""
    fields = {"subject": "Hello", "link": "a"}
    treatments = (Treatment(treatment_id="warm", message_fields={"subject": "Dear"}),)
    old = Campaign(campaign_id="flash", message_fields=fields, treatments=treatments)

    async def story() -> list[Mapping[str, str]]:
        shop = await Shop().open()
        await shop.resources.create_campaign("shop", old)
        calls = [rank_call(decision_id="d1", candidates=("flash",)), rank_call(decision_id="d2", candidates=(old,))]
        answers = await ranked(shop, *calls)
        await shop.resources.update_campaign("shop", Campaign(campaign_id="flash", message_fields={"link": "b"}))
        return [answer.message_fields for answer in [*answers, *await ranked(shop, *calls)]]

    assert [{"subject": "Dear", "link": "a"}] * 4 == in_shop(story())


def test_a_repeat_differs_by_consents_assignment_and_force() -> None:
    """Other consents, another assignment key or another forced campaign make another request; their order does not."""
    given = tuple(GivenConsent(purpose=purpose, state=ConsentState.GRANTED) for purpose in ("a", "b"))

    async def story() -> list[bool]:
        shop = await Shop().open()
        first: dict[str, Any] = {"decision_id": "d1", "consents": given}
        changes: list[dict[str, Any]] = [
            {"consents": given[::-1], "assignment_key": "c1"},
            {"consents": given[:1]},
            {"assignment_key": "household"},
            {"forced_campaign_id": "sale", "force_reason": "a promise"},
        ]
        await ranked(shop, rank_call(**first))
        answers = await ranked(shop, *(rank_call(**(first | change)) for change in changes))
        return [answer.request_differs for answer in answers]

    assert [False, True, True, True] == in_shop(story())


def test_a_rule_given_inline_is_checked() -> None:
    """A request with a campaign whose rule cannot be read names the field, and its id stays free."""
    broken = Campaign(campaign_id="flash", rules=(Rule(name="r", expression="recency_days >"),))

    async def story() -> tuple[str, int]:
        shop = await Shop().open()
        error = await refused(shop, rank_call(decision_id="d1", candidates=(broken,)))
        assert isinstance(error, InvalidRequest)
        await ranked(shop, rank_call(decision_id="d1"))
        return error.violations[0].field, shop.log.count_decisions("shop", 0)

    path, count = in_shop(story())

    assert (True, 1) == (path.startswith("candidates[0].inline.rules[0]"), count)


def test_only_what_is_learned_from_can_be_unseen() -> None:
    """Values of true requests are looked at, and those of tests and dry runs are not."""

    class Noting(UnseenValues):
        def note(self, asked: RankInput, active: ActivePortfolio) -> None:
            noted.append(f"{asked.customer_id} in {active.portfolio.portfolio_id}")

    noted: list[str] = []

    async def story() -> None:
        shop = await Shop().open()
        shop.ranker._unseen = Noting(lambda *_: None)
        await ranked(shop, rank_call("c1"), rank_call("c2", dry_run=True), rank_call("c3", is_test=True))

    in_shop(story())

    assert ["c1 in shop"] == noted
