"""Encoding the contexts of many requests together, where that is quicker and says the same bit for bit."""

from __future__ import annotations

from collections.abc import Sequence

from banditsvc.core.choice import ChoiceInput
from banditsvc.core.column_encoder import ColumnEncoder
from banditsvc.core.columns_of_contexts import columns_that_say_all
from banditsvc.core.encoded_batch import EncodedBatch


def encode_together(encoder: ColumnEncoder, asked: Sequence[ChoiceInput], most_alone: int) -> EncodedBatch | None:
    """Returns the features of each request's context; None where each is to be encoded by itself.

    So it is with most_alone of them or fewer, as columns have a price of their own; with several channels or placements;
    with calendar features, which go by each request's send_time; and with contexts that columns have no room for.
    """
    if len(asked) <= most_alone or encoder.encoder.spec.calendar_features:
        return None
    channel, placement = asked[0].channel, asked[0].placement
    if any(one.channel != channel or one.placement != placement for one in asked):
        return None
    columns = columns_that_say_all([one.known for one in asked])
    return None if columns is None else encoder.encode(columns, channel, placement)
