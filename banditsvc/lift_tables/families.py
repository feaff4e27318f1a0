"""Families: ids that turned out to be one customer."""

from __future__ import annotations

from typing import NamedTuple

import pandas as pd

from banditsvc.core.merges import Merges


class Alone(NamedTuple):
    """Customers of whom one id was enrolled, and the families that were left out."""

    frame: pd.DataFrame
    mixed: int
    """Families whose ids were in several groups."""
    alike: int
    """Families whose ids were all in one group."""


def only_alone(frame: pd.DataFrame, merges: Merges) -> Alone:
    """Returns the customers of whom one id was enrolled, under the id that survives.

    A family of which several ids were enrolled leaves the lift, also where all of them were in one group: each id was drawn
    for itself, so two of the holdout meet in a hundredth of the families where it has a tenth of the customers, and two of
    the target group in four fifths. To keep those that agree would thin out the control group alone, and of its customers
    those who come back under another id, who are not like the rest.

    Args:
        frame: One row per id in the order of entry, with customer_id, group and is_outside.
        merges: Those of the organization.
    """
    if not merges or frame.empty:
        return Alone(frame, 0, 0)
    survivor = pd.Series([merges.survivor(name) for name in frame["customer_id"]], index=frame.index, dtype=object)
    frame = frame.assign(customer_id=survivor)
    is_shared = frame["customer_id"].duplicated(keep=False)
    shared = frame[is_shared]
    kind = shared["group"].astype(str) + shared["is_outside"].astype(str)
    kinds = kind.groupby(shared["customer_id"])
    is_mixed = kinds.min() != kinds.max()
    alone = frame[~is_shared].reset_index(drop=True)
    return Alone(alone, int(is_mixed.sum()), int((~is_mixed).sum()))
