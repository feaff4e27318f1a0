"""Described campaigns in part files: lists of campaigns of the catalogue that have features of their own in each row.

Of each member there is the place of its campaign as the catalogue has it, and a structure of the features that come on top,
by name, null where it is not known. So the catalogue's part of it stands there once, and not for each customer.
"""

from __future__ import annotations

from collections.abc import Mapping

import pyarrow as pa
import pyarrow.compute as pc

from banditsvc.maps_by_name import opened_map

_MEMBERS = ["campaign", "features"]
_IS_OF = {
    "number_features": pa.types.is_floating,
    "text_features": pa.types.is_string,
    "flag_features": pa.types.is_boolean,
    "list_features": pa.types.is_list,
}
"""Whether a type is that of a feature, by the map that has such features."""


def is_described(kind: pa.DataType) -> bool:
    """Returns whether a type is that of lists of described campaigns."""
    return bool(
        pa.types.is_list(kind)
        and pa.types.is_struct(kind.value_type)
        and [one.name for one in kind.value_type] == _MEMBERS
    )


def described_members(campaigns: pa.Array, features: pa.StructArray) -> pa.StructArray:
    """Returns the members of lists; campaigns are places, or a dictionary."""
    fields = [
        pa.field(_MEMBERS[0], campaigns.type, nullable=False),
        pa.field(_MEMBERS[1], features.type, nullable=False),
    ]
    return pa.StructArray.from_arrays([campaigns, features], fields=fields)


def by_place(lists: pa.ListArray) -> tuple[pa.ListArray, pa.Array]:
    """Returns lists with the places of campaigns instead of a dictionary, and its values."""
    campaigns, features = lists.values.flatten()
    return pa.ListArray.from_arrays(lists.offsets, described_members(campaigns.indices, features)), campaigns.dictionary


def with_values(lists: pa.ListArray, values: pa.Array) -> pa.ListArray:
    """Returns lists that have places with the values as their dictionary."""
    campaigns, features = _members(lists).flatten()
    coded = pa.DictionaryArray.from_arrays(campaigns, values)
    return pa.ListArray.from_arrays(_bounds(lists), described_members(coded, features))


def ids_of(lists: pa.ListArray) -> pa.ListArray:
    """Returns the ids of lists of campaigns, in whichever form they are, and whatever else there is of them."""
    members = _members(lists)
    if is_described(lists.type):
        campaigns, _ = members.flatten()
        ids = campaigns.dictionary.field("campaign_id").take(campaigns.indices)
    else:
        ids = members.field("campaign_id")
    return pa.ListArray.from_arrays(_bounds(lists), ids)


def opened_campaigns(lists: pa.ListArray, kind: pa.ListType) -> pa.ListArray:
    """Returns the campaigns with their features as the open form has them; campaigns are a dictionary."""
    campaigns, features = _members(lists).flatten()
    own = {one.name: _plain(column) for one, column in zip(features.type, features.flatten(), strict=True)}
    # Earlier versions said less of a campaign.
    catalogue = campaigns.dictionary.cast(kind.value_type)
    of_catalogue = dict(zip([one.name for one in kind.value_type], catalogue.flatten(), strict=True))
    members = [
        _merged(of_catalogue[one.name], campaigns.indices, own, one)
        if one.name in _IS_OF
        else of_catalogue[one.name].take(campaigns.indices)
        for one in kind.value_type
    ]
    return pa.ListArray.from_arrays(_bounds(lists), pa.StructArray.from_arrays(members, fields=list(kind.value_type)))


def _merged(maps: pa.MapArray, places: pa.Array, own: Mapping[str, pa.Array], field: pa.Field) -> pa.MapArray:
    """Returns maps of features by name, in which those of its own stand in for the catalogue's."""
    mine = {name: column for name, column in own.items() if _IS_OF[field.name](column.type)}
    given = [dict(one) for one in maps.to_pylist()]
    names = {name for one in given for name in one}
    if not mine and not names & own.keys():
        return maps.take(places)
    item = field.type.item_type
    columns = {}
    for name in sorted(names | mine.keys()):
        column = pa.array([one.get(name) for one in given], item).take(places)
        if name in own:
            column = pc.if_else(own[name].is_valid(), pa.scalar(None, item), column)
        columns[name] = pc.coalesce(mine[name].cast(item), column) if name in mine else column
    return opened_map(pa.StructArray.from_arrays(list(columns.values()), names=list(columns)), field.type)


def _plain(column: pa.Array) -> pa.Array:
    return column.dictionary_decode() if pa.types.is_dictionary(column.type) else column


def _members(lists: pa.ListArray) -> pa.StructArray:
    first, last = lists.offsets[0].as_py(), lists.offsets[-1].as_py()
    return lists.values.slice(first, last - first)


def _bounds(lists: pa.ListArray) -> pa.Array:
    return pc.subtract(lists.offsets, lists.offsets[0])
