"""Consent check: whether a customer's words let a campaign through."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from banditsvc.core.campaign_labels import CampaignLabels
from banditsvc.core.consent import Consent, ConsentState, GivenConsent
from banditsvc.core.rejection import FunnelStage, Rejection

ConsentKey = tuple[str, str]
"""A purpose and a channel. Without a purpose no consent is needed, but a denial of every purpose stands."""

_Verdict = ConsentState | None
"""What words come to; None where there are none."""


class ConsentCheck:
    """Says which purposes on which channels are closed to a contact.

    What is on record and what comes with the request are judged apart: a denial in either stands, else a grant in
    either suffices, and no word means no where a purpose needs consent.
    """

    def __init__(self, default_purpose: str) -> None:
        self._default_purpose = default_purpose

    def key_of(self, labels: CampaignLabels, purpose: str) -> ConsentKey | None:
        """Returns what a campaign with a purpose of its own, or with none (""), needs; None where nothing is asked.

        A campaign without one takes the default purpose; a transactional one then goes out without being asked.
        """
        if purpose:
            return purpose, labels.channel
        if labels.is_transactional:
            return None
        return self._default_purpose, labels.channel

    def refused(
        self, keys: Iterable[ConsentKey], on_record: Sequence[Consent], given: Sequence[GivenConsent]
    ) -> frozenset[ConsentKey]:
        """Returns the keys that are closed."""
        if not on_record and not given:
            return frozenset([key for key in keys if key[0]])
        return frozenset([key for key in keys if _is_refused(key, on_record, given)])

    def rejection(self, campaign_id: str, key: ConsentKey) -> Rejection:
        """Returns what is said of a campaign whose key is closed."""
        purpose, channel = key
        words = f"no consent to purpose {purpose}" if purpose else "contacts are refused"
        where = f" on channel {channel}" if channel else ""
        return Rejection(campaign_id, FunnelStage.CONSENT, "consent", words + where)


def _is_refused(key: ConsentKey, on_record: Sequence[Consent], given: Sequence[GivenConsent]) -> bool:
    recorded, said = _recorded(key, on_record), _said(key, given)
    if ConsentState.DENIED in {recorded, said}:
        return True
    return bool(key[0]) and recorded is None and said is None


def _recorded(key: ConsentKey, words: Sequence[Consent]) -> _Verdict:
    """Returns the latest word, of two at the same time the denial."""
    heard = [(word.consent_time_us, word.state) for word in words if _bears_on(word, key)]
    return max(heard)[1] if heard else None  # of the two states DENIED is the greater


def _said(key: ConsentKey, words: Sequence[GivenConsent]) -> _Verdict:
    """Returns what was said at one time: the denial, if there is one."""
    states = {word.state for word in words if _bears_on(word, key)}
    if ConsentState.DENIED in states:
        return ConsentState.DENIED
    return ConsentState.GRANTED if states else None


def _bears_on(word: Consent | GivenConsent, key: ConsentKey) -> bool:
    """Returns whether a word speaks of a purpose and channel. Where no channel is known, every channel is meant.

    Where no consent is needed, a later grant of any purpose takes back a denial of every purpose.
    """
    purpose, channel = key
    on_purpose = word.purpose in {purpose, ""} or (not purpose and word.state is ConsentState.GRANTED)
    return on_purpose and (not channel or word.channel in {channel, ""})
