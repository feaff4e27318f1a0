"""Described campaigns as the Arrow column of the open log: those of the catalogue, with features of the pair."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from banditsvc.audience.arrow_columns import Alike, ArrowColumn, ByName, Described
from banditsvc.audience.audience_rows import AudienceRows
from banditsvc.audience.context_arrow import MOST_NAMES, feature_arrays
from banditsvc.audience.joined_columns import plain
from banditsvc.audience.pair_columns import in_order
from banditsvc.core.column_codes import distinct_numbers
from banditsvc.log_campaign_rows import inline_campaign
from banditsvc.log_schema import DECISIONS

_LISTS = DECISIONS.field("inline_campaigns").type


def described_arrow(rows: AudienceRows, span: slice) -> ArrowColumn:
    """Returns the column inline_campaigns of a span of rows."""
    pairs = rows.pairs
    if pairs is None or rows.candidates is None:
        return Alike([])
    named = rows.candidates[span]
    used, campaigns = distinct_numbers(np.nonzero(named)[1])
    counts = np.count_nonzero(named, axis=1)
    column = Described(
        counts,
        campaigns,
        pa.array([inline_campaign(in_order(pairs.campaigns[one], {})) for one in used.tolist()], _LISTS.value_type),
        ByName(feature_arrays(pairs.features_of(span, counts))),
    )
    # A file may have a column of each name, if these are few.
    return column if len(pairs.features) <= MOST_NAMES else plain(pa.chunked_array([column.lists()]), _LISTS).chunk(0)
