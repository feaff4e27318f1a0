"""Columns of the open form of the log: the kinds of their values, and those that several tables have."""

from __future__ import annotations

import pyarrow as pa

SCHEMA_VERSION = "1"
"""In the metadata of each schema under `banditsvc_schema`."""

TIME = pa.timestamp("us", tz="UTC")
TEXTS = pa.list_(pa.string())
NUMBERS = pa.list_(pa.float64())
NAMED_TEXTS = pa.map_(pa.string(), pa.string())
FEATURES = (
    ("number_features", pa.map_(pa.string(), pa.float64()), "Further features that are numbers, by name."),
    ("text_features", pa.map_(pa.string(), pa.string()), "Further features that are texts, by name."),
    ("flag_features", pa.map_(pa.string(), pa.bool_()), "Further features that are true or false, by name."),
    ("list_features", pa.map_(pa.string(), TEXTS), "Further features that are lists of texts, by name."),
)


def fields_of(kind: pa.DataType, *names: str) -> list[pa.Field]:
    """Returns members of a struct that are of one kind."""
    return [pa.field(name, kind) for name in names]


RULE = pa.struct(fields_of(pa.string(), "name", "expression", "stage", "reason"))
PIN = pa.struct([*fields_of(pa.string(), "name", "expression"), *fields_of(TIME, "start_time", "end_time")])
TREATMENT = pa.struct(
    [
        pa.field("treatment_id", pa.string(), nullable=False),
        *fields_of(pa.string(), "subject_line", "tone", "call_to_action"),
        *(pa.field(name, kind) for name, kind, _ in FEATURES),
        pa.field("message_fields", NAMED_TEXTS),
    ]
)
INLINE_CAMPAIGN = pa.struct(
    [
        pa.field("campaign_id", pa.string(), nullable=False),
        *fields_of(pa.string(), "type", "kind", "category", "channel", "offer_kind", "family"),
        *(pa.field(name, kind) for name, kind, _ in FEATURES),
        pa.field("fixed_priority", pa.int64()),
        *fields_of(TIME, "start_time", "end_time"),
        pa.field("treatments", pa.list_(TREATMENT)),
        *fields_of(pa.float64(), "cost", "value", "lever"),
        pa.field("message_fields", NAMED_TEXTS),
        pa.field("purpose", pa.string()),
        pa.field("placements", TEXTS),
        pa.field("rules", pa.list_(RULE)),
        pa.field("learned_as", pa.string()),
    ]
)
REJECTION = pa.struct(fields_of(pa.string(), "campaign_id", "stage", "rule", "reason"))
GIVEN_CONSENT = pa.struct(fields_of(pa.string(), "purpose", "channel", "state"))
CONTACT = pa.struct(
    [
        *fields_of(pa.string(), "organization_id", "campaign_id", "type", "kind", "channel", "family", "category"),
        pa.field("cost", pa.float64()),
        *fields_of(TIME, "contact_time", "hold_until"),
    ]
)
SHADOW = pa.struct(
    [
        pa.field("policy_version", pa.int32()),
        *fields_of(pa.string(), "model_version", "campaign_id", "treatment_id"),
        *fields_of(NUMBERS, "selection_probabilities", "predicted_rewards", "predicted_deviations"),
    ]
)

TRAFFIC_SPLIT = pa.struct(
    [
        *fields_of(pa.int32(), "policy_version", "challenger_policy_version"),
        pa.field("challenger_share", pa.float64()),
    ]
)
DRAW = pa.struct(
    [
        *fields_of(pa.string(), "owner", "channel"),
        pa.field("assignment_version", pa.int32()),
        pa.field("group", pa.string()),
        *fields_of(pa.float64(), "optimized", "uniform_random", "business_as_usual", "holdout", "horizon_seconds"),
    ]
)
GHOST = pa.struct(
    [
        *fields_of(pa.string(), "decided_by", "campaign_id", "treatment_id"),
        pa.field("explored", pa.bool_()),
        pa.field("contact", CONTACT),
    ]
)


def field(name: str, kind: pa.DataType, description: str) -> pa.Field:
    """Returns a column that has a value in every row."""
    return pa.field(name, kind, nullable=False, metadata={"description": description})


def optional(name: str, kind: pa.DataType, description: str) -> pa.Field:
    """Returns a column that may be null."""
    return pa.field(name, kind, nullable=True, metadata={"description": description})


def table_schema(table: str, *fields: pa.Field) -> pa.Schema:
    """Returns the schema of a table with its name and the version in the metadata."""
    return pa.schema(fields, metadata={"banditsvc_schema": SCHEMA_VERSION, "banditsvc_table": table})


RECORD = (
    field("position", pa.int64(), "Place in the log; one rising sequence over all kinds of records."),
    field("record_time", TIME, "When the record was committed; equal within a commit, rising from commit to commit."),
    field("portfolio_id", pa.string(), "The portfolio."),
)
CONTEXT = (
    optional("recency_days", pa.float64(), "Days since the last purchase; null is unknown, here and below."),
    optional("frequency", pa.float64(), "Number of purchases."),
    optional("monetary", pa.float64(), "Money spent, in the portfolio's currency."),
    optional("r", pa.int8(), "Recency score, 1 to 5, 5 best."),
    optional("f", pa.int8(), "Frequency score, 1 to 5, 5 best."),
    optional("m", pa.int8(), "Monetary score, 1 to 5, 5 best."),
    optional("segment", pa.string(), "Segment of the customer."),
    optional("lifecycle_stage", pa.string(), "Stage of the customer's life with the retailer."),
    field("favourites", pa.map_(pa.string(), pa.float64()), "Weight of each favourite category or brand."),
    *(field(name, kind, description) for name, kind, description in FEATURES),
    optional("time_zone", pa.string(), "Time zone of the customer."),
)
