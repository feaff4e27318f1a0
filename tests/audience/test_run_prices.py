"""Prices of runs, with real worker processes: limits over the whole audience hold, whatever decides beside them."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from banditsvc.audience import canonical_order
from banditsvc.audience.run import RunResult
from banditsvc.audience.run_prices import LimitsUnmet
from banditsvc.core.audience_limit import LimitKind
from banditsvc.core.contact_policy import CampaignSelector, Capacity
from banditsvc.core.exploration import FixedPriority
from banditsvc.core.portfolio import Portfolio
from banditsvc.core.volume_minimum import VolumeMinimum
from banditsvc.part_file import PartFile
from banditsvc.ports import RunningSums
from banditsvc.store import SqliteLog, SqliteRegistry
from tests.audience.run_shop import parts_of, run_audience, write_customers
from tests.serving.checkpoints import save_model
from tests.serving.shop import Shop
from tests.serving.treated_shop import SHOP, model

CUSTOMERS = 900
WINBACK = CampaignSelector(campaign_ids=("winback",))
LEARNED = "1.1"


@pytest.fixture(autouse=True)
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(canonical_order, "PART_ROWS", 128)


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The customers."""
    return write_customers(tmp_path_factory.mktemp("source") / "customers.parquet", CUSTOMERS)


def make_learned_shop(
    data: Path, *, capacities: Sequence[Capacity] = (), minimums: Sequence[VolumeMinimum] = ()
) -> int:
    """Makes a data directory with a model that has learned, and limits; returns the position of its log."""
    portfolio: Portfolio = replace(
        SHOP, business_as_usual=FixedPriority(), capacities=tuple(capacities), minimums=tuple(minimums), sandbox=True
    )

    async def made() -> int:
        with closing(SqliteLog(data / "log.db")) as log:
            shop = await Shop(log=log).open(portfolio)
            position = log.watermark().position
            await shop.committer.close()
            return position

    data.mkdir()
    with closing(SqliteRegistry(data / "learner.db")) as registry:
        save_model(registry, model(1), RunningSums(learned_count=1))
    return asyncio.run(made())


def column(directory: Path, name: str) -> Iterable[object]:
    """Yields a column of the decisions of a run."""
    for path in sorted(directory.glob("part-*.parquet")):
        with closing(PartFile(path)) as file:
            yield from file.columns([name]).column(name).to_pylist()


def run(source: Path, data: Path, directory: Path, position: int, *, fail_at: int = -1, workers: int = 1) -> RunResult:
    """Returns what came of a run."""
    return run_audience(source, data, directory, position, model_version=LEARNED, fail_at=fail_at, workers=workers)[0]


def test_limits_hold_and_the_run_is_the_same_however_it_is_made(source: Path, tmp_path: Path) -> None:
    """A volume in all is used up and not passed, a minimum is reached, and every decision tells its prices.

    The bytes are the same with more workers, and where a run was ended in the middle and goes on by the prices it began
    with. The minimum is aimed at three standard deviations higher, so that it is missed once in 741 times; the seed is
    fixed.
    """
    position = make_learned_shop(
        tmp_path / "data",
        capacities=[Capacity(name="contacts", max_contacts=400)],
        minimums=[VolumeMinimum(name="winback", campaigns=WINBACK, min_contacts=200)],
    )
    result = run(source, tmp_path / "data", tmp_path / "one", position)
    with pytest.raises(OSError, match="No space left"):
        run(source, tmp_path / "data", tmp_path / "two", position, fail_at=3)
    resumed = run(source, tmp_path / "data", tmp_path / "two", position, workers=2)

    assert result.prices is not None
    most, least = result.prices.limits
    assert (LimitKind.MOST_CONTACTS, 400.0, True) == (most.limit.kind, most.bound, most.is_met)
    assert (LimitKind.LEAST_CONTACTS, 200.0, True) == (least.limit.kind, least.bound, least.is_met)
    assert most.price > 0.0
    assert least.price > 0.0
    assert 360 <= result.contacts.total() <= 400
    assert 200 <= result.contacts["winback"]
    taken = list(column(tmp_path / "one", "prices"))
    assert CUSTOMERS == len(taken)
    assert [0.0, most.price, most.price, most.price - least.price] == taken[0]
    assert result.prices == resumed.prices
    assert parts_of(tmp_path / "one") == parts_of(tmp_path / "two")


def test_what_is_used_up_is_named(source: Path, tmp_path: Path) -> None:
    """A capacity of which nothing is left is named where a minimum cannot be met for it."""
    position = make_learned_shop(
        tmp_path / "data",
        capacities=[Capacity(name="few", campaigns=WINBACK, max_contacts=0)],
        minimums=[VolumeMinimum(name="vendor", campaigns=WINBACK, min_contacts=150)],
    )
    with pytest.raises(LimitsUnmet) as refused:
        run(source, tmp_path / "data", tmp_path / "run", position)
    assert [
        "  'vendor' of the portfolio, at least 150 contacts (counting campaign winback): can be 0",
        "these leave no room for more:",
        "  'few' of the portfolio, at most 0 contacts (counting campaign winback)",
    ] == str(refused.value).splitlines()[1:]


def test_limits_that_cannot_be_met_are_named(source: Path, tmp_path: Path) -> None:
    """A maximum below a minimum, and a minimum above the customers there are, stop the run before it decides."""
    position = make_learned_shop(
        tmp_path / "data",
        capacities=[Capacity(name="few", campaigns=WINBACK, max_contacts=100)],
        minimums=[
            VolumeMinimum(name="vendor", campaigns=WINBACK, min_contacts=150),
            VolumeMinimum(name="many", campaigns=CampaignSelector(), min_contacts=1_000),
        ],
    )
    with pytest.raises(LimitsUnmet) as refused:
        run(source, tmp_path / "data", tmp_path / "run", position)
    first, *told = str(refused.value).splitlines()
    assert "no choice can meet all limits of this audience. The smallest change that would do:" == first
    assert [
        "  'vendor' of the portfolio, at least 150 contacts (counting campaign winback): can be 100",
        "  'many' of the portfolio, at least 1,000 contacts: can be 900",
        "these leave no room for more:",
        "  'few' of the portfolio, at most 100 contacts (counting campaign winback)",
    ] == told
    assert {} == parts_of(tmp_path / "run")


def test_a_share_that_cannot_be_met_is_named(source: Path, tmp_path: Path) -> None:
    """Where a campaign may get 90 of at least 600 contacts, its share can be .15."""
    position = make_learned_shop(
        tmp_path / "data",
        capacities=[Capacity(name="few", campaigns=WINBACK, max_contacts=90)],
        minimums=[
            VolumeMinimum(name="all", campaigns=CampaignSelector(), min_contacts=600),
            VolumeMinimum(name="share", campaigns=WINBACK, min_share=0.16),
        ],
    )
    with pytest.raises(
        LimitsUnmet, match=r"'share' of the portfolio, at least a share of 0\.16 .*can be at most 0\.15"
    ):
        run(source, tmp_path / "data", tmp_path / "run", position)


def test_without_limits_there_are_no_prices(source: Path, tmp_path: Path) -> None:
    """A portfolio without limits finds none, and its decisions tell none."""
    position = make_learned_shop(tmp_path / "data")
    assert run(source, tmp_path / "data", tmp_path / "run", position).prices is None
    assert {()} == {tuple(one) for one in column(tmp_path / "run", "prices") if isinstance(one, list)}
    assert pq.read_table(source).num_rows == CUSTOMERS


def test_nobody_needs_no_prices(tmp_path: Path) -> None:
    """An audience of nobody is decided by no prices, limits or not."""
    nobody = write_customers(tmp_path / "nobody.parquet", 0)
    position = make_learned_shop(
        tmp_path / "data", minimums=[VolumeMinimum(name="winback", campaigns=WINBACK, min_contacts=200)]
    )
    result = run(nobody, tmp_path / "data", tmp_path / "run", position)
    assert (0, None) == (result.decided, result.prices)
