"""Audience rows: some customers of an audience as columns, in canonical order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from banditsvc.audience.pair_columns import PairColumns
from banditsvc.core.campaign import Campaign
from banditsvc.core.consent import GivenConsent
from banditsvc.core.context_columns import ContextColumns
from banditsvc.serving.customer_standing import NOTHING_KNOWN, CustomerStanding
from banditsvc.text_hashes import text_hashes


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Standings:
    """What is on record of each row's customer when the run starts, by its place among the distinct standings."""

    codes: NDArray[np.int64]
    """Shape (rows,)."""
    distinct: Sequence[CustomerStanding] = (NOTHING_KNOWN,)
    """The first is NOTHING_KNOWN."""
    with_ghosts: Sequence[CustomerStanding] = (NOTHING_KNOWN,)
    """Beside distinct: the same for a held-out customer, with the contacts of its ghosts."""

    def take(self, places: NDArray[np.intp]) -> Standings:
        """Returns the standings at some places, in that order."""
        return Standings(codes=self.codes[places], distinct=self.distinct, with_ghosts=self.with_ghosts)


def nothing_known(rows: int) -> Standings:
    """Returns the standings of customers of whom nothing is on record."""
    return Standings(codes=np.zeros(rows, dtype=np.int64))


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class ConsentColumn:
    """What each row says of its customer's consents, by its place among what is said."""

    codes: NDArray[np.int64]
    """Shape (rows,)."""
    distinct: Sequence[tuple[GivenConsent, ...]]

    def of(self, place: int) -> tuple[GivenConsent, ...]:
        """Returns what a row says."""
        return self.distinct[int(self.codes[place])]


@dataclass(frozen=True, slots=True, eq=False)
class Units:
    """The unit of assignment of each row, the customer where none is named, as UTF-8.

    A slice of them is made when it is asked for: to have all at once takes more memory, and longer.
    """

    customers: pa.BinaryArray
    assignment_keys: NDArray[np.object_] | None

    def __len__(self) -> int:
        """Returns the number of rows."""
        return len(self.customers)

    def __getitem__(self, span: slice) -> list[bytes]:
        """Returns the units of some rows."""
        customers: list[bytes] = self.customers[span].to_pylist()
        if self.assignment_keys is None:
            return customers
        keys = self.assignment_keys[span].tolist()
        return [key.encode() if key else customer for key, customer in zip(keys, customers, strict=True)]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class AudienceRows:
    """Customers to decide for. All columns run beside rows."""

    rows: NDArray[np.int64]
    """Row numbers, rising: places in the canonical order of the whole audience. There may be gaps."""
    customer_ids: pa.StringArray
    contexts: ContextColumns
    standings: Standings
    assignment_keys: NDArray[np.object_] | None = None
    """Empty texts, like None, stand for customer_id."""
    candidate_ids: tuple[str, ...] = ()
    candidates: NDArray[np.bool_] | None = None
    """Which of candidate_ids each row names, shape (rows, candidate_ids); None: all rows name all of them.

    A row that names none, like no candidate_ids at all, stands for the catalogue's live campaigns.
    """
    customer_hashes: NDArray[np.uint64] | None = None
    """Of each customer; None where nobody has asked for them."""
    pairs: PairColumns | None = None
    """Where candidates are described with the rows, and so given: of each row just those that it names, at least one."""
    consents: ConsentColumn | None = None
    """None: nobody's row says anything."""
    excluded_ids: tuple[str, ...] = ()
    excluded: NDArray[np.bool_] | None = None
    """Which of excluded_ids each row excludes, beside those of the run, shape (rows, excluded_ids); None: none."""

    def __len__(self) -> int:
        """Returns the number of rows."""
        return len(self.rows)

    def take(self, places: NDArray[np.intp]) -> AudienceRows:
        """Returns the rows at some places, in that order."""
        return AudienceRows(
            rows=self.rows[places],
            customer_ids=self.customer_ids.take(pa.array(places)),
            contexts=self.contexts.take(places),
            standings=self.standings.take(places),
            assignment_keys=None if self.assignment_keys is None else self.assignment_keys[places],
            candidate_ids=self.candidate_ids,
            candidates=None if self.candidates is None else self.candidates[places],
            customer_hashes=None if self.customer_hashes is None else self.customer_hashes[places],
            pairs=None if self.pairs is None else self.pairs.take(places),
            consents=None if self.consents is None else replace(self.consents, codes=self.consents.codes[places]),
            excluded_ids=self.excluded_ids,
            excluded=None if self.excluded is None else self.excluded[places],
        )

    def hashes(self) -> NDArray[np.uint64]:
        """Returns the hash of each customer."""
        return text_hashes(self.customer_ids) if self.customer_hashes is None else self.customer_hashes

    def assignment_key(self, place: int) -> str:
        """Returns the unit of assignment of a row, empty where that is the customer."""
        return "" if self.assignment_keys is None else self.assignment_keys[place] or ""

    def units(self) -> Units:
        """Returns the unit of assignment of each row."""
        return Units(self.customer_ids.cast(pa.binary()), self.assignment_keys)

    def candidates_of(self, place: int) -> tuple[str | Campaign, ...]:
        """Returns the candidates that a row names."""
        if self.candidates is None:
            return self.candidate_ids
        if self.pairs is not None:
            return self.pairs.described(place, self.candidates[place])
        return tuple([self.candidate_ids[code] for code in np.flatnonzero(self.candidates[place]).tolist()])

    def consents_of(self, place: int) -> tuple[GivenConsent, ...]:
        """Returns the consents that a row gives."""
        return () if self.consents is None else self.consents.of(place)

    def excluded_of(self, place: int, of_all: tuple[str, ...]) -> tuple[str, ...]:
        """Returns the campaigns that a row excludes, after those that are excluded for all."""
        if self.excluded is None:
            return of_all
        own = [self.excluded_ids[code] for code in np.flatnonzero(self.excluded[place]).tolist()]
        return (*of_all, *[one for one in own if one not in of_all])
