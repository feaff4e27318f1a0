"""Choices of an audience's rows: what settling and learning look at, from the columns that have it and no others."""

from __future__ import annotations

from math import nan
from operator import itemgetter
from typing import Any

import msgspec
import pyarrow as pa

from banditsvc.column_values import values_of
from banditsvc.core.assignment_group import AssignmentGroup
from banditsvc.core.campaign import Campaign
from banditsvc.core.choice import Choice
from banditsvc.core.contact import Contact
from banditsvc.core.context import CustomerContext
from banditsvc.core.decision import DecidedBy, GhostDecision, RankInput, Result, place_of_pair
from banditsvc.log_decisions import CONTEXT_COLUMNS, candidates_of, context_of
from banditsvc.log_struct_values import Members, contact_of, ghost_of
from banditsvc.store.described_rows import DescribedRows

_INPUT = ("portfolio_id", "customer_id", "send_time", "channel", "placement", "defer_activation", "is_test")
_CHOICE = (
    "decision_id",
    "result",
    "decided_by",
    "campaign_id",
    "treatment_id",
    "eligible",
    "treatments",
    "selection_probabilities",
    "group",
    "catalogue_version",
    "contact",
    "would_have_sent",
)
_DESCRIBED = "inline_campaigns"
_VALUES = (*CONTEXT_COLUMNS, *_INPUT, "candidates", *_CHOICE)
CHOICE_COLUMNS = (*_VALUES, _DESCRIBED)
"""Columns that choices need."""
_context_values = itemgetter(*range(len(CONTEXT_COLUMNS)))


class _Input(msgspec.Struct, frozen=True):
    context_values: Members
    portfolio_id: str
    customer_id: str
    send_time_us: int
    channel: str
    placement: str
    defer_activation: bool
    is_test: bool
    names: tuple[str, ...]
    pairs: DescribedRows | None
    row: int

    @property
    def context(self) -> CustomerContext:
        """Returns what was known of the customer."""
        return context_of(self.context_values)

    @property
    def known(self) -> CustomerContext:
        """Returns the same."""
        return self.context

    @property
    def candidates(self) -> tuple[str | Campaign, ...]:
        """Returns what was offered."""
        return self.names if self.pairs is None else candidates_of(self.names, self.pairs.of_row(self.row))

    def described(self, campaign_id: str) -> Campaign | None:
        """Returns what RankInput's does."""
        return None if self.pairs is None else self.pairs.campaign(self.row, campaign_id)

    @property
    def key(self) -> RankInput:
        """Returns whose contacts are of."""
        return RankInput(portfolio_id=self.portfolio_id, customer_id=self.customer_id, send_time_us=self.send_time_us)


class _Choice(msgspec.Struct, frozen=True):
    input: _Input
    decision_id: str
    result: Result
    decided_by: DecidedBy
    campaign_id: str
    treatment_id: str
    eligible: tuple[str, ...]
    treatments: tuple[str, ...]
    selection_probabilities: tuple[float, ...]
    group: AssignmentGroup
    catalogue_version: int
    contact_values: Members | None
    ghost_values: Members | None

    @property
    def would_have_sent(self) -> GhostDecision | None:
        """Returns what Decision's does; likewise the others."""
        return None if self.ghost_values is None else ghost_of(self.ghost_values, self.input.key)

    @property
    def counted_contact(self) -> Contact | None:
        ghost = self.would_have_sent
        if ghost is not None:
            return ghost.contact
        return None if self.contact_values is None else contact_of(self.contact_values, self.input.key)

    @property
    def is_probability_known(self) -> bool:
        return bool(self.selection_probabilities) or not self.campaign_id

    @property
    def arm_probability(self) -> float:
        if not self.is_probability_known:
            return nan
        return self.selection_probabilities[self.chosen_place] if self.campaign_id else 1.0

    @property
    def chosen_place(self) -> int:
        return place_of_pair(self.campaign_id, self.treatment_id, self.eligible, self.treatments)


def choices_of(rows: pa.RecordBatch) -> list[Choice]:
    """Returns the choices of rows with the columns CHOICE_COLUMNS, in that order."""
    columns = [values_of(rows.column(name)) for name in _VALUES]
    lists = rows.column(_DESCRIBED)
    pairs = DescribedRows(lists, columns[_VALUES.index("campaign_id")]) if len(lists.flatten()) else None
    return [_choice(values, pairs, row) for row, values in enumerate(zip(*columns, strict=True))]


def _choice(values: tuple[Any, ...], pairs: DescribedRows | None, row: int) -> Choice:
    start = len(CONTEXT_COLUMNS)
    portfolio_id, customer_id, send_time_us, channel, placement, defer, is_test, names = values[start : start + 8]
    decision_id, result, decided_by, campaign_id, treatment_id, *vectors, group, catalogue_version, contact, ghost = (
        values[start + 8 :]
    )
    eligible, treatments, probabilities = vectors
    asked = _Input(
        _context_values(values),
        portfolio_id,
        customer_id,
        send_time_us,
        channel or "",
        placement or "",
        defer,
        is_test,
        names,
        pairs,
        row,
    )
    return _Choice(
        asked,
        decision_id,
        Result[result],
        DecidedBy[decided_by],
        campaign_id or "",
        treatment_id or "",
        eligible,
        treatments,
        probabilities,
        AssignmentGroup[group],
        catalogue_version,
        contact,
        ghost,
    )
