"""Audience parts: a span of an audience's decisions, kept in one file and entered in the log as one record."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from banditsvc.core.campaign_labels import CampaignLabels


@dataclass(frozen=True, slots=True, kw_only=True)
class PartContacts:
    """How many rows of a part have a contact with the same labels."""

    labels: CampaignLabels
    is_ghost: bool
    """Whether these are what held-out customers would have got."""
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AudiencePart:
    """One part of a run: consecutive rows of the audience's canonical order, each a decision."""

    run_id: str
    number: int
    """Place within the run, from 0."""
    portfolio_id: str
    organization_id: str
    occasion: str
    """Of all rows, likewise the two times."""
    send_time_us: int
    """Also the time of every contact."""
    hold_until_us: int | None = None
    """Up to when contacts wait to be activated; None: they stand."""
    row_count: int
    first_row: int = 0
    """Number of the first row within the audience, likewise the last; there may be gaps between them."""
    last_row: int = -1
    first_hash: int = 0
    """customer_hash of the first row, likewise the last."""
    last_hash: int = 0
    size_bytes: int
    """Of the file."""
    contacts: tuple[PartContacts, ...] = ()

    @property
    def span(self) -> int:
        """Returns how many positions of the log it takes: one for each row, and one for a part without rows."""
        return max(1, self.row_count)


def part_name(run_id: str, number: int) -> str:
    """Returns the path of a part's file within the data directory."""
    return f"audience/{run_id}/part-{number:05d}.parquet"


def held_until(parts: Iterable[AudiencePart], organization_id: str, now_us: int) -> list[int]:
    """Returns up to when contacts of an organization's parts wait to be activated, as of now: each moment once, rising."""
    moments = {part.hold_until_us for part in parts if part.organization_id == organization_id}
    return sorted(moment for moment in moments if moment is not None and moment >= now_us)
