"""Laws of choices: what is read of a decision for learning is what the decision says."""

from __future__ import annotations

import inspect
from typing import Any

import pytest
from hypothesis import given, settings

from banditsvc.core.choice import Choice, ChoiceInput
from banditsvc.core.columns_of_contexts import KnownOfCustomer
from banditsvc.core.decision import Decision
from banditsvc.ports import DecisionLog
from banditsvc.store.choice_codec import decode_choice
from banditsvc.store.codec import Codec
from banditsvc.store.decision_codec import DECISIONS
from banditsvc.store.errors import StoreDamaged, StoreMismatch
from tests.store import stored_values
from tests.store.build import SHOP, decision


def told(choice: Choice) -> dict[str, Any]:
    """Returns all that a choice tells; None where that cannot be said of it, as of an invented one."""

    def of(source: object, kind: type) -> dict[str, Any]:
        names = [name for name, _ in inspect.getmembers(kind, lambda member: isinstance(member, property))]
        return {name: _value(source, name) for name in names if name not in {"input", "known"}}

    parts = {"input": of(choice.input, ChoiceInput), "known": of(choice.input.known, KnownOfCustomer)}
    return of(choice, Choice) | {
        f"{part}.{name}": value for part, all_ in parts.items() for name, value in all_.items()
    }


def _value(source: object, name: str) -> Any:
    try:
        # By its text: NaN is not equal to itself.
        return repr(getattr(source, name))
    except (ValueError, IndexError) as error:
        return type(error)


@settings(max_examples=150, deadline=None, derandomize=True)
@given(stored_values.DECISIONS)
def test_a_choice_is_the_decision_as_far_as_it_goes(value: Decision) -> None:
    """Read as a choice, any stored decision tells the same as read whole, of either schema."""
    whole = told(value)

    assert whole == told(decode_choice(DECISIONS.encode(value)))
    assert whole == told(decode_choice(Codec[Decision](Decision).encode(value)))


def test_a_damaged_body_is_no_choice() -> None:
    """A body that breaks off is said to be damaged, and one of a newer schema to be that."""
    body = DECISIONS.encode(decision("d1"))

    with pytest.raises(StoreDamaged):
        decode_choice(body[:-1])
    with pytest.raises(StoreMismatch):
        decode_choice(b"\x03" + body[1:])


def test_choices_stand_in_the_order_of_decisions(log: DecisionLog) -> None:
    """A log reads the same records as choices and as decisions."""
    log.append([decision("d1"), decision("d2"), decision("d3")], 7)
    choices, decisions = log.read_choices(SHOP, 1, 2), log.read_decisions(SHOP, 1, 2)

    assert [(one.position, one.record_time_us) for one in decisions] == [
        (one.position, one.record_time_us) for one in choices
    ]
    assert [told(one.value) for one in decisions] == [told(one.value) for one in choices]
    assert [] == log.read_choices("unknown", 0, 3)
