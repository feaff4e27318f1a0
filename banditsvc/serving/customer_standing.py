"""Customer standings: what limits and consents say of a customer is judged by this."""

from __future__ import annotations

from dataclasses import dataclass

from banditsvc.core.consent import Consent
from banditsvc.core.contact import Contact


@dataclass(frozen=True, slots=True)
class CustomerStanding:
    """What is on record for a customer of an organization."""

    contacts: tuple[Contact, ...] = ()
    """Contacts made and reserved, as far back as the limits of the organization look, by contact_time."""
    consents: tuple[Consent, ...] = ()
    """Every word on consent, in the order recorded."""


NOTHING_KNOWN = CustomerStanding()
