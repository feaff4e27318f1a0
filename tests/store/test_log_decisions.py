"""Decisions as rows of the open form, and back."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from banditsvc.core.assignment import AssignedGroup
from banditsvc.core.campaign import Campaign, CampaignType, Treatment
from banditsvc.core.contact import Contact
from banditsvc.core.decision import Decision
from banditsvc.core.traffic_split import TrafficSplit
from banditsvc.log_decisions import Unwritten, decisions_of
from tests.store.audience_files import LEARNED, part_batch
from tests.store.stored_values import DECISIONS

_INT32 = 2**31
_DAYS = 100_000_000_000


def _legal(made: Decision, count: int, forced: str) -> Decision:
    """Returns a decision like one that the service can have made: ids agree, and numbers are those of versions and times."""
    asked = made.input
    candidates = {_id_of(one): _legal_candidate(one) for one in asked.candidates}
    asked = structs.replace(
        asked,
        candidates=tuple(candidates.values()),
        send_time_us=asked.send_time_us % 2**62,
        has_send_time=True,
        forced_campaign_id=forced,
        force_reason=f"for {forced}" if forced else "",
    )
    ghost, shadow = made.would_have_sent, made.shadow
    return structs.replace(
        made,
        input=asked,
        contact=_legal_contact(made.contact, asked.portfolio_id, asked.customer_id),
        would_have_sent=None
        if ghost is None
        else replace(
            ghost, contact=_legal_contact(ghost.contact, asked.portfolio_id, asked.customer_id, is_ghost=True)
        ),
        shadow=None
        if shadow is None
        else replace(shadow, policy_version=shadow.policy_version % _INT32, learned=LEARNED),
        draws=tuple(_legal_draw(one) for one in made.draws),
        traffic_split=None if made.traffic_split is None else _legal_split(made.traffic_split),
        levers=(0.5,) * count,
        predicted_deviations=(0.25,) * count,
        # Estimates by probabilities leave history out; all others have one for each eligible campaign.
        campaign_id="a" if count else "",
        eligible=("a",) * min(count, 1),
        treatments=("t",) * min(count, 1),
        treatment_id="t" if count else "",
        selection_probabilities=(1.0,) * min(count, 1),
        force_reason=f"for {forced}" if forced else "pin:x" if count else "",
    )


def _id_of(candidate: str | Campaign) -> str:
    return candidate if isinstance(candidate, str) else candidate.campaign_id


def _legal_candidate(candidate: str | Campaign) -> str | Campaign:
    if isinstance(candidate, str):
        return candidate
    return replace(
        candidate,
        type=CampaignType.CLM,
        pins=(),
        end_time_us=None if candidate.end_time_us is None else candidate.end_time_us % 2**62,
        treatments=tuple(
            Treatment(treatment_id=one.treatment_id, tone="warm", features=one.features) for one in candidate.treatments
        ),
        rules=tuple(replace(rule, reason="so") for rule in candidate.rules),
    )


def _legal_contact(
    contact: Contact | None, portfolio_id: str, customer_id: str, *, is_ghost: bool = False
) -> Contact | None:
    if contact is None:
        return None
    return structs.replace(
        contact,
        portfolio_id=portfolio_id,
        customer_id=customer_id,
        is_ghost=is_ghost,
        contact_time_us=contact.contact_time_us % 2**62,
        hold_until_us=None if contact.hold_until_us is None else contact.hold_until_us % 2**62,
    )


def _legal_draw(draw: AssignedGroup) -> AssignedGroup:
    return replace(draw, assignment_version=draw.assignment_version % _INT32, horizon_us=draw.horizon_us % _DAYS)


def _legal_split(split: TrafficSplit) -> TrafficSplit:
    return TrafficSplit(split.policy_version % _INT32, split.challenger_version % _INT32, split.challenger_share)


_LEGAL: st.SearchStrategy[Any] = st.builds(_legal, DECISIONS, st.integers(0, 2), st.sampled_from(["", "a"]))


@settings(derandomize=True, max_examples=40, deadline=None)
@given(st.lists(_LEGAL, max_size=4))
def test_decisions_come_back_from_their_rows(decisions: list[Decision]) -> None:
    """Whatever the service decides, its row of the open form and what that does not say give it back, field by field."""
    assert decisions == decisions_of(part_batch(decisions), Unwritten(has_send_time=True, shadow_learned=LEARNED))


@settings(derandomize=True, max_examples=15, deadline=None)
@given(st.lists(_LEGAL, min_size=3, max_size=6), st.integers(0, 3))
def test_decisions_come_back_from_a_slice(decisions: list[Decision], start: int) -> None:
    """A slice of rows gives the decisions of the slice."""
    batch = part_batch(decisions).slice(start, 2)
    assert decisions[start : start + 2] == decisions_of(batch, Unwritten(has_send_time=True, shadow_learned=LEARNED))
