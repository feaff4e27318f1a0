"""Tables of a world file: frozen, and an unknown key is a fault."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field


class Table(BaseModel):
    """A table of a world file."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_enum_values=False)


Share = Annotated[float, Field(ge=0.0, le=1.0)]
"""A share or a probability."""
Positive = Annotated[float, Field(gt=0.0, allow_inf_nan=False)]
NotNegative = Annotated[float, Field(ge=0.0, allow_inf_nan=False)]
Days = NotNegative
"""Length of time in days."""
Day = Annotated[int, Field(ge=0)]
"""A day of the simulation, 0 the first."""
