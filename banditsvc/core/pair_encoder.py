"""The pair encoder: campaigns with features of their own for each customer, many pairs of the two at once.

Each pair is encoded bit for bit as Encoder.campaign encodes the campaign with the pair's features too. Names are the
encoder's, which is asked once for each campaign and each distinct value; see column_encoder.py for contexts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from banditsvc.core.campaign import Campaign, Treatment
from banditsvc.core.context import FeatureValue
from banditsvc.core.context_columns import Coded, FeatureColumn
from banditsvc.core.encoded_batch import EncodedBatch
from banditsvc.core.features import Encoder, Group, campaign_hash, with_treatment
from banditsvc.core.slots import BatchMaker, Names, Slot
from banditsvc.core.text_lists import TextLists

_Bools = NDArray[np.bool_]


class _EntrySlot(NamedTuple):
    """A slot that depends on the entry alone."""

    names: Names
    """The last is None."""
    codes: NDArray[np.intp]
    """Of each entry."""
    values: NDArray[np.float64] | None


class PairEncoder:
    """Encodes pairs of customers and some entries, each a campaign or its pair with a treatment."""

    def __init__(
        self, encoder: Encoder, entries: Sequence[tuple[Campaign, Treatment | None]], names: Sequence[str]
    ) -> None:
        """Takes the entries as the catalogue has them, and the names of the features that pairs have."""
        self._encoder = encoder
        self._batches = BatchMaker(campaign_hash)
        self._made: dict[tuple[str, tuple[str, ...]], tuple[str, ...]] = {}
        bare = [
            (replace(campaign, features=_without(campaign.features, names)), treatment)
            for campaign, treatment in entries
        ]
        self._same = _entry_slots([encoder.campaign_names(*one) for one in bare])
        self._shows = {name: np.array([_shows(name, *one) for one in entries], dtype=np.bool_) for name in names}
        self._instead = {name: _entry_slots(self._of_catalogue(name, entries)) for name in names}

    def encode(
        self, entries: NDArray[np.intp], described: _Bools, features: Mapping[str, FeatureColumn]
    ) -> EncodedBatch:
        """Returns the campaign's features of each pair.

        Args:
            entries: Place of each pair's entry.
            described: Whether the pair has features of its own at all.
            features: What is known of each pair, by the names that pairs have.
        """
        slots = [_taken(one, entries) for one in self._same]
        for name, column in features.items():
            shown = described & self._shows[name].take(entries)
            mine, known = self._own(name, column, shown)
            slots += mine
            slots += [
                one._replace(codes=np.where(known, -1, one.codes))
                for one in (_taken(kept, entries) for kept in self._instead[name])
            ]
        return self._batches.batch(slots, len(entries))

    def _of_catalogue(self, name: str, entries: Sequence[tuple[Campaign, Treatment | None]]) -> list[Group]:
        """Returns what each entry has of a feature where the pair has it not, without what its treatment says."""
        return [
            self._encoder.further_names(name, campaign.features[name]) if name in campaign.features and is_shown else []
            for (campaign, _), is_shown in zip(entries, self._shows[name].tolist(), strict=True)
        ]

    def _own(self, name: str, column: FeatureColumn, shown: _Bools) -> tuple[list[Slot], _Bools]:
        """Returns the slots of a feature of the pairs, and which of these have it."""
        if isinstance(column, Coded):
            known = shown & (column.codes >= 0)
            names = (*self._names(name, column.names), None)
            return [Slot(names, np.where(known, column.codes, -1))], known
        if isinstance(column, TextLists):
            return self._lists(name, column, shown)
        if column.dtype in (np.bool_, np.int8):
            codes = column.astype(np.intp)
            known = shown & (codes >= 0)
            of_flags = [self._encoder.further_names(name, flag)[0][0] for flag in (False, True)]
            return [Slot((*of_flags, None), np.where(known, codes, -1))], known
        numbers = column.astype(np.float64, copy=False)
        known = shown & ~np.isnan(numbers)
        (named,) = self._encoder.further_names(name, 1.0)
        is_there = known & (numbers != 0.0)
        return [Slot((named[0], None), np.where(is_there, 0, -1), np.where(is_there, numbers, 1.0))], known

    def _lists(self, name: str, column: TextLists, shown: _Bools) -> tuple[list[Slot], _Bools]:
        known = shown & column.known
        (empty,) = self._encoder.further_names(name, ())
        texts = self._names(name, column.names)
        codes = np.where(known[:, None], column.codes, -1)
        first = codes[:, 0] if codes.shape[1] else np.full(len(column), -1, dtype=np.int64)
        # The first slot has a place for the empty list too.
        first = np.where(first >= 0, first, np.where(known, len(texts), -1))
        rest = [Slot((*texts, None), codes[:, place]) for place in range(1, codes.shape[1])]
        return [Slot((*texts, empty[0], None), first), *rest], known

    def _names(self, name: str, texts: tuple[str, ...]) -> tuple[str, ...]:
        """Returns the name of each text; they are made once."""
        found = self._made.get((name, texts))
        if found is None:
            found = self._made[name, texts] = tuple([self._encoder.further_names(name, one)[0][0] for one in texts])
        return found


def _without(features: Mapping[str, FeatureValue], names: Sequence[str]) -> dict[str, FeatureValue]:
    return {name: value for name, value in features.items() if name not in names}


def _shows(name: str, campaign: Campaign, treatment: Treatment | None) -> bool:
    """Returns whether a campaign's feature of a name is one of its pair with a treatment, which may have its own."""
    if treatment is None:
        return True
    probe = float("nan")
    return with_treatment(replace(campaign, features={name: probe}), treatment)[name] is probe


def _entry_slots(groups: Sequence[Group]) -> list[_EntrySlot]:
    """Returns slots that hold the features of entries, each name in one slot alone, of which an entry has one at most."""
    holders: dict[str, dict[int, float]] = {}
    for entry, group in enumerate(groups):
        for name, value in group:
            if value:
                holders.setdefault(name, {})[entry] = value
    slots: list[dict[str, dict[int, float]]] = []
    for name, values in holders.items():
        mine = next((one for one in slots if not any(values.keys() & held.keys() for held in one.values())), None)
        if mine is None:
            mine = {}
            slots.append(mine)
        mine[name] = values
    return [_entry_slot(one, len(groups)) for one in slots]


def _entry_slot(held: Mapping[str, Mapping[int, float]], entries: int) -> _EntrySlot:
    codes, values = np.full(entries, len(held), dtype=np.intp), np.ones(entries)
    for code, of_entries in enumerate(held.values()):
        for entry, value in of_entries.items():
            codes[entry], values[entry] = code, value
    return _EntrySlot((*held, None), codes, None if (values == 1.0).all() else values)


def _taken(slot: _EntrySlot, entries: NDArray[np.intp]) -> Slot:
    values = None if slot.values is None else slot.values.take(entries)
    return Slot(slot.names, slot.codes.take(entries), values)
