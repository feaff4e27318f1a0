"""Families: ids that turned out to be one customer."""

from __future__ import annotations

import numpy as np
import pandas as pd

from banditsvc.core.merges import Merges


def one_per_family(frame: pd.DataFrame, merges: Merges) -> tuple[pd.DataFrame, int]:
    """Returns one row per customer, and how many customers were left out.

    Ids that were logged in one group are one customer from the earliest entry on, with the earliest would-be contact. A
    family whose ids were in several groups was treated as both: it leaves the lift, all of it.

    Args:
        frame: One row per id in the order of entry, with customer_id, group, is_outside, contact_us, campaign, family and
            marks, which are bits.
        merges: Those of the organization.
    """
    if not merges or frame.empty:
        return frame, 0
    survivor = pd.Series([merges.survivor(name) for name in frame["customer_id"]], index=frame.index, dtype=object)
    frame = frame.assign(customer_id=survivor)
    is_shared = frame["customer_id"].duplicated(keep=False)
    if not is_shared.any():
        return frame, 0
    shared = frame[is_shared]
    kind = shared["group"].astype(str) + shared["is_outside"].astype(str)
    kinds = kind.groupby(shared["customer_id"]).nunique()
    is_mixed = frame["customer_id"].isin(kinds.index[kinds > 1])
    # Within a family the first row has the earliest entry; the rest of it is what came to any of the ids.
    kept = shared[~is_mixed[is_shared]]
    contacted = kept[kept["contact_us"] > 0].sort_values("contact_us", kind="stable").drop_duplicates("customer_id")
    merged = kept.drop_duplicates("customer_id").set_index("customer_id")
    columns = ["contact_us", "campaign", "family"]
    for name in columns:
        merged.loc[contacted["customer_id"], name] = contacted.set_index("customer_id")[name]
    marks = kept.groupby("customer_id")["marks"].agg(lambda bits: np.bitwise_or.reduce(bits.to_numpy()))
    merged["marks"] = marks.reindex(merged.index).astype(frame["marks"].dtype)
    whole = pd.concat([frame[~is_shared], merged.reset_index()[frame.columns]])
    return whole.sort_values("entry_us", kind="stable", ignore_index=True), int((kinds > 1).sum())
