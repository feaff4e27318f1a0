"""Those who are held out: nothing goes to them, and what would have gone is in the log alone."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from msgspec import structs

from banditsvc.core.activation import ActivationState, ActivationStatus
from banditsvc.core.assignment_group import AssignmentGroup
from banditsvc.core.campaign import Campaign, CampaignType
from banditsvc.core.contact_policy import ContactPolicy
from banditsvc.core.decision import DecidedBy, Decision, GhostDecision, Result
from banditsvc.core.errors import FailedPrecondition
from banditsvc.core.rejection import FunnelStage
from banditsvc.core.times import DAY_US
from banditsvc.ports import HeldContact
from banditsvc.serving.activating import ActivateCall
from tests.serving.grouped_shop import (
    HALF_HELD_OUT,
    HOLDOUT,
    OPTIMIZED,
    SHOP,
    customer_in,
    of_group,
    serve_model,
    stored_shop,
)
from tests.serving.shop import START_US, Shop, in_shop, rank_call, ranked, refused
from tests.serving.stories import NONE, ONE_A_WEEK, SOME, organization, rank, results

SENT, NOT_SENT = ActivationState.SENT, ActivationState.NOT_SENT
VIP = {"context": structs.replace(rank_call().input.context, segment="vip")}


def contacts(shop: Shop, customer_id: str) -> list[HeldContact]:
    """Returns the contacts of a customer in the log, ghosts among them."""
    return list(shop.log.contacts_of("default", [customer_id], 0))


def ghost_of(decision: Decision) -> GhostDecision:
    """Returns what a held-out customer would have got."""
    assert decision.would_have_sent is not None
    return decision.would_have_sent


async def one_of(group: AssignmentGroup, shop: Shop, **asked: Any) -> Decision:
    """Returns a decision for some customer of a group."""
    return (await rank(shop, rank_call(customer_in(shop, group), **asked)))[0]


def test_a_held_out_customer_gets_nothing_and_leaves_a_ghost() -> None:
    """The answer has no campaign; the log has who would have decided, what for, and the contact marked as a ghost's."""

    async def story() -> tuple[Decision, list[HeldContact]]:
        shop = stored_shop(organization=organization(ONE_A_WEEK))
        await serve_model(shop)
        decision = await one_of(HOLDOUT, shop, decision_id="d", defer_activation=True)
        return decision, contacts(shop, decision.input.customer_id)

    decision, held = in_shop(story())
    ghost = ghost_of(decision)
    assert (Result.HELD_OUT, DecidedBy.HOLDOUT, "", "", None, False) == (
        decision.result,
        decision.decided_by,
        decision.campaign_id,
        decision.treatment_id,
        decision.contact,
        decision.explored,
    )
    assert DecidedBy.POLICY is ghost.decided_by
    assert ghost.campaign_id in decision.eligible
    assert ghost.contact is not None
    assert (ghost.campaign_id, START_US, None, True) == (
        ghost.contact.campaign.campaign_id,
        ghost.contact.contact_time_us,
        ghost.contact.hold_until_us,
        ghost.contact.is_ghost,
    )
    assert [HeldContact("d", ghost.contact)] == held


def test_a_ghost_is_the_policys_own_decision() -> None:
    """Under the same id a held-out customer would have got what the same shop without groups gives."""

    async def story(**changes: Any) -> list[Decision]:
        shop = stored_shop(replace(SHOP, **changes))
        await serve_model(shop)
        calls = [rank_call(f"c{number}", decision_id=f"d{number}") for number in range(400)]
        return await rank(shop, *calls)

    with_groups, without = in_shop(story()), in_shop(story(assignments=()))
    compared = 0
    for decision, other in zip(with_groups, without, strict=True):
        if decision.group is not HOLDOUT:
            continue
        ghost = ghost_of(decision)
        assert (other.campaign_id, other.treatment_id, other.explored, other.decided_by) == (
            ghost.campaign_id,
            ghost.treatment_id,
            ghost.explored,
            ghost.decided_by,
        )
        assert (other.eligible, other.selection_probabilities, other.predicted_rewards) == (
            decision.eligible,
            decision.selection_probabilities,
            decision.predicted_rewards,
        )
        compared += 1
    assert compared > 70


def test_what_is_forced_goes_to_no_held_out_customer() -> None:
    """A campaign forced by the caller or pinned for a customer is answered HELD_OUT all the same, and the ghost is it."""

    async def story() -> list[Decision]:
        shop = stored_shop()
        forced = {"forced_campaign_id": "news", "force_reason": "the board wants it"}
        found = [await one_of(group, shop, **forced) for group in (HOLDOUT, OPTIMIZED)]
        return found + [await one_of(group, shop, **VIP) for group in (HOLDOUT, OPTIMIZED)]

    held_out, sent, unpinned, pinned = in_shop(story())
    for decision, ghost_id in ((held_out, "news"), (unpinned, "winback")):
        assert (Result.HELD_OUT, DecidedBy.HOLDOUT) == (decision.result, decision.decided_by)
        assert (DecidedBy.FORCED, ghost_id) == (ghost_of(decision).decided_by, ghost_of(decision).campaign_id)
    assert [("news", DecidedBy.FORCED), ("winback", DecidedBy.FORCED)] == [
        (decision.campaign_id, decision.decided_by) for decision in (sent, pinned)
    ]


@pytest.mark.parametrize(
    "receipt",
    ["receipt", Campaign(campaign_id="given-inline", type=CampaignType.TRANSACTIONAL)],
    ids=["known", "inline"],
)
def test_a_forced_transactional_campaign_goes_to_everyone(receipt: str | Campaign) -> None:
    """A receipt is no marketing: forced, it goes to a held-out customer, whose contact policy it does not touch."""

    async def story() -> list[Decision]:
        shop = stored_shop(organization=organization(ONE_A_WEEK))
        campaign_id = receipt if isinstance(receipt, str) else receipt.campaign_id
        forced = rank_call(
            customer_in(shop, HOLDOUT),
            candidates=() if isinstance(receipt, str) else (receipt,),
            forced_campaign_id=campaign_id,
            force_reason="order",
        )
        return await rank(shop, rank_call(customer_in(shop, HOLDOUT)), forced, forced)

    ghostly, *forced = in_shop(story())
    assert Result.HELD_OUT is ghostly.result
    for decision in forced:
        assert (Result.CAMPAIGN, DecidedBy.FORCED, HOLDOUT) == (decision.result, decision.decided_by, decision.group)
        assert decision.would_have_sent is None
        assert decision.contact is not None
        assert not decision.contact.is_ghost


def test_a_transactional_campaign_that_is_not_forced_is_held_out() -> None:
    """Where a receipt competes with campaigns it is one of them."""

    async def story() -> Decision:
        return await one_of(HOLDOUT, stored_shop(), candidates=("receipt",))

    decision = in_shop(story())
    assert (Result.HELD_OUT, "receipt") == (decision.result, ghost_of(decision).campaign_id)


def test_nothing_eligible_is_held_out_without_a_ghost() -> None:
    """Where the funnel leaves nothing a held-out customer is told the same as ever, and no ghost is in the log."""

    async def story() -> Decision:
        return await one_of(HOLDOUT, stored_shop(), candidates=("unknown",))

    decision = in_shop(story())
    assert (Result.HELD_OUT, DecidedBy.HOLDOUT, None) == (
        decision.result,
        decision.decided_by,
        decision.would_have_sent,
    )
    assert [FunnelStage.VALIDITY] == [rejection.stage for rejection in decision.rejections]


def test_no_contact_may_be_a_ghost() -> None:
    """Where sending nothing is a choice it may be a held-out customer's, and takes nothing of contact policy."""

    async def story() -> list[Decision]:
        shop = stored_shop(replace(SHOP, allow_no_contact=True, contact_policy=ContactPolicy(caps=(ONE_A_WEEK,))))
        return of_group(await rank(shop, *(rank_call(f"c{k}") for k in range(400))), HOLDOUT)

    ghosts = [ghost_of(decision) for decision in in_shop(story())]
    assert {True, False} == {ghost.campaign_id == "NO_CONTACT" for ghost in ghosts}
    assert all((ghost.contact is None) == (ghost.campaign_id == "NO_CONTACT") for ghost in ghosts)


def test_a_replay_of_a_held_out_decision_changes_nothing() -> None:
    """The same call gets the same answer, also after a new model and in a new service, and leaves one ghost."""

    async def story() -> None:
        shop = stored_shop(organization=organization(ONE_A_WEEK))
        call = rank_call(customer_in(shop, HOLDOUT), occasion="monday")
        first = (await ranked(shop, call))[0]
        await serve_model(shop)
        fresh = Shop(shop.log)
        for again in (*await ranked(shop, call, call), *await ranked(fresh, call)):
            assert again.is_replay
            assert not again.request_differs
            assert not again.campaign_paused
            assert {} == again.message_fields
            assert first.decision == again.decision
        assert 1 == shop.log.count_decisions("shop", 0)
        assert 1 == len(contacts(shop, call.input.customer_id))

    in_shop(story())


@pytest.mark.parametrize("said", [None, NOT_SENT])
def test_a_held_out_decision_can_be_superseded(said: ActivationState | None) -> None:
    """Its ghost's contact makes room for the next ghost as a campaign's makes room for the next campaign."""

    async def story() -> tuple[Decision, list[HeldContact]]:
        shop = stored_shop(organization=organization(ONE_A_WEEK))
        customer_id = customer_in(shop, HOLDOUT)
        await rank(shop, rank_call(customer_id, decision_id="old", send_time_us=START_US + DAY_US))
        if said is not None:
            await shop.activator.activate([ActivateCall(decision_id="old", state=said)])
        [new] = await rank(
            shop, rank_call(customer_id, decision_id="new", supersedes="old", send_time_us=START_US + 2 * DAY_US)
        )
        return new, contacts(shop, customer_id)

    new, held = in_shop(story())
    assert Result.HELD_OUT is new.result
    contact = ghost_of(new).contact
    assert contact is not None
    assert [HeldContact("new", contact)] == held


def test_a_held_out_decision_whose_moment_came_is_not_superseded() -> None:
    """SENT says that the moment came and nothing went out; from then on that stands, the ghost's contact with it."""

    async def story() -> tuple[Any, Any, list[HeldContact]]:
        shop = stored_shop(organization=organization(ONE_A_WEEK))
        customer_id = customer_in(shop, HOLDOUT)
        await rank(shop, rank_call(customer_id, decision_id="old", defer_activation=True))
        shop.clock.set_us(START_US + DAY_US)
        [status] = await shop.activator.activate([ActivateCall(decision_id="old", state=SENT)])
        error = await refused(shop, rank_call(customer_id, decision_id="new", supersedes="old"))
        return status, error, contacts(shop, customer_id)

    status, error, held = in_shop(story())
    assert ActivationStatus.ACCEPTED is status
    assert isinstance(error, FailedPrecondition)
    assert "ALREADY_SENT" == error.reason
    assert [(True, START_US + DAY_US)] == [(one.contact.is_ghost, one.contact.contact_time_us) for one in held]


def test_a_moment_passes_alike_in_every_group() -> None:
    """Once its send_time is over a decision is not superseded, held out or not: a retry does not go by the group."""

    async def story() -> list[str]:
        shop = stored_shop()
        reasons = []
        for group in (HOLDOUT, OPTIMIZED):
            customer_id = customer_in(shop, group)
            await rank(shop, rank_call(customer_id, decision_id=customer_id))
            error = await refused(shop, rank_call(customer_id, decision_id=f"{customer_id}-2", supersedes=customer_id))
            assert isinstance(error, FailedPrecondition)
            reasons.append(error.reason)
        return reasons

    assert ["ALREADY_SENT", "ALREADY_SENT"] == in_shop(story())


def test_a_new_group_is_decided_anew() -> None:
    """After everyone was drawn again a former ghost takes nothing from a customer who is not held out any more."""

    async def story() -> list[list[Result]]:
        shop = stored_shop(replace(SHOP, assignments=(HALF_HELD_OUT,)), organization=organization(ONE_A_WEEK))
        calls = [rank_call(customer_in(shop, HOLDOUT, number), candidates=("sale",)) for number in range(20)]
        held_out = await results(shop, *calls)
        newest = shop.resources.portfolio("shop").value
        divided = replace(HALF_HELD_OUT, holdout=0.0, uniform_random=0.5, generation=2)
        await shop.resources.update_portfolio(replace(newest, assignments=(divided,)))
        return [held_out, await results(shop, *calls), await results(shop, *calls)]

    assert [[Result.HELD_OUT] * 20, [SOME] * 20, [NONE] * 20] == in_shop(story())
