"""Ghosts: the decision that a held-out customer would have got, inside the one that says that nothing is sent."""

from __future__ import annotations

from msgspec import structs

from banditsvc.core.campaign import NO_CONTACT
from banditsvc.core.contact import Contact
from banditsvc.core.decision import DecidedBy, Decision, GhostDecision, Result


def held_out(decision: Decision) -> Decision:
    """Returns the answer to a held-out customer: send nothing, with the given decision as its ghost."""
    ghost = None
    if decision.campaign_id:
        contact = decision.contact
        ghost = GhostDecision(
            decided_by=decision.decided_by,
            campaign_id=decision.campaign_id,
            treatment_id=decision.treatment_id,
            explored=decision.explored,
            contact=None if contact is None else ghost_contact(contact),
        )
    return structs.replace(
        decision,
        result=Result.HELD_OUT,
        decided_by=DecidedBy.HOLDOUT,
        campaign_id="",
        treatment_id="",
        explored=False,
        contact=None,
        shadow=None,
        would_have_sent=ghost,
    )


def ghost_contact(contact: Contact) -> Contact:
    """Returns a contact as that of a ghost, which stands at send_time: nobody has anything to send, and so to activate."""
    return structs.replace(contact, is_ghost=True, hold_until_us=None)


def as_if_sent(decision: Decision) -> Decision:
    """Returns the decision that would have been made had the customer not been held out; any other as it is."""
    ghost = decision.would_have_sent
    if ghost is None:
        return decision
    return structs.replace(
        decision,
        result=Result.NO_CONTACT if ghost.campaign_id == NO_CONTACT else Result.CAMPAIGN,
        decided_by=ghost.decided_by,
        campaign_id=ghost.campaign_id,
        treatment_id=ghost.treatment_id,
        explored=ghost.explored,
        would_have_sent=None,
    )
