"""Described campaigns as the Arrow column of the open log: those of the catalogue, with features of the pair."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from banditsvc.audience.arrow_columns import Alike, ArrowColumn, ByName, Described
from banditsvc.audience.context_arrow import MOST_NAMES, feature_arrays
from banditsvc.audience.joined_columns import plain
from banditsvc.audience.pair_columns import PairColumns, in_order
from banditsvc.core.column_codes import distinct_numbers
from banditsvc.log_campaign_rows import inline_campaign
from banditsvc.log_schema import DECISIONS

_LISTS = DECISIONS.field("inline_campaigns").type


def described_arrow(pairs: PairColumns | None, span: slice) -> ArrowColumn:
    """Returns the column inline_campaigns of a span of rows."""
    if pairs is None:
        return Alike([])
    places = pairs.places[span]
    is_there = places >= 0
    used, campaigns = distinct_numbers(np.nonzero(is_there)[1])
    column = Described(
        np.count_nonzero(is_there, axis=1),
        campaigns,
        pa.array([inline_campaign(in_order(pairs.campaigns[one], {})) for one in used.tolist()], _LISTS.value_type),
        ByName(feature_arrays(pairs.features_at(places[is_there]))),
    )
    # A file may have a column of each name, if these are few.
    return column if len(pairs.features) <= MOST_NAMES else plain(pa.chunked_array([column.lists()]), _LISTS).chunk(0)
