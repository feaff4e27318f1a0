"""Records in order: how decisions that have rows of their own are read, beside those of parts."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from banditsvc.core.choice import Choice
from banditsvc.core.decision import Decision
from banditsvc.ports import Recorded

FOR_EVER = 2**63 - 1
"""A position beyond all others."""

D = TypeVar("D", Decision, Choice)
ReadRecords = Callable[[int, int, int], list[Recorded[D]]]
"""Reads decisions that have a row of a table: after a position, before one, at most so many."""
