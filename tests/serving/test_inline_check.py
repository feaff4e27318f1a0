"""Laws of the check of campaigns that come with a request."""

from __future__ import annotations

import pytest

from banditsvc.core.campaign import Campaign
from banditsvc.core.errors import InvalidRequest
from banditsvc.core.rule import Rule
from banditsvc.serving.inline_check import MOST_CHARACTERS, InlineCheck
from tests.serving.shop import rank_call


def with_rules(*expressions: str) -> Campaign:
    """Returns a campaign with such rules."""
    rules = tuple(Rule(name=f"r{place}", expression=expression) for place, expression in enumerate(expressions))
    return Campaign(campaign_id="inline", rules=rules)


def fields_at_fault(check: InlineCheck, *campaigns: Campaign) -> list[str]:
    """Returns the fields that a check refuses of a request with these campaigns."""
    try:
        check.check(rank_call("c", candidates=campaigns).input)
    except InvalidRequest as error:
        return [violation.field for violation in error.violations]
    return []


def test_conditions_are_read_and_not_thought_through() -> None:
    """A condition that does not read is refused; one that can never hold is let through, for that takes too long."""
    check = InlineCheck({})
    assert [] == fields_at_fault(check, with_rules("r > 3 and r < 3"))
    assert ["candidates[1].inline.rules[1].expression"] == fields_at_fault(
        check, with_rules("r > 3"), with_rules("r > 3", "nope > 3")
    )


@pytest.mark.parametrize("repeat", [1, 2])
def test_conditions_of_a_request_are_bounded_in_all(repeat: int) -> None:
    """A request with more characters of conditions than can be read at once is refused each time, one with as many not."""
    expression = "r > 3".ljust(1_000)
    most = [with_rules(*[expression] * 10)] * (MOST_CHARACTERS // 10_000)
    check = InlineCheck({})
    for _ in range(repeat):
        assert [] == fields_at_fault(check, *most)
        assert ["candidates"] == fields_at_fault(check, *most, with_rules("r > 3"))
