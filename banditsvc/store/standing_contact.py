"""Standing contacts: what is left of a decision's contact once it is known what became of the decision."""

from __future__ import annotations

from msgspec import structs

from banditsvc.core.activation import Activation, ActivationState
from banditsvc.core.contact import Contact


def standing_contact(reserved: Contact | None, activation: Activation | None) -> Contact | None:
    """Returns the contact that stands for a decision, whichever of decision and activation was recorded first.

    Args:
        reserved: The decision's own contact; None where it has none, or where the log does not know the decision.
        activation: What became of the decision, as far as something did.
    """
    if activation is None:
        return reserved
    if activation.state is not ActivationState.SENT:
        return activation.contact
    if reserved is None:
        return None
    return structs.replace(reserved, contact_time_us=activation.activate_time_us, hold_until_us=None)
