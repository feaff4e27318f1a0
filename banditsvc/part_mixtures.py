"""Part mixtures: the column mixture_probabilities for rows of audiences' parts.

Where no group was drawn and no policy is on trial, what a row was drawn with is the mixture, if there is one; and that is
the same for all rows with the same campaigns, versions and way of deciding. So it is asked once for each of these.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from banditsvc.column_values import values_of
from banditsvc.log_columns import NUMBERS
from banditsvc.log_decisions import Unwritten, decisions_of
from banditsvc.part_file import COLUMNS
from banditsvc.settings_history import SettingsHistory
from banditsvc.store.part_span import PartSpan

_SAME = ("decided_by", "eligible", "portfolio_version", "policy_version", "catalogue_version")


def part_mixtures(span: PartSpan, settings: SettingsHistory) -> pa.ListArray:
    """Returns SettingsHistory.mixture of each row."""
    rows = span.columns(COLUMNS)
    is_single = pc.or_(
        rows["traffic_split"].is_valid(), pc.or_(_has_members(rows["draws"]), _has_members(rows["inline_campaigns"]))
    )
    singles = np.flatnonzero(is_single.to_numpy(zero_copy_only=False))
    plain = np.flatnonzero(pc.invert(is_single).to_numpy(zero_copy_only=False))
    alike = rows.take(pa.array(plain))
    keys = zip(
        *[values_of(alike[name]) for name in _SAME], values_of(_has_members(alike["predicted_rewards"])), strict=True
    )
    number_of: dict[tuple[object, ...], int] = {}
    numbers = np.array([number_of.setdefault(key, len(number_of)) for key in keys], dtype=np.int64)
    _, firsts = np.unique(numbers, return_index=True)
    looked_at = decisions_of(rows.take(pa.array(np.concatenate([plain[firsts], singles]))), Unwritten())
    answers = [settings.mixture(one) for one in looked_at]
    has_any = np.array([one is not None for one in answers[: len(firsts)]], dtype=np.bool_)[numbers]
    own = pc.if_else(pa.array(has_any), alike["selection_probabilities"], pa.scalar(None, NUMBERS))
    found = pa.concat_arrays([own, pa.array(answers[len(firsts) :], NUMBERS)])
    return found.take(pa.array(np.argsort(np.concatenate([plain, singles]))))


def _has_members(lists: pa.ListArray) -> pa.BooleanArray:
    return pc.greater(pc.list_value_length(lists), 0)
