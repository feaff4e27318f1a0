"""Requests that only name something."""

from __future__ import annotations

from banditsvc.rpc.faults import Faults
from banditsvc.rpc.wire_text import read_id


def require_ids(**ids: str) -> None:
    """Checks ids by the name of their field.

    Raises:
        InvalidRequest: Some are empty or malformed; it names all of them.
    """
    faults = Faults()
    for field, text in ids.items():
        read_id(text, field, faults)
    faults.raise_if_any()
