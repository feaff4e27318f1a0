"""Organizations: owners of several portfolios, of consent and of the contact policy."""

from __future__ import annotations

from dataclasses import dataclass

from banditsvc.core.assignment_spec import AssignmentSpec
from banditsvc.core.contact_policy import Capacity, ContactPolicy
from banditsvc.core.lift_spec import LiftSpec

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
    assignments: tuple[AssignmentSpec, ...] = ()
    """How customers are divided into groups in all portfolios alike; at most one for each channel."""
    lift: LiftSpec = LiftSpec()
    organization_version: int = 0
    """0 for the default organization as long as nobody has set it up."""


DEFAULT_ORGANIZATION = Organization(organization_id=DEFAULT_ORGANIZATION_ID)
"""What stands for the default organization until it is set up."""
