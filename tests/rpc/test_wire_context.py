"""Laws of the time zone of a context: a name that exists, or none at all."""

from __future__ import annotations

import pytest

from banditsvc.rpc.faults import Faults
from banditsvc.rpc.wire_context import read_context
from banditsvc.v1 import context_pb2 as pb


def test_a_time_zone_is_taken_by_its_name() -> None:
    """The customer's time zone is taken as given, and unset is not known."""
    faults = Faults()
    read = [
        read_context(context, faults).time_zone
        for context in (pb.CustomerContext(time_zone="Asia/Tokyo"), pb.CustomerContext())
    ]
    assert (["Asia/Tokyo", None], []) == (read, faults.violations)


@pytest.mark.parametrize("name", ["", "Europe", "Mars/Olympus", "../../etc/passwd", "CEST ", "x" * 1000])
def test_an_unknown_time_zone_is_refused_by_name(name: str) -> None:
    """What is no time zone is refused under its field, with what would be right and without what was sent."""
    faults = Faults()
    read_context(pb.CustomerContext(time_zone=name), faults)
    remedy = "must be the IANA name of a time zone, such as Europe/Berlin, or unset"
    assert [("context.time_zone", remedy)] == [(v.field, v.description) for v in faults.violations]
