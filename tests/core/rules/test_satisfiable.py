"""Laws of the check that rules can hold: what is refused never holds, and plain contradictions are refused."""

from __future__ import annotations

import sys
from collections.abc import Callable
from itertools import pairwise
from types import FrameType

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from banditsvc.core.rules import NeverHold, ParsedRule, RuleFault, check_satisfiable, compile_rule, parse_rule
from banditsvc.core.rules.columns import Row
from tests.core.rules.rule_cases import SCHEMA, rows, rules


def fault_of(*expressions: str) -> str:
    """Returns why rules can never hold together, empty where they can."""
    try:
        check_satisfiable([parse_rule(expression, SCHEMA) for expression in expressions])
    except RuleFault as found:
        return found.text
    return ""


@pytest.mark.parametrize(
    ("expression", "named"),
    [
        ("90 < recency_days < 30", ["recency_days > 90", "recency_days < 30"]),
        ("recency_days > 3 and recency_days <= 3", ["recency_days > 3", "recency_days <= 3"]),
        ("recency_days >= 3 and recency_days < 3", ["recency_days >= 3", "recency_days < 3"]),
        ("3 <= recency_days <= 3 and recency_days != 3", ["recency_days >= 3", "recency_days <= 3", "!= 3"]),
        ("recency_days == 3 and recency_days in [4, 5]", ["recency_days == 3", "recency_days in [4, 5]"]),
        ("recency_days in [1, 9] and 2 < recency_days < 8", ["in [1, 9]", "recency_days > 2", "recency_days < 8"]),
        ("not (recency_days < 90 or recency_days >= 90)", ["recency_days >= 90", "recency_days < 90"]),
        ("0.05 * monetary > 3 and 0.05 * monetary < 2", ["0.05 * monetary > 3", "0.05 * monetary < 2"]),
        ("recency_days < 0", ["recency_days is at least 0"]),
        ("r > 5", ["r is a whole number from 1 to 5"]),
        ("3 < r < 4", ["r > 3", "r < 4", "whole number"]),
        ("r != 1 and r != 2 and r not in [3, 4, 5]", ["r != 1, r != 2 and r not in [3, 4, 5]"]),
        ("favourites['shoes'] < 0", ['favourites["shoes"] is at least 0']),
        ("campaign.lever > 2", ["from 0.5 to 2"]),
        ("segment == 'a' and segment == 'b'", ['segment == "a"', 'segment == "b"']),
        ("segment == 'a' and segment != 'a'", ['segment == "a"', 'segment != "a"']),
        ("segment in ['a', 'b'] and segment not in ['b', 'a']", ['in ["a", "b"]', 'not in ["b", "a"]']),
        ("campaign.type != 'GTM' and campaign.type not in ['CLM', 'TRANSACTIONAL']", ["campaign.type is GTM, CLM or"]),
        ("open_issue and not open_issue", ["open_issue contradicts not open_issue"]),
        ("readiness == segment and readiness != segment", ["readiness == segment", "readiness != segment"]),
        ("segment != segment", ["segment != segment"]),
        ("r < r", ["r < r"]),
        ("recency_days < frequency and recency_days > frequency", ["recency_days < frequency"]),
        ("recency_days < frequency and frequency <= recency_days", ["frequency <= recency_days"]),
        ("'shoes' in visited and not ('shoes' in visited)", ['"shoes" in visited', '"shoes" not in visited']),
        ("favourites['shoes'] > 1 and 'shoes' not in favourites", ['"shoes" not in favourites']),
        ("favourites['shoes'] > 1 and not known(favourites)", ["not known(favourites)"]),
        ("not known(segment) and segment != 'a'", ["not known(segment)", 'segment != "a"']),
        ("not known(campaign.value)", ["campaign.value is always known"]),
        ("False", ["always false"]),
        ("r > 2 and 3 > 4", ["always false"]),
        ("(r > 5 or r < 1) and open_issue", ["r > 5", "r < 1"]),
        ("(segment == 'a' or segment == 'b') and (segment == 'c' or segment == 'd')", ['"a"', '"c"', '"d"']),
    ],
)
def test_what_never_holds_is_refused(expression: str, named: list[str]) -> None:
    """A conjunction that nothing satisfies is refused, and the fault names what contradicts."""
    found = fault_of(expression)
    assert found.startswith("The rule never holds: ")
    assert [] == [part for part in named if part not in found]


@pytest.mark.parametrize(
    "expression",
    [
        "30 <= recency_days < 90",
        "3 <= recency_days <= 3",
        "recency_days <= 0",
        "3 < frequency < 4",
        "r >= 5",
        "r != 1 and r != 2 and r not in [3, 4]",
        "recency_days > 90 or recency_days < 30",
        "recency_days > 5 or recency_days < 0",
        "(segment == 'a' or segment == 'b') and (segment == 'c' or segment == 'b')",
        "segment != 'a' and segment != 'b' and segment not in ['c']",
        "recency_days <= frequency and frequency <= recency_days",
        "not known(segment) and r > 3",
        "'shoes' in favourites and 'bags' not in favourites and favourites['shoes'] > 1",
        "segment == 'a' and features['segment'] == 'b'",
        "channel == 'a' and campaign.channel == 'b'",
        "r > 3 or False",
        "True",
    ],
)
def test_what_can_hold_is_let_through(expression: str) -> None:
    """A rule that some customer satisfies is not refused, whatever alternatives of it are dead."""
    assert not fault_of(expression)


def test_rules_are_looked_at_together() -> None:
    """Rules that can hold apart and not together are refused; none at all always hold."""
    assert fault_of("r > 3", "open_issue", "r < 3") == "These rules never hold together: r > 3 contradicts r < 3."
    assert not fault_of("r > 3", "open_issue")
    assert not fault_of()


@given(st.lists(rules, min_size=1, max_size=3), st.lists(rows, min_size=1, max_size=5))
@settings(max_examples=120, deadline=None, derandomize=True)
def test_what_is_refused_holds_for_nobody(expressions: list[str], some: list[Row]) -> None:
    """Rules that some customer satisfies together are never refused."""
    parsed: list[ParsedRule] = []
    for expression in expressions:
        try:
            parsed.append(parse_rule(expression, SCHEMA))
        except RuleFault:
            return
    compiled = [compile_rule(rule) for rule in parsed]
    if any(all(rule(*row) for rule in compiled) for row in some):
        check_satisfiable(parsed)


def test_too_many_alternatives_are_let_through() -> None:
    """The work is bounded: a contradiction behind more alternatives than can be looked at is let through."""
    alternatives = [f"({first} or {second})" for first, second in pairwise(["r > 1", "f > 1", "m > 1"] * 20)]
    assert not fault_of(*alternatives, "(segment == 'a' or segment == 'b') and (segment == 'c' or segment == 'd')")
    assert fault_of(*alternatives[:2], "(segment == 'a' or segment == 'b') and (segment == 'c' or segment == 'd')")


def test_long_conjunctions_are_looked_at_whole() -> None:
    """A contradiction between plain conditions is found however many rules stand between."""
    many = [f"segment != 's{number}'" for number in range(100)]
    assert fault_of("segment == 's50'", *many).endswith('segment == "s50" contradicts segment != "s50".')
    assert fault_of(*many, *["(r > 1 or f > 1)"] * 50, "r > 3", "r < 2")


def calls_of(action: Callable[[], object]) -> int:
    """Returns how many Python functions an action calls, a measure of its work that no other process disturbs."""
    count = 0

    def on_event(_frame: FrameType, event: str, _argument: object) -> None:
        nonlocal count
        count += event == "call"

    before = sys.getprofile()
    sys.setprofile(on_event)
    try:
        action()
    finally:
        sys.setprofile(before)
    return count


def longest(part: str, joined: str, rule: int) -> str:
    """Returns a rule of as many parts as it may have characters for."""
    parts: list[str] = []
    for place in range(1_000):
        parts.append(part.format(place=place, rule=rule))
        if len(joined.join(parts)) > 2_000:
            break
    return joined.join(parts[:-1])


@pytest.mark.parametrize(
    ("part", "joined"),
    [
        ("frequency != {place}.{rule}5", " and "),
        ("frequency == {place}.{rule}5", " or "),
        ("(recency_days != {place} or frequency != {rule})", " and "),
        ("recency_days + {place} < frequency + {rule}", " and "),
        ("'{place}-{rule}' in favourites", " and "),
    ],
)
def test_the_work_for_the_most_and_longest_rules_is_bounded(part: str, joined: str) -> None:
    """Fifty rules of 2,000 characters take no more work than a few hundred thousand calls, whatever they are made of."""
    parsed = [parse_rule(longest(part, joined, rule), SCHEMA) for rule in range(50)]
    assert calls_of(lambda: check_satisfiable(parsed)) < 400_000


def test_many_exclusions_of_one_field_are_looked_at_together() -> None:
    """That a field is none of a thousand values does not hide that it is none of those that it may have."""
    many = [" and ".join(f"frequency != {rule}{place}" for place in range(10, 60)) for rule in range(1, 21)]
    assert not fault_of(*many, "frequency in [2, 3]")
    assert fault_of(*many, "frequency in [210, 2059]")
    assert fault_of(*many, "frequency == 2059").endswith("contradicts frequency == 2059.")


def test_a_fault_says_which_rules_contradict_each_other() -> None:
    """The rules that the contradiction is about are told by their places, and no others."""
    expressions = ["open_issue", "r > 3", "segment == 'a'", "r < 3"]
    with pytest.raises(NeverHold) as raised:
        check_satisfiable([parse_rule(expression, SCHEMA) for expression in expressions])
    assert (1, 3) == raised.value.places
