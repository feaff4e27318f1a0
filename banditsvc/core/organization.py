"""Organizations: owners of several portfolios, of consent and of the contact policy."""

from __future__ import annotations

from dataclasses import dataclass

from banditsvc.core.contact_policy import Capacity, ContactPolicy

DEFAULT_ORGANIZATION_ID = "default"


@dataclass(frozen=True, slots=True, kw_only=True)
class Organization:
    """One version of an organization's settings."""

    organization_id: str
    display_name: str = ""
    time_zone: str = "UTC"
    """IANA name, of its portfolios that name none."""
    default_purpose: str = ""
    """Purpose that needs consent for campaigns that name none and are not transactional; empty means none needed."""
    contact_policy: ContactPolicy = ContactPolicy()
    capacities: tuple[Capacity, ...] = ()
    organization_version: int = 0
    """0 for the default organization as long as nobody has set it up."""


DEFAULT_ORGANIZATION = Organization(organization_id=DEFAULT_ORGANIZATION_ID)
"""What stands for the default organization until it is set up."""
