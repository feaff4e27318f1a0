"""Requests of all groups decided together: each as if it were alone, and everyone else as if nobody were held out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import structlog
from msgspec import structs

from banditsvc.core.assignment_group import AssignmentGroup
from banditsvc.core.campaign import NO_CONTACT_CAMPAIGN, Campaign
from banditsvc.core.decision import DecidedBy, Decision, Result
from banditsvc.core.ghost import as_if_sent
from banditsvc.core.rejection import FunnelStage
from banditsvc.core.reproduce import is_reproduced
from banditsvc.serving.ranking import RankCall
from tests.serving.grouped_shop import HOLDOUT, serve_model
from tests.serving.grouped_traffic import busy_shop, traffic
from tests.serving.shop import Shop, in_shop
from tests.serving.stories import rank


async def _decided(batches: Sequence[Sequence[RankCall]]) -> tuple[Shop, list[Decision]]:
    """Returns a shop and its answers to some batches, dry runs among them, whose ids are drawn anew each time."""
    shop = busy_shop()
    await serve_model(shop)
    found: list[Decision] = []
    with structlog.testing.capture_logs():
        for batch in batches:
            found += await rank(shop, *batch)
    calls = [call for batch in batches for call in batch]
    return shop, [structs.replace(one, decision_id=call.decision_id) for one, call in zip(found, calls, strict=True)]


def _campaigns(shop: Shop, decision: Decision) -> list[Campaign]:
    inline = {one.campaign_id: one for one in decision.input.candidates if isinstance(one, Campaign)}
    portfolio_id, version = decision.input.portfolio_id, decision.catalogue_version
    return [
        inline.get(one) or shop.resources.campaign_at(portfolio_id, one, version) or NO_CONTACT_CAMPAIGN
        for one in decision.eligible
    ]


def test_a_batch_is_decided_like_calls_in_a_row() -> None:
    """One batch of all groups, several, and call by call give the same decisions bit for bit."""
    calls = traffic(1, 400)
    _, alone = in_shop(_decided([[call] for call in calls]))
    for batches in ([calls], [calls[start : start + 37] for start in range(0, 400, 37)]):
        _, together = in_shop(_decided(batches))
        assert alone == together
    assert set(AssignmentGroup) == {decision.group for decision in alone}


def test_those_who_are_held_out_change_nothing_for_others() -> None:
    """Everyone else is answered bit for bit as if nobody had asked for the held-out customers: under caps and capacity."""
    calls = traffic(2, 900, customers=120)
    _, everyone = in_shop(_decided([calls]))
    kept = [call for call, decision in zip(calls, everyone, strict=True) if decision.result is not Result.HELD_OUT]
    _, others = in_shop(_decided([kept]))
    assert others == [decision for decision in everyone if decision.result is not Result.HELD_OUT]
    ghosts = sum(decision.would_have_sent is not None for decision in everyone)
    stages = Counter(rejection.stage for decision in others for rejection in decision.rejections)
    assert ghosts > 50
    assert min(stages[FunnelStage.CONTACT_POLICY], stages[FunnelStage.CAPACITY]) > 100


def test_decisions_of_every_group_and_ghosts_follow_from_the_log() -> None:
    """Whoever decided, also for a ghost, probabilities and choice are computed again from the log, bit for bit."""
    shop, _ = in_shop(_decided([traffic(3, 900, customers=300)]))
    fresh = Shop(shop.log)
    deciders: Counter[tuple[AssignmentGroup, DecidedBy]] = Counter()
    for portfolio_id in ("other", "shop"):
        state = fresh.resources.state(portfolio_id)
        for recorded in shop.log.read_decisions(portfolio_id, 0, 1_000):
            decision = recorded.value
            campaigns = _campaigns(fresh, decision)
            policy = state.policy.value if decision.policy_version else None
            assert is_reproduced(decision, policy, state.portfolio.value, campaigns)
            if decision.would_have_sent is not None:
                changed = replace(decision.would_have_sent, explored=not decision.would_have_sent.explored)
                tampered = structs.replace(decision, would_have_sent=changed)
                assert not is_reproduced(tampered, policy, state.portfolio.value, campaigns)
            deciders[decision.group, as_if_sent(decision).decided_by] += 1
    for group, decided_by in (
        (AssignmentGroup.OPTIMIZED, DecidedBy.POLICY),
        (AssignmentGroup.OPTIMIZED, DecidedBy.FALLBACK),
        (AssignmentGroup.UNIFORM_RANDOM, DecidedBy.UNIFORM_RANDOM),
        (AssignmentGroup.BUSINESS_AS_USUAL, DecidedBy.BUSINESS_AS_USUAL),
        (HOLDOUT, DecidedBy.POLICY),
        (HOLDOUT, DecidedBy.FORCED),
        (HOLDOUT, DecidedBy.FALLBACK),
    ):
        assert deciders[group, decided_by] > 0
