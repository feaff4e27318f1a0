"""The open form of the log: its tables as Arrow schemas, each field with its meaning in the metadata.

The same columns come from open_log, stand in the Parquet files of `banditsvc export`, and are what evaluation reads.
Columns are only ever added. Enumerations are the names of the values in the proto files, such as CAMPAIGN or POLICY.
"""

from __future__ import annotations

import pyarrow as pa

SCHEMA_VERSION = "1"
"""In the metadata of each schema under `banditsvc_schema`."""

TIME = pa.timestamp("us", tz="UTC")
_TEXTS = pa.list_(pa.string())
_NUMBERS = pa.list_(pa.float64())
_NAMED_TEXTS = pa.map_(pa.string(), pa.string())
_FEATURES = (
    ("number_features", pa.map_(pa.string(), pa.float64()), "Further features that are numbers, by name."),
    ("text_features", pa.map_(pa.string(), pa.string()), "Further features that are texts, by name."),
    ("flag_features", pa.map_(pa.string(), pa.bool_()), "Further features that are true or false, by name."),
    ("list_features", pa.map_(pa.string(), _TEXTS), "Further features that are lists of texts, by name."),
)


def _struct(kind: pa.DataType, *names: str) -> list[pa.Field]:
    return [pa.field(name, kind) for name in names]


RULE = pa.struct(_struct(pa.string(), "name", "expression", "stage", "reason"))
PIN = pa.struct([*_struct(pa.string(), "name", "expression"), *_struct(TIME, "start_time", "end_time")])
TREATMENT = pa.struct(
    [
        pa.field("treatment_id", pa.string(), nullable=False),
        *_struct(pa.string(), "subject_line", "tone", "call_to_action"),
        *(pa.field(name, kind) for name, kind, _ in _FEATURES),
        pa.field("message_fields", _NAMED_TEXTS),
    ]
)
INLINE_CAMPAIGN = pa.struct(
    [
        pa.field("campaign_id", pa.string(), nullable=False),
        *_struct(pa.string(), "type", "kind", "category", "channel", "offer_kind", "family"),
        *(pa.field(name, kind) for name, kind, _ in _FEATURES),
        pa.field("fixed_priority", pa.int64()),
        *_struct(TIME, "start_time", "end_time"),
        pa.field("treatments", pa.list_(TREATMENT)),
        *_struct(pa.float64(), "cost", "value", "lever"),
        pa.field("message_fields", _NAMED_TEXTS),
        pa.field("purpose", pa.string()),
        pa.field("placements", _TEXTS),
        pa.field("rules", pa.list_(RULE)),
    ]
)
REJECTION = pa.struct(_struct(pa.string(), "campaign_id", "stage", "rule", "reason"))
GIVEN_CONSENT = pa.struct(_struct(pa.string(), "purpose", "channel", "state"))
CONTACT = pa.struct(
    [
        *_struct(pa.string(), "organization_id", "campaign_id", "type", "kind", "channel", "family", "category"),
        pa.field("cost", pa.float64()),
        *_struct(TIME, "contact_time", "hold_until"),
    ]
)
SHADOW = pa.struct(
    [
        pa.field("policy_version", pa.int32()),
        *_struct(pa.string(), "model_version", "campaign_id", "treatment_id"),
        *_struct(_NUMBERS, "selection_probabilities", "predicted_rewards"),
    ]
)

DRAW = pa.struct(
    [
        *_struct(pa.string(), "owner", "channel"),
        pa.field("assignment_version", pa.int32()),
        pa.field("group", pa.string()),
        *_struct(pa.float64(), "optimized", "uniform_random", "business_as_usual", "holdout", "horizon_seconds"),
    ]
)
GHOST = pa.struct(
    [
        *_struct(pa.string(), "decided_by", "campaign_id", "treatment_id"),
        pa.field("explored", pa.bool_()),
        pa.field("contact", CONTACT),
    ]
)


def _field(name: str, kind: pa.DataType, description: str, *, optional: bool = False) -> pa.Field:
    return pa.field(name, kind, nullable=optional, metadata={"description": description})


def _optional(name: str, kind: pa.DataType, description: str) -> pa.Field:
    return _field(name, kind, description, optional=True)


def _schema(table: str, *fields: pa.Field) -> pa.Schema:
    return pa.schema(fields, metadata={"banditsvc_schema": SCHEMA_VERSION, "banditsvc_table": table})


_RECORD = (
    _field("position", pa.int64(), "Place in the log; one rising sequence over all kinds of records."),
    _field("record_time", TIME, "When the record was committed; equal within a commit, rising from commit to commit."),
    _field("portfolio_id", pa.string(), "The portfolio."),
)
_CONTEXT = (
    _optional("recency_days", pa.float64(), "Days since the last purchase; null is unknown, here and below."),
    _optional("frequency", pa.float64(), "Number of purchases."),
    _optional("monetary", pa.float64(), "Money spent, in the portfolio's currency."),
    _optional("r", pa.int8(), "Recency score, 1 to 5, 5 best."),
    _optional("f", pa.int8(), "Frequency score, 1 to 5, 5 best."),
    _optional("m", pa.int8(), "Monetary score, 1 to 5, 5 best."),
    _optional("segment", pa.string(), "Segment of the customer."),
    _optional("lifecycle_stage", pa.string(), "Stage of the customer's life with the retailer."),
    _field("favourites", pa.map_(pa.string(), pa.float64()), "Weight of each favourite category or brand."),
    *(_field(name, kind, description) for name, kind, description in _FEATURES),
    _optional("time_zone", pa.string(), "Time zone of the customer."),
)
_REQUEST = (
    _field("decision_id", pa.string(), "The decision."),
    _field("customer_id", pa.string(), "Who was ranked for; a key, never a feature."),
    _optional("occasion", pa.string(), "The moment that the decision is for."),
    _field("send_time", TIME, "When the campaign was to go out."),
    _optional("channel", pa.string(), "Channel asked for."),
    _optional("placement", pa.string(), "Placement asked for."),
    _field(
        "candidates", _TEXTS, "Campaign ids offered by the caller; empty stands for the live ones of the catalogue."
    ),
    _field("inline_campaigns", pa.list_(INLINE_CAMPAIGN), "Candidates that the caller described in the request."),
    _field("excluded", _TEXTS, "Campaign ids that the caller excluded."),
    _optional("supersedes", pa.string(), "Decision that this one took the place of."),
    _field("defer_activation", pa.bool_(), "True where the decision counts only once it is activated."),
    _field("is_test", pa.bool_(), "True for a test, which is never learned from or counted."),
    _optional("assignment_key", pa.string(), "Unit of assignment to a group; null stands for customer_id."),
    _field("consents", pa.list_(GIVEN_CONSENT), "What the request said of consent, by purpose and channel."),
    _optional("forced_campaign_id", pa.string(), "Campaign that the caller forced."),
)
_ANSWER = (
    _field("result", pa.string(), "CAMPAIGN, NO_CONTACT, HELD_OUT or NO_ELIGIBLE."),
    _field("decided_by", pa.string(), "Who or what decided."),
    _optional("campaign_id", pa.string(), "The chosen campaign; null where none was chosen."),
    _field(
        "selection_probability",
        pa.float64(),
        "Exact probability of the choice, given context, group and eligible campaigns; 1 where nothing was chosen.",
    ),
    _field("explored", pa.bool_(), "True where the choice was not the model's best."),
    _field("eligible", _TEXTS, "Ids of the eligible campaigns in their order; the vectors run beside it."),
    _field("selection_probabilities", _NUMBERS, "Probability of each entry of eligible; they sum to 1."),
    _field(
        "predicted_rewards",
        pa.list_(_NUMBERS),
        "Predicted reward of each entry of eligible, in reward units, one vector per member of an ensemble.",
    ),
    _field("rejections", pa.list_(REJECTION), "Campaigns that were dropped, each with stage, rule and reason."),
    _field("group", pa.string(), "Experiment group of the customer."),
    _field("group_share", pa.float64(), "Share of that group."),
    _field("draw_attempt", pa.int32(), "Number of the draw, 0 for the first."),
    _field("learned_count", pa.int64(), "Decisions that the model had learned from."),
    _field("learned_reward_mean", pa.float64(), "Their mean reward, in reward units."),
    _field("learned_reward_deviation", pa.float64(), "Standard deviation of their rewards."),
    _field("portfolio_version", pa.int32(), "Version of the portfolio's settings."),
    _field("policy_version", pa.int32(), "Version of the policy."),
    _optional("model_version", pa.string(), "Version of the model; null where none was asked."),
    _field("learner_version", pa.int32(), "Version of the learner's specification."),
    _field("encoder_version", pa.int32(), "Version of the encoder."),
    _field("catalogue_version", pa.int64(), "Version of the catalogue."),
    _optional("treatment_id", pa.string(), "The chosen treatment; null where the campaign has none."),
    _field(
        "treatment_probability", pa.float64(), "Exact probability of the treatment, given the campaign; 1 without one."
    ),
    _field(
        "arm_probability",
        pa.float64(),
        "Exact probability of the pair of campaign and treatment; selection_probability is the sum over a campaign's.",
    ),
    _field(
        "treatments", _TEXTS, "Treatment of each entry of eligible; the list is empty where no campaign has treatments."
    ),
    _field("levers", _NUMBERS, "Business weight of each entry of eligible; the list is empty where all are 1."),
    _optional("force_reason", pa.string(), "Why a campaign was forced: the caller's reason, or pin: and its name."),
    _optional("contact", CONTACT, "What the decision took of contact policy and capacity; null for nothing."),
    _optional("shadow", SHADOW, "What a second policy or model would have done; its vectors run beside eligible."),
    _field("draws", pa.list_(DRAW), "How the group came about: the draw of each division, with its shares."),
    _optional("would_have_sent", GHOST, "What a held-out customer would have got; null for all others."),
)
DECISIONS = _schema("decisions", *_RECORD, *_REQUEST, *_CONTEXT, *_ANSWER)
"""One row a decision, in log order."""

OUTCOMES = _schema(
    "outcomes",
    *_RECORD,
    _field("outcome_id", pa.string(), "The outcome."),
    _field("revision", pa.int64(), "Of an outcome's rows the one with the highest revision counts."),
    _field("type", pa.string(), "What happened."),
    _optional("custom_type", pa.string(), "Its name where type is CUSTOM."),
    _optional("amount", pa.float64(), "In the portfolio's currency; null for outcomes that only count."),
    _field("occur_time", TIME, "When it happened."),
    _field("machine", pa.bool_(), "True for an open or click by software."),
    _optional("decision_id", pa.string(), "The decision that it names."),
    _optional("customer_id", pa.string(), "The customer that it names; decisions join by the attribution rule."),
    _optional("campaign_id", pa.string(), "The campaign that it names."),
    _optional("refunded_outcome_id", pa.string(), "The outcome that a refund takes back."),
    _optional("channel", pa.string(), "Channel that an UNSUBSCRIBE or COMPLAINT blocks."),
)
"""One row a revision of an outcome, in log order."""

ACTIVATIONS = _schema(
    "activations",
    *_RECORD,
    _field("decision_id", pa.string(), "The decision; it has one activation at most."),
    _field("state", pa.string(), "SENT, NOT_SENT, REPLACED_BY or SUPERSEDED."),
    _field("activate_time", TIME, "When it went out, or did not."),
    _optional("replaced_by", pa.string(), "Campaign that went out instead, or decision that took its place."),
    _optional("reason", pa.string(), "Why it did not go out."),
    _optional(
        "contact", CONTACT, "What counts in the place of the decision's contact; null for nothing, and for SENT."
    ),
)
"""One row an activation, in log order."""

CONSENTS = _schema(
    "consents",
    *_RECORD[:2],
    _field("organization_id", pa.string(), "The organization, for all portfolios of which it holds."),
    _field("customer_id", pa.string(), "Who said so."),
    _optional("purpose", pa.string(), "What for; null is every purpose."),
    _optional("channel", pa.string(), "Over which channel; null is every channel."),
    _field("state", pa.string(), "GRANTED or DENIED; of the words that match, the one with the latest time counts."),
    _field("consent_time", TIME, "When it was said."),
    _optional("cause", pa.string(), "UNSUBSCRIBE or COMPLAINT where an outcome said so."),
)
"""One row a word of a customer, in log order."""

CAMPAIGNS = _schema(
    "campaigns",
    *_RECORD,
    _field("catalogue_version", pa.int64(), "Version of the catalogue from which on the campaign is as in this row."),
    _field("campaign_id", pa.string(), "The campaign."),
    _optional("display_name", pa.string(), "Its name for people."),
    _field("state", pa.string(), "DRAFT, LIVE, PAUSED or ENDED."),
    *(
        _optional(name, pa.string(), description)
        for name, description in (
            ("type", "GTM, CLM or TRANSACTIONAL."),
            ("kind", "Why it is sent."),
            ("category", "Category of what it offers."),
            ("channel", "Channel that it goes out by."),
            ("offer_kind", "Kind of its offer."),
            ("family", "Shared by campaigns that are alike."),
            ("purpose", "Purpose that needs consent; null stands for the organization's."),
            ("renamed_from", "Its former id."),
            ("learned_as", "Id that it is learned under; null stands for campaign_id."),
        )
    ),
    *(_field(name, kind, description) for name, kind, description in _FEATURES),
    _optional("fixed_priority", pa.int64(), "Place in the fixed order, 1 first; null comes last."),
    _optional("start_time", TIME, "From when it may go out."),
    _optional("end_time", TIME, "Up to when it may go out, exclusive."),
    _field("treatments", pa.list_(TREATMENT), "Its treatments, by treatment_id."),
    _field("cost", pa.float64(), "Of one contact, in the portfolio's currency."),
    _field("value", pa.float64(), "What the offer is worth to the customer, in the portfolio's currency."),
    _field("lever", pa.float64(), "Business weight on the predicted reward."),
    _field("message_fields", _NAMED_TEXTS, "Texts passed through to the answer."),
    _field("placements", _TEXTS, "Placements that it may fill; empty means any."),
    _field("rules", pa.list_(RULE), "Who may get it."),
    _field("pins", pa.list_(PIN), "To whom it is given, and when."),
)
"""One row a version of a campaign, in log order."""

JOINED = _schema(
    "joined",
    *DECISIONS,
    _field("as_of", TIME, "Log time up to which records were looked at."),
    _optional("activation_state", pa.string(), "What became of the decision; null where nothing was said by as_of."),
    _optional("activate_time", TIME, "When it went out, or did not."),
    _field("settle_state", pa.string(), "Whether the learner has settled it: OPEN, SETTLED, NOT_LEARNED or LAPSED."),
    _optional("not_learned_reason", pa.string(), "Why it is never learned from."),
    _field("due_time", TIME, "When it came to that state; for OPEN when it may."),
    _optional("window_start", TIME, "Start of the outcome window; null where there is none, as for unsent decisions."),
    _optional("window_end", TIME, "End of the outcome window, exclusive."),
    _field(
        "is_mature",
        pa.bool_(),
        "True where the window is over by as_of and the required feeds are complete to its end.",
    ),
    _field("outcome_ids", _TEXTS, "Outcomes that the reward is made of, recorded by as_of and in the window."),
    _optional("reward", pa.float64(), "The reward as known by as_of, in reward units, clipped; null without a window."),
    _optional("reward_raw", pa.float64(), "The same before clipping."),
    _optional("reward_scaled", pa.float64(), "The clipped reward scaled to 0 to 1, as the learner sees it."),
    _optional(
        "mixture_probabilities",
        _NUMBERS,
        "Probability of each entry of eligible over all groups that send, by their shares; null where no group drew.",
    ),
)
"""One row a decision, in log order: the decision, what became of it, and its reward as known by as_of.

Learning uses each decision's reward as it stood at due_time (or at a relearn); reward here takes in all that was
recorded by as_of. Only rows that are mature tell every campaign's success alike: younger ones lack what is still to come.
"""
