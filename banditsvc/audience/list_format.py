"""List formats: how contact lists are written."""

from __future__ import annotations

from enum import StrEnum


class ListFormat(StrEnum):
    """How lists are written."""

    CSV = "csv"
    PARQUET = "parquet"
