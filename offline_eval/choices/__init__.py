"""Choices: decisions of the log as columns of numbers, for everything that evaluates them by their probabilities."""

from __future__ import annotations

from offline_eval.choices.choices import EVALUATED_DECIDERS, UNKNOWN, Best, Choices, Flags, Losses, Offers
from offline_eval.choices.coding import Coded, Coder, Codes
from offline_eval.choices.reading import COLUMNS, read_choices

__all__ = [
    "COLUMNS",
    "EVALUATED_DECIDERS",
    "UNKNOWN",
    "Best",
    "Choices",
    "Coded",
    "Coder",
    "Codes",
    "Flags",
    "Losses",
    "Offers",
    "read_choices",
]
