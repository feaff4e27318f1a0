"""What a column of an audience can be."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import Enum

from banditsvc.import_files import ColumnError, Columns
from banditsvc.import_files.context_rows import FAVOURITE, FEATURE


class FieldKind(Enum):
    """How the cells of a field are read."""

    ID = "text, such as an id, or whole numbers"
    IDS = "a list of texts"
    CAMPAIGN = "campaign ids"
    MEASURE = "numbers"
    SCORE = "whole numbers from 1 to 5"
    LABEL = "texts"
    STAGE = "texts, such as ACTIVE"
    FEATURE = "numbers, texts or flags"


CUSTOMER, ASSIGNMENT_KEY, CANDIDATES, CAMPAIGN = "customer_id", "assignment_key", "candidates", "campaign_id"

FIELDS: Mapping[str, FieldKind] = {
    CUSTOMER: FieldKind.ID,
    ASSIGNMENT_KEY: FieldKind.ID,
    CANDIDATES: FieldKind.IDS,
    "recency_days": FieldKind.MEASURE,
    "frequency": FieldKind.MEASURE,
    "monetary": FieldKind.MEASURE,
    "r": FieldKind.SCORE,
    "f": FieldKind.SCORE,
    "m": FieldKind.SCORE,
    "segment": FieldKind.LABEL,
    "lifecycle_stage": FieldKind.STAGE,
}
"""Of customers. Beside these, favourites.NAME is a weight and features.NAME a feature."""
PAIR_FIELDS: Mapping[str, FieldKind] = {CUSTOMER: FieldKind.ID, CAMPAIGN: FieldKind.CAMPAIGN}
"""Of pairs of customer and campaign. Beside these, features.NAME is a feature of the pair."""

OF_ONE_RUN = ("occasion", "send_time", "channel", "placement", "defer_activation", "excluded_campaign_ids")
"""Fields of a request of Rank that a run has once for everybody."""
OF_RANK_ALONE = ("time_zone", "consents", "forced_campaign_id", "force_reason", "supersedes", "decision_id", "is_test")
"""Fields of a request of Rank that an audience does not have."""


def field_kind(name: str) -> FieldKind:
    """Returns how the cells of a field are read."""
    if name.startswith(FAVOURITE):
        return FieldKind.MEASURE
    return FieldKind.FEATURE if name.startswith(FEATURE) else {**PAIR_FIELDS, **FIELDS}[name]


def resolve_audience(columns: Columns, available: Sequence[str], fields: Mapping[str, FieldKind] = FIELDS) -> Columns:
    """Returns the map with every field that a source has; a column of a field's own name is that field.

    Args:
        columns: What the caller maps.
        available: Columns of the source.
        fields: FIELDS or PAIR_FIELDS.

    Raises:
        ColumnError: A field or a column does not exist, an audience cannot have the field, or nothing is the customer.
    """
    named = (*columns.columns, *columns.constants)
    faults = [f"{name} is the same for a whole run: give it as an option" for name in named if name in OF_ONE_RUN] + [
        f"{name} is for single requests of Rank: an audience has none" for name in named if name in OF_RANK_ALONE
    ]
    if faults:
        raise ColumnError("\n".join(faults))
    beginnings = (FAVOURITE, FEATURE) if fields is FIELDS else (FEATURE,)
    free = [name for name in (*named, *available) if name.startswith(beginnings)]
    resolved = columns.resolve([*fields, *free], available)
    for required in (CUSTOMER, CAMPAIGN):
        if required in fields and required not in resolved.columns:
            raise ColumnError(
                f"no column is the {required}: map one with {required}=COLUMN; there are {', '.join(available)}"
            )
    return resolved
