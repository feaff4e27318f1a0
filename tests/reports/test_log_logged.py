from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest

from banditsvc.core.errors import NotFound
from banditsvc.core.exploration import FixedPriority
from banditsvc.core.policy import Policy
from banditsvc.core.times import DAY_US
from banditsvc.log_parquet import write_parquet
from banditsvc.log_time import EPOCH
from banditsvc.open_log import open_log
from banditsvc.reports.log_logged import logged_of_log
from offline_eval.logged import Logged, policy_on_log, read_logged
from tests.reports.chosen_log import DAYS, SHARES, chosen_log
from tests.store.build import SHOP

_COUNT = 400


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A log of which the last days are not mature yet."""
    return chosen_log(tmp_path_factory.mktemp("log"), _COUNT)


def test_the_log_is_read_with_its_catalogue_rewards_and_merges(folder: Path) -> None:
    """Fixed order, families and reward range are the portfolio's, merged ids one customer, and young decisions left out."""
    logged = logged_of_log(folder, SHOP)

    assert {"not mature"} == set(logged.left_out)
    assert _COUNT == len(logged) + logged.left_out["not mature"]
    assert (0.0, 1.0) == logged.reward_range
    assert {"sale", "news"} == set(logged.labels["family"].names)
    assert list(SHARES.values()) == logged.entries.probability[:3].tolist()
    assert [0, 1, 2] == np.sort(logged.entries.fixed_rank[:3]).tolist()  # type: ignore[index]  # the catalogue is there
    assert policy_on_log(logged, Policy(portfolio_id=SHOP, exploration=FixedPriority())).sum() == len(logged)


def test_the_export_says_what_the_log_says(folder: Path, tmp_path: Path) -> None:
    """A folder of Parquet files is the same log, but that ids are not merged."""
    with open_log(folder) as log:
        write_parquet(log, SHOP, tmp_path)
    of_log, of_export = logged_of_log(folder, SHOP), read_logged(tmp_path)

    for name in ("chosen", "probability", "reward", "time_us"):
        assert getattr(of_log, name).tolist() == getattr(of_export, name).tolist()
    assert of_log.entries.start.tolist() == of_export.entries.start.tolist()
    assert of_log.reward_range == of_export.reward_range
    assert of_log.left_out == of_export.left_out
    assert set(of_log.labels) == set(of_export.labels)


def test_a_span_is_read_to_the_microsecond(folder: Path) -> None:
    """Decisions recorded from since on and before until are read and counted, whatever batch they are in."""
    whole = logged_of_log(folder, SHOP)
    middle = EPOCH + timedelta(microseconds=8 * DAY_US)
    parts = logged_of_log(folder, SHOP, until=middle), logged_of_log(folder, SHOP, since=middle)

    assert len(whole) == sum(len(part) for part in parts)
    assert 7 * _COUNT // DAYS == len(parts[0])
    assert ({}, whole.left_out) == (parts[0].left_out, parts[1].left_out)


def test_a_portfolio_that_is_not_there_is_named(folder: Path) -> None:
    """There is nothing to read of it."""
    with pytest.raises(NotFound, match="gone"):
        logged_of_log(folder, "gone")


def test_decisions_may_be_chosen(folder: Path) -> None:
    """A part of a log has of everything what belongs to its decisions."""
    logged = logged_of_log(folder, SHOP)
    chosen = logged.labels["family"].is_name("news")
    part: Logged = logged.where(chosen)

    assert {"news"} == {part.entries.campaign.names[code] for code in part.entries.campaign.codes[part.chosen]}
    assert replace(part).probability.tolist() == part.entries.probability[part.chosen].tolist()
