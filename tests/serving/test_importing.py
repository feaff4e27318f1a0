"""The laws of importing: a past send is one decision, marked as history, and takes what it took."""

from __future__ import annotations

from dataclasses import replace

import pytest

from banditsvc.core.activation import ActivationState
from banditsvc.core.campaign import NO_CONTACT, Campaign, CampaignKind, CampaignState
from banditsvc.core.contact_policy import Capacity
from banditsvc.core.customer_merge import CustomerMerge
from banditsvc.core.decision import DecidedBy, Result
from banditsvc.core.errors import AlreadyExists, FailedPrecondition, InvalidRequest
from banditsvc.core.organization import DEFAULT_ORGANIZATION_ID
from banditsvc.core.outcome import Feed, FeedMark, OutcomeType
from banditsvc.core.portfolio import SettleSpec
from banditsvc.core.times import DAY_US
from banditsvc.serving.activating import ActivateCall
from banditsvc.serving.importing import PastSend
from tests.serving.past_sends import imported, past_send, refused_import, stored
from tests.serving.shop import PORTFOLIO, START_US, Shop, in_shop, rank_call, refused
from tests.serving.stories import NONE, ONE_A_WEEK, SOME, limited, results

REVENUE = Feed(type=OutcomeType.REVENUE)
STRICT = replace(PORTFOLIO, learner=replace(PORTFOLIO.learner, settle=SettleSpec(required_feeds=(REVENUE,))))


def test_a_past_send_is_one_historical_decision() -> None:
    """What is imported stands in the log as given, at its own time, and without a part of the policy or a model."""

    async def story() -> None:
        shop = await Shop().open()
        await imported(shop, past_send(eligible=("news", "sale"), probabilities=(0.25, 0.75)))
        [decision] = stored(shop)

        assert (DecidedBy.HISTORICAL, Result.CAMPAIGN, "sale") == (
            decision.decided_by,
            decision.result,
            decision.campaign_id,
        )
        assert START_US - 30 * DAY_US == decision.input.send_time_us
        assert 0.75 == decision.selection_probability
        assert (0, "", ()) == (decision.policy_version, decision.model_version, decision.draws)

    in_shop(story())


def test_importing_again_writes_nothing() -> None:
    """The same sends imported twice, in one call or in two, are stored once and answered with the same ids."""

    async def story() -> None:
        shop = await Shop().open()
        sends = [past_send("c1"), past_send("c2"), past_send("c1")]
        first = await imported(shop, *sends)
        again = await imported(shop, *sends)

        assert [False, False, True] == [one.is_repeat for one in first]
        assert [True] * 3 == [one.is_repeat for one in again]
        assert [one.decision_id for one in first] == [one.decision_id for one in again]
        assert 2 == len(stored(shop))

    in_shop(story())


@pytest.mark.parametrize(
    "other",
    [
        past_send("c2"),
        past_send(campaign_id="news"),
        past_send(days_ago=31.0),
        past_send(decision_id="mine"),
    ],
)
def test_other_sends_are_other_decisions(other: PastSend) -> None:
    """Another customer, campaign, time or id of the caller's own makes another decision."""

    async def story() -> None:
        shop = await Shop().open()
        await imported(shop, past_send(), other)

        assert 2 == len(stored(shop))

    in_shop(story())


def test_the_same_send_with_another_content_is_refused() -> None:
    """A send that was imported stands; another content under its id is told and not stored."""

    async def story() -> None:
        shop = await Shop().open()
        await imported(shop, past_send())
        error = await refused_import(shop, past_send(eligible=("news", "sale"), probabilities=(0.5, 0.5)))

        assert isinstance(error, AlreadyExists)
        assert () == stored(shop)[0].selection_probabilities

    in_shop(story())


def test_an_id_of_a_decision_made_here_is_refused() -> None:
    """What was decided here cannot be imported over."""

    async def story() -> None:
        shop = await Shop().open()
        await shop.ranker.rank([rank_call(decision_id="d1")])

        assert isinstance(await refused_import(shop, past_send(decision_id="d1")), AlreadyExists)

    in_shop(story())


def test_a_campaign_must_be_known_or_described() -> None:
    """A campaign of which nothing is known is refused with the remedy; one that is described is kept with the send."""

    async def story() -> None:
        shop = await Shop().open()
        spring = Campaign(campaign_id="spring", kind=CampaignKind.WINBACK, family="season")
        error = await refused_import(shop, past_send(campaign_id="spring"))
        assert isinstance(error, InvalidRequest)
        assert "create it there" in str(error)
        assert [] == stored(shop)

        await imported(shop, past_send(campaign_id="spring", campaign=spring))
        assert (spring,) == stored(shop)[0].input.candidates

    in_shop(story())


def test_the_catalogue_knows_better_than_the_caller() -> None:
    """Where the catalogue has the campaign, be it over, what the caller says of it is left out."""

    async def story() -> None:
        shop = await Shop().open()
        await shop.resources.update_campaign("shop", Campaign(campaign_id="sale", state=CampaignState.ENDED))
        await imported(shop, past_send(campaign=Campaign(campaign_id="sale", family="season")))

        assert () == stored(shop)[0].input.candidates

    in_shop(story())


def test_what_could_have_been_sent_must_be_known() -> None:
    """An eligible campaign that the catalogue does not have is refused by its name."""

    async def story() -> None:
        shop = await Shop().open()
        error = await refused_import(shop, past_send(eligible=("sale", "summer"), probabilities=(0.5, 0.5)))

        assert isinstance(error, InvalidRequest)
        assert ["eligible_campaign_ids"] == [one.field for one in error.violations]
        assert "'summer'" in str(error)

    in_shop(story())


def test_sending_nothing_is_history_where_it_is_a_choice() -> None:
    """NO_CONTACT can be imported where the portfolio allows it, takes no contact, and is refused elsewhere."""

    async def story() -> None:
        shop = await Shop().open()
        assert isinstance(await refused_import(shop, past_send(campaign_id=NO_CONTACT)), InvalidRequest)
        allowing = await Shop().open(replace(PORTFOLIO, allow_no_contact=True))
        await imported(allowing, past_send(campaign_id=NO_CONTACT))

        assert (Result.NO_CONTACT, None) == (stored(allowing)[0].result, stored(allowing)[0].contact)

    in_shop(story())


def test_recent_contacts_count_and_old_ones_do_not() -> None:
    """A past send counts in caps as long as their window reaches back to it, whenever it is imported."""

    async def story() -> None:
        shop = await limited(ONE_A_WEEK)
        calls = [rank_call(customer, dry_run=True) for customer in ("recent", "old")]
        assert [SOME, SOME] == await results(shop, *calls)
        await imported(shop, past_send("recent", days_ago=2.0), past_send("old", days_ago=8.0))

        assert [NONE, SOME] == await results(shop, *calls)

    in_shop(story())


def test_capacity_that_is_used_up_stays_so() -> None:
    """A past send takes of the volume, in books that are open already and in those read later."""

    async def story() -> None:
        shop = await limited(capacities=(Capacity(name="two in all", max_contacts=2),))
        assert [SOME] == await results(shop, rank_call("c1", decision_id="d1"))
        await imported(shop, past_send("c2", days_ago=0.01))

        assert [NONE] == await results(shop, rank_call("c3", dry_run=True))
        assert [NONE] == await results(Shop(shop.log), rank_call("c3", dry_run=True))

    in_shop(story())


def test_history_is_not_settled_before_its_outcomes_are_there() -> None:
    """A send whose window is over is refused until the required feed is marked to its end; a younger one waits."""

    async def story() -> None:
        shop = await Shop().open(STRICT)
        error = await refused_import(shop, past_send())
        assert isinstance(error, FailedPrecondition)
        assert "FEED_INCOMPLETE" == error.reason
        assert [] == stored(shop)

        await imported(shop, past_send(days_ago=1.0))
        await shop.rewarder.post_marks(
            [FeedMark(portfolio_id="shop", feed=REVENUE, complete_through_us=START_US - 23 * DAY_US)]
        )
        await imported(shop, past_send())

    in_shop(story())


def test_what_was_sent_before_cannot_be_superseded() -> None:
    """A decision to take the place of a past send is refused: it was sent."""

    async def story() -> None:
        shop = await Shop().open()
        [one] = await imported(shop, past_send())
        error = await refused(shop, rank_call("c1", supersedes=one.decision_id, decision_id="d2"))

        assert isinstance(error, FailedPrecondition)
        assert "ALREADY_SENT" == error.reason

    in_shop(story())


def test_what_was_sent_before_needs_no_activation() -> None:
    """To say of a past send that it went out, or did not, is refused: its window would move."""

    async def story() -> None:
        shop = await Shop().open()
        [one] = await imported(shop, past_send())
        for state in (ActivationState.SENT, ActivationState.NOT_SENT):
            [error] = await shop.activator.activate([ActivateCall(decision_id=one.decision_id, state=state)])
            assert isinstance(error, FailedPrecondition)

    in_shop(story())


def test_merged_ids_are_one_customer() -> None:
    """A send of an id that was given up is the survivor's, and the same send imported again, before or after, is one."""

    async def story() -> None:
        shop = await Shop().open()
        await imported(shop, past_send("old", days_ago=9.0))
        await shop.merger.merge(
            DEFAULT_ORGANIZATION_ID,
            [
                CustomerMerge(
                    organization_id=DEFAULT_ORGANIZATION_ID, merged_customer_id="old", surviving_customer_id="new"
                )
            ],
        )
        [again] = await imported(shop, past_send("old", days_ago=9.0))
        await imported(shop, past_send("old", days_ago=10.0))

        assert again.is_repeat
        assert ["old", "new"] == [decision.input.customer_id for decision in stored(shop)]

    in_shop(story())


def test_history_is_explained_as_history() -> None:
    """Nothing of a past send can be reproduced here, and its explanation says why."""

    async def story() -> None:
        shop = await Shop().open()
        await imported(shop, past_send())
        found = await shop.explainer.explain(stored(shop)[0])

        assert not found.probabilities_reproduced
        assert "history" in found.summary
        assert "sale" in found.summary

    in_shop(story())
