"""The open form of the log: its tables as Arrow schemas, each field with its meaning in the metadata.

The same columns come from open_log, stand in the Parquet files of `banditsvc export`, and are what evaluation reads.
Columns are only ever added. Enumerations are the names of the values in the proto files, such as CAMPAIGN or POLICY.
"""

from __future__ import annotations

import pyarrow as pa

from banditsvc.log_columns import (
    CONTACT,
    CONTEXT,
    DRAW,
    FEATURES,
    GHOST,
    GIVEN_CONSENT,
    INLINE_CAMPAIGN,
    NAMED_TEXTS,
    NUMBERS,
    PIN,
    RECORD,
    REJECTION,
    RULE,
    SHADOW,
    TEXTS,
    TIME,
    TRAFFIC_SPLIT,
    TREATMENT,
    field,
    optional,
    table_schema,
)

_REQUEST = (
    field("decision_id", pa.string(), "The decision."),
    field("customer_id", pa.string(), "Who was ranked for; a key, never a feature."),
    optional("occasion", pa.string(), "The moment that the decision is for."),
    field("send_time", TIME, "When the campaign was to go out."),
    optional("channel", pa.string(), "Channel asked for."),
    optional("placement", pa.string(), "Placement asked for."),
    field("candidates", TEXTS, "Campaign ids offered by the caller; empty stands for the live ones of the catalogue."),
    field("inline_campaigns", pa.list_(INLINE_CAMPAIGN), "Candidates that the caller described in the request."),
    field("excluded", TEXTS, "Campaign ids that the caller excluded."),
    optional("supersedes", pa.string(), "Decision that this one took the place of."),
    field("defer_activation", pa.bool_(), "True where a contact counts only once it is activated."),
    field("is_test", pa.bool_(), "True for a test, which is never learned from or counted."),
    optional("assignment_key", pa.string(), "Unit of assignment to a group; null stands for customer_id."),
    field("consents", pa.list_(GIVEN_CONSENT), "What the request said of consent, by purpose and channel."),
    optional("forced_campaign_id", pa.string(), "Campaign that the caller forced."),
)
_ANSWER = (
    field("result", pa.string(), "CAMPAIGN, NO_CONTACT, HELD_OUT or NO_ELIGIBLE."),
    field("decided_by", pa.string(), "Who or what decided."),
    optional("campaign_id", pa.string(), "The chosen campaign; null where none was chosen."),
    optional(
        "selection_probability",
        pa.float64(),
        "Exact probability of the choice, given context, group and eligible campaigns; 1 where nothing was chosen, null "
        "where history does not know it.",
    ),
    field("explored", pa.bool_(), "True where the choice was not the model's best."),
    field("eligible", TEXTS, "Ids of the eligible campaigns in their order; the vectors run beside it."),
    field(
        "selection_probabilities",
        NUMBERS,
        "Probability of each entry of eligible; they sum to 1. The list is empty where history does not know them.",
    ),
    field(
        "predicted_rewards",
        pa.list_(NUMBERS),
        "Predicted reward of each entry of eligible, in reward units, one vector per member of an ensemble.",
    ),
    field("rejections", pa.list_(REJECTION), "Campaigns that were dropped, each with stage, rule and reason."),
    field("group", pa.string(), "Experiment group of the customer."),
    field("group_share", pa.float64(), "Share of that group."),
    field("draw_attempt", pa.int32(), "Number of the draw, 0 for the first."),
    field("learned_count", pa.int64(), "Decisions that the model had learned from."),
    field("learned_reward_mean", pa.float64(), "Their mean reward, in reward units."),
    field("learned_reward_deviation", pa.float64(), "Standard deviation of their rewards."),
    field("portfolio_version", pa.int32(), "Version of the portfolio's settings."),
    field("policy_version", pa.int32(), "Version of the policy."),
    optional("model_version", pa.string(), "Version of the model; null where none was asked."),
    field("learner_version", pa.int32(), "Version of the learner's specification."),
    field("encoder_version", pa.int32(), "Version of the encoder."),
    field("catalogue_version", pa.int64(), "Version of the catalogue."),
    optional("treatment_id", pa.string(), "The chosen treatment; null where the campaign has none."),
    field(
        "treatment_probability", pa.float64(), "Exact probability of the treatment, given the campaign; 1 without one."
    ),
    optional(
        "arm_probability",
        pa.float64(),
        "Exact probability of the pair of campaign and treatment; selection_probability is the sum over a campaign's, "
        "and null with it.",
    ),
    field(
        "treatments", TEXTS, "Treatment of each entry of eligible; the list is empty where no campaign has treatments."
    ),
    field("levers", NUMBERS, "Business weight of each entry of eligible; the list is empty where all are 1."),
    field(
        "prices",
        NUMBERS,
        "What limits over all customers took from the weighted reward of each entry of eligible, below 0 where a minimum "
        "gave something; the list is empty where all are 0.",
    ),
    optional("force_reason", pa.string(), "Why a campaign was forced: the caller's reason, or pin: and its name."),
    field(
        "probability_known",
        pa.bool_(),
        "False for history of which the probabilities are not known: estimates by probabilities leave it out.",
    ),
    optional("contact", CONTACT, "What the decision took of contact policy and capacity; null for nothing."),
    optional("shadow", SHADOW, "What a second policy or model would have done; its vectors run beside eligible."),
    field("draws", pa.list_(DRAW), "How the group came about: the draw of each division, with its shares."),
    optional("would_have_sent", GHOST, "What a held-out customer would have got; null for all others."),
    field(
        "predicted_deviations",
        NUMBERS,
        "Standard deviation of each predicted reward, how sure the model was of it; empty where it did not say.",
    ),
    optional(
        "traffic_split",
        TRAFFIC_SPLIT,
        "Policy at work, policy on trial and its share of the optimized customers; null while none is on trial.",
    ),
    field(
        "traffic_share",
        pa.float64(),
        "Share of the optimized customers for whom policy_version decides; 0 where neither policy did.",
    ),
)
DECISIONS = table_schema("decisions", *RECORD, *_REQUEST, *CONTEXT, *_ANSWER)
"""One row a decision, in log order."""

OUTCOMES = table_schema(
    "outcomes",
    *RECORD,
    field("outcome_id", pa.string(), "The outcome."),
    field("revision", pa.int64(), "Of an outcome's rows the one with the highest revision counts."),
    field("type", pa.string(), "What happened."),
    optional("custom_type", pa.string(), "Its name where type is CUSTOM."),
    optional("amount", pa.float64(), "In the portfolio's currency; null for outcomes that only count."),
    field("occur_time", TIME, "When it happened."),
    field("machine", pa.bool_(), "True for an open or click by software."),
    optional("decision_id", pa.string(), "The decision that it names."),
    optional("customer_id", pa.string(), "The customer that it names; decisions join by the attribution rule."),
    optional("campaign_id", pa.string(), "The campaign that it names."),
    optional("refunded_outcome_id", pa.string(), "The outcome that a refund takes back."),
    optional("channel", pa.string(), "Channel that an UNSUBSCRIBE or COMPLAINT blocks."),
)
"""One row a revision of an outcome, in log order."""

ACTIVATIONS = table_schema(
    "activations",
    *RECORD,
    field("decision_id", pa.string(), "The decision; it has one activation at most."),
    field("state", pa.string(), "SENT, NOT_SENT, REPLACED_BY or SUPERSEDED."),
    field("activate_time", TIME, "When it went out, or did not."),
    optional("replaced_by", pa.string(), "Campaign that went out instead, or decision that took its place."),
    optional("reason", pa.string(), "Why it did not go out."),
    optional("contact", CONTACT, "What counts in the place of the decision's contact; null for nothing, and for SENT."),
)
"""One row an activation, in log order."""

CONSENTS = table_schema(
    "consents",
    *RECORD[:2],
    field("organization_id", pa.string(), "The organization, for all portfolios of which it holds."),
    field("customer_id", pa.string(), "Who said so."),
    optional("purpose", pa.string(), "What for; null is every purpose."),
    optional("channel", pa.string(), "Over which channel; null is every channel."),
    field("state", pa.string(), "GRANTED or DENIED; of the words that match, the one with the latest time counts."),
    field("consent_time", TIME, "When it was said."),
    optional("cause", pa.string(), "UNSUBSCRIBE or COMPLAINT where an outcome said so."),
)
"""One row a word of a customer, in log order."""

MERGES = table_schema(
    "merges",
    *RECORD[:2],
    field("organization_id", pa.string(), "The organization, for all portfolios of which it holds."),
    field("merged_customer_id", pa.string(), "Id that was given up; it has one merge at most."),
    field(
        "surviving_customer_id", pa.string(), "Id that it stands for from then on, which may be merged later itself."
    ),
    optional("reason", pa.string(), "Why."),
)
"""One row a merge of two customer ids, in log order."""

ENROLLMENTS = table_schema(
    "enrollments",
    *RECORD,
    field("organization_id", pa.string(), "The portfolio's organization."),
    field("customer_id", pa.string(), "Who was enrolled; whoever is ranked is enrolled by that, and has no row here."),
    optional("assignment_key", pa.string(), "Unit of assignment to a group; null stands for customer_id."),
    optional("channel", pa.string(), "Channel, where groups are by channel."),
    *CONTEXT,
    field("draws", pa.list_(DRAW), "How the group came about: the draw of each division, with its shares."),
)
"""One row an enrollment, in log order; of a customer's rows with the same draws the first counts."""

EXCLUSIONS = table_schema(
    "exclusions",
    *RECORD,
    field("exclusion_id", pa.int64(), "The exclusion; a number within the portfolio."),
    field(
        "state", pa.string(), "What it is from this record on: ACTIVE where it was made, REVOKED where it was ended."
    ),
    optional("start_time", TIME, "First send_time that is excluded; null is from the first decision on."),
    optional("end_time", TIME, "First send_time after it; null is without end."),
    *(
        field(name, TEXTS, f"{what} that are excluded; empty means any.")
        for name, what in (
            ("campaign_ids", "Campaigns"),
            ("families", "Families of campaigns"),
            ("categories", "Categories of campaigns"),
            ("channels", "Channels of campaigns"),
            ("types", "Types of campaigns"),
            ("kinds", "Kinds of campaigns"),
        )
    ),
    field("reason", pa.string(), "Why it was made, or ended."),
    optional("author", pa.string(), "Who said so."),
)
"""One row an exclusion and one row its end, in log order; the rows of an end have the span and the campaigns too."""

CAMPAIGNS = table_schema(
    "campaigns",
    *RECORD,
    field("catalogue_version", pa.int64(), "Version of the catalogue from which on the campaign is as in this row."),
    field("campaign_id", pa.string(), "The campaign."),
    optional("display_name", pa.string(), "Its name for people."),
    field("state", pa.string(), "DRAFT, LIVE, PAUSED or ENDED."),
    *(
        optional(name, pa.string(), description)
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
    *(field(name, kind, description) for name, kind, description in FEATURES),
    optional("fixed_priority", pa.int64(), "Place in the fixed order, 1 first; null comes last."),
    optional("start_time", TIME, "From when it may go out."),
    optional("end_time", TIME, "Up to when it may go out, exclusive."),
    field("treatments", pa.list_(TREATMENT), "Its treatments, by treatment_id."),
    field("cost", pa.float64(), "Of one contact, in the portfolio's currency."),
    field("value", pa.float64(), "What the offer is worth to the customer, in the portfolio's currency."),
    field("lever", pa.float64(), "Business weight on the predicted reward."),
    field("message_fields", NAMED_TEXTS, "Texts passed through to the answer."),
    field("placements", TEXTS, "Placements that it may fill; empty means any."),
    field("rules", pa.list_(RULE), "Who may get it."),
    field("pins", pa.list_(PIN), "To whom it is given, and when."),
)
"""One row a version of a campaign, in log order."""

JOINED = table_schema(
    "joined",
    *DECISIONS,
    field("as_of", TIME, "Log time up to which records were looked at."),
    optional("activation_state", pa.string(), "What became of the decision; null where nothing was said by as_of."),
    optional("activate_time", TIME, "When it went out, or did not."),
    field("settle_state", pa.string(), "Whether the learner has settled it: OPEN, SETTLED, NOT_LEARNED or LAPSED."),
    optional("not_learned_reason", pa.string(), "Why it is never learned from."),
    field("due_time", TIME, "When it came to that state; for OPEN when it may."),
    optional("window_start", TIME, "Start of the outcome window; null where there is none, as for unsent decisions."),
    optional("window_end", TIME, "End of the outcome window, exclusive."),
    field(
        "is_mature",
        pa.bool_(),
        "True where the window is over by as_of and the required feeds are complete to its end.",
    ),
    field("outcome_ids", TEXTS, "Outcomes that the reward is made of, recorded by as_of and in the window."),
    optional("reward", pa.float64(), "The reward as known by as_of, in reward units, clipped; null without a window."),
    optional("reward_raw", pa.float64(), "The same before clipping."),
    optional("reward_scaled", pa.float64(), "The clipped reward scaled to 0 to 1, as the learner sees it."),
    optional(
        "mixture_probabilities",
        NUMBERS,
        "Probability of each entry of eligible over all groups that send, by their shares; null where no group drew.",
    ),
    optional(
        "exclusion_id", pa.int64(), "Exclusion in force at as_of that covers the decision: leave it out; null for none."
    ),
)
"""One row a decision, in log order: the decision, what became of it, and its reward as known by as_of.

Learning uses each decision's reward as it stood at due_time (or at a relearn); reward here takes in all that was
recorded by as_of. Only rows that are mature tell every campaign's success alike: younger ones lack what is still to come.
Rows with an exclusion_id are neither learned from nor evaluated.
"""
