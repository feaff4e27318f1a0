"""Values of a part's columns of which there are few: they are made once, and rows have their places."""

from __future__ import annotations

from typing import Any

from banditsvc.audience.decided_rows import PartTerms
from banditsvc.core.campaign import NO_CONTACT
from banditsvc.core.decision import DecidedBy, GhostDecision, RankInput
from banditsvc.core.ghost import ghost_contact
from banditsvc.core.reserved_contact import reserved_contact
from banditsvc.log_rows import contact_row, draw_row, ghost_row
from banditsvc.serving.active_portfolio import ActivePortfolio


class PartValues:
    """What columns of few values have, numbered alike in all blocks of a part."""

    def __init__(self, active: ActivePortfolio, asked: RankInput, common: PartTerms) -> None:
        """Takes what is the same for all rows of the run as a request."""
        self.active, self.common = active, common
        self._contacts = [
            None if labels.campaign_id == NO_CONTACT else reserved_contact(active.portfolio, asked, labels)
            for labels in common.entries.labels
        ]
        self.contacts = [contact_row(contact) for contact in self._contacts]
        """Of each entry."""
        self.draws = [[draw_row(draw) for draw in one.draws] for one in common.assigned]
        """Of each of the distinct groups."""
        self.ghosts: list[dict[str, Any] | None] = []
        self._rejections: list[dict[str, Any]] = []
        self._places: dict[tuple[int, int, bool], int] = {}

    def rejections(self) -> list[dict[str, Any]]:
        """Returns the rejections of the book, of which every block may have added some."""
        for one in self.common.book.rejections[len(self._rejections) :]:
            said = {"campaign_id": one.campaign_id, "stage": one.stage.name, "rule": one.rule, "reason": one.reason}
            self._rejections.append(said)
        return self._rejections

    def ghost(self, decided_by: int, entry: int, *, explored: bool) -> int:
        """Returns the place of a ghost in ghosts."""
        place = self._places.setdefault((decided_by, entry, explored), len(self.ghosts))
        if place == len(self.ghosts):
            self.ghosts.append(ghost_row(self._ghost(decided_by, entry, explored=explored)))
        return place

    def _ghost(self, decided_by: int, entry: int, *, explored: bool) -> GhostDecision:
        entries, contact = self.common.entries, self._contacts[entry]
        return GhostDecision(
            decided_by=DecidedBy(decided_by),
            campaign_id=entries.ids[entry],
            treatment_id=entries.treatments[entry] if entries.treatments else "",
            explored=explored,
            contact=None if contact is None else ghost_contact(contact),
        )
