"""The law of the funnel: worked out in advance or campaign by campaign, it comes to the same."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from banditsvc.core.funnel import CompiledFunnel
from tests.core.funnel_worlds import random_world
from tests.core.naive_funnel import NaiveFunnel


@settings(derandomize=True, max_examples=150, deadline=None)
@given(st.integers(0, 1 << 32))
def test_the_compiled_funnel_is_the_funnel_as_described(seed: int) -> None:
    """Whoever asks, the compiled funnel leaves and drops what the plain reading of the rules does, by the same rules."""
    world = random_world(seed, customers=8)
    funnel = CompiledFunnel(world.organization, world.portfolio, world.catalogue)
    ledgers = world.ledgers()
    for customer in world.customers:
        expected = NaiveFunnel(
            organization=world.organization,
            portfolio=world.portfolio,
            catalogue=world.catalogue,
            asked=customer.asked,
            contacts=customer.contacts,
            consents=customer.consents,
            ledgers=ledgers,
        ).left()
        left = funnel.funnelled(customer.asked, customer.contacts, customer.consents, 0, ledgers)
        ids = [candidate.campaign.campaign_id for candidate in left.candidates]
        drops = [(rejection.campaign_id, rejection.stage, rejection.rule) for rejection in left.rejections]
        assert expected == (ids, drops, left.force_reason)
