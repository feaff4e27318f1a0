"""Laws of reports with exclusions: what is excluded is in no value of a campaign, and takes no customer out of lift."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from banditsvc.core.contact_policy import CampaignSelector
from banditsvc.core.exclusion import Exclusion, ExclusionRevocation
from banditsvc.core.times import DAY_US
from banditsvc.open_log import open_log
from banditsvc.reports.lift_of_log import lift_of_log
from banditsvc.reports.log_choices import choices_of
from banditsvc.reports.log_coverage import coverage_of_log
from banditsvc.reports.monday.excluded import Excluded, excluded_in
from banditsvc.reports.monday.week import Week
from banditsvc.store.memory import MemoryLog
from banditsvc.store.sqlite_log import SqliteLog
from simulators.fit.log_rows import log_rows
from tests.lift_tables.lift_log import ORGANIZATION, PORTFOLIO, SPEC, put
from tests.lift_tables.lift_traffic import append_traffic
from tests.reports.chosen_log import DAYS, chosen_log
from tests.store.build import SHOP

COUNT = 400
PER_DAY = COUNT // DAYS
TWO_DAYS = Exclusion(
    portfolio_id=SHOP, exclusion_id=1, start_us=3 * DAY_US, end_us=5 * DAY_US, reason="sale sent twice"
)
NEWS = Exclusion(portfolio_id=SHOP, exclusion_id=2, campaigns=CampaignSelector(campaign_ids=("news",)), reason="feed")


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A log of twenty days."""
    return chosen_log(tmp_path, COUNT)


def opened(data: Path) -> closing[SqliteLog]:
    """Gives a log to read."""
    return closing(SqliteLog(data / "log.db", read_only=True))


def say(data: Path, *words: Exclusion | ExclusionRevocation) -> None:
    """Records words of an operator at the end of a log."""
    log = SqliteLog(data / "log.db")
    log.append(words, log.watermark().time_us + 1)
    log.close()


def test_choices_and_coverage_leave_out_what_is_excluded(data: Path) -> None:
    """What is read with an exclusion is what was read without it, less the covered decisions, which are counted."""
    with opened(data) as log:
        before = choices_of(log, SHOP, None, None)
    say(data, TWO_DAYS)
    with opened(data) as log:
        after = choices_of(log, SHOP, None, None)
    kept = before.where((before.record_time_us < 3 * DAY_US) | (before.record_time_us >= 5 * DAY_US))

    assert (2 * PER_DAY, COUNT - 2 * PER_DAY) == (after.excluded, len(after))
    for name in ("record_time_us", "reward", "family", "family_probability", "is_mature"):
        assert np.array_equal(getattr(kept, name), getattr(after, name), equal_nan=True)
    assert 2 * PER_DAY == coverage_of_log(data, SHOP).left_out["excluded"]
    say(data, ExclusionRevocation(portfolio_id=SHOP, exclusion_id=1, reason="no"))
    assert "excluded" not in coverage_of_log(data, SHOP).left_out


def test_a_week_tells_what_of_it_is_excluded_and_why(data: Path) -> None:
    """Each exclusion in force is named with the decisions of the week that it covers; one that covers none is not."""
    week = Week(datetime(1970, 1, 5, tzinfo=UTC).date(), "UTC")
    with opened(data) as log:
        assert () == excluded_in(log, SHOP, week)
    say(data, TWO_DAYS, NEWS)
    with opened(data) as log:
        found, later = excluded_in(log, SHOP, week), excluded_in(log, SHOP, Week(week.sunday, "UTC"))
    assert Excluded(exclusion_id=1, reason="sale sent twice", decisions=PER_DAY) == found[0]
    assert [1, 2] == [one.exclusion_id for one in found]
    assert [2] == [one.exclusion_id for one in later]


def test_lift_keeps_every_customer() -> None:
    """An exclusion changes nothing of the lift: it is by customers, and to drop some by what they got would bias it."""
    log = MemoryLog()
    settings = replace(PORTFOLIO, assignments=(replace(SPEC, business_as_usual=0.2, holdout=0.2),))
    put(log, ORGANIZATION, settings)
    append_traffic(log, customers=300, days=60, shares=(0.6, 0.0, 0.2, 0.2), base=0.04, strength=4.0)
    put(log, day=60)
    before = lift_of_log(log, settings.portfolio_id).to_pandas()
    everything = Exclusion(portfolio_id=settings.portfolio_id, exclusion_id=1, reason="all")
    log.append([everything], log.watermark().time_us + 1)
    after = lift_of_log(log, settings.portfolio_id).to_pandas()

    assert len(before) > 0
    assert before.equals(after)


def test_a_world_is_fitted_to_what_is_not_excluded(data: Path) -> None:
    """Rows for a fit have no excluded decisions, and say how many are left out."""
    before = log_rows(data)
    say(data, TWO_DAYS)
    after = log_rows(data)

    assert 2 * PER_DAY == len(before.arms) - len(after.arms)
    assert any("excluded" in caveat for caveat in after.caveats)
    with open_log(data) as log:
        assert 2 * PER_DAY == sum(one is not None for one in log.joined(SHOP)["exclusion_id"].to_pylist())
