"""Replaying: what a repeated call of Rank is told beside the stored decision."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import structs

from banditsvc.core.campaign import NO_CONTACT, Campaign, CampaignState
from banditsvc.core.decision import Decision, RankInput
from banditsvc.serving.message_fields import fields_of
from banditsvc.serving.resources import Resources


def differs(asked: RankInput, decided: RankInput) -> bool:
    """Says whether a repeated request asks for something else; the order of lists does not matter.

    Both are of the same customer, though maybe under two ids, which were merged in between.
    """
    if asked.customer_id != decided.customer_id:
        key = "" if decided.assignment_key == decided.customer_id else decided.assignment_key
        decided = structs.replace(decided, customer_id=asked.customer_id, assignment_key=key)
    if not asked.has_send_time and not decided.has_send_time:
        asked = structs.replace(asked, send_time_us=decided.send_time_us)
    if asked == decided:
        return False
    return _unordered(asked) != _unordered(decided)


def is_paused(resources: Resources, decision: Decision) -> bool:
    """Says whether the chosen campaign must not go out now: it has been paused or has ended since."""
    if not decision.campaign_id or decision.campaign_id == NO_CONTACT or _inline(decision) is not None:
        return False
    version = resources.state(decision.input.portfolio_id).campaigns.get(decision.campaign_id)
    return version is None or version.campaign.state is not CampaignState.LIVE


def stored_message_fields(resources: Resources, decision: Decision) -> Mapping[str, str]:
    """Returns what was passed through when it was decided."""
    if not decision.campaign_id:
        return {}
    campaign = _inline(decision) or resources.campaign_at(
        decision.input.portfolio_id, decision.campaign_id, decision.catalogue_version
    )
    return fields_of(campaign, decision.treatment_id) if campaign is not None else {}


def _inline(decision: Decision) -> Campaign | None:
    """Returns the chosen campaign where the request gave it."""
    return next(
        (
            candidate
            for candidate in decision.input.candidates
            if isinstance(candidate, Campaign) and candidate.campaign_id == decision.campaign_id
        ),
        None,
    )


def _unordered(asked: RankInput) -> RankInput:
    by_id = sorted(asked.candidates, key=lambda c: c if isinstance(c, str) else c.campaign_id)
    consents = sorted(set(asked.consents), key=lambda word: (word.purpose, word.channel, word.state))
    return structs.replace(
        asked,
        candidates=tuple(by_id),
        excluded=tuple(sorted(asked.excluded)),
        consents=tuple(consents),
        assignment_key=asked.assignment_key or asked.customer_id,
    )
