"""Fields: what a rule can name."""

from __future__ import annotations

import keyword
import math
from dataclasses import dataclass
from enum import Enum, IntEnum

BUILT_IN_NAMES = frozenset(
    [
        *("recency_days", "frequency", "monetary", "r", "f", "m", "segment", "lifecycle_stage", "favourites"),
        *("channel", "placement", "campaign", "features", "known"),
    ]
)
"""Bare names with a meaning of their own; a feature of such a name is written features["..."]."""

_LONGEST_SHOWN = 60


class Source(Enum):
    """Where a field's value is found."""

    CONTEXT = 1
    REQUEST = 2
    CAMPAIGN = 3
    FEATURE = 4
    """A further feature of the context."""
    FAVOURITE = 5
    """The weight of one favourite."""


class ValueType(Enum):
    """Type of a field's value."""

    NUMBER = "a number"
    TEXT = "a text"
    FLAG = "true or false"
    TEXTS = "a list of texts"
    NAMED = "a name"
    """One name of a fixed list, such as a lifecycle stage."""


@dataclass(frozen=True, slots=True)
class Field:
    """One thing that a rule can name, and what its known values can be."""

    source: Source
    name: str
    value_type: ValueType
    least: float = -math.inf
    greatest: float = math.inf
    is_whole: bool = False
    """Whether only whole numbers occur."""
    enumeration: type[IntEnum] | None = None
    """The names of a NAMED field."""
    is_always_known: bool = False

    @property
    def written(self) -> str:
        """How a rule names it."""
        if self.source is Source.CAMPAIGN:
            return f"campaign.{self.name}"
        if self.source is Source.FAVOURITE:
            return f"favourites[{quoted(self.name)}]"
        if self.source is Source.FEATURE and not is_plain_name(self.name):
            return f"features[{quoted(self.name)}]"
        return self.name

    @property
    def names(self) -> tuple[str, ...]:
        """The names of a NAMED field, none for others."""
        return () if self.enumeration is None else tuple(self.enumeration.__members__)


def shortened(text: str) -> str:
    """Returns a text as messages show it: the beginning of a long one."""
    return text if len(text) <= _LONGEST_SHOWN else text[: _LONGEST_SHOWN - 3] + "..."


def quoted(text: str) -> str:
    """Returns a text in quotes, single where it has double ones, shortened where it is long."""
    text = shortened(text)
    return f"'{text}'" if '"' in text else f'"{text}"'


def is_plain_name(name: str) -> bool:
    """Returns whether a feature of this name can be written without features["..."]."""
    return name.isascii() and name.isidentifier() and not keyword.iskeyword(name) and name not in BUILT_IN_NAMES
