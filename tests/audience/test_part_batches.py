"""The law that tables of audiences' parts, which are read by columns, are what their decisions say one by one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from random import Random

import numpy as np
import pyarrow as pa
import pytest

from banditsvc import open_log
from banditsvc.audience import write_part
from banditsvc.audience.decide_rows import decide_rows
from banditsvc.audience.part_table import part_table
from banditsvc.core.activation import ActivationState
from banditsvc.core.audience_part import AudiencePart, part_name
from banditsvc.core.contact_policy import CampaignSelector
from banditsvc.core.decision_id import audience_decision_id
from banditsvc.core.exclusion import Exclusion, ExclusionRevocation
from banditsvc.core.outcome import Feed, OutcomeType
from banditsvc.core.portfolio import Attribution, LearnerSpec, SettleSpec
from banditsvc.core.times import DAY_US
from banditsvc.joined_rows import joined_rows
from banditsvc.log_rows import decision_row
from banditsvc.log_schema import DECISIONS, JOINED
from banditsvc.log_time import EPOCH
from banditsvc.ports import LogRecord
from banditsvc.row_batch import row_batch
from banditsvc.settings_history import SettingsHistory
from banditsvc.store import PartFolder, SqliteLog
from tests.audience.test_part_in_log import canonical_audience
from tests.serving.grouped_shop import records_of
from tests.store.build import LEARNER, activation, decision, feed_mark, merge, outcome, refund

_CUSTOMERS = 40
_CUT = 23
"""Rows of the first part; the others are the second's."""


# Seeds whose audiences have something to send: some wait to be activated, some have pairs, NO_CONTACT or ghosts.
@pytest.mark.parametrize("seed", [3, 4, 5, 11, 19, 22, 29, 30, 36, 58, 60, 63, 64])
def test_tables_by_columns_are_those_of_decisions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int) -> None:
    """Read by columns, any of them, decisions and what became of them are as read row by row, as of any time."""
    monkeypatch.setattr(write_part, "ROWS_PER_GROUP", 9)
    monkeypatch.setattr(open_log, "BATCH_ROWS", 16)
    random = Random(seed)
    world = _World(tmp_path, seed, random)
    writer, learner = world.log, world.learner
    log = open_log.Log(writer)
    as_of_us = min(
        random.choice((world.start_us + DAY_US, world.start_us + 3 * DAY_US, 1 << 60)), writer.watermark().time_us
    )
    since_us = random.choice((0, world.start_us + 1))
    known = [one for one in writer.read_decisions("shop", 0, 99) if one.record_time_us <= as_of_us]
    settings = SettingsHistory(writer.read_resources(0), "shop")
    whole = row_batch(joined_rows(writer, learner, known, as_of_us, settings), JOINED)

    as_of, since = (EPOCH + timedelta(microseconds=time_us) for time_us in (as_of_us, since_us))
    assert _told([whole]) == _told(log.joined_batches("shop", as_of, learner=learner))
    assert _told([row_batch(map(decision_row, writer.read_decisions("shop", 0, 99)), DECISIONS)]) == _told(
        log.decision_batches("shop")
    )
    columns = random.sample(JOINED.names, random.randint(1, 9))
    later = whole.filter(pa.array([one.record_time_us >= since_us for one in known])).select(columns)
    assert _told([later]) == _told(log.joined_batches("shop", as_of, learner=learner, since=since, columns=columns))
    writer.close()


def _told(batches: Iterable[pa.RecordBatch]) -> list[str]:
    """Returns the rows as texts: NaN is not equal to itself."""
    return [repr(row) for batch in batches for row in batch.to_pylist()]


class _World:
    """A log with two parts of a run, decisions between them, and all that may come to be known of decisions."""

    def __init__(self, directory: Path, seed: int, random: Random) -> None:
        self._directory, self._random = directory, random
        self._audience = canonical_audience(seed, _CUSTOMERS)
        self._ids = [audience_decision_id("night-1", int(row)) for row in self._audience.rows.rows]
        self.start_us = self._audience.terms.send_time_us + random.choice((-1, 1)) * DAY_US
        self.learner = self._learner()
        self.log = SqliteLog(directory / "log.db")
        active = self._audience.active
        records = records_of(active.portfolio, list(active.catalogue.values()), active.policy)
        challengers = [] if active.challenger is None else [active.challenger]
        self._append([active.organization, *records, *challengers], 0)
        self._append([self._single("before")], 0)
        self._append([self._part(0, 0, _CUT)], 1)
        self._append([self._single("d1"), *self._evidence("early"), self._single("d2")], DAY_US)
        self._append([self._part(1, _CUT, _CUSTOMERS), self._single("d3")], DAY_US + 1)
        self._append(self._evidence("late"), 4 * DAY_US)
        self._append([self._single("last"), *self._marks()], 5 * DAY_US)

    def _append(self, records: list[LogRecord], after_us: int) -> None:
        self.log.append(records, self.start_us + after_us)

    def _learner(self) -> LearnerSpec:
        feeds = (Feed(type=OutcomeType.CONVERSION),) if self._random.random() < 0.3 else ()
        reward = replace(LEARNER.reward, cost=0.125, attribution=self._random.choice(list(Attribution)))
        settle = SettleSpec(required_feeds=feeds, grace_us=DAY_US, learn_business_as_usual=self._random.random() < 0.5)
        return replace(LEARNER, reward=reward, settle=settle)

    def _single(self, decision_id: str) -> LogRecord:
        return decision(decision_id, customer_id=self._customer(), send_time_us=self.start_us)

    def _customer(self) -> str:
        # The other half has outcomes only where these name a decision or the customer is merged.
        return f"c{self._random.randrange(_CUSTOMERS // 2)}"

    def _part(self, number: int, start: int, end: int) -> AudiencePart:
        audience = self._audience
        path = self._directory / part_name("night-1", number)
        path.parent.mkdir(parents=True, exist_ok=True)
        rows = audience.rows.take(np.arange(start, end))
        with np.errstate(all="ignore"):
            found = decide_rows(audience.active, rows, audience.terms, audience.rooms())
            table = part_table(audience.active, rows, audience.terms, found)
        write_part.write_part(path, table, audience.terms, number)
        return PartFolder(self._directory).describe("night-1", number, audience.active.organization.organization_id)

    def _evidence(self, name: str) -> list[LogRecord]:
        """Returns outcomes, refunds, activations, merges and exclusions, some of each."""
        random, organization_id = self._random, self._audience.active.organization.organization_id
        send_us = self._audience.terms.send_time_us
        within = [random.randint(-DAY_US, 4 * DAY_US) for _ in range(3)]
        times = [send_us + one for one in (*within, 0, 3 * DAY_US - 1, 3 * DAY_US)]
        by_customer = [
            outcome(f"{name}-{place}", customer_id=self._customer(), occur_time_us=time_us)
            for place, time_us in enumerate(times)
        ]
        by_decision = [
            outcome(f"{name}-of-{one}", decision_id=one, occur_time_us=send_us + 1)
            for one in random.sample(self._ids, 3)
        ]
        records: list[LogRecord] = [
            *by_customer,
            *by_decision,
            by_customer[0]._replace(revision=1, customer_id=self._customer()),
            refund(f"{name}-back", random.choice(by_customer).outcome_id)._replace(occur_time_us=times[0]),
            *(
                activation(one, state=random.choice(list(ActivationState)), time_us=send_us + random.randint(0, DAY_US))
                for one in random.sample(self._ids, 2)
            ),
        ]
        if name == "late":
            one, other = random.randrange(_CUSTOMERS // 2), random.randrange(_CUSTOMERS // 2, _CUSTOMERS)
            records.append(merge(f"c{one}", f"c{other}", organization_id))
        return [*records, *self._exclusions(name)]

    def _exclusions(self, name: str) -> list[LogRecord]:
        number = 1 if name == "early" else 2
        selector = CampaignSelector(campaign_ids=tuple(self._random.sample(("a", "b", "c"), 2)))
        made = Exclusion(portfolio_id="shop", exclusion_id=number, campaigns=selector, reason="mis-send")
        if self._random.random() < 0.6:
            return []
        ended = ExclusionRevocation(portfolio_id="shop", exclusion_id=number, reason="not so")
        return [made, ended] if self._random.random() < 0.2 else [made]

    def _marks(self) -> list[LogRecord]:
        return [feed_mark(self.start_us + self._random.randint(2, 6) * DAY_US)]
