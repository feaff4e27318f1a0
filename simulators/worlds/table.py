"""Tables of a world file: frozen, and an unknown key is a fault."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field


class Table(BaseModel):
    """A table of a world file."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_enum_values=False)


MOST_DAYS = 10_000
"""Longest run and longest span of time, in days: all sums of a few of them are far within 32 bits."""
MOST_NUMBER = 1e9
"""Greatest number of any other kind: products of a few of them are far from the greatest float."""


def _no_flag(value: object) -> object:
    # Python's True is an int, and so would pass for 1.
    if isinstance(value, bool):
        raise ValueError(f"{str(value).lower()} is not a number")
    return value


Number = Annotated[float, BeforeValidator(_no_flag)]
Whole = Annotated[int, BeforeValidator(_no_flag)]
Share = Annotated[Number, Field(ge=0.0, le=1.0)]
"""A share or a probability."""
Chance = Annotated[Number, Field(gt=0.0, lt=1.0)]
"""A probability of which odds can be taken."""
Positive = Annotated[Number, Field(gt=0.0, le=MOST_NUMBER)]
NotNegative = Annotated[Number, Field(ge=0.0, le=MOST_NUMBER)]
Sigma = Annotated[Number, Field(ge=0.0, le=5.0)]
"""Standard deviation of a logarithm: with 5, one in a hundred is above the median a hundred thousand times over."""
Count = Annotated[Whole, Field(ge=1, le=MOST_NUMBER)]
Days = Annotated[Number, Field(ge=0.0, le=MOST_DAYS)]
"""Length of time in days."""
SomeDays = Annotated[Number, Field(gt=0.0, le=MOST_DAYS)]
"""The same, of which one cannot have none."""
WholeDays = Annotated[Whole, Field(ge=1, le=MOST_DAYS)]
Day = Annotated[Whole, Field(ge=0, le=MOST_DAYS)]
"""A day of the simulation, 0 the first."""
