"""Choices: what settling and learning look at of a decision. Who reads no more of the log reads it several times faster."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from banditsvc.core.assignment_group import AssignmentGroup
from banditsvc.core.campaign import Campaign
from banditsvc.core.columns_of_contexts import KnownOfCustomer
from banditsvc.core.contact import Contact
from banditsvc.core.context import CustomerContext
from banditsvc.core.decision import DecidedBy, GhostDecision
from banditsvc.core.send import Send, SendInput


class ChoiceInput(SendInput, Protocol):
    """The same of a RankInput."""

    @property
    def context(self) -> CustomerContext: ...
    @property
    def known(self) -> KnownOfCustomer:
        """The context, in whatever form it is there."""
        ...

    @property
    def customer_id(self) -> str: ...
    @property
    def candidates(self) -> Sequence[str | Campaign]: ...
    @property
    def channel(self) -> str: ...
    @property
    def placement(self) -> str: ...


class Choice(Send, Protocol):
    """A Decision is one. The names mean what they mean there."""

    @property
    def input(self) -> ChoiceInput: ...
    @property
    def decided_by(self) -> DecidedBy: ...
    @property
    def campaign_id(self) -> str: ...
    @property
    def treatment_id(self) -> str: ...
    @property
    def eligible(self) -> Sequence[str]: ...
    @property
    def treatments(self) -> Sequence[str]: ...
    @property
    def selection_probabilities(self) -> Sequence[float]: ...
    @property
    def group(self) -> AssignmentGroup: ...
    @property
    def catalogue_version(self) -> int: ...
    @property
    def would_have_sent(self) -> GhostDecision | None: ...
    @property
    def counted_contact(self) -> Contact | None: ...
    @property
    def is_probability_known(self) -> bool: ...
    @property
    def arm_probability(self) -> float: ...
    @property
    def chosen_place(self) -> int: ...
