"""Hints for names that a message does not have."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from typing import cast

from google.protobuf.descriptor import Descriptor

from banditsvc.v1 import campaign_pb2, organization_pb2, policy_pb2, portfolio_pb2

_TABLES: dict[str, Descriptor] = {
    written: cast("Descriptor", message_type.DESCRIPTOR)
    for written, message_type in (
        ("[[campaigns]]", campaign_pb2.Campaign),
        ("[portfolio]", portfolio_pb2.Portfolio),
        ("[organization]", organization_pb2.Organization),
        ("[policy]", policy_pb2.Policy),
    )
}
"""Tables of a file, by the way they are written."""


def unknown_field(descriptor: Descriptor, name: str) -> str:
    """Returns that a message has no field of this name, with what may have been meant."""
    known = descriptor.fields_by_name
    homes = _homes(descriptor, name)
    if homes:
        return f"is unknown here; it belongs in {homes}"
    nearest = _nearest(name, list(known))
    return f"is unknown; did you mean {nearest}?" if nearest else f"is unknown; known are {', '.join(known)}"


def unknown_table(name: str, known: Sequence[str]) -> str:
    """Returns that a file has no table or key of this name before its tables, with what may have been meant."""
    if homes := _tables_with(name):
        return f"is unknown here; it belongs in {homes}"
    nearest = _nearest(name, known)
    return f"is unknown; did you mean {nearest}?" if nearest else f"is unknown; a file has {', '.join(known)}"


def _nearest(name: str, known: Sequence[str]) -> str:
    """Returns the known name that is most like this one, empty where none is."""
    return next(iter(difflib.get_close_matches(name, known, n=1, cutoff=0.5)), "")


def _homes(descriptor: Descriptor, name: str) -> str:
    """Returns the tables that have such a field, for a name that stands in a wrong one of them."""
    is_table = descriptor.full_name in {table.full_name for table in _TABLES.values()}
    return _tables_with(name) if is_table else ""


def _tables_with(name: str) -> str:
    return " or ".join(table for table, descriptor in _TABLES.items() if name in descriptor.fields_by_name)
