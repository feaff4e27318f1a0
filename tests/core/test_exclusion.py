"""Laws of exclusions: what they cover, from when to when they are in force, and what settling makes of it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from banditsvc.core.activation import ActivationState
from banditsvc.core.campaign_labels import CampaignLabels
from banditsvc.core.contact import Contact
from banditsvc.core.contact_policy import CampaignSelector
from banditsvc.core.decision import DecidedBy, Decision, GhostDecision, Result
from banditsvc.core.exclusion import Exclusion, ExclusionRevocation, Exclusions
from banditsvc.core.feed_marks import FeedMarks
from banditsvc.core.portfolio import SettleSpec
from banditsvc.core.settle import DecisionHistory, NotLearned, SettleState, SettleTerms, outcome_status, settle
from tests.learner.worlds import REVENUE, SHOP, decision, mark, outcome, sent

SEND = 1_100
WINDOW = 50
DUE = SEND + WINDOW
NEVER = 100_000
LABELS = ("a", "b", "c")
NAMES = st.lists(st.sampled_from(LABELS), max_size=2).map(tuple)
BOUND = st.none() | st.integers(0, 20)


def contact(labels: CampaignLabels) -> Contact:
    """Returns a contact with a campaign."""
    return Contact(
        organization_id="o", portfolio_id=SHOP, customer_id="c1", campaign=labels, contact_time_us=0, hold_until_us=None
    )


def exclusion(number: int = 1, **changes: object) -> Exclusion:
    """Returns an exclusion of everything."""
    return replace(Exclusion(portfolio_id=SHOP, exclusion_id=number, reason="sent twice"), **changes)  # type: ignore[arg-type]


def revocation(number: int = 1) -> ExclusionRevocation:
    """Returns the end of an exclusion."""
    return ExclusionRevocation(portfolio_id=SHOP, exclusion_id=number, reason="it was not")


def terms(
    *records: tuple[int, Exclusion | ExclusionRevocation], marks: tuple[tuple[int, int], ...] = ()
) -> SettleTerms:
    """Returns terms with exclusions, and with a required feed where there are marks (record time, complete through)."""
    spec = SettleSpec(required_feeds=(REVENUE,) if marks else (), grace_us=70, activation_deadline_us=200)
    found = FeedMarks([(time_us, mark(through_us)) for time_us, through_us in marks])
    return SettleTerms(spec, WINDOW, found, Exclusions(records))


@settings(derandomize=True, max_examples=300, deadline=None)
@given(
    start=BOUND,
    end=BOUND,
    campaign_ids=NAMES,
    families=NAMES,
    channels=NAMES,
    send_us=st.integers(0, 20),
    chosen=st.sampled_from(LABELS),
    family=st.sampled_from(LABELS),
    channel=st.sampled_from(LABELS),
    held_out=st.booleans(),
)
def test_it_covers_what_lies_in_its_time_and_has_its_labels(
    start: int | None,
    end: int | None,
    campaign_ids: tuple[str, ...],
    families: tuple[str, ...],
    channels: tuple[str, ...],
    send_us: int,
    chosen: str,
    family: str,
    channel: str,
    held_out: bool,
) -> None:
    """Covered is start <= send_time < end, and a label among those named for each list that is not empty; the ghost's
    where the customer is held out.
    """
    selector = CampaignSelector(campaign_ids=campaign_ids, families=families, channels=channels)
    made = decision(0, customer=0, send_us=send_us)
    went_out = contact(CampaignLabels(campaign_id=chosen, family=family, channel=channel))
    made = structs.replace(made, campaign_id=chosen, contact=went_out)
    if held_out:
        ghost = GhostDecision(decided_by=DecidedBy.POLICY, campaign_id=chosen, contact=went_out)
        made = structs.replace(made, campaign_id="", result=Result.HELD_OUT, contact=None, would_have_sent=ghost)

    in_time = send_us in range(0 if start is None else start, 99 if end is None else end)
    in_lists = [
        not names or label in names
        for names, label in zip((campaign_ids, families, channels), (chosen, family, channel), strict=True)
    ]
    found = exclusion(start_us=start, end_us=end, campaigns=selector).covers(made)

    assert (in_time and all(in_lists)) == found


def test_without_a_contact_the_campaign_and_the_channel_asked_for_are_known() -> None:
    """A decision that carries no contact is covered by its campaign or channel, and by no family."""
    made = decision(0, customer=0, send_us=SEND)
    made = structs.replace(made, input=structs.replace(made.input, channel="email"))
    by = [
        CampaignSelector(campaign_ids=(made.campaign_id,)),
        CampaignSelector(channels=("email",)),
        CampaignSelector(families=("f",)),
    ]

    assert [True, True, False] == [exclusion(campaigns=one).covers(made) for one in by]


def test_it_is_in_force_from_its_record_to_its_revocation() -> None:
    """At a moment those count that were recorded by then and not revoked by then; of several the first is named."""
    found = Exclusions([(10, exclusion(1)), (20, exclusion(2)), (30, revocation(1)), (40, revocation(2))])
    made = decision(0, customer=0, send_us=SEND)
    named = [found.of(made, at_us) for at_us in (9, 10, 29, 30, 39, 40)]

    assert [None, 1, 1, 2, 2, None] == [one and one.exclusion_id for one in named]
    assert [1, 2] == [one.exclusion_id for one in found.in_force(20)]
    assert [False, True] == [bool(Exclusions()), bool(found)]


@pytest.mark.parametrize(
    ("records", "live", "relearned"),
    [
        ([(DUE, exclusion())], NotLearned.EXCLUDED, NotLearned.EXCLUDED),
        ([(DUE + 1, exclusion())], None, NotLearned.EXCLUDED),
        ([(DUE - 1, exclusion()), (DUE, revocation())], None, None),
        ([(DUE, exclusion()), (DUE + 1, revocation())], NotLearned.EXCLUDED, None),
        ([(1, exclusion(start_us=SEND + 1))], None, None),
    ],
)
def test_what_was_in_force_when_due_counts_live_and_what_is_in_force_counts_when_relearning(
    records: list[tuple[int, Exclusion | ExclusionRevocation]],
    live: NotLearned | None,
    relearned: NotLearned | None,
) -> None:
    """Live, an exclusion must be recorded by the due time and not be revoked by it; relearning looks at its own moment."""
    known = DecisionHistory(decision(0, customer=0, send_us=SEND), SEND)
    before, after = settle(known, terms(*records), NEVER), settle(known, terms(*records), NEVER, as_of=True)

    assert [live, relearned] == [before.reason, after.reason]
    assert [DUE, DUE] == [before.due_us, after.due_us]
    state = SettleState.SETTLED if live is None else SettleState.NOT_LEARNED
    assert state is before.state
    assert SettleState.OPEN is settle(known, terms(*records), DUE - 1).state
    assert before == settle(known, terms(*[one for one in records if one[0] <= DUE]), DUE)


def test_a_dead_feed_of_excluded_decisions_is_no_lapse() -> None:
    """A covered decision whose feed did not come in time is excluded instead of lapsed; it stays open as long."""
    known = DecisionHistory(decision(0, customer=0, send_us=SEND), SEND)
    dead = ((SEND + 1, SEND),)
    lapse_us = DUE + 70

    assert SettleState.LAPSED is settle(known, terms(marks=dead), NEVER).state
    excluded = settle(known, terms((lapse_us, exclusion()), marks=dead), NEVER)
    assert (SettleState.NOT_LEARNED, NotLearned.EXCLUDED, lapse_us) == (
        excluded.state,
        excluded.reason,
        excluded.due_us,
    )
    assert SettleState.OPEN is settle(known, terms((1, exclusion()), marks=dead), lapse_us - 1).state


def test_what_is_never_learned_keeps_its_reason_and_outcomes_are_answered_as_before() -> None:
    """An exclusion hides no other reason, and changes nothing for whoever posts outcomes."""
    made = decision(0, customer=0, send_us=SEND)
    fallback = structs.replace(made, decided_by=DecidedBy.FALLBACK)
    unsent = DecisionHistory(made, SEND, sent("d0", SEND, ActivationState.NOT_SENT), SEND + 1)
    covered = terms((1, exclusion()))
    assert NotLearned.DECIDED_BY is settle(DecisionHistory(fallback, SEND), covered, NEVER).reason
    assert NotLearned.NOT_SENT is settle(unsent, covered, NEVER).reason
    bought = outcome("o1", SEND + 1, decision_id="d0", amount=1.0)
    for now_us in (SEND + 1, DUE, DUE + 1):
        plain = outcome_status(bought, DecisionHistory(made, SEND), terms(), now_us)
        assert plain is outcome_status(bought, DecisionHistory(made, SEND), covered, now_us)


def decisions_covered(found: Exclusions, made: list[Decision], at_us: int) -> list[str]:
    """Returns the ids of the decisions that are excluded at a moment."""
    return [one.decision_id for one in made if found.of(one, at_us) is not None]


@settings(derandomize=True, max_examples=100, deadline=None)
@given(spans=st.lists(st.tuples(BOUND, BOUND, st.booleans()), max_size=4), at_us=st.integers(0, 12))
def test_several_exclusions_cover_what_any_of_them_covers(
    spans: list[tuple[int | None, int | None, bool]], at_us: int
) -> None:
    """What is excluded at a moment is the union over the exclusions in force then, however they overlap."""
    made = [decision(number, customer=0, send_us=number) for number in range(20)]
    records: list[tuple[int, Exclusion | ExclusionRevocation]] = []
    alive: list[Exclusion] = []
    for number, (start, end, is_revoked) in enumerate(spans, 1):
        one = exclusion(number, start_us=start, end_us=end)
        records.append((number, one))
        if is_revoked:
            records.append((number + 5, revocation(number)))
        if number <= at_us and not (is_revoked and number + 5 <= at_us):
            alive.append(one)
    records.sort(key=lambda record: record[0])

    expected = [one.decision_id for one in made if any(known.covers(one) for known in alive)]
    assert expected == decisions_covered(Exclusions(records), made, at_us)
