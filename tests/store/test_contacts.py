"""The contract of DecisionLog as to contacts and consents, over every log."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from banditsvc.core.activation import Activation, ActivationState
from banditsvc.core.campaign_labels import CampaignLabels
from banditsvc.core.consent import Consent, ConsentState
from banditsvc.core.contact import Contact
from banditsvc.core.decision import Decision
from banditsvc.core.organization import Organization
from banditsvc.ports import ContactTally, DecisionLog, HeldContact, LogRecord, Recorded, ShadowSetting, UnsentDecisions
from banditsvc.store import MemoryLog, SqliteLog
from tests.store.build import ACME, SHOP, activation, consent, contact, contacting, decision, outcome

_FAR_US = 1_000_000
_CUSTOMERS = ["c1", "c2", "c3"]


def _all(log: DecisionLog) -> list[HeldContact]:
    return log.contacts_of(ACME, _CUSTOMERS, -_FAR_US)


def test_a_decision_makes_the_contact_that_it_carries(log: DecisionLog) -> None:
    """A decision makes its contact as it is, and one without a contact makes none."""
    made = contact(time_us=5, hold_until_us=9, cost=0.1)
    log.append([contacting("d1", made), decision("d2")], now_us=1)
    assert [HeldContact("d1", made)] == _all(log)


def test_a_sent_contact_stands_from_when_it_was_sent(log: DecisionLog) -> None:
    """SENT leaves the contact at activate_time and for good, whatever contact the activation has of its own."""
    made = contact(time_us=5, hold_until_us=9)
    log.append([contacting("d1", made)], now_us=1)
    log.append([activation("d1", time_us=7, contact=contact("b"))], now_us=2)
    assert [HeldContact("d1", structs.replace(made, contact_time_us=7, hold_until_us=None))] == _all(log)
    assert [] == log.held_contacts(ACME, 0)


@pytest.mark.parametrize("state", [state for state in ActivationState if state is not ActivationState.SENT])
def test_another_activation_puts_its_own_contact_in_the_place(log: DecisionLog, state: ActivationState) -> None:
    """In every state but SENT the activation's contact stands for the decision, or none does."""
    replacing = contact("b", customer_id="c2", time_us=8)
    log.append([contacting(name, contact(time_us=5, hold_until_us=9)) for name in ("d1", "d2")], now_us=1)
    log.append([activation("d1", state=state, contact=replacing), activation("d2", state=state)], now_us=2)
    assert [HeldContact("d1", replacing)] == _all(log)


def test_the_first_word_stands(log: DecisionLog) -> None:
    """A record that the log skips changes no contact."""
    made = contact(time_us=5)
    log.append([contacting("d1", made), contacting("d1", contact("b"))], now_us=1)
    log.append([contacting("d1", contact("b"))], now_us=2)
    log.append([activation("d1", time_us=5), activation("d1", state=ActivationState.NOT_SENT)], now_us=3)
    log.append([activation("d1", state=ActivationState.NOT_SENT)], now_us=4)
    assert [HeldContact("d1", made)] == _all(log)


def test_an_activation_without_its_decision_has_its_own_contact_alone(log: DecisionLog) -> None:
    """For a decision that the log does not know, SENT makes no contact, and REPLACED_BY the activation's own."""
    own = contact("b")
    log.append([activation("d1"), activation("d2", state=ActivationState.REPLACED_BY, contact=own)], now_us=1)
    assert [HeldContact("d2", own)] == _all(log)


def test_contacts_are_those_of_the_customers_since(log: DecisionLog) -> None:
    """contacts_of gives contacts over all portfolios with contact_time >= from, by time, then by decision."""
    made = {
        "d4": contact(time_us=5),
        "d3": contact(time_us=5, portfolio_id="other"),
        "d2": contact(time_us=4),
        "d1": contact(time_us=9, customer_id="c2", hold_until_us=1),
        "d5": contact(time_us=9, customer_id="c9"),
        "d6": contact(time_us=9, organization_id="others"),
    }
    log.append([contacting(name, one) for name, one in made.items()], now_us=1)
    found = log.contacts_of(ACME, ["c2", "c1", "c1"], 5)
    assert [HeldContact(name, made[name]) for name in ("d3", "d4", "d1")] == found
    assert [] == log.contacts_of(ACME, [], 0) == log.contacts_of("nobody", ["c1"], 0)


def test_held_contacts_wait_up_to_their_moment(log: DecisionLog) -> None:
    """held_contacts gives the contacts that wait for their activation, the last moment included."""
    held = [contact(time_us=time_us, hold_until_us=time_us + 10) for time_us in (3, 2, 1)]
    records = [contacting(f"d{number}", one) for number, one in enumerate(held)]
    log.append(
        [*records, contacting("d9", contact()), contacting("x", structs.replace(held[0], organization_id="o"))], 1
    )
    assert [HeldContact("d1", held[1]), HeldContact("d0", held[0])] == log.held_contacts(ACME, 12)
    assert [] == log.held_contacts(ACME, 14)


def test_tallies_are_by_labels_and_cost(log: DecisionLog) -> None:
    """tally_contacts counts contacts in [from, to) that count at the moment, apart by what each cost then."""
    made = [
        contact(time_us=5, cost=0.25),
        contact(time_us=5, cost=0.5, customer_id="c2"),
        contact(time_us=6, cost=0.25, portfolio_id="other"),
        contact(time_us=6, channel="email"),
        contact(time_us=7, hold_until_us=8),
        contact(time_us=4),
        contact(time_us=9),
        contact(time_us=5, organization_id="others"),
    ]
    log.append([contacting(f"d{number}", one) for number, one in enumerate(made)], now_us=1)
    plain, email = (CampaignLabels(campaign_id="a", type=2, channel=channel) for channel in ("", "email"))
    free, cheap = ContactTally(plain, 1), ContactTally(replace(plain, cost=0.25), 1)
    dear, mail = ContactTally(replace(plain, cost=0.5), 1), ContactTally(email, 1)
    assert [ContactTally(cheap.labels, 2), dear, mail] == log.tally_contacts(ACME, "", 5, 9, 9)
    assert [free, cheap, dear, mail] == log.tally_contacts(ACME, SHOP, 5, 9, 8)
    assert [cheap] == log.tally_contacts(ACME, "other", 5, 9, 8)
    assert [] == log.tally_contacts(ACME, "", 9, 5, 0)


def test_unsent_decisions_are_held_or_to_come(log: DecisionLog) -> None:
    """unsent_decisions gives decisions for a campaign that are held or have a contact_time to come, and their number."""
    made = {
        "held": contact(time_us=3, hold_until_us=5),
        "expired": contact(time_us=3, hold_until_us=4),
        "next": contact(time_us=6),
        "later": contact(time_us=8, hold_until_us=9),
        "now": contact(time_us=5),
        "other": contact("b", time_us=6),
        "elsewhere": contact(time_us=6, portfolio_id="other"),
        "replaced": contact(time_us=6),
    }
    log.append([contacting(name, one) for name, one in made.items()], now_us=1)
    log.append([activation("replaced", state=ActivationState.REPLACED_BY, contact=contact("b", time_us=6))], now_us=2)
    assert UnsentDecisions(("held", "next", "later"), 3) == log.unsent_decisions(SHOP, "a", 5, 10)
    assert UnsentDecisions(("held", "next"), 3) == log.unsent_decisions(SHOP, "a", 5, 2)
    assert UnsentDecisions((), 3) == log.unsent_decisions(SHOP, "a", 5, 0)
    assert UnsentDecisions((), 0) == log.unsent_decisions(SHOP, "unknown", 5, 2)


def test_consents_take_positions_like_all_records(log: DecisionLog) -> None:
    """consents_of and read_consents give every word by position; consents have no key, and no word is lost."""
    granted, denied = (consent(state, channel="email", time_us=7) for state in ConsentState)
    elsewhere = [replace(granted, customer_id="c2"), replace(granted, organization_id="others")]
    group: list[LogRecord] = [granted, decision("d1"), denied, denied, *elsewhere]
    assert (1, 2, 3, 4, 5, 6) == log.append(group, now_us=3).positions
    assert [Recorded(1, 3, granted), Recorded(3, 3, denied), Recorded(4, 3, denied)] == log.consents_of(ACME, ["c1"])
    assert [1, 3, 4, 5] == [one.position for one in log.consents_of(ACME, ["c2", "c1", "c2", "c9"])]
    assert [] == log.consents_of(ACME, [])
    assert log.consents_of(ACME, ["c1", "c2"])[1:3] == log.read_consents(ACME, 1, 2)
    assert [] == log.read_consents("globex", 0, 9)


def test_organizations_and_shadows_are_resources(log: DecisionLog) -> None:
    """Organizations, which belong to no portfolio, and shadows are read with the other resources, by position."""
    resources: list[LogRecord] = [
        Organization(organization_id=ACME, default_purpose="marketing", organization_version=1),
        ShadowSetting(portfolio_id=SHOP, policy_version=2, model_version="1-5"),
        Organization(organization_id=ACME, organization_version=2),
    ]
    log.append(resources, now_us=1)
    assert resources == [recorded.value for recorded in log.read_resources(0)]


_MOMENTS = st.integers(0, 9)
_CONTACTS = st.builds(
    contact,
    st.sampled_from("ab"),
    customer_id=st.sampled_from(_CUSTOMERS[:2]),
    time_us=_MOMENTS,
    hold_until_us=st.none() | _MOMENTS,
    portfolio_id=st.sampled_from([SHOP, "other"]),
    organization_id=st.sampled_from([ACME, ACME, "others"]),
    cost=st.sampled_from([0.0, 0.1, 0.7]),
)
_RECORDS = st.one_of(
    st.builds(contacting, st.sampled_from("uvwxyz"), st.none() | _CONTACTS),
    st.builds(
        activation,
        st.sampled_from("uvwxyz"),
        state=st.sampled_from(ActivationState),
        time_us=_MOMENTS,
        contact=st.none() | _CONTACTS,
    ),
    st.builds(consent, st.sampled_from(ConsentState), customer_id=st.sampled_from(_CUSTOMERS)),
    st.builds(outcome, st.sampled_from("mn")),
)


def _recount(groups: Sequence[Sequence[LogRecord]]) -> dict[str, Contact]:
    """Returns the contacts of the records as the contract has them, first record of a key alone."""
    records = [record for group in groups for record in group]
    decided = {one.decision_id: one.contact for one in reversed(records) if isinstance(one, Decision)}
    activated = {one.decision_id: one for one in reversed(records) if isinstance(one, Activation)}
    found: dict[str, Contact | None] = dict(decided)
    for name, one in activated.items():
        made = decided.get(name)
        if one.state is not ActivationState.SENT:
            found[name] = one.contact
        elif made is not None:
            found[name] = structs.replace(made, contact_time_us=one.activate_time_us, hold_until_us=None)
    return {name: one for name, one in found.items() if one is not None}


def _check_lists(log: DecisionLog, contacts: dict[str, Contact], now_us: int) -> None:
    by_time = sorted(contacts.items(), key=lambda item: (item[1].contact_time_us, item[0]))
    here = [HeldContact(name, one) for name, one in by_time if one.organization_id == ACME]
    held = [one for one in here if one.contact.hold_until_us is not None and one.contact.counts_at(now_us)]
    unsent = [
        name
        for name, one in by_time
        if (one.portfolio_id, one.campaign.campaign_id) == (SHOP, "a")
        and (one.contact_time_us > now_us or (one.hold_until_us is not None and one.counts_at(now_us)))
    ]
    assert here == _all(log)
    assert held == log.held_contacts(ACME, now_us)
    assert UnsentDecisions(tuple(unsent[:2]), len(unsent)) == log.unsent_decisions(SHOP, "a", now_us, 2)


def _check_tallies(log: DecisionLog, contacts: dict[str, Contact], now_us: int) -> None:
    for portfolio_id in ("", SHOP):
        counted = [
            one
            for one in contacts.values()
            if one.organization_id == ACME
            and portfolio_id in ("", one.portfolio_id)
            and 2 <= one.contact_time_us < 8
            and one.counts_at(now_us)
        ]
        tallies = log.tally_contacts(ACME, portfolio_id, 2, 8, now_us)
        assert Counter(one.campaign for one in counted) == {tally.labels: tally.count for tally in tallies}


@settings(derandomize=True, max_examples=40, deadline=None)
@given(groups=st.lists(st.lists(_RECORDS, max_size=8), max_size=5), now_us=_MOMENTS)
def test_contacts_follow_from_the_records(
    groups: list[list[LogRecord]], now_us: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """After any commits, in any order, every log answers as a naive recount of the records does, and all alike."""
    memory, sqlite = MemoryLog(), SqliteLog(tmp_path_factory.mktemp("log") / "log.db")
    for group in groups:
        assert memory.append(group, now_us) == sqlite.append(group, now_us)
    consents = [one for group in groups for one in group if isinstance(one, Consent)]
    for log in (memory, sqlite):
        _check_lists(log, _recount(groups), now_us)
        _check_tallies(log, _recount(groups), now_us)
        assert consents == [recorded.value for recorded in log.consents_of(ACME, _CUSTOMERS)]
    for portfolio_id in ("", SHOP):
        arguments = (ACME, portfolio_id, 0, 9, now_us)
        assert memory.tally_contacts(*arguments) == sqlite.tally_contacts(*arguments)
    assert memory.consents_of(ACME, _CUSTOMERS) == sqlite.consents_of(ACME, _CUSTOMERS)
    sqlite.close()
