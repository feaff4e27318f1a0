"""The decision log: the truth."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, NamedTuple, Protocol, TypeVar

from msgspec import Struct

from banditsvc.core.activation import Activation
from banditsvc.core.audience_part import AudiencePart
from banditsvc.core.campaign_labels import CampaignLabels
from banditsvc.core.choice import Choice
from banditsvc.core.consent import Consent
from banditsvc.core.contact import Contact
from banditsvc.core.customer_merge import CustomerMerge
from banditsvc.core.decision import Decision
from banditsvc.core.enrollment import Enrollment
from banditsvc.core.exclusion import Exclusion, ExclusionRevocation
from banditsvc.core.outcome import FeedMark, Outcome
from banditsvc.core.send import Send
from banditsvc.ports.resources import Resource

T_co = TypeVar("T_co", covariant=True)

LogRecord = Decision | Activation | Outcome | FeedMark | Consent | CustomerMerge | Enrollment | AudiencePart | Resource


class HeldContact(Struct, frozen=True, gc=False):
    """A contact and the decision that it comes from."""

    decision_id: str
    contact: Contact


@dataclass(frozen=True, slots=True)
class ContactTally:
    """How many contacts have the same labels, their cost among them."""

    labels: CampaignLabels
    count: int


@dataclass(frozen=True, slots=True)
class UnsentDecisions:
    """Decisions for a campaign that wait to be sent."""

    decision_ids: tuple[str, ...]
    """Those with the least contact_time first."""
    count: int
    """Of all of them."""


class Recorded(NamedTuple, Generic[T_co]):
    """A value as it stands in the log."""

    position: int
    """Place in the log: one sequence over all kinds of records, rising in commit order."""
    record_time_us: int
    """Stamped by the writer inside the commit; equal within a commit, strictly rising from commit to commit."""
    value: T_co


@dataclass(frozen=True, slots=True)
class Watermark:
    """How far the log is complete: every record stamped up to time_us has a position up to this one."""

    position: int
    time_us: int


@dataclass(frozen=True, slots=True)
class Commit:
    """What one append did."""

    record_time_us: int
    positions: tuple[int | None, ...]
    """Position of each record; None for one that the log holds already (same key), which was left as it is."""


class DecisionLog(Protocol):
    """The truth: an append-only log of decisions, activations, outcomes, feed marks and resources.

    Keys, at most one record each: a decision's decision_id; an activation's decision_id; an outcome's (portfolio_id,
    outcome_id, revision); a merge's (organization_id, merged_customer_id); an audience part's (run_id, number). Feed marks,
    consents, enrollments and resources have none.

    An audience part is one record of many decisions, the rows of its file in the data directory. Its position is that of
    its first row, each further row has the next one, and a part without rows takes one position. All that is said here of
    decisions holds for its rows as if each were a record. The file is whole and on disk before the part is appended, and
    what is said of a row comes after it.

    Contacts follow from decisions and activations, in the same commit: a decision makes the contact that it carries; its
    activation leaves that, at activate_time and for good, when SENT, and in all other states puts the activation's own
    contact in its place, or nothing. The contact of a held-out decision's ghost is kept like any other and marked as one.
    """

    def append(self, records: Sequence[LogRecord], now_us: int) -> Commit:
        """Appends records as one atomic commit and returns once they are durable (fsync).

        Stamps them all with one record_time_us = max(now_us, last stamp + 1) and stores that as the watermark, also
        when records is empty. Within and across calls positions rise in the order given. A record whose key exists
        already, in the log or earlier in records, is skipped and has position None.

        Called by one thread at a time.

        Raises:
            LogFull: The disk is full; nothing was written, and a later call may succeed.
            LogUnavailable: The commit failed or its outcome is unknown; nothing may be assumed.
        """
        ...

    def watermark(self) -> Watermark:
        """Returns the last commit's stamp and the last position, (0, 0) for an empty log."""
        ...

    def get_decision(self, decision_id: str) -> Recorded[Decision] | None: ...

    def get_outline(self, decision_id: str) -> Recorded[Decision] | None:
        """Returns a decision as far as outcomes, activations and contacts go, which of an audience's row is quick.

        Its ids, occasion, channel, placement, send_time, defer_activation and is_test, result, decided_by, group, campaign,
        treatment, contact and ghost are those of the decision; of its candidates nothing but whether the campaign was
        described with the request. All else may be missing.
        """
        ...

    def get_decision_on(self, portfolio_id: str, customer_id: str, occasion: str) -> Recorded[Decision] | None:
        """Returns the newest decision for a customer on an occasion, which is not empty; tests do not count."""
        ...

    def sends_of(self, decision_ids: Sequence[str]) -> list[Recorded[Send]]:
        """Returns the decisions with these ids in any order, as far as said; a damaged rest may go unnoticed."""
        ...

    def send_times_of(self, portfolio_id: str, decision_ids: Sequence[str], before_us: int) -> dict[str, int]:
        """Returns by id the send_time of those of a portfolio's decisions that surely go out, recorded before_us.

        None of them waits for an activation, or has one. What goes out may be left out, as are the rows of audiences.
        """
        ...

    def get_activation(self, decision_id: str) -> Recorded[Activation] | None: ...

    def get_outcome(self, portfolio_id: str, outcome_id: str) -> list[Recorded[Outcome]]:
        """Returns all stored revisions of an outcome by position."""
        ...

    def outcomes_named(self, portfolio_id: str, outcome_ids: Sequence[str]) -> list[Recorded[Outcome]]:
        """Returns all stored revisions of the outcomes with these ids, by position."""
        ...

    def restated(self, portfolio_id: str, outcome_ids: Sequence[str]) -> set[str]:
        """Returns those of the ids of outcomes under which the log has a revision above 0.

        A first revision of any other is stored already exactly if append has no position for it.
        """
        ...

    def refunds_of(self, portfolio_id: str, outcome_ids: Sequence[str]) -> list[Recorded[Outcome]]:
        """Returns every revision of every outcome that has a REFUND revision of one of outcome_ids, by position."""
        ...

    def read_decisions(self, portfolio_id: str, after: int, limit: int) -> list[Recorded[Decision]]:
        """Returns the first limit decisions of a portfolio with position > after, by position."""
        ...

    def read_choices(self, portfolio_id: str, after: int, limit: int) -> list[Recorded[Choice]]:
        """Returns of the same decisions what settling and learning look at; a damaged rest may go unnoticed."""
        ...

    def count_decisions(self, portfolio_id: str, after: int) -> int:
        """Returns how many decisions of a portfolio have position > after."""
        ...

    def decisions_sent_between(
        self, portfolio_id: str, from_us: int, to_us: int, after: int, limit: int
    ) -> list[Recorded[Decision]]:
        """Returns the first limit decisions of a portfolio with send_time in [from_us, to_us) and position > after."""
        ...

    def activations_of(self, decision_ids: Sequence[str]) -> list[Recorded[Activation]]: ...

    def outcomes_of_decisions(self, portfolio_id: str, decision_ids: Sequence[str]) -> list[Recorded[Outcome]]:
        """Returns every revision of every outcome that names one of the decisions, by position."""
        ...

    def outcomes_of_customers(
        self, portfolio_id: str, customer_ids: Sequence[str], from_us: int, to_us: int
    ) -> list[Recorded[Outcome]]:
        """Returns every revision of every outcome with a revision that names one of the customers and occurred in
        [from_us, to_us), by position.
        """
        ...

    def decisions_of_customers(
        self, portfolio_id: str, customer_ids: Sequence[str], from_us: int, to_us: int
    ) -> list[Recorded[Decision]]:
        """Returns the decisions of the customers with send_time in [from_us, to_us), by position."""
        ...

    def outlines_of_customers(
        self, portfolio_id: str, customer_ids: Sequence[str], from_us: int, to_us: int
    ) -> list[Recorded[Decision]]:
        """Returns the outlines of the same decisions, see get_outline."""
        ...

    def read_feed_marks(self, portfolio_id: str, after: int = 0) -> list[Recorded[FeedMark]]:
        """Returns all feed marks of a portfolio with position > after, by position."""
        ...

    def read_resources(self, after: int) -> list[Recorded[Resource]]:
        """Returns all resources with position > after, by position."""
        ...

    def read_exclusions(self, portfolio_id: str) -> list[Recorded[Exclusion | ExclusionRevocation]]:
        """Returns all exclusions of a portfolio and their revocations, by position; read_resources has them too."""
        ...

    def read_outcomes(self, portfolio_id: str, after: int, limit: int) -> list[Recorded[Outcome]]:
        """Returns the first limit outcomes of a portfolio with position > after, by position."""
        ...

    def read_activations(self, portfolio_id: str, after: int, limit: int) -> list[Recorded[Activation]]:
        """Returns the first limit activations of a portfolio with position > after, by position."""
        ...

    def contacts_of(self, organization_id: str, customer_ids: Sequence[str], from_us: int) -> list[HeldContact]:
        """Returns the contacts of the customers with contact_time >= from_us, by contact_time, then by decision_id.

        Also those that count no longer because nobody activated them, and ghosts; all other reads leave ghosts out.
        """
        ...

    def held_contacts(self, organization_id: str, now_us: int) -> list[HeldContact]:
        """Returns the contacts that wait to be activated and count at a moment (hold_until >= now_us).

        Those of audiences' rows, which may be millions, are left out; see row_deadlines.
        """
        ...

    def row_deadlines(self, organization_id: str, now_us: int) -> list[int]:
        """Returns up to when contacts of audiences' rows wait to be activated (hold_until >= now_us), each moment once, rising."""
        ...

    def tally_contacts(
        self, organization_id: str, portfolio_id: str, from_us: int, to_us: int, now_us: int
    ) -> list[ContactTally]:
        """Returns the contacts with contact_time in [from_us, to_us) that count at now_us, by labels and cost.

        portfolio_id is that of one portfolio, or empty for all of the organization.
        """
        ...

    def unsent_decisions(self, portfolio_id: str, campaign_id: str, now_us: int, limit: int) -> UnsentDecisions:
        """Returns the decisions whose contact is with a campaign and is held at now_us or has contact_time > now_us."""
        ...

    def consents_of(self, organization_id: str, customer_ids: Sequence[str]) -> list[Recorded[Consent]]:
        """Returns every consent on record of the customers, by position."""
        ...

    def read_consents(self, organization_id: str, after: int, limit: int) -> list[Recorded[Consent]]:
        """Returns the first limit consents of an organization with position > after, by position."""
        ...

    def read_merges(self, organization_id: str, after: int) -> list[Recorded[CustomerMerge]]:
        """Returns the merges of an organization with position > after, by position."""
        ...

    def merges_of_customers(self, portfolio_id: str, customer_ids: Sequence[str]) -> list[Recorded[CustomerMerge]]:
        """Returns the merges by which the customers are one with others, by position: all of their families.

        Those of the organization of a portfolio; none where the log does not know the portfolio.
        """
        ...

    def read_enrollments(self, portfolio_id: str, after: int, limit: int) -> list[Recorded[Enrollment]]:
        """Returns the first limit enrollments in a portfolio with position > after, by position."""
        ...

    def enrollments_of(self, portfolio_id: str, customer_ids: Sequence[str]) -> list[Recorded[Enrollment]]:
        """Returns the enrollments of the customers in a portfolio, by position."""
        ...

    def read_parts(self, run_id: str) -> list[Recorded[AudiencePart]]:
        """Returns the parts of an audience's run, by position."""
        ...

    def close(self) -> None: ...
