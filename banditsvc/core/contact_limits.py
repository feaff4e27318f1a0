"""Contact limits: what the contacts of a customer leave open, by caps and exclusions of contact policy.

A cap of N contacts in a window holds when no half-open span [s, s + window) has more than N, over contacts of the past
and of the future: whether a contact is refused depends on the others, never on the order in which they came.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from operator import attrgetter

from banditsvc.core.campaign import CampaignType
from banditsvc.core.campaign_labels import CampaignLabels
from banditsvc.core.contact import Contact
from banditsvc.core.contact_policy import ContactPolicy
from banditsvc.core.contact_rules import CapRule, ContactRule, ExclusionRule, LimitKey
from banditsvc.core.rejection import FunnelStage, Rejection

_TRANSACTIONAL = int(CampaignType.TRANSACTIONAL)
_NOTHING: frozenset[LimitKey] = frozenset()
_ALL_BUT_COST = attrgetter("campaign_id", "type", "kind", "channel", "family", "category")
"""What keys depend on."""
_MOST_LABELS = 4096


class ContactLimits:
    """Caps and exclusions of an organization and of one of its portfolios.

    Those of the organization count contacts of all its portfolios, the portfolio's own only its own contacts.
    Transactional campaigns are neither counted nor limited.
    """

    def __init__(self, organization: ContactPolicy, portfolio: ContactPolicy, portfolio_id: str) -> None:
        shared = _RuleSet(organization, 0)
        own = _RuleSet(portfolio, len(shared.rules))
        self._rules = shared.rules + own.rules
        self._sets = tuple((rules, only) for rules, only in ((shared, None), (own, portfolio_id)) if rules.rules)
        self.is_empty = not self._rules
        """Whether nothing is limited."""
        is_for_ever = any(each.window_us is None for each in organization.exclusions + portfolio.exclusions)
        self.horizon_us = None if is_for_ever else max((rule.reach_us for rule in self._rules), default=0)
        """How far back contacts matter, in microseconds before send_time; None is for ever, 0 where nothing is limited."""

    def keys_of(self, labels: CampaignLabels) -> tuple[LimitKey, ...]:
        """Returns the keys of the limits on a campaign, the organization's first; none if it is transactional."""
        if labels.type == _TRANSACTIONAL:
            return ()
        return tuple(key for rule in self._rules for key in rule.keys_of(labels))

    def blocked(self, contacts: Sequence[Contact], send_time_us: int, now_us: int) -> frozenset[LimitKey]:
        """Returns the keys that one more contact at send_time would break, given a customer's contacts in any order.

        Contacts that wait for an activation count up to hold_until, seen from now_us.
        """
        if not contacts or not self._sets:
            return _NOTHING
        closed: list[LimitKey] = []
        for rules, only in self._sets:
            closed += rules.blocked(contacts, only, send_time_us, now_us)
        return frozenset(closed) if closed else _NOTHING

    def rejection(self, campaign_id: str, key: LimitKey) -> Rejection:
        """Returns what is said of a campaign of which a key is closed."""
        rule = self._rules[key[0]]
        return Rejection(campaign_id, FunnelStage.CONTACT_POLICY, rule.name, rule.reason(key))


class _RuleSet:
    """The rules of one policy, numbered from a first place on."""

    def __init__(self, policy: ContactPolicy, first_place: int) -> None:
        caps = [CapRule(place, cap) for place, cap in enumerate(policy.caps, first_place)]
        exclusions = [
            ExclusionRule(place, each) for place, each in enumerate(policy.exclusions, first_place + len(caps))
        ]
        self.rules: tuple[ContactRule, ...] = (*caps, *exclusions)
        self._first_place = first_place
        self._reach_us = max((rule.reach_us for rule in self.rules), default=0)
        self._keys: dict[object, tuple[LimitKey, ...]] = {}

    def blocked(self, contacts: Iterable[Contact], only: str | None, time_us: int, now_us: int) -> list[LimitKey]:
        closed: list[LimitKey] = []
        for key, times in self._times(contacts, only, time_us, now_us).items():
            rule = self.rules[key[0] - self._first_place]
            if len(times) < rule.least:
                continue
            times.sort()
            refused = rule.closed_by(key, times, time_us)
            if refused is not None:
                closed.append(refused)
        return closed

    def _times(
        self, contacts: Iterable[Contact], only: str | None, time_us: int, now_us: int
    ) -> dict[LimitKey, list[int]]:
        """Returns the times of the contacts that count and are in reach, by key, in no order."""
        earliest_us, latest_us = time_us - self._reach_us, time_us + self._reach_us
        by_key: dict[LimitKey, list[int]] = {}
        known = self._keys
        for contact in contacts:
            contact_us = contact.contact_time_us
            if (
                earliest_us < contact_us < latest_us
                and (contact.hold_until_us is None or contact.counts_at(now_us))
                and (only is None or contact.portfolio_id == only)
            ):
                seen = _ALL_BUT_COST(contact.campaign)
                keys = known.get(seen)
                if keys is None:
                    keys = self._learn(seen, contact.campaign)
                for key in keys:
                    if key in by_key:
                        by_key[key].append(contact_us)
                    else:
                        by_key[key] = [contact_us]
        return by_key

    def _learn(self, seen: object, labels: CampaignLabels) -> tuple[LimitKey, ...]:
        if len(self._keys) >= _MOST_LABELS:
            self._keys.clear()
        is_exempt = labels.type == _TRANSACTIONAL
        keys = self._keys[seen] = () if is_exempt else tuple(key for rule in self.rules for key in rule.keys_of(labels))
        return keys
