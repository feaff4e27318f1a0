"""Ids and time zones of organizations and portfolios."""

from __future__ import annotations

import re

from banditsvc.core.organization import DEFAULT_ORGANIZATION_ID
from banditsvc.core.time_zones import is_time_zone
from banditsvc.rpc.faults import Faults

_OWNER_ID = re.compile("[A-Za-z0-9._-]{1,128}")


def read_owner_id(text: str, path: str, faults: Faults) -> str:
    """Returns the id of an organization or a portfolio, which may stand in addresses and file names."""
    if not _OWNER_ID.fullmatch(text):
        faults.add(path, "must have 1 to 128 characters of a-z, A-Z, 0-9, dot, underscore, dash")
    return text


def read_organization_id(text: str, path: str, faults: Faults) -> str:
    """Returns the id of an organization; empty means the default one."""
    return read_owner_id(text, path, faults) if text else DEFAULT_ORGANIZATION_ID


def read_time_zone(text: str, path: str, faults: Faults) -> str:
    """Returns the IANA name of a time zone, or an empty text."""
    if text and not is_time_zone(text):
        faults.add(path, "must be the IANA name of a time zone, such as Europe/Berlin")
    return text
