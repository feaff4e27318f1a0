"""What a column of an audience can be."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import Enum

from banditsvc.import_files import ColumnError, Columns
from banditsvc.import_files.context_rows import FAVOURITE, FEATURE
from banditsvc.rpc.wire_text import text_fault


class FieldKind(Enum):
    """How the cells of a field are read."""

    ID = "text, such as an id, or whole numbers"
    IDS = "a list of texts"
    EXCLUDED = "campaign ids, as a list of texts"
    CONSENTS = "words such as marketing/email=GRANTED, as a list of texts"
    ZONE = "names of time zones, such as Europe/Berlin"
    CAMPAIGN = "campaign ids"
    MEASURE = "numbers"
    SCORE = "whole numbers from 1 to 5"
    LABEL = "texts"
    STAGE = "texts, such as ACTIVE"
    FEATURE = "numbers, texts, flags or lists of texts"


CUSTOMER, ASSIGNMENT_KEY, CANDIDATES, CAMPAIGN = "customer_id", "assignment_key", "candidates", "campaign_id"
EXCLUDED, CONSENTS, TIME_ZONE = "excluded_campaign_ids", "consents", "time_zone"

FIELDS: Mapping[str, FieldKind] = {
    CUSTOMER: FieldKind.ID,
    ASSIGNMENT_KEY: FieldKind.ID,
    CANDIDATES: FieldKind.IDS,
    EXCLUDED: FieldKind.EXCLUDED,
    CONSENTS: FieldKind.CONSENTS,
    TIME_ZONE: FieldKind.ZONE,
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

OF_ONE_RUN = ("occasion", "send_time", "channel", "placement", "defer_activation")
"""Fields of a request of Rank that a run has once for everybody."""
OF_RANK_ALONE = ("forced_campaign_id", "force_reason", "supersedes", "decision_id", "is_test")
"""Fields of a request of Rank that an audience does not have."""


def field_kind(name: str) -> FieldKind:
    """Returns how the cells of a field are read."""
    if name.startswith(FAVOURITE):
        return FieldKind.MEASURE
    return FieldKind.FEATURE if name.startswith(FEATURE) else {**PAIR_FIELDS, **FIELDS}[name]


def is_list(name: str) -> bool:
    """Returns whether the cells of a field may hold several texts."""
    return name in (CANDIDATES, EXCLUDED, CONSENTS) or name.startswith(FEATURE)


def resolve_audience(columns: Columns, available: Sequence[str], fields: Mapping[str, FieldKind] = FIELDS) -> Columns:
    """Returns the map with every field that a source has; a column of a field's own name is that field.

    Args:
        columns: What the caller maps.
        available: Columns of the source.
        fields: FIELDS or PAIR_FIELDS.

    Raises:
        ColumnError: A field or a column does not exist, an audience cannot have the field, or nothing is the customer.
    """
    named = (*columns.columns, *columns.constants, *columns.separators)
    faults = [f"{name} is the same for a whole run: give it as an option" for name in named if name in OF_ONE_RUN] + [
        f"{name} is for single requests of Rank: an audience has none" for name in named if name in OF_RANK_ALONE
    ]
    if faults:
        raise ColumnError("\n".join(faults))
    beginnings = (FAVOURITE, FEATURE) if fields is FIELDS else (FEATURE,)
    free = [name for name in (*named, *available) if name.startswith(beginnings)]
    resolved = columns.resolve([*fields, *free], available, is_list=is_list)
    for name in dict.fromkeys(free):
        if fault := text_fault(name.partition(".")[2]):
            raise ColumnError(f"{name}: the name of a favourite or feature {fault}")
    for required in (CUSTOMER, CAMPAIGN):
        if required in fields and required not in resolved.columns:
            where, option = ("", "") if fields is FIELDS else (" of the pairs", ", by --candidate-map")
            raise ColumnError(
                f"no column{where} is the {required}: map one with {required}=COLUMN{option}; there are "
                f"{', '.join(available)}"
            )
    return resolved
