"""Laws of the funnel: every drop has a reason, and NO_CONTACT is a choice and never a way out."""

from __future__ import annotations

import pytest

from banditsvc.core.campaign import NO_CONTACT, Campaign, CampaignState
from banditsvc.core.decision import FunnelStage
from banditsvc.core.funnel import EligibleSet, eligible_set

CATALOGUE = {
    "news": Campaign(campaign_id="news"),
    "sale": Campaign(campaign_id="sale", end_time_us=100),
    "old": Campaign(campaign_id="old", state=CampaignState.PAUSED),
}


def funnel(
    *candidates: str, excluded: tuple[str, ...] = (), allow_no_contact: bool = True, send_time_us: int = 0
) -> EligibleSet:
    """Returns what is left of these candidates."""
    return eligible_set(
        catalogue=CATALOGUE,
        candidates=candidates,
        excluded=excluded,
        allow_no_contact=allow_no_contact,
        send_time_us=send_time_us,
    )


def ids(left: EligibleSet) -> list[str]:
    """Returns the ids of what may go out."""
    return [campaign.campaign_id for campaign in left.campaigns]


def drops(left: EligibleSet) -> list[tuple[str, FunnelStage, str]]:
    """Returns what was dropped, by which stage and rule."""
    return [(rejection.campaign_id, rejection.stage, rejection.rule) for rejection in left.rejections]


def test_no_contact_stands_beside_what_is_eligible() -> None:
    """Where the portfolio allows it, NO_CONTACT is eligible with whatever else is, named or not, and is no rejection."""
    for candidates in ((), ("news", "sale"), ("news", NO_CONTACT, "sale")):
        left = funnel(*candidates)
        assert [NO_CONTACT, "news", "sale"] == ids(left)
        assert [] == drops(left)


@pytest.mark.parametrize("candidates", [(), ("news", "sale"), ("news", "sale", NO_CONTACT)])
def test_an_excluded_no_contact_is_a_rejection(candidates: tuple[str, ...]) -> None:
    """Excluding NO_CONTACT shows like any exclusion, once, whether or not it was named."""
    left = funnel(*candidates, excluded=(NO_CONTACT,))
    assert ["news", "sale"] == ids(left)
    assert [(NO_CONTACT, FunnelStage.APPLICABILITY, "excluded")] == drops(left)


def test_no_contact_alone_is_explained() -> None:
    """NO_CONTACT is nothing to fall back on: with no other campaign left it is dropped, and says so."""
    alone = (NO_CONTACT, FunnelStage.APPLICABILITY, "alone")
    assert ([], [alone]) == (ids(funnel(NO_CONTACT)), drops(funnel(NO_CONTACT)))
    nothing_left = funnel("old", excluded=("news",))
    assert ([], [alone, ("old", FunnelStage.VALIDITY, "state")]) == (ids(nothing_left), drops(nothing_left))
    excluded = funnel("old", excluded=(NO_CONTACT,))
    assert (NO_CONTACT, FunnelStage.APPLICABILITY, "excluded") in drops(excluded)


def test_no_contact_that_is_not_allowed_is_invalid() -> None:
    """Where the portfolio does not allow it, NO_CONTACT is a rejection when it is named, and else of no account."""
    named = funnel("news", NO_CONTACT, excluded=(NO_CONTACT,), allow_no_contact=False)
    assert [(NO_CONTACT, FunnelStage.VALIDITY, "no_contact")] == drops(named)
    assert [] == drops(funnel("news", excluded=(NO_CONTACT,), allow_no_contact=False))
