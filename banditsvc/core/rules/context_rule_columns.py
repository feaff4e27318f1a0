"""Columns of contexts as rules see them."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from banditsvc.core.campaign import Campaign
from banditsvc.core.context_columns import Coded, ContextColumns
from banditsvc.core.decision import RankInput
from banditsvc.core.rules.columns import Column, RuleColumns, column, unknown_column
from banditsvc.core.rules.fields import Field, Source, ValueType
from banditsvc.core.rules.values import value_of
from banditsvc.core.rules.vocabulary import FAVOURITES
from banditsvc.core.text_lists import TextLists


def context_rule_columns(
    fields: Iterable[Field],
    columns: ContextColumns,
    asked: RankInput | None = None,
    campaign: Campaign | None = None,
) -> RuleColumns:
    """Returns the columns of some fields of customers who are all asked about with one request and campaign.

    Args:
        fields: The fields.
        columns: The contexts of the customers.
        asked: What is asked of all of them, of which the context has no part; None: channel and placement are not known.
        campaign: The campaign; None: nothing is known of it.
    """
    found = {field: _column(field, columns) for field in fields if field.source not in _OF_ALL}
    if asked is not None:
        of_all = [field for field in fields if field.source in _OF_ALL]
        found |= {field: column(field, [value_of(field, asked.context, asked, campaign)]) for field in of_all}
    return RuleColumns(columns.rows, found)


_OF_ALL = frozenset({Source.REQUEST, Source.CAMPAIGN})
"""Where what is the same for all rows is found."""


def _column(field: Field, columns: ContextColumns) -> Column:
    if field.source is Source.FAVOURITE:
        return _favourite(field, columns)
    if field == FAVOURITES:
        return _favourites(columns)
    is_feature = field.source is Source.FEATURE
    found = columns.features.get(field.name) if is_feature else getattr(columns, field.name)
    if found is None or not _fits(field, found):
        return unknown_column(field)
    if isinstance(found, Coded):
        names = np.array([*found.names, ""], dtype=np.object_)
        return Column(names, found.codes >= 0, found.codes)
    if isinstance(found, TextLists):
        lists, of_row = found.distinct()
        return Column(_objects(lists), found.known, of_row)
    if found.dtype == np.bool_:
        return Column(found, np.ones(len(found), dtype=np.bool_))
    if found.dtype == np.int8:
        return Column(found > 0, found >= 0)
    if field.value_type is ValueType.NAMED:
        return Column(found, found != 0)
    # Scores are whole, and 0 where they are not known.
    numbers = found if found.dtype == np.float64 else np.where(found == 0, np.nan, found)
    return Column(numbers, ~np.isnan(numbers))


def _fits(field: Field, found: Coded | TextLists | NDArray[np.generic]) -> bool:
    """Returns whether a column is of the field's type: a feature may be of another than declared."""
    if isinstance(found, Coded):
        return field.value_type is ValueType.TEXT
    if isinstance(found, TextLists):
        return field.value_type is ValueType.TEXTS
    if found.dtype in (np.bool_, np.int8):
        return field.value_type is ValueType.FLAG
    return field.value_type in {ValueType.NUMBER, ValueType.NAMED}


def _favourite(field: Field, columns: ContextColumns) -> Column:
    if columns.favourites is None or field.name not in columns.favourite_names:
        return unknown_column(field)
    weights = columns.favourites[:, columns.favourite_names.index(field.name)]
    return Column(weights, weights != 0.0)


def _favourites(columns: ContextColumns) -> Column:
    if columns.favourites is None:
        return unknown_column(FAVOURITES)
    has = columns.favourites != 0.0
    # There are few sets of favourites, and making one for each row would take long.
    distinct, of_row = np.unique(has, axis=0, return_inverse=True)
    sets = [
        tuple([name for name, is_one in zip(columns.favourite_names, members, strict=True) if is_one])
        for members in distinct.tolist()
    ]
    return Column(_objects(sets), has.any(axis=1), of_row)


def _objects(lists: list[tuple[str, ...]]) -> NDArray[np.object_]:
    """Returns an array of lists; numpy would make one more dimension of them."""
    found = np.empty(len(lists), dtype=np.object_)
    for place, one in enumerate(lists):
        found[place] = one
    return found
