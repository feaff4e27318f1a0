"""Pairs of customer and campaign: who may get what, with what is known of the two together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from banditsvc.audience.audience_rows import AudienceRows
from banditsvc.audience.bad_rows import BadRows
from banditsvc.audience.canonical_order import HASH, SpilledRows
from banditsvc.audience.occasion import is_among
from banditsvc.audience.pair_columns import PairColumns
from banditsvc.audience.part_rows import feature_columns
from banditsvc.audience.source.audience_fields import CAMPAIGN, CUSTOMER
from banditsvc.core.campaign import Campaign
from banditsvc.import_files.context_rows import FEATURE


@dataclass(frozen=True, slots=True)
class Pairs:
    """The candidates of an audience's customers, on disk part by part. Cheap to hand to another process."""

    rows: SpilledRows
    candidate_ids: tuple[str, ...]
    """What pairs name by place."""

    def added(self, rows: AudienceRows, part: int, catalogue: Mapping[str, Campaign]) -> AudienceRows:
        """Returns the customers of a part who have pairs, with these as their candidates.

        Pairs with features are candidates described inline: the catalogue's campaign with these features too.
        """
        table = self.rows.read(part)
        of_row, table = _matched(rows, table)
        campaigns = np.asarray(table.column(CAMPAIGN))
        candidates = np.zeros((len(rows), len(self.candidate_ids)), dtype=np.bool_)
        candidates[of_row, campaigns] = True
        kept = np.flatnonzero(candidates.any(axis=1))
        named = replace(rows, candidate_ids=self.candidate_ids, candidates=candidates)
        features = [name for name in table.column_names if name.startswith(FEATURE)]
        if not features:
            return named.take(kept)
        counts = np.bincount(of_row, minlength=len(rows))
        # They are nearly in order already.
        order = np.argsort(of_row * len(self.candidate_ids) + campaigns, kind="stable")
        pairs = PairColumns(
            campaigns=tuple([catalogue[campaign_id] for campaign_id in self.candidate_ids]),
            starts=np.cumsum(counts) - counts,
            features=feature_columns(table.select(features).take(pa.array(order))),
        )
        described = replace(named, pairs=pairs)
        return described if len(kept) == len(rows) else described.take(kept)

    def check(self, customers: SpilledRows, bad: BadRows, bad_pairs: BadRows) -> None:
        """Takes customers without pairs for bad, and pairs that are there twice.

        Raises:
            BadRow: The run is to stop.
        """
        for part in range(customers.parts):
            table, pairs = customers.read(part), self.rows.read(part)
            lonely = table.take(pa.array(np.flatnonzero(~is_among(_hashes(table), _hashes(pairs)))))
            reasons = [f"{CUSTOMER}: {one} has no pair, and so no candidates" for one in _customers(lonely)]
            bad.add_typed(lonely, reasons)
            repeated = pairs.take(pa.array(_repeated(pairs)))
            named = zip(_customers(repeated), repeated.column(CAMPAIGN).to_pylist(), strict=True)
            bad_pairs.add_typed(
                repeated,
                [
                    f"{CAMPAIGN}: the pair of {customer} and {self.candidate_ids[place]} is there twice"
                    for customer, place in named
                ],
            )


def _matched(rows: AudienceRows, table: pa.Table) -> tuple[NDArray[np.intp], pa.Table]:
    """Returns the place of each pair's customer among the rows, and the pairs that have one and are there once."""
    repeated = _repeated(table)
    if len(repeated):
        table = table.take(pa.array(np.delete(np.arange(table.num_rows), repeated)))
    places = pc.index_in(table.column(CUSTOMER).combine_chunks(), rows.customer_ids)
    if places.null_count:
        known = places.is_valid()
        places, table = places.filter(known), table.filter(known)
    return places.to_numpy().astype(np.intp), table


def _repeated(table: pa.Table) -> NDArray[np.intp]:
    """Returns the pairs that are there more than once, with all of their rows, of a part in canonical order."""
    hashes, campaigns = _hashes(table), table.column(CAMPAIGN).to_numpy()
    numbers = np.cumsum(np.diff(hashes, prepend=hashes[:1]) != 0)
    keys = numbers * (int(campaigns.max(initial=0)) + 1) + campaigns
    # They are nearly in order already.
    ordered = np.sort(keys, kind="stable")
    again = ordered[1:][ordered[1:] == ordered[:-1]]
    return np.flatnonzero(np.isin(keys, again)) if len(again) else np.zeros(0, dtype=np.intp)


def _hashes(table: pa.Table) -> NDArray[np.uint64]:
    """Returns the customers' hashes, rising."""
    hashes: NDArray[np.uint64] = table.column(HASH).to_numpy()
    return hashes


def _customers(table: pa.Table) -> list[str]:
    customers: list[str] = table.column(CUSTOMER).to_pylist()
    return customers
