"""Laws of reading decisions between two moments."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from banditsvc.reports.decisions_between import decisions_between
from banditsvc.store.memory import MemoryLog
from tests.store.build import decision, feed_mark

_MOMENTS = st.none() | st.integers(0, 60)


@settings(derandomize=True, max_examples=60, deadline=None)
@given(
    stored=st.lists(st.tuples(st.integers(0, 3), st.booleans(), st.integers(1, 5)), max_size=12),
    since_us=_MOMENTS,
    until_us=_MOMENTS,
)
def test_it_yields_what_was_recorded_in_the_span(
    stored: list[tuple[int, bool, int]], since_us: int | None, until_us: int | None
) -> None:
    """Exactly the decisions of the portfolio at since <= time < until come, in log order, whatever else is in the log."""
    log = MemoryLog()
    now_us = 0
    for place, (count, is_other, wait_us) in enumerate(stored):
        now_us += wait_us
        owner = "other" if is_other else "shop"
        made = [decision(f"{place}-{number}", portfolio_id=owner) for number in range(count)]
        log.append([*made, feed_mark(now_us)], now_us)
    everything = log.read_decisions("shop", 0, 1_000)
    wanted = [
        one
        for one in everything
        if (since_us is None or one.record_time_us >= since_us) and (until_us is None or one.record_time_us < until_us)
    ]

    assert wanted == [one for page in decisions_between(log, "shop", since_us, until_us) for one in page]
