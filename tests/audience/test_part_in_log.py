"""An audience's part in the log: its rows are the decisions that Rank makes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from msgspec import structs

from banditsvc.audience.decide_rows import decide_rows
from banditsvc.audience.joined_columns import plain
from banditsvc.audience.part_table import part_table
from banditsvc.audience.write_part import write_part
from banditsvc.core.audience_part import part_name
from banditsvc.core.campaign import Campaign, CampaignState
from banditsvc.core.customer_hash import customer_hash
from banditsvc.core.decision import Decision
from banditsvc.log_columns import INLINE_CAMPAIGN
from banditsvc.log_decisions import decisions_of
from banditsvc.part_file import COLUMNS, PartFile
from banditsvc.store import PartFolder, SqliteLog
from tests.audience.audience_worlds import Audience, random_audience
from tests.audience.described_worlds import with_pairs
from tests.store.test_choices import told

CUSTOMERS = 12


def canonical_audience(seed: int, customers: int = CUSTOMERS) -> Audience:
    """Returns a random audience with its customers in the canonical order, and for some seeds pairs."""
    audience = random_audience(seed, customers)
    customer_ids: list[str] = audience.rows.customer_ids.tolist()
    order = sorted(range(customers), key=lambda place: (customer_hash(customer_ids[place]), customer_ids[place]))
    rows = replace(audience.rows.take(np.array(order)), rows=audience.rows.rows)
    audience = replace(audience, rows=rows)
    return with_pairs(audience, seed) if seed % 3 == 0 else audience


def as_logged(decision: Decision, *, with_former: bool = True) -> Decision:
    """Returns a decision without what the log does not say of campaigns that are described."""
    offered = [
        one
        if isinstance(one, str)
        else replace(one, pins=(), state=CampaignState.LIVE, learned_as=one.learned_as if with_former else "")
        for one in decision.input.candidates
    ]
    return structs.replace(decision, input=structs.replace(decision.input, candidates=tuple(offered)))


def outline(decision: Decision) -> tuple[object, ...]:
    """Returns what an outline promises."""
    names = (
        "decision_id",
        "result",
        "decided_by",
        "group",
        "campaign_id",
        "treatment_id",
        "contact",
        "would_have_sent",
    )
    asked = ("portfolio_id", "customer_id", "send_time_us", "occasion", "channel", "placement", "defer_activation")
    described = {one.campaign_id for one in decision.input.candidates if isinstance(one, Campaign)}
    return (
        decision.campaign_id in described,
        *[getattr(decision, name) for name in names],
        *[getattr(decision.input, name) for name in asked],
    )


# The last ones wait to be activated, with held-out customers among them.
@pytest.mark.parametrize("seed", [*range(12), 13, 22, 54])
def test_rows_in_the_log_are_what_rank_decides(tmp_path: Path, seed: int) -> None:
    """Read from the log, whole or in outline, each row of a part is the decision of Rank, field by field."""
    audience = canonical_audience(seed)
    organization_id = audience.active.organization.organization_id
    with np.errstate(all="ignore"):
        found = decide_rows(audience.active, audience.rows, audience.terms, audience.rooms())
        table = part_table(audience.active, audience.rows, audience.terms, found)
        expected = [as_logged(one) for one in audience.ranked()]
    run_id = audience.terms.run_id
    path = tmp_path / part_name(run_id, 0)
    path.parent.mkdir(parents=True)
    write_part(path, table, audience.terms, 0)
    log = SqliteLog(tmp_path / "log.db")
    log.append([PartFolder(tmp_path).describe(run_id, 0, organization_id)], 1)

    whole = [one.value for one in log.read_decisions("shop", 0, 99)]
    assert expected == whole
    assert [told(one) for one in whole] == [told(one.value) for one in log.read_choices("shop", 0, 99)]
    for ids in ([one.campaign_id for one in whole], ["a"] * len(whole), ["gone"] * len(whole)):
        choices = [one.value for one in log.read_choices("shop", 0, 99)]
        assert [one.input.described(name) for one, name in zip(whole, ids, strict=True)] == [
            one.input.described(name) for one, name in zip(choices, ids, strict=True)
        ]
    for decision in expected:
        known = log.get_outline(decision.decision_id)
        assert known is not None
        assert outline(decision) == outline(known.value)
        assert [decision] == [
            one.value for one in log.decisions_of_customers("shop", [decision.input.customer_id], 0, 1 << 62)
        ]
    made = [one.counted_contact for one in expected if one.counted_contact is not None]
    held = log.contacts_of(organization_id, audience.rows.customer_ids.to_pylist(), 0)
    assert sorted(made, key=lambda one: one.customer_id) == sorted(
        (one.contact for one in held), key=lambda one: one.customer_id
    )
    log.close()


def test_parts_of_earlier_versions_are_read(tmp_path: Path) -> None:
    """Described campaigns that are written whole, and without what they are learned as, are read like others."""
    audience = canonical_audience(3)
    with np.errstate(all="ignore"):
        found = decide_rows(audience.active, audience.rows, audience.terms, audience.rooms())
        table = part_table(audience.active, audience.rows, audience.terms, found)
        expected = [as_logged(one, with_former=False) for one in audience.ranked()]
    campaigns = pa.struct([one for one in INLINE_CAMPAIGN if one.name != "learned_as"])
    place = table.varying.schema.get_field_index("inline_campaigns")
    lists = plain(table.varying["inline_campaigns"], pa.list_(INLINE_CAMPAIGN)).to_pylist()
    before = [[{name: one[name] for name in one if name != "learned_as"} for one in row] for row in lists]
    varying = table.varying.set_column(place, "inline_campaigns", pa.array(before, pa.list_(campaigns)))
    path = tmp_path / "part-00000.parquet"
    write_part(path, replace(table, varying=varying), audience.terms, 0)

    part = PartFile(path)
    assert expected == decisions_of(part.columns(COLUMNS), part.unwritten)
    part.close()
