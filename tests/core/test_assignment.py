"""Assignment: everyone has one group, by chance, with the declared probabilities."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.stats import chi2_contingency, chisquare

from banditsvc.core.assignment import Assigned, AssignedGroup, AssignmentOwner, Assignments, mixture_shares
from banditsvc.core.assignment_group import AssignmentGroup
from banditsvc.core.assignment_spec import AssignmentSpec
from banditsvc.core.errors import InvalidRequest

laws = settings(max_examples=100, deadline=None, derandomize=True)
LEVEL = 0.001
CUSTOMERS = 100_000
OPTIMIZED, HOLDOUT = AssignmentGroup.OPTIMIZED, AssignmentGroup.HOLDOUT

UNIVERSAL = AssignmentSpec(holdout=0.05, uniform_random=0.1, assignment_version=1, salt="universal")
UNIVERSAL_EMAIL = AssignmentSpec(
    channel="email", holdout=0.1, business_as_usual=0.05, assignment_version=2, salt="universal e-mail"
)
OWN = AssignmentSpec(uniform_random=0.2, business_as_usual=0.15, holdout=0.3, assignment_version=1, salt="own")
OWN_EMAIL = AssignmentSpec(channel="email", uniform_random=0.4, holdout=0.1, assignment_version=1, salt="own e-mail")
NESTED = Assignments((UNIVERSAL_EMAIL, UNIVERSAL), (OWN_EMAIL, OWN))
IN_ORDER = (UNIVERSAL, UNIVERSAL_EMAIL, OWN, OWN_EMAIL)


@cache
def drawn(channel: str) -> tuple[Assigned, ...]:
    """Returns what is assigned to many customers on a channel."""
    return tuple(NESTED.assign(f"c{number}", channel) for number in range(CUSTOMERS))


def counts_of(groups: list[AssignmentGroup]) -> NDArray[np.int64]:
    """Returns how many there are of each group."""
    return np.bincount(groups, minlength=len(AssignmentGroup) + 1)[1:]


def _draw(shares: tuple[float, float, float, float], group: AssignmentGroup = OPTIMIZED) -> AssignedGroup:
    return AssignedGroup(
        owner=AssignmentOwner.PORTFOLIO, channel="", assignment_version=1, group=group, shares=shares, horizon_us=1
    )


SHARES = st.lists(st.integers(0, 20), min_size=4, max_size=4).filter(any)


@laws
@given(st.lists(SHARES, max_size=4))
def test_mixture_shares_are_the_exact_joint_ones(parts: list[list[int]]) -> None:
    """The shares of nested draws are the sums of the probabilities of all their outcomes, and sum to 1."""
    draws = [_draw(tuple(part / sum(one) for part in one)) for one in parts]  # type: ignore[arg-type]  # four of them
    expected = dict.fromkeys(AssignmentGroup, 0.0)
    for outcome in product(AssignmentGroup, repeat=len(draws)):
        group = next((one for one in outcome if one is not OPTIMIZED), OPTIMIZED)
        expected[group] += float(np.prod([draw.shares[one - 1] for draw, one in zip(draws, outcome, strict=True)]))
    assert tuple(expected.values()) == pytest.approx(mixture_shares(draws))
    assert 1.0 == pytest.approx(sum(mixture_shares(draws)))


@pytest.mark.parametrize("channel", ["email", "sms"])
def test_groups_come_as_often_as_declared(channel: str) -> None:
    """Over nested specifications of organization, portfolio and channel, groups have the exact joint shares."""
    assigned = drawn(channel)
    holding = [spec for spec in IN_ORDER if spec.channel in ("", channel)]
    shares = mixture_shares([_draw(spec.shares) for spec in holding])
    counts = counts_of([one.group for one in assigned])
    assert float(chisquare(counts, CUSTOMERS * np.array(shares)).pvalue) > LEVEL
    assert {(one.group, one.share) for one in assigned} == {(group, shares[group - 1]) for group in AssignmentGroup}


def test_each_draw_has_its_own_shares() -> None:
    """Of every specification, each group comes as often as that one says."""
    for place, spec in enumerate(IN_ORDER):
        counts = counts_of([one.draws[place].group for one in drawn("email")])
        drawable = np.array(spec.shares) > 0.0
        assert 0 == counts[~drawable].sum()
        assert float(chisquare(counts[drawable], CUSTOMERS * np.array(spec.shares)[drawable]).pvalue) > LEVEL


def test_draws_of_different_specifications_are_independent() -> None:
    """What one specification draws says nothing of what another draws for the same customer."""
    level = LEVEL / 6
    for one, other in [(0, 1), (0, 2), (0, 3), (1, 2), (1, 3), (2, 3)]:
        table = np.zeros((5, 5))
        for assigned in drawn("email"):
            table[assigned.draws[one].group, assigned.draws[other].group] += 1
        table = table[table.any(axis=1)][:, table.any(axis=0)]
        assert float(chi2_contingency(table).pvalue) > level


def test_the_first_draw_that_is_not_optimized_counts() -> None:
    """The organization comes before the portfolio, all channels before one; OPTIMIZED is who is so in all draws."""
    for assigned in drawn("email")[:5_000]:
        said = [(draw.owner, draw.channel, draw.assignment_version) for draw in assigned.draws]
        assert said == [
            (AssignmentOwner.ORGANIZATION, "", 1),
            (AssignmentOwner.ORGANIZATION, "email", 2),
            (AssignmentOwner.PORTFOLIO, "", 1),
            (AssignmentOwner.PORTFOLIO, "email", 1),
        ]
        assert assigned.group is next((one.group for one in assigned.draws if one.group is not OPTIMIZED), OPTIMIZED)


def test_what_holds_for_all_channels_is_the_same_on_each() -> None:
    """On another channel a customer has the same draws of the specifications for all channels."""
    for email, sms in zip(drawn("email")[:5_000], drawn("sms")[:5_000], strict=True):
        assert sms.draws == (email.draws[0], email.draws[2])


def test_the_same_key_has_the_same_group() -> None:
    """What is assigned depends on key, channel and specifications alone, not on who was asked about before."""
    fresh = Assignments((UNIVERSAL, UNIVERSAL_EMAIL), (OWN, OWN_EMAIL))
    numbers = np.random.default_rng(1).permutation(5_000).tolist()
    for number in numbers:
        assert fresh.assign(f"c{number}", "email") == drawn("email")[number]


def test_groups_stay_as_they_are() -> None:
    """Customers keep their groups after an upgrade: these may never change."""
    expected = [4, 4, 2, 2, 2, 2, 1, 3, 2, 2, 2, 2, 4, 1, 2, 2]
    assert expected == [one.group for one in drawn("email")[:16]]


def test_a_new_generation_is_drawn_independently() -> None:
    """With another salt nobody's new group has to do with the former one."""
    again = Assignments((), (replace(OWN, assignment_version=2, salt="another"),))
    former = Assignments((), (OWN,))
    table = np.zeros((4, 4))
    for number in range(CUSTOMERS):
        key = f"c{number}"
        table[former.assign(key, "").group - 1, again.assign(key, "").group - 1] += 1
    assert float(chi2_contingency(table).pvalue) > LEVEL
    assert float(chisquare(table.sum(axis=0), CUSTOMERS * np.array(OWN.shares)).pvalue) > LEVEL


def test_more_of_a_group_keeps_those_who_are_in_it() -> None:
    """Under one salt a larger holdout holds everyone whom the smaller one holds."""
    small, large = (Assignments((), (AssignmentSpec(holdout=share, salt="s"),)) for share in (0.1, 0.3))
    for number in range(5_000):
        if small.assign(f"c{number}", "").group is HOLDOUT:
            assert large.assign(f"c{number}", "").group is HOLDOUT


@laws
@given(st.lists(st.integers(1, 50), min_size=3, max_size=3), st.text(max_size=10))
def test_shares_of_1_leave_nobody_optimized(parts: list[int], key: str) -> None:
    """Where control groups have everyone, nobody is in the target group, whatever rounding does to the shares."""
    uniform_random, business_as_usual, holdout = (part / sum(parts) for part in parts)
    spec = AssignmentSpec(
        uniform_random=uniform_random, business_as_usual=business_as_usual, holdout=holdout, salt="full"
    )
    assert Assignments((), (spec,)).assign(key, "").group is not OPTIMIZED


def test_nobody_is_divided_without_shares() -> None:
    """Without specifications, and with ones whose shares are 0, everyone is OPTIMIZED, without any draw."""
    for specs in ((), (AssignmentSpec(channel="email", assignment_version=3, salt="s"),)):
        assert Assignments(specs, specs).assign("c", "") == Assigned()


def test_a_channel_is_required_where_groups_depend_on_it() -> None:
    """A request without channel is refused by that field's name; one on a channel without specification is not."""
    with pytest.raises(InvalidRequest) as refused:
        NESTED.assign("c", "")
    assert ["channel"] == [found.field for found in refused.value.violations]
    assert 2 == len(NESTED.assign("c", "letter").draws)
