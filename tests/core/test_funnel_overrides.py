"""Laws of overrides in the funnel: what is forced or pinned stands alone, and hard limits hold for it too."""

from __future__ import annotations

from typing import Any

import pytest

from banditsvc.core.campaign import Campaign, Pin
from banditsvc.core.context import CustomerContext
from banditsvc.core.rejection import FunnelStage
from tests.core.funnel_calls import asked, drops, funnel, ids, rule, shop


def test_a_forced_campaign_stands_alone_and_overrides_what_is_soft() -> None:
    """Forced, a campaign passes exclusions, applicability and suitability; candidates and pins are of no account."""
    soft = tuple(rule(stage.name, stage) for stage in (FunnelStage.APPLICABILITY, FunnelStage.SUITABILITY))
    campaigns = [
        Campaign(campaign_id="forced", rules=soft),
        Campaign(campaign_id="pinned", pins=(Pin(name="everybody"),)),
    ]
    wishes: dict[str, Any] = {"forced_campaign_id": "forced", "force_reason": "the board wants it"}
    request = asked(candidates=("pinned",), excluded=("forced",), **wishes)
    left = funnel(request, campaigns=campaigns, portfolio=shop(allow_no_contact=True))
    assert (["forced"], [], "the board wants it") == (ids(left), drops(left), left.force_reason)


@pytest.mark.parametrize(
    ("campaign", "stage"),
    [
        (Campaign(campaign_id="other"), FunnelStage.VALIDITY),
        (Campaign(campaign_id="forced", purpose="marketing"), FunnelStage.CONSENT),
        (Campaign(campaign_id="forced", rules=(rule("r", FunnelStage.ELIGIBILITY),)), FunnelStage.ELIGIBILITY),
    ],
)
def test_a_forced_campaign_is_refused_by_what_is_hard(campaign: Campaign, stage: FunnelStage) -> None:
    """Consent, validity and eligibility hold for a forced campaign too, and nothing stands in for it."""
    request = asked(forced_campaign_id="forced", force_reason="why not")
    left = funnel(request, campaigns=[campaign], portfolio=shop(allow_no_contact=True))
    assert ([], [("forced", stage)], "why not") == (ids(left), [drop[:2] for drop in drops(left)], left.force_reason)


def test_a_forced_campaign_may_come_with_the_request() -> None:
    """A campaign given inline can be forced by its id."""
    request = asked(candidates=(Campaign(campaign_id="mine", cost=2.0),), forced_campaign_id="mine")
    assert [2.0] == [candidate.labels.cost for candidate in funnel(request).candidates]


def test_the_first_pinned_campaign_in_the_fixed_order_is_all_that_is_left() -> None:
    """Of eligible campaigns with an active pin that matches, the first in the fixed order wins; drops stay as they are."""
    new = 'segment == "new"'
    campaigns = [
        Campaign(campaign_id="a", pins=(Pin(name="late"),)),
        Campaign(
            campaign_id="b", fixed_priority=2, pins=(Pin(name="over", end_time_us=5), Pin(name="n", expression=new))
        ),
        Campaign(
            campaign_id="c", fixed_priority=1, pins=(Pin(name="first"),), rules=(rule("r", FunnelStage.SUITABILITY),)
        ),
        Campaign(campaign_id="d"),
    ]
    for segment, pinned in (("new", ("b", "pin:n")), ("old", ("a", "pin:late")), (None, ("a", "pin:late"))):
        left = funnel(asked(send_time_us=5, context=CustomerContext(segment=segment)), campaigns=campaigns)
        assert pinned == (*ids(left), left.force_reason)
        assert [("c", FunnelStage.SUITABILITY, "r")] == drops(left)
    early = funnel(asked(context=CustomerContext(segment="old")), campaigns=campaigns)
    assert ("b", "pin:over") == (*ids(early), early.force_reason)
