"""Laws of reading guardrail limits."""

from __future__ import annotations

import pytest

from banditsvc.rpc.faults import Faults
from banditsvc.rpc.wire_guardrail_spec import read_guardrail_spec, write_guardrail_spec
from banditsvc.v1.guardrail_pb2 import GuardrailSpec

FIELDS = ("max_unsubscribe_rate", "max_complaint_rate", "max_fallback_share", "min_entropy")


@pytest.mark.parametrize("field", FIELDS)
@pytest.mark.parametrize("limit", [0.0, 1.0, -0.1, 1e-17, 1.0 - 1e-16, float("nan"), float("inf")])
def test_limits_that_leave_nothing_to_reckon_with_are_refused(field: str, limit: float) -> None:
    """A limit at 0 or 1, or as near as makes no difference in double precision, is refused by its name."""
    faults = Faults()
    given = GuardrailSpec()
    setattr(given, field, limit)
    read_guardrail_spec(given, "spec", faults)

    assert [f"spec.{field}"] == [fault.field for fault in faults.violations]


@pytest.mark.parametrize("chance", [0.0, 1e-320, 0.3, float("nan")])
def test_a_chance_of_false_alarms_must_be_a_small_one(chance: float) -> None:
    """The chance is above what double precision can tell from 0, and at most a fifth."""
    faults = Faults()
    read_guardrail_spec(GuardrailSpec(false_alarm_chance=chance), "spec", faults)

    assert ["spec.false_alarm_chance"] == [fault.field for fault in faults.violations]


def test_what_is_read_is_written_again() -> None:
    """Limits come back as they were given, and no limits as none."""
    faults = Faults()
    given = GuardrailSpec(max_unsubscribe_rate=0.004, min_entropy=0.2, false_alarm_chance=0.01)
    given.max_silence.FromSeconds(86_400)

    assert given == write_guardrail_spec(read_guardrail_spec(given, "spec", faults))
    assert write_guardrail_spec(read_guardrail_spec(GuardrailSpec(), "spec", faults)) is None
    assert [] == faults.violations
