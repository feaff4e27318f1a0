"""How soon new campaigns are found."""

from __future__ import annotations

import math

import pytest

from simulators.comparison.time_to_find import find_summary, finds
from simulators.runs.simulate import simulate
from simulators.worlds.read_world import read_world
from tests.simulators.comparison.made_frames import made_frames


def _days(chosen: list[int], best: int = 10, start: int = 30) -> list[float]:
    """Returns the days to find a campaign of which so many of its `best` decisions chose it, day by day."""
    rows = [
        {"policy": "p", "campaign_id": "new", "day": start + day, "best_for": best, "best_and_chosen": count}
        for day, count in enumerate(chosen)
    ]
    campaign = {"policy": "p", "campaign_id": "new", "start_day": start}
    return finds(made_frames(campaigns=[campaign], finds=rows))["days"].tolist()


def test_found_is_half_of_the_trailing_week() -> None:
    """A campaign is found on the first day at which half of its decisions of the last seven days chose it."""
    # Judged from day 1 on; chosen always from day 10 on: on day 13, 4 of the last 7 days.
    assert [12.0] == _days([0] * 10 + [10] * 10)


def test_chance_on_a_few_decisions_is_no_find() -> None:
    """Before there are twenty decisions in the trailing week nothing is found; where there never are, it is no winner."""
    assert [math.nan] == pytest.approx(_days([10] + [0] * 10, best=19), nan_ok=True)
    assert [] == _days([2] * 10, best=2)


@pytest.mark.parametrize("best", [3, 7, 20])
def test_waiting_for_customers_does_not_count(best: int) -> None:
    """Who chooses it from its first day on takes 0 days, however long it takes until there are twenty decisions."""
    assert [0.0] == _days([best] * 10, best=best)


def test_a_week_before_the_last_is_forgotten() -> None:
    """What was chosen more than seven days ago does not count."""
    assert [20.0] == _days([4] * 20 + [10] * 10)  # over all days it would be 22
    assert [math.nan] == pytest.approx(_days([4] * 30), nan_ok=True)


def test_campaigns_of_the_first_day_are_not_new() -> None:
    """A campaign that was there on day 0 is left out, even if nobody was eligible until later."""
    assert [] == _days([10] * 10, start=0)
    world = read_world("lifecycle").model_copy(update={"customers": 300, "days": 60})
    frames = simulate(world, ["oracle"])
    first, start = (frames.campaigns.set_index("campaign_id")[name] for name in ("first_day", "start_day"))

    assert (0, 1) == (start["full-cart"], first["full-cart"])
    assert "full-cart" not in set(finds(frames)["campaign_id"])


def test_the_median_counts_never_as_longest() -> None:
    """Where most were found the median is theirs; where half or more were not, there is none."""
    campaigns = [{"policy": "p", "campaign_id": name, "start_day": 5} for name in ("a", "b", "c")]
    rows = [
        {"policy": "p", "campaign_id": name, "day": 5 + day, "best_for": 20, "best_and_chosen": 20 * (day >= start)}
        for name, start in (("a", 0), ("b", 3), ("c", 99))
        for day in range(10)
    ]
    summary = find_summary(finds(made_frames(campaigns=campaigns, finds=rows))).iloc[0]
    assert (3, pytest.approx(2 / 3), 5.0) == (summary["campaigns"], summary["found_share"], summary["median_days"])

    rare = find_summary(finds(made_frames(campaigns=campaigns[1:], finds=rows[10:]))).iloc[0]
    assert (0.5, True) == (rare["found_share"], math.isnan(rare["median_days"]))
