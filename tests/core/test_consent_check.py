"""Laws of the consent check: no word means no, a denial stands, and later words replace earlier ones."""

from __future__ import annotations

import pytest

from banditsvc.core.campaign import CampaignType
from banditsvc.core.campaign_labels import CampaignLabels
from banditsvc.core.consent import Consent, ConsentState, GivenConsent
from banditsvc.core.consent_check import ConsentCheck, ConsentKey
from banditsvc.core.rejection import FunnelStage, Rejection

GRANTED, DENIED = ConsentState.GRANTED, ConsentState.DENIED
CHECK = ConsentCheck("marketing")
EMAIL: ConsentKey = ("marketing", "email")
SMS: ConsentKey = ("marketing", "sms")
ANYWHERE: ConsentKey = ("marketing", "")
PURPOSELESS: ConsentKey = ("", "email")


def on_record(state: ConsentState, time_us: int, purpose: str = "marketing", channel: str = "email") -> Consent:
    """Returns a word on record."""
    return Consent(
        organization_id="o", customer_id="c", purpose=purpose, channel=channel, state=state, consent_time_us=time_us
    )


def said(state: ConsentState, purpose: str = "marketing", channel: str = "email") -> GivenConsent:
    """Returns a word with the request."""
    return GivenConsent(purpose=purpose, channel=channel, state=state)


def refused(key: ConsentKey, *words: Consent | GivenConsent) -> bool:
    """Returns whether a key is closed after these words."""
    recorded = [word for word in words if isinstance(word, Consent)]
    given = [word for word in words if isinstance(word, GivenConsent)]
    return frozenset({key}) == CHECK.refused([key], recorded, given)


def labels(campaign_type: CampaignType | None = None, channel: str = "email") -> CampaignLabels:
    """Returns labels of a campaign."""
    return CampaignLabels(campaign_id="a", type=int(campaign_type or 0), channel=channel)


def test_what_a_campaign_needs() -> None:
    """A campaign needs its own purpose or else the default one; transactional ones need only their own."""
    assert ("service", "email") == CHECK.key_of(labels(), "service")
    assert EMAIL == CHECK.key_of(labels(CampaignType.GTM), "")
    assert ANYWHERE == CHECK.key_of(labels(channel=""), "")
    assert CHECK.key_of(labels(CampaignType.TRANSACTIONAL), "") is None
    assert ("service", "email") == CHECK.key_of(labels(CampaignType.TRANSACTIONAL), "service")
    assert PURPOSELESS == ConsentCheck("").key_of(labels(), "")


def test_no_word_means_no() -> None:
    """Where a purpose is needed silence refuses, also amid words on other purposes and channels; without one it does not."""
    assert refused(EMAIL)
    assert refused(EMAIL, on_record(GRANTED, 1, "service"), on_record(GRANTED, 1, channel="sms"), said(GRANTED, "x"))
    assert not refused(PURPOSELESS)
    assert frozenset({EMAIL}) == CHECK.refused([EMAIL, PURPOSELESS], [], [])


def test_a_grant_in_either_place_suffices() -> None:
    """A grant on record or with the request opens its purpose and channel, for every channel if it names none."""
    assert not refused(EMAIL, on_record(GRANTED, 1))
    assert not refused(EMAIL, said(GRANTED))
    assert not refused(EMAIL, on_record(GRANTED, 1, channel=""))
    assert not refused(SMS, said(GRANTED, channel=""))
    assert refused(SMS, on_record(GRANTED, 1), said(GRANTED))


def test_a_denial_in_either_place_stands() -> None:
    """What is on record and what is said are judged apart: a grant here does not lift a denial there."""
    assert refused(EMAIL, on_record(DENIED, 1), said(GRANTED))
    assert refused(EMAIL, on_record(GRANTED, 1), said(DENIED))
    assert refused(EMAIL, said(GRANTED), said(DENIED, "", ""))


def test_the_latest_word_counts() -> None:
    """On record the latest word counts, in whatever order they are read, and of two at the same time the denial."""
    assert not refused(EMAIL, on_record(GRANTED, 2), on_record(DENIED, 1))
    assert refused(EMAIL, on_record(GRANTED, 1), on_record(DENIED, 2))
    assert refused(EMAIL, on_record(DENIED, 1), on_record(GRANTED, 1))
    assert refused(EMAIL, on_record(GRANTED, 1), on_record(DENIED, 1))


def test_wide_words_and_narrow_ones_are_weighed_by_time() -> None:
    """A word on every channel and one on this channel replace each other by their times."""
    assert refused(EMAIL, on_record(GRANTED, 1), on_record(DENIED, 2, channel=""))
    assert not refused(EMAIL, on_record(DENIED, 1, channel=""), on_record(GRANTED, 2))
    assert refused(EMAIL, on_record(GRANTED, 1), on_record(DENIED, 2, purpose=""))
    assert not refused(EMAIL, on_record(DENIED, 1, purpose="", channel=""), on_record(GRANTED, 2))


def test_an_unsubscribe_closes_its_channel() -> None:
    """A denial of every purpose closes its channel, also to campaigns that need no purpose, and leaves others open."""
    unsubscribe = on_record(DENIED, 5, purpose="")
    assert refused(EMAIL, on_record(GRANTED, 1, channel=""), unsubscribe)
    assert not refused(SMS, on_record(GRANTED, 1, channel=""), unsubscribe)
    assert refused(PURPOSELESS, unsubscribe)
    assert refused(PURPOSELESS, said(DENIED, "", ""))
    assert not refused(("", "sms"), unsubscribe)
    assert not refused(PURPOSELESS, on_record(DENIED, 5, purpose="marketing"))


def test_without_a_channel_every_word_is_heard() -> None:
    """A campaign whose channel nobody knows is closed by the latest denial on any channel."""
    assert refused(ANYWHERE, on_record(GRANTED, 1), on_record(DENIED, 2, channel="sms"))
    assert not refused(ANYWHERE, on_record(DENIED, 1, channel="sms"), on_record(GRANTED, 2))
    assert refused(("", ""), on_record(DENIED, 1, purpose=""))


@pytest.mark.parametrize(
    ("key", "reason"),
    [
        (EMAIL, "no consent to purpose marketing on channel email"),
        (ANYWHERE, "no consent to purpose marketing"),
        (PURPOSELESS, "contacts are refused on channel email"),
    ],
)
def test_a_rejection_says_what_is_missing(key: ConsentKey, reason: str) -> None:
    """The rejection names purpose and channel."""
    assert Rejection("a", FunnelStage.CONSENT, "consent", reason) == CHECK.rejection("a", key)


def test_a_customer_who_agrees_again_is_reached_again() -> None:
    """Where no consent is needed, a later grant of any purpose on the channel takes back a denial of every purpose."""
    denial = on_record(DENIED, 1, purpose="")
    assert refused(PURPOSELESS, denial)
    assert refused(PURPOSELESS, denial, on_record(GRANTED, 2, channel="sms"))
    assert refused(PURPOSELESS, denial, on_record(GRANTED, 1))
    assert not refused(PURPOSELESS, denial, on_record(GRANTED, 2))
