"""What a run leaves: data frames with one meaning for every policy, world and seed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import pandas as pd

RUN_KEYS = ("world", "policy", "seed")
"""The first columns of every frame. A run is one policy in one world with one seed."""

DAILY_COLUMNS = (
    "day",
    "new_customers",  # all on the first day; in a stateless world others on each day
    "decisions",  # customers decided for
    "no_eligible",  # of them nothing was eligible for
    "contacts",  # campaigns sent, NO_CONTACT is none
    "explored",  # sum over decisions of the probability that lies elsewhere than on the campaign with the greatest; where
    # several share the greatest, nothing tells which was meant, and what is on them is no exploring: of a coin it is 0
    "expected_reward",  # sum of the true immediate expected reward of what was chosen
    "expected_policy",  # the same, of the probabilities instead of the draw
    "likeliest_expected",  # the same, of the campaign with the greatest probability; the mean of those that share it
    "best_expected",  # the same, of the myopic oracle in the customers' current states
    "responses",  # purchases that contacts made this day cause, whenever they come
    "orders",  # purchases that came this day, organic ones included
    "revenue",  # money of these, less what was or will be refunded
    "squared_revenue",  # sum over the orders of the squares of that money, for its spread
    "organic_revenue",  # part of it that no contact caused
    "contact_cost",  # cost of this day's contacts
    "profit",  # margin x revenue - contact_cost
    "opt_outs",  # customers who opted out this day
    "learned",  # decisions learned this day
)
"""One row a day: sums over that day. Money is in the world's currency."""

SHARE_COLUMNS = ("week", "segment", "campaign_id", "family", "decisions", "eligible", "expected_reward")
"""One row for each week, segment and campaign that was eligible for somebody: how many decisions chose it, for how many
it was eligible, and the sum of its true immediate expected reward over those that chose it."""

CAMPAIGN_COLUMNS = (
    "campaign_id",
    "family",
    "start_day",  # day from which it is live by the calendar; 0 where it was there from the beginning
    "first_day",  # first day on which it was eligible for somebody
    "last_day",
    "eligible",
    "equal_draw",  # decisions that an equal draw would give it: the sum of 1 / (eligible campaigns) over `eligible`
    "decisions",
    "responses",
    "best_for",  # decisions for which the myopic oracle would have chosen it
    "best_and_chosen",  # of these, decisions that did choose it
)
"""One row a campaign."""

FIND_COLUMNS = ("day", "campaign_id", "best_for", "best_and_chosen")
"""One row for each day and campaign that the myopic oracle would have chosen for somebody: for how many decisions, and how
many of these did choose it. Sums over days are those of CAMPAIGN_COLUMNS."""

DECISION_COLUMNS = (
    "day",
    "customer_id",
    "segment",
    "campaign_id",
    "eligible_count",
    "selection_probability",
    "expected_reward",
    "best_expected",
    "reward",  # as settled; missing where that is yet to come or lapsed
    "eligible_campaigns",  # ids of the eligible campaigns, sorted, with ; between them
    "selection_probabilities",  # beside them, likewise
)
"""One row a decision, where they are kept."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RunFrames:
    """The results of runs."""

    daily: pd.DataFrame
    shares: pd.DataFrame
    campaigns: pd.DataFrame
    finds: pd.DataFrame
    decisions: pd.DataFrame = field(default_factory=pd.DataFrame)
    """Empty unless they were asked for."""


def joined_frames(parts: Sequence[RunFrames]) -> RunFrames:
    """Returns the results of several runs as one, in their order."""
    return RunFrames(
        daily=_joined([part.daily for part in parts]),
        shares=_joined([part.shares for part in parts]),
        campaigns=_joined([part.campaigns for part in parts]),
        finds=_joined([part.finds for part in parts]),
        decisions=_joined([part.decisions for part in parts]),
    )


def _joined(frames: Sequence[pd.DataFrame]) -> pd.DataFrame:
    filled = [frame for frame in frames if len(frame.columns)]
    return pd.concat(filled, ignore_index=True) if filled else pd.DataFrame()
