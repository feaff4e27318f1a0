"""Small part files of audiences, written from decisions."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from msgspec import structs

from banditsvc.core.audience_part import AudiencePart, part_name
from banditsvc.core.campaign_labels import CampaignLabels
from banditsvc.core.contact import Contact
from banditsvc.core.customer_hash import customer_hash
from banditsvc.core.decision import Decision, LearnedState
from banditsvc.core.decision_id import audience_decision_id
from banditsvc.log_decisions import Unwritten
from banditsvc.log_rows import decision_row
from banditsvc.log_schema import DECISIONS
from banditsvc.part_file import ABOUT, COLUMNS, CONSTANTS
from banditsvc.ports import Recorded
from banditsvc.store.part_folder import PartFolder
from tests.store.build import ACME, SHOP, decision

GROUP_ROWS = 3
UNWRITTEN = Unwritten()


def part_batch(decisions: Sequence[Decision]) -> pa.RecordBatch:
    """Returns decisions as rows of a part."""
    rows = [{name: row[name] for name in COLUMNS} for row in (decision_row(Recorded(0, 0, one)) for one in decisions)]
    return pa.RecordBatch.from_pylist(rows, pa.schema([DECISIONS.field(name) for name in COLUMNS]))


def write_part(
    directory: Path,
    decisions: Sequence[Decision],
    *,
    run_id: str = "night",
    number: int = 0,
    unwritten: Unwritten = UNWRITTEN,
    constants: Sequence[str] = ("portfolio_id", "send_time", "inline_campaigns"),
    organization_id: str = ACME,
) -> AudiencePart:
    """Writes decisions as a part of a run, and returns what the log is to say of it."""
    batch = part_batch(decisions)
    learned = unwritten.shadow_learned
    about = {
        "run_id": run_id,
        "number": number,
        "has_send_time": unwritten.has_send_time,
        "shadow_learned": [learned.learned_count, learned.reward_mean, learned.reward_deviation],
    }
    metadata = {ABOUT: json.dumps(about).encode()}
    if decisions:
        metadata[CONSTANTS] = _stream(batch.slice(0, 1).select(constants))
        batch = batch.drop_columns(constants)
    path = directory / part_name(run_id, number)
    path.parent.mkdir(parents=True, exist_ok=True)
    table = pa.Table.from_batches([batch]).replace_schema_metadata(metadata)
    pq.write_table(
        table, path, row_group_size=GROUP_ROWS, compression="none", use_dictionary=False, write_page_checksum=True
    )
    return PartFolder(directory).describe(run_id, number, organization_id)


def row(
    customer_id: str,
    number: int,
    *,
    run_id: str = "night",
    send_time_us: int = 0,
    occasion: str = "",
    hold_until_us: int | None = None,
    campaign_id: str = "a",
    cost: float = 0.0,
    organization_id: str = ACME,
) -> Decision:
    """Returns the decision of a row, with a contact for any campaign but an empty one."""
    made = decision(audience_decision_id(run_id, number), customer_id=customer_id, send_time_us=send_time_us)
    contact = Contact(
        organization_id=organization_id,
        portfolio_id=SHOP,
        customer_id=customer_id,
        campaign=CampaignLabels(campaign_id=campaign_id, type=2, cost=cost),
        contact_time_us=send_time_us,
        hold_until_us=hold_until_us,
    )
    return structs.replace(
        made, input=structs.replace(made.input, occasion=occasion), contact=contact if campaign_id else None
    )


def canonical(customer_ids: Sequence[str]) -> list[str]:
    """Returns customers in the canonical order."""
    return sorted(customer_ids, key=lambda customer_id: (customer_hash(customer_id), customer_id))


def rows_of(
    customer_ids: Sequence[str], *, first: int = 0, step: int = 1, **same: str | float | None
) -> list[Decision]:
    """Returns a row for each customer, in the canonical order."""
    return [
        row(customer_id, first + step * place, **same)  # type: ignore[arg-type]  # each goes to its own
        for place, customer_id in enumerate(canonical(customer_ids))
    ]


def _stream(batch: pa.RecordBatch) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, batch.schema) as writer:
        writer.write_batch(batch)
    return bytes(sink.getvalue())


LEARNED = LearnedState(7, 0.25, 0.5)
