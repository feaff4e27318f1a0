"""Exclusions: decisions that are kept and neither learned from nor evaluated, such as a mis-send or a broken feed's."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from banditsvc.core.campaign_labels import CampaignLabels
from banditsvc.core.choice import Choice
from banditsvc.core.contact_policy import CampaignSelector


@dataclass(frozen=True, slots=True, kw_only=True)
class Exclusion:
    """Says which decisions of a portfolio are left out, and why. It holds from its record in the log on."""

    portfolio_id: str
    exclusion_id: int
    """Number within the portfolio, from 1."""
    start_us: int | None = None
    """First send_time that is excluded; None means from the first decision on."""
    end_us: int | None = None
    """First send_time after it; None means without end."""
    campaigns: CampaignSelector = CampaignSelector()
    """By the labels of what was chosen; for a held-out customer, of what would have been."""
    reason: str
    author: str = ""
    """Who says so, as told."""

    def covers(self, decision: Choice) -> bool:
        """Returns whether it is about a decision."""
        send_us = decision.input.send_time_us
        if (self.start_us is not None and send_us < self.start_us) or (
            self.end_us is not None and send_us >= self.end_us
        ):
            return False
        return self.campaigns == CampaignSelector() or self.campaigns.matches(labels_of_decision(decision))


@dataclass(frozen=True, slots=True, kw_only=True)
class ExclusionRevocation:
    """Ends an exclusion: from its record in the log on, the decisions count again."""

    portfolio_id: str
    exclusion_id: int
    reason: str
    author: str = ""


def labels_of_decision(decision: Choice) -> CampaignLabels:
    """Returns the labels of what was chosen, or would have been for a held-out customer.

    They are those of its contact. Where there is none, as in tests, of NO_CONTACT and in old logs, nothing is known but
    the campaign and the channel that was asked for.
    """
    contact, ghost = decision.counted_contact, decision.would_have_sent
    if contact is not None:
        return contact.campaign
    campaign_id = decision.campaign_id if ghost is None else ghost.campaign_id
    return CampaignLabels(campaign_id=campaign_id, channel=decision.input.channel)


@dataclass(slots=True)
class _Known:
    exclusion: Exclusion
    since_us: int
    until_us: int | None = None


class Exclusions:
    """The exclusions of one portfolio, as of any moment. A record counts from its own time on, that included."""

    __slots__ = ("_known",)

    def __init__(self, recorded: Iterable[tuple[int, Exclusion | ExclusionRevocation]] = ()) -> None:
        """Takes (record_time_us, record) pairs in log order."""
        self._known: dict[int, _Known] = {}
        for record_time_us, record in recorded:
            if isinstance(record, Exclusion):
                self._known[record.exclusion_id] = _Known(record, record_time_us)
            else:
                self._known[record.exclusion_id].until_us = record_time_us

    def __bool__(self) -> bool:
        """Returns whether there is or was any."""
        return bool(self._known)

    def in_force(self, at_us: int) -> list[Exclusion]:
        """Returns those in force at a moment, by their number."""
        return [
            one.exclusion
            for one in self._known.values()
            if one.since_us <= at_us and (one.until_us is None or at_us < one.until_us)
        ]

    def of(self, decision: Choice, at_us: int) -> Exclusion | None:
        """Returns what excludes a decision at a moment: of several exclusions the first. None: it counts."""
        if not self._known:
            return None
        return next((one for one in self.in_force(at_us) if one.covers(decision)), None)
