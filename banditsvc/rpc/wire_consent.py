"""Consents: protobuf to core value and back."""

from __future__ import annotations

from collections.abc import Sequence

from banditsvc.core.consent import Consent, ConsentState, GivenConsent
from banditsvc.core.times import DAY_US
from banditsvc.rpc.faults import Faults
from banditsvc.rpc.wire_number import enum_number, members_of, require_enum
from banditsvc.rpc.wire_text import read_id, read_label
from banditsvc.rpc.wire_time import Allowed, read_time_within, write_time
from banditsvc.v1 import consent_pb2, ranking_pb2

MOST_GIVEN = 100

_STATES = members_of(ConsentState)


def read_given(consents: Sequence[ranking_pb2.GivenConsent], faults: Faults) -> tuple[GivenConsent, ...]:
    """Returns what a request of Rank says of consent."""
    if len(consents) > MOST_GIVEN:
        faults.add("consents", f"must have at most {MOST_GIVEN} entries")
        return ()
    return tuple(_read_given(given, f"consents[{i}]", faults) for i, given in enumerate(consents))


def read_consent(message: consent_pb2.Consent, organization_id: str, now_us: int) -> Consent:
    """Returns one word to be put on record; its cause is the service's to say, and is left out.

    Raises:
        InvalidRequest: Fields are malformed; it names all of them.
    """
    faults = Faults()
    time_us = now_us
    if message.HasField("consent_time"):
        allowed = Allowed(0, now_us + DAY_US, "must be at most one day in the future")
        time_us = read_time_within(message.consent_time, allowed, "consent_time", faults)
    customer_id = read_id(message.customer_id, "customer_id", faults)
    purpose, channel, state = _read_word(message, "", faults)
    faults.raise_if_any()
    return Consent(
        organization_id=organization_id,
        customer_id=customer_id,
        purpose=purpose,
        channel=channel,
        state=state,
        consent_time_us=time_us,
    )


def write_consent(consent: Consent) -> consent_pb2.Consent:
    """Returns a word as on record."""
    return consent_pb2.Consent(
        customer_id=consent.customer_id,
        purpose=consent.purpose,
        channel=consent.channel,
        state=enum_number(consent.state),
        consent_time=write_time(consent.consent_time_us),
        cause=consent.cause,
    )


def _read_given(given: ranking_pb2.GivenConsent, path: str, faults: Faults) -> GivenConsent:
    purpose, channel, state = _read_word(given, f"{path}.", faults)
    return GivenConsent(purpose=purpose, channel=channel, state=state)


def _read_word(
    word: ranking_pb2.GivenConsent | consent_pb2.Consent, prefix: str, faults: Faults
) -> tuple[str, str, ConsentState]:
    """Returns purpose, channel and state; a state that is at fault stands as DENIED."""
    purpose = read_label(word.purpose, f"{prefix}purpose", faults)
    channel = read_label(word.channel, f"{prefix}channel", faults)
    state = require_enum(_STATES, word.state, f"{prefix}state", faults)
    if state is ConsentState.GRANTED and not purpose:
        faults.add(f"{prefix}purpose", "is required for a consent; only a denial may be of every purpose")
    return purpose, channel, state or ConsentState.DENIED
