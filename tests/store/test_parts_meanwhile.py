"""Laws of parts that come while others are read."""

from __future__ import annotations

from pathlib import Path

from banditsvc.ports import Recorded
from banditsvc.store.audience_parts import AudienceParts
from tests.store.audience_files import rows_of, write_part


def test_a_run_may_begin_while_others_are_gone_through(tmp_path: Path) -> None:
    """Whoever goes through the parts when the first one of another run comes sees those that were there."""
    first, second = (write_part(tmp_path, rows_of(["c1", "c2"], run_id=run_id), run_id=run_id) for run_id in ("a", "b"))
    parts = AudienceParts(tmp_path)
    parts.add(Recorded(1, 1, first))
    found = parts.all()
    assert first == next(found)

    parts.add(Recorded(3, 2, second))

    assert [] == list(found)
    assert [first, second] == list(parts.all())
