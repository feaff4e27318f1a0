"""The laws of the log as tables."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from msgspec import structs

from banditsvc import log_schema
from banditsvc import open_log as module
from banditsvc.core.activation import ActivationState
from banditsvc.core.campaign import Campaign, CampaignKind
from banditsvc.core.consent import ConsentState
from banditsvc.core.context import CustomerContext, LifecycleStage
from banditsvc.core.decision import DecidedBy, Result
from banditsvc.core.errors import NotFound
from banditsvc.core.exclusion import Exclusion
from banditsvc.core.outcome import Feed, OutcomeType
from banditsvc.core.portfolio import Portfolio, SettleSpec
from banditsvc.core.rejection import FunnelStage, Rejection
from banditsvc.core.times import DAY_US
from banditsvc.log_parquet import write_parquet
from banditsvc.log_time import EPOCH
from banditsvc.open_log import Log, open_log
from banditsvc.ports import CampaignVersion, LogRecord
from banditsvc.store import SqliteLog
from banditsvc.store.errors import StoreMissing
from tests.store.build import (
    ACME,
    LEARNER,
    SHOP,
    activation,
    consent,
    decision,
    enrollment,
    feed_mark,
    merge,
    outcome,
    portfolio,
    refund,
)

FEED = Feed(type=OutcomeType.CONVERSION)


@pytest.fixture
def writer(tmp_path: Path) -> Iterator[SqliteLog]:
    log = SqliteLog(tmp_path / "log.db")
    yield log
    log.close()


@pytest.fixture
def log(writer: SqliteLog) -> Iterator[Log]:
    with open_log(writer.database.path.parent) as opened:
        yield opened


def _at(time_us: int) -> datetime:
    return EPOCH + timedelta(microseconds=time_us)


def _waiting() -> Portfolio:
    settle = SettleSpec(required_feeds=(FEED,), grace_us=2 * DAY_US)
    return replace(portfolio(), learner=replace(LEARNER, settle=settle))


def test_every_field_is_described() -> None:
    """Each field of each table says what it means, and the tables say which version of the schema they have."""
    tables = (
        "DECISIONS",
        "OUTCOMES",
        "ACTIVATIONS",
        "CAMPAIGNS",
        "CONSENTS",
        "MERGES",
        "ENROLLMENTS",
        "EXCLUSIONS",
        "JOINED",
    )
    for schema in (getattr(log_schema, table) for table in tables):
        assert schema.metadata[b"banditsvc_schema"] == b"1"
        assert all(field.metadata[b"description"].endswith(b".") for field in schema)


def test_a_decision_is_one_row(writer: SqliteLog, log: Log) -> None:
    """A row of the decisions holds everything that the decision holds, features by their type, unknown as null."""
    context = CustomerContext(
        recency_days=2.5,
        r=3,
        lifecycle_stage=LifecycleStage.AT_RISK,
        favourites={"shoes": 0.5},
        features={"n": 1.5, "t": "x", "b": True, "l": ("p", "q")},
    )
    inline = Campaign(campaign_id="b", kind=CampaignKind.WINBACK, features={"price": 2.0})
    seen = decision("d1", send_time_us=7)
    seen = structs.replace(
        seen,
        input=structs.replace(seen.input, context=context, candidates=("a", inline), occasion="o", excluded=("z",)),
        rejections=(Rejection("c", FunnelStage.VALIDITY, "ended", "it ended"),),
    )
    writer.append([seen], now_us=11)
    table = log.decisions(SHOP)
    assert table.schema.equals(log_schema.DECISIONS, check_metadata=True)
    (row,) = table.to_pylist()
    assert (row["position"], row["record_time"], row["send_time"]) == (1, _at(11), _at(7))
    assert (row["decision_id"], row["campaign_id"], row["selection_probability"]) == ("d1", "a", 0.75)
    assert (row["result"], row["decided_by"], row["group"]) == ("CAMPAIGN", "POLICY", "OPTIMIZED")
    assert row["selection_probabilities"] == [0.75, 0.25]
    assert row["predicted_rewards"] == [[0.1, 1 / 3]]
    assert (row["recency_days"], row["frequency"], row["r"], row["m"]) == (2.5, None, 3, None)
    assert (row["lifecycle_stage"], row["segment"], row["occasion"], row["channel"]) == ("AT_RISK", None, "o", None)
    assert row["favourites"] == [("shoes", 0.5)]
    assert (row["number_features"], row["text_features"]) == ([("n", 1.5)], [("t", "x")])
    assert (row["flag_features"], row["list_features"]) == ([("b", True)], [("l", ["p", "q"])])
    assert (row["candidates"], row["excluded"]) == (["a", "b"], ["z"])
    assert row["inline_campaigns"][0]["kind"] == "WINBACK"
    assert row["inline_campaigns"][0]["number_features"] == [("price", 2.0)]
    rejection = {"campaign_id": "c", "stage": "VALIDITY", "rule": "ended", "reason": "it ended"}
    assert row["rejections"] == [rejection]


def test_outcomes_and_activations_are_rows(writer: SqliteLog, log: Log) -> None:
    """Every revision of an outcome and every activation is a row, of the asked portfolio alone."""
    revised = outcome("o1", customer_id="c1", revision=1)._replace(amount=0.0)
    group = [outcome("o1", decision_id="d1"), revised, refund("r1", "o1"), outcome("o2", portfolio_id="other")]
    writer.append([*group, activation("d1", state=ActivationState.NOT_SENT, time_us=3)], now_us=1)
    outcomes = log.outcomes(SHOP)
    assert outcomes.schema.equals(log_schema.OUTCOMES, check_metadata=True)
    assert outcomes["position"].to_pylist() == [1, 2, 3]
    assert outcomes["amount"].to_pylist() == [None, 0.0, None]
    assert outcomes["decision_id"].to_pylist() == ["d1", None, None]
    assert outcomes["refunded_outcome_id"].to_pylist() == [None, None, "o1"]
    (row,) = log.activations(SHOP).to_pylist()
    assert (row["decision_id"], row["state"], row["activate_time"]) == ("d1", "NOT_SENT", _at(3))


def test_an_unknown_portfolio_has_empty_tables(writer: SqliteLog, log: Log) -> None:
    """Tables of a portfolio without records are empty and have their columns; the joined one needs its settings."""
    writer.append([portfolio("other"), portfolio("another")], now_us=1)
    assert log.portfolio_ids() == ["another", "other"]
    assert log.decisions(SHOP).equals(log_schema.DECISIONS.empty_table())
    assert log.joined("other").equals(log_schema.JOINED.empty_table())
    with pytest.raises(NotFound):
        log.joined(SHOP)


def test_batches_make_up_the_table(writer: SqliteLog, log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    """Batches of any size hold the rows of the table in order, and end at the commit before they were asked for."""
    writer.append([record for number in range(25) for record in (decision(f"d{number}"), outcome(f"o{number}"))], 1)
    whole = log.decisions(SHOP)
    monkeypatch.setattr(module, "BATCH_ROWS", 10)
    batches = log.decision_batches(SHOP)
    writer.append([decision("later")], now_us=2)
    found = list(batches)
    assert [batch.num_rows for batch in found] == [10, 10, 5]
    assert pa.Table.from_batches(found).equals(whole)


def test_the_joined_table_tells_each_fate(writer: SqliteLog, log: Log) -> None:
    """One row a decision: what was learned, what is open, what is never learned, and the reward where there is a window."""
    held = structs.replace(decision("held"), result=Result.HELD_OUT, decided_by=DecidedBy.HOLDOUT, campaign_id="")
    group: list[LogRecord] = [
        portfolio(),
        decision("won", customer_id="c1"),
        decision("none", customer_id="c2"),
        decision("unsent", customer_id="c3"),
        decision("young", customer_id="c4", send_time_us=5 * DAY_US),
        decision("test", customer_id="c5", is_test=True),
        held,
    ]
    writer.append(group, now_us=1)
    writer.append([activation("unsent", state=ActivationState.NOT_SENT)], now_us=2)
    writer.append([outcome("o1", customer_id="c1", occur_time_us=DAY_US)], now_us=2 * DAY_US)
    writer.append([], now_us=6 * DAY_US)
    table = log.joined(SHOP)
    assert table.schema.equals(log_schema.JOINED, check_metadata=True)
    assert set(table["as_of"].to_pylist()) == {_at(6 * DAY_US)}
    rows = {row["decision_id"]: row for row in table.to_pylist()}
    assert list(rows) == ["won", "none", "unsent", "young", "test", "held"]
    states = [(row["settle_state"], row["not_learned_reason"], row["is_mature"]) for row in rows.values()]
    assert states == [
        ("SETTLED", None, True),
        ("SETTLED", None, True),
        ("NOT_LEARNED", "NOT_SENT", False),
        ("OPEN", None, False),
        ("NOT_LEARNED", "TEST", False),
        ("NOT_LEARNED", "NOTHING_CHOSEN", True),
    ]
    assert [row["reward"] for row in rows.values()] == [1.0, 0.0, None, 0.0, None, 1.0]
    assert rows["won"]["outcome_ids"] == ["o1"]
    assert (rows["won"]["window_start"], rows["won"]["window_end"]) == (_at(0), _at(3 * DAY_US))
    assert rows["unsent"]["activation_state"] == "NOT_SENT"


def test_the_joined_table_is_as_of_its_time(writer: SqliteLog, log: Log) -> None:
    """As of a time the table is what it was then, whatever was recorded since."""
    writer.append([portfolio(), decision("d1", customer_id="c1")], now_us=1)
    writer.append([], now_us=4 * DAY_US)
    before = log.joined(SHOP)
    writer.append(
        [outcome("late", customer_id="c1", occur_time_us=DAY_US), decision("d2", customer_id="c2")], now_us=5 * DAY_US
    )
    assert log.joined(SHOP, _at(4 * DAY_US)).equals(before)
    assert before["reward"].to_pylist() == [0.0]
    assert log.joined(SHOP)["reward"].to_pylist() == [1.0, 0.0]
    with pytest.raises(ValueError, match="time zone"):
        log.joined(SHOP, _at(1).replace(tzinfo=None))


def test_maturity_waits_for_the_feed(writer: SqliteLog, log: Log) -> None:
    """A decision is mature once its feeds are complete to the end of its window, also when that came too late to learn."""
    writer.append((_waiting(), decision("d1")), now_us=1)
    writer.append([], now_us=6 * DAY_US)
    (row,) = log.joined(SHOP).to_pylist()
    assert (row["settle_state"], row["is_mature"]) == ("LAPSED", False)
    writer.append([feed_mark(3 * DAY_US)], now_us=7 * DAY_US)
    (row,) = log.joined(SHOP).to_pylist()
    assert (row["settle_state"], row["is_mature"], row["reward"]) == ("LAPSED", True, 0.0)


def test_parquet_files_hold_the_tables(writer: SqliteLog, log: Log, tmp_path: Path) -> None:
    """write_parquet writes the tables as they are, replaces older files whole, and leaves nothing else."""
    shop = replace(portfolio(), organization_id=ACME)
    hats = CampaignVersion(portfolio_id=SHOP, catalogue_version=1, campaign=Campaign(campaign_id="hats"))
    said = [consent(ConsentState.DENIED), consent(ConsentState.DENIED, organization_id="others")]
    writer.append([shop, decision("d1"), outcome("o1", customer_id="c1"), activation("d1"), hats, *said], now_us=1)
    writer.append(
        [merge("c1", "c2"), merge("c1", "c3", "others"), enrollment("c1"), enrollment("c1", "other")], now_us=2
    )
    writer.append([Exclusion(portfolio_id=SHOP, exclusion_id=1, reason="twice")], now_us=2)
    seen: list[tuple[str, int]] = []
    directory = tmp_path / "export"
    counts = write_parquet(log, SHOP, directory, progress=lambda name, rows: seen.append((name, rows)))
    tables = {
        "decisions.parquet": log.decisions(SHOP),
        "outcomes.parquet": log.outcomes(SHOP),
        "activations.parquet": log.activations(SHOP),
        "campaigns.parquet": log.campaigns(SHOP),
        "enrollments.parquet": log.enrollments(SHOP),
        "exclusions.parquet": log.exclusions(SHOP),
        "consents.parquet": log.consents(ACME),
        "merges.parquet": log.merges(ACME),
        "joined.parquet": log.joined(SHOP),
    }
    names = list(tables)
    assert counts == dict.fromkeys(names, 1)
    assert seen == [(name, 1) for name in names]
    assert sorted(path.name for path in directory.iterdir()) == sorted(names)
    for name, table in tables.items():
        stored = pq.read_table(directory / name)
        assert stored.equals(table)
        assert (
            stored.schema.field("position").metadata[b"description"]
            == table.schema.field("position").metadata[b"description"]
        )
    writer.append([decision("d2")], now_us=3)
    assert write_parquet(log, SHOP, directory)["decisions.parquet"] == 2
    with pytest.raises(NotFound):
        write_parquet(log, "unknown", tmp_path / "unknown")
    assert not (tmp_path / "unknown").exists()


def test_tables_turn_into_pandas(writer: SqliteLog, log: Log) -> None:
    """The joined table becomes a data frame with one row a decision."""
    writer.append([portfolio(), decision("d1")], now_us=1)
    frame = log.joined(SHOP).to_pandas()
    assert list(frame.columns) == log_schema.JOINED.names
    assert len(frame) == 1


def test_a_log_opens_by_file_or_directory(writer: SqliteLog, tmp_path: Path) -> None:
    """open_log takes the data directory or the file in it, and says so where there is no log."""
    writer.append([decision("d1")], now_us=1)
    for path in (tmp_path, str(tmp_path / "log.db")):
        with open_log(path) as opened:
            assert opened.decisions(SHOP).num_rows == 1
    with pytest.raises(StoreMissing):
        open_log(tmp_path / "missing.db")
