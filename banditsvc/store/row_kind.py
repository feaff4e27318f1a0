"""Row kinds: what many rows of an audience's part share, of what was decided for them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

from banditsvc.core.assignment_group import AssignmentGroup
from banditsvc.core.audience_part import AudiencePart
from banditsvc.core.campaign import Campaign
from banditsvc.core.campaign_labels import CampaignLabels
from banditsvc.core.contact import Contact
from banditsvc.core.decision import DecidedBy, Decision, GhostDecision, RankInput, Result


class GhostKind(NamedTuple):
    """What held-out customers would have got."""

    decided_by: int
    campaign_id: str
    treatment_id: str
    explored: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RowKind:
    """What was decided, as far as outcomes, activations and contacts go."""

    result: int
    decided_by: int
    campaign_id: str
    treatment_id: str
    group: int
    is_inline: bool
    """Whether the campaign came with the row, and not from the catalogue."""
    ghost: GhostKind | None
    labels: CampaignLabels | None
    """Of its contact, or of its ghost's; None where it has none."""

    @property
    def is_ghost(self) -> bool:
        """Returns whether its contact is a ghost's."""
        return self.ghost is not None

    def contact(self, part: AudiencePart, customer_id: str) -> Contact | None:
        """Returns the contact of a row of this kind, None where it has none."""
        if self.labels is None:
            return None
        return Contact(
            organization_id=part.organization_id,
            portfolio_id=part.portfolio_id,
            customer_id=customer_id,
            campaign=self.labels,
            contact_time_us=part.send_time_us,
            # A ghost's stands at once, as nobody has anything to activate.
            hold_until_us=None if self.is_ghost else part.hold_until_us,
            is_ghost=self.is_ghost,
        )

    def outline(self, part: AudiencePart, asked: RunRequest, decision_id: str, customer_id: str) -> Decision:
        """Returns the outline of the decision of a row of this kind; see DecisionLog.get_outline."""
        contact = self.contact(part, customer_id)
        ghost = None
        if self.ghost is not None:
            ghost = GhostDecision(
                decided_by=DecidedBy(self.ghost.decided_by),
                campaign_id=self.ghost.campaign_id,
                treatment_id=self.ghost.treatment_id,
                explored=self.ghost.explored,
                contact=contact,
            )
        return Decision(
            decision_id=decision_id,
            input=RankInput(
                portfolio_id=part.portfolio_id,
                customer_id=customer_id,
                send_time_us=part.send_time_us,
                candidates=(Campaign(campaign_id=self.campaign_id),) if self.is_inline else (),
                occasion=part.occasion,
                channel=asked.channel,
                placement=asked.placement,
                defer_activation=asked.defer_activation,
            ),
            result=Result(self.result),
            decided_by=DecidedBy(self.decided_by),
            campaign_id=self.campaign_id,
            treatment_id=self.treatment_id,
            group=AssignmentGroup(self.group),
            contact=None if ghost is not None else contact,
            would_have_sent=ghost,
        )


class RunRequest(NamedTuple):
    """What was asked for all rows of a part, beside what its record says."""

    channel: str
    placement: str
    defer_activation: bool


class ContactTerms(NamedTuple):
    """What all contacts of a part share, or all of its ghosts."""

    organization_id: str
    contact_time_us: int
    hold_until_us: int | None
    is_ghost: bool


def plain_kind(kind: RowKind) -> dict[str, Any]:
    """Returns a kind as JSON has it."""
    labels = kind.labels
    plain = {name: getattr(kind, name) for name in RowKind.__slots__}
    plain["labels"] = None if labels is None else {name: getattr(labels, name) for name in CampaignLabels.__slots__}
    return plain


def kind_of(plain: dict[str, Any]) -> RowKind:
    """Returns a kind from JSON."""
    ghost, labels = plain["ghost"], plain["labels"]
    known = {
        "ghost": None if ghost is None else GhostKind(*ghost),
        "labels": None if labels is None else CampaignLabels(**labels),
    }
    return RowKind(**{**plain, **known})
