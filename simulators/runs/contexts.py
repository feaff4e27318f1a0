"""Contexts as policies see them: columns, and a data frame on request."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from banditsvc.core.context import LifecycleStage
from banditsvc.core.context_columns import Coded, ContextColumns, joined_columns
from banditsvc.core.text_lists import TextLists


@dataclass(frozen=True, slots=True, eq=False)
class Contexts:
    """The contexts of a day's customers, and the day."""

    columns: ContextColumns
    day: int
    """Day of the simulation."""
    send_time_us: int

    def __len__(self) -> int:
        """Returns the number of customers."""
        return len(self.columns)

    def take(self, places: NDArray[np.intp]) -> Contexts:
        """Returns some rows, in that order."""
        return Contexts(self.columns.take(places), self.day, self.send_time_us)

    def frame(self) -> pd.DataFrame:
        """Returns a row for each customer: the fields of CustomerContext, favourites.NAME and features by their names.

        Texts are strings, and what is not known is missing.
        """
        columns, found = self.columns, {}
        for name in ("recency_days", "frequency", "monetary"):
            if getattr(columns, name) is not None:
                found[name] = getattr(columns, name)
        for name in ("r", "f", "m"):
            scores = getattr(columns, name)
            if scores is not None:
                found[name] = np.where(scores == 0, np.nan, scores.astype(np.float64))
        if columns.segment is not None:
            found["segment"] = _texts(columns.segment)
        if columns.lifecycle_stage is not None:
            stages = ("", *(stage.name for stage in LifecycleStage))
            found["lifecycle_stage"] = _texts(Coded(columns.lifecycle_stage - 1, stages[1:]))
        if columns.favourites is not None:
            for place, name in enumerate(columns.favourite_names):
                found[f"favourites.{name}"] = columns.favourites[:, place]
        for name, column in columns.features.items():
            found[name] = _texts(column) if isinstance(column, Coded) else _plain(column)
        return pd.DataFrame(found, index=pd.RangeIndex(len(columns)))


def joined_contexts(parts: Sequence[Contexts]) -> Contexts:
    """Returns the contexts of several parts of a day's customers as one, in their order; at least one."""
    first = parts[0]
    return Contexts(joined_columns([part.columns for part in parts]), first.day, first.send_time_us)


def _plain(column: NDArray[Any] | TextLists) -> NDArray[Any] | list[tuple[str, ...] | None]:
    return [column.texts(row) for row in range(len(column))] if isinstance(column, TextLists) else column


def _texts(column: Coded) -> pd.Categorical[int]:
    return pd.Categorical.from_codes(column.codes, dtype=pd.CategoricalDtype(list(column.names)))
